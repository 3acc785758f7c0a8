import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PlannedGate } from '../../3-deliberation/deliberation.ts';
import { compileGlobs } from '../../caws/glob.ts';
import type { GateRunner } from '../../ports.ts';
import type { CommitSha } from '../../primitives.ts';
import { openLaunchers } from '../git/launchers.ts';
import { isLarge } from '../git/starter.ts';
import type { Isolation } from '../sandbox/isolation.ts';
import {
  gitEnvironment,
  type ObjectStore,
  objectsOf,
  openSource,
  type Source,
  type Wanted,
} from './checkout.ts';
import { answerGate } from './command-gate.ts';
import { endWithProcess } from './end-with-process.ts';
import { type CachePlace, type GateCaches, gateCaches } from './gate-caches.ts';
import { saidBy } from './gate-place.ts';
import { scratchFolder } from './scratch.ts';
import { removed } from './watchdog.ts';

/**
 * Answers gates by running the commands of the base's policy (`--run-gates`), each in a checkout of
 * the head of its own, so that no gate sees what another left behind; what is held against the base runs on a
 * checkout of the base, or of the head with the base's tests. As many at once as there are
 * cores. Each runs in the strongest sandbox of this machine, which the answer names. On a machine that has
 * no tool for one it runs only where the policy's gate says `sandbox: preferred`; beside a tool that does
 * not work never. Where the sandbox fails before a command begins, its gate is lost.
 *
 * A report that the head itself carries is removed before the command runs. Nothing of this process's
 * environment is passed but PATH. Folders and processes are gone when the answers are there, and also
 * when the process exits or the signal aborts.
 */
export function localCommands(options: {
  /** A folder of the repository that holds the head's objects. */
  readonly repository: string;
  readonly cores: number;
  /** Asked for only where a gate is answered by a command. */
  readonly sandbox: () => Promise<Isolation>;
  /** Absent: nothing is kept between runs. */
  readonly caches?: CachePlace | null;
  readonly signal?: AbortSignal;
}): GateRunner {
  return {
    answer: async (gates, subject, progress) => {
      const stop = new AbortController();
      const folder = await scratchFolder('caws-gates');
      const release = endWithProcess(stop, folder, options.signal);
      using launcher = isLarge() ? null : openLaunchers(folder, gitEnvironment());
      try {
        const isAsked = gates.some(({ gate }) => gate.answer.by === 'command');
        const isolation = isAsked ? await options.sandbox() : ({ kind: 'none' } as const);
        const source = once(() =>
          openSource(options.repository, subject.head, join(folder, 'empty'), launcher),
        );
        const storeOf = stores(source, folder, subject);
        const caches = await cachesFor(options, isolation, subject, gates);
        const world = { storeOf, isolation, caches, folder, signal: stop.signal };
        const all = [...gates, ...(await fillingRuns(gates, caches))];
        const answers = await inParallel(all, options.cores, async (planned, index, isLast) => {
          const isAnswered = index < gates.length;
          if (isAnswered) progress(planned.gate.id, 'started');
          const answer = await answerGate(planned, String(index), world);
          if (isAnswered) progress(planned.gate.id, 'done');
          // What others need the room of goes at once, and the rest all together.
          const own = join(folder, String(index));
          if (!isLast() && existsSync(own)) await removed(own);
          return answer;
        });
        return answers.slice(0, gates.length);
      } finally {
        release();
        await removed(folder);
      }
    },
  };
}

/** What runs beside the arbiter itself, under its user, could write there what it likes. */
async function cachesFor(
  { caches, repository }: { readonly caches?: CachePlace | null; readonly repository: string },
  isolation: Isolation,
  subject: Subject,
  gates: readonly PlannedGate[],
): Promise<GateCaches | null> {
  if (caches == null || isolation.kind !== 'works') return null;
  return gateCaches(caches, repository, subject, isolation.sandbox.name, gates);
}

/**
 * Runs on the base for what they leave alone, of gates that no other run on the base is planned for. Nobody
 * asked for an answer of theirs.
 */
async function fillingRuns(
  gates: readonly PlannedGate[],
  caches: GateCaches | null,
): Promise<readonly PlannedGate[]> {
  if (caches === null) return [];
  const onBase = new Set(gates.flatMap(({ gate, on }) => (on === 'base' ? [gate.id] : [])));
  const runs: PlannedGate[] = [];
  for (const planned of gates)
    if (planned.on === undefined && !onBase.has(`${planned.gate.id}@base`))
      if (await caches.isLacking(planned)) runs.push({ ...planned, on: 'base' });
  return runs;
}

/** What each gate is checked out from; gates that see the same tree share it. */
function stores(
  source: () => Promise<Source>,
  folder: string,
  { base, head }: Subject,
): (planned: PlannedGate) => Promise<ObjectStore | string> {
  const made = new Map<string, Promise<ObjectStore | string>>();
  return (planned) => {
    const wanted = wantedBy(planned, base, head);
    if (typeof wanted === 'string') return Promise.resolve(wanted);
    const name = 'tests' in wanted ? planned.gate.id : (planned.on ?? 'head');
    const found = made.get(name);
    if (found !== undefined) return found;
    const making = source()
      .then((from) => objectsOf(from, wanted, join(folder, `objects-${name}`)))
      .catch(saidBy);
    made.set(name, making);
    return making;
  };
}

function wantedBy({ on, gate }: PlannedGate, base: CommitSha, head: CommitSha): Wanted | string {
  if (on === undefined) return { commit: head };
  if (on === 'base') return { commit: base };
  const tests = compileGlobs(gate.answer.by === 'command' ? (gate.answer.base?.tests ?? []) : []);
  return tests.ok
    ? { head, base, tests: tests.value }
    : `its tests cannot be told: ${tests.fault.kind}`;
}

type Subject = Parameters<GateRunner['answer']>[1];

/** Asked for when it is needed first. */
function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/**
 * Runs over all, at most `width` at once; answers keep their places.
 *
 * @param work is told whether nothing more will begin.
 */
async function inParallel<Item, Answer>(
  items: readonly Item[],
  width: number,
  work: (item: Item, index: number, isLast: () => boolean) => Promise<Answer>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  const waiting = items.entries();
  let begun = 0;
  const isLast = () => begun === items.length;
  const lane = async () => {
    for (const [index, item] of waiting) {
      begun += 1;
      answers[index] = await work(item, index, isLast);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(width, items.length)) }, lane));
  return answers;
}
