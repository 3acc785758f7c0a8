import type { GateRunning } from '../../src/3-deliberation/deliberation.ts';
import type { Dossier } from '../../src/3-deliberation/judge/dossier.ts';
import type { Judgement } from '../../src/3-deliberation/judge/judgement.ts';
import { judgeAtHost } from '../../src/adapters/judge/hear.ts';
import type { JudgePrompts } from '../../src/caws/judge-prompts.ts';
import { canonicalJson } from '../../src/ledger/canonical.ts';
import { sha256Of } from '../../src/ledger/entry.ts';
import type { Judge, JudgeSource } from '../../src/ports.ts';
import type { CommitSha, Instant } from '../../src/primitives.ts';
import type { PullName } from '../hearing/docket.ts';
import type { Job } from '../work/task.ts';

/** More at once wait for each other in the judge; its queue is not ours alone. */
const AT_ONCE = 2;
/** Cases that wait for their turn. Past it a case is heard without a judge. */
const WAITING_MAX = 200;
/** So long a case waits for its turn; then it is heard without a judge. */
const LINE_MS_MAX = 10 * 60_000;
/** Of all pull requests, with what was said of them; the ledgers hold what was used. */
const KEPT_MAX = 1_000;
/** A pull request heard onto several commits of a queue is a case of its own on each. */
const CASES_MAX = 8;

/** The pull request that an opinion is about. */
export interface BenchFor {
  readonly job: Job;
  readonly head: CommitSha;
  /** Somebody let nobody wait any longer. */
  readonly cancelled: boolean;
  /** What was said before of this pull request, where its ledger holds it. */
  readonly recorded: () => Promise<Judgement | null>;
}

/**
 * Asks the judge beside the hearings: a hearing takes what was said by now, or ends and is called again when
 * something was. So a slow judge holds nobody's place but its own.
 */
export interface Bench {
  source(about: BenchFor): JudgeSource;
  /** Nobody waits for opinions on heads before this one, or, with null, on any. */
  leave(name: PullName, head: CommitSha | null): void;
  /** Whatever was said of a pull request is asked again. */
  again(name: PullName): void;
  /** How many cases are being asked about, or wait. */
  busy(): number;
  /** Everything is given up, and has ended when this is kept. */
  close(): Promise<void>;
}

interface Case {
  readonly key: string;
  readonly head: CommitSha;
  readonly gone: AbortController;
  readonly until: Instant;
  judgement: Judgement | null;
}

type Terms = Parameters<Judge['hear']>[1];

interface Plan {
  readonly judge: Judge;
  readonly prompts: JudgePrompts;
  readonly now: () => Instant;
  /** Called when something was said. */
  readonly said: (job: Job) => void;
}

