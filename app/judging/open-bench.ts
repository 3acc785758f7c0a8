import { join } from 'node:path';
import { faultSentences } from '../../src/5-publication/fault-words.ts';
import { seatedJudge } from '../../src/adapters/judge/seated.ts';
import { shippedJudgePrompts } from '../../src/adapters/judge/shipped-prompts.ts';
import { recordsIn } from '../../src/adapters/roster/judges.ts';
import type { Tools } from '../hands.ts';
import type { Job } from '../work/task.ts';
import { type Bench, openBench } from './bench.ts';

/** The judge that the settings name, with the licences in the app's own roster; null where they name none. */
export function benchOf(
  { settings, now, log }: Pick<Tools, 'settings' | 'now' | 'log'>,
  said: (job: Job) => void,
): Bench | null {
  if (settings.judge === null) return null;
  const prompts = shippedJudgePrompts();
  const judge = seatedJudge(settings.judge, {
    prompts,
    records: recordsIn(join(settings.dataFolder, 'models.db'), prompts.digest),
    tell: (fault) => log.warn({ judge: fault.kind }, faultSentences(fault).what),
  });
  return openBench({ judge, prompts, now, said });
}
