import type { CaseFile } from '../../src/4-verdict/case.ts';
import type { PendingWaiver } from '../../src/5-publication/check/state.ts';
import { reasonText } from '../../src/5-publication/judge-words.ts';
import { readReason } from '../../src/adapters/judge/read-reason.ts';
import { shippedJudgePrompts } from '../../src/adapters/judge/shipped-prompts.ts';
import { shippedPolicy } from '../../src/adapters/shipped.ts';
import { readLawPolicy } from '../../src/caws/read-policy.ts';
import { textDigest } from '../../src/caws/text-digest.ts';
import type { Tools } from '../hands.ts';
import type { Job } from '../work/task.ts';

/** Reasons that are being read, or were. */
const KEPT_MAX = 1_000;
/** They are read one after the other: nothing waits for them. */
const WAITING_MAX = 50;

/** How reasons for waivers read to a model: shown beside them, and decided by nowhere. */
export interface Reasons {
  /** What is known by now; where nothing is, the model is asked, and the pull request heard again once it answered. */
  of(job: Job, file: CaseFile, waiver: PendingWaiver): string | null;
  close(): Promise<void>;
}

/** null where the settings name no judge. */
export function reasonsOf(
  { settings }: Pick<Tools, 'settings'>,
  said: (job: Job) => void,
): Reasons | null {
  const { judge } = settings;
  if (judge === null) return null;
  const prompts = shippedJudgePrompts();
  const known = new Map<string, string | null>();
  const gone = new AbortController();
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();
  return {
    of(job, file, { gate, reason, requestedBy }) {
      const key = textDigest(JSON.stringify([gate, reason]));
      if (known.has(key)) return known.get(key) ?? null;
      const reading = readLawPolicy(file.law, shippedPolicy());
      const terms = reading.ok ? reading.value.policy.judge : null;
      // Whose policy asks for no model has its words read by none.
      if (terms === null || waiting >= WAITING_MAX || gone.signal.aborted) return null;
      known.set(key, null);
      for (const old of [...known.keys()].slice(0, -KEPT_MAX)) known.delete(old);
      waiting += 1;
      const { mayLeave } = terms;
      last = last.then(async () => {
        const about = { reason, gate, people: [requestedBy], mayLeave };
        const opinion = await readReason(judge, prompts, about, gone.signal);
        waiting -= 1;
        if (opinion === null || gone.signal.aborted) return;
        known.set(key, reasonText(opinion));
        said(job);
      });
      return null;
    },
    async close() {
      gone.abort();
      await last;
    },
  };
}