export function openBench(plan: Plan): Bench {
  const pulls = new Map<string, Case[]>();
  const anew = new Set<string>();
  const line = lineOf(AT_ONCE);
  const drop = (name: PullName, isDropped: (one: Case) => boolean) => {
    const cases = pulls.get(nameOf(name)) ?? [];
    for (const one of cases) if (isDropped(one)) one.gone.abort();
    const kept = cases.filter((one) => !isDropped(one));
    if (kept.length === 0) pulls.delete(nameOf(name));
    else pulls.set(nameOf(name), kept);
  };
  const begin = (dossier: Dossier, terms: Terms, { job, head }: BenchFor): Case => {
    const until = (plan.now() + LINE_MS_MAX + terms.timeoutMs) as Instant;
    const one: Case = {
      ...{ key: keyOf(dossier, terms), head, until },
      gone: new AbortController(),
      judgement: null,
    };
    const cases = [...(pulls.get(nameOf(job)) ?? []), one];
    for (const old of cases.slice(0, -CASES_MAX)) old.gone.abort();
    pulls.set(nameOf(job), cases.slice(-CASES_MAX));
    forgetOldest(pulls);
    line.enter(one.gone.signal, async (isLate) => {
      const signal = one.gone.signal;
      const judged = isLate
        ? { ...(await unheard(dossier, terms, plan)), stopped: 'deadline' as const }
        : await plan.judge.hear(dossier, { ...terms, signal });
      if (signal.aborted) return;
      one.judgement = judged;
      plan.said(job);
    });
    return one;
  };
  return {
    source: (about) => ({
      async hear(dossier, terms) {
        const { job, cancelled } = about;
        const key = keyOf(dossier, terms);
        const known = () => pulls.get(nameOf(job))?.find((one) => one.key === key);
        const found = known();
        if (found?.judgement != null) return found.judgement;
        if (cancelled) {
          drop(job, (one) => one.key === key);
          return { ...(await unheard(dossier, terms, plan)), stopped: 'cancelled' };
        }
        if (found !== undefined) return running(found);
        if (!anew.delete(nameOf(job))) {
          const before = await about.recorded();
          if (before !== null && isAbout(before, dossier, terms, plan)) return before;
        }
        if (line.waiting() >= WAITING_MAX) return unheard(dossier, terms, plan);
        return running(known() ?? begin(dossier, terms, about));
      },
    }),
    leave: (name, head) => drop(name, (one) => one.head !== head),
    again(name) {
      drop(name, () => true);
      anew.add(nameOf(name));
    },
    busy: line.busy,
    async close() {
      for (const cases of pulls.values()) for (const { gone } of cases) gone.abort();
      pulls.clear();
      await line.ended();
    },
  };
}

/** The oldest first, but none that is still being asked about. */
function forgetOldest(pulls: Map<string, Case[]>): void {
  for (const [name, cases] of pulls) {
    if (pulls.size <= KEPT_MAX) return;
    if (cases.every(({ judgement }) => judgement !== null)) pulls.delete(name);
  }
}

const nameOf = ({ repositoryId, pull }: PullName): string => `${repositoryId}/${pull}`;

function keyOf(dossier: Dossier, { surface, mayLeave }: Terms): string {
  const canonical = canonicalJson({ dossier, surface, mayLeave });
  if (!canonical.ok) throw new Error('a dossier is plain data');
  return sha256Of(canonical.value);
}

function isAbout(before: Judgement, dossier: Dossier, terms: Terms, { prompts }: Plan): boolean {
  return (
    before.prompts.digest === prompts.digest &&
    keyOf(before.dossier, { ...terms, surface: before.surface }) === keyOf(dossier, terms)
  );
}

/** What the record holds where nobody was asked. */
const unheard = (dossier: Dossier, terms: Terms, { prompts }: Plan): Promise<Judgement> =>
  judgeAtHost(prompts, []).hear(dossier, terms);

const running = ({ until }: Case): GateRunning => ({
  gate: 'judge',
  state: 'running',
  detail: 'the opinion of a judge',
  until,
});

/** Lets so many work at once, in the order in which they came. */
function lineOf(atOnce: number) {
  const waiting: (() => void)[] = [];
  const working = new Set<Promise<void>>();
  const next = () => {
    while (working.size < atOnce && waiting.length > 0) waiting.shift()?.();
  };
  return {
    waiting: () => waiting.length,
    busy: () => waiting.length + working.size,
    enter(gone: AbortSignal, work: (isLate: boolean) => Promise<void>): void {
      const start = (isLate: boolean) => {
        clearTimeout(timer);
        if (gone.aborted) return;
        // Work never rejects; a bug in it must not end the app.
        const done = work(isLate).catch(() => undefined);
        working.add(done);
        void done.finally(() => {
          working.delete(done);
          next();
        });
      };
      const begin = () => start(false);
      const timer = setTimeout(() => {
        const at = waiting.indexOf(begin);
        if (at >= 0) waiting.splice(at, 1);
        start(true);
      }, LINE_MS_MAX);
      timer.unref();
      waiting.push(begin);
      next();
    },
    ended: async () => {
      waiting.length = 0;
      await Promise.all(working);
    },
  };
}
