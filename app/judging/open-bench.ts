import { join } from 'node:path';
import { faultSentences } from '../../src/5-publication/fault-words.ts';
import { seatedDebaters, seatedJudge } from '../../src/adapters/judge/seated.ts';
import {
  shippedDebatePrompts,
  shippedJudgePrompts,
} from '../../src/adapters/judge/shipped-prompts.ts';
import { recordsIn } from '../../src/adapters/roster/judges.ts';
import type { Debaters, Judge } from '../../src/ports.ts';
import type { Tools } from '../hands.ts';
import type { Job } from '../work/task.ts';
import { type Bench, openBench } from './bench.ts';

/** Who is asked about changes, and who speaks for those that are nearly equal. */
export interface Seats {
  readonly judge: Judge;
  readonly debaters: Debaters;
}

/** The judge that the settings name, with the licences in the app's own roster; null where they name none. */
export function seatsOf({ settings, log }: Pick<Tools, 'settings' | 'log'>): Seats | null {
  const place = settings.judge;
  if (place === null) return null;
  const prompts = shippedJudgePrompts();
  const records = recordsIn(join(settings.dataFolder, 'models.db'), prompts.digest);
  return {
    judge: seatedJudge(place, {
      ...{ prompts, records },
      tell: (fault) => log.warn({ judge: fault.kind }, faultSentences(fault).what),
    }),
    debaters: seatedDebaters(place, { prompts: shippedDebatePrompts(), records }),
  };
}

/** Asks that judge beside the hearings; null where there is none. */
export function benchOf(
  seats: Seats | null,
  now: Tools['now'],
  said: (job: Job) => void,
): Bench | null {
  if (seats === null) return null;
  return openBench({ judge: seats.judge, prompts: shippedJudgePrompts(), now, said });
}
