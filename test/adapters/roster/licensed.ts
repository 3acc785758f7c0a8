import type { JudgedSurface, ModelIdentity } from '../../../src/3-deliberation/judge/judgement.ts';
import { shippedJudgePrompts } from '../../../src/adapters/judge/shipped-prompts.ts';
import { keepReadings, type NamedReading } from '../../../src/adapters/roster/judges.ts';
import { openRoster } from '../../../src/adapters/roster/roster.ts';
import type { Instant } from '../../../src/primitives.ts';

/** A record by which a judge is heard, also one that gives no probabilities. */
export const goodRecord: readonly NamedReading[] = [
  ...Array.from({ length: 120 }, (_, at) => ({
    anchor: `p${at}`,
    kind: 'pair' as const,
    hit: 1 as const,
    lean: 1,
  })),
  ...Array.from({ length: 60 }, (_, at) => ({
    anchor: `p${at}`,
    kind: 'tie' as const,
    hit: 0.5 as const,
    lean: 0,
  })),
  ...Array.from({ length: 60 }, (_, at) => ({
    anchor: `p${at}`,
    kind: 'injection' as const,
    hit: 0 as const,
    lean: 0,
  })),
];

/** Puts such a record into a roster, for both kinds of comparison or for one. */
export function license(
  file: string,
  model: ModelIdentity,
  readings = goodRecord,
  surfaces: readonly JudgedSurface[] = ['change', 'candidates'],
): void {
  const opened = openRoster({ file, access: 'create' });
  if (!opened.ok) throw new Error(JSON.stringify(opened.fault));
  using roster = opened.value;
  const prompts = shippedJudgePrompts().digest;
  for (const surface of surfaces) {
    const kept = keepReadings(roster, { model, surface, prompts }, readings, 0 as Instant);
    if (!kept.ok) throw new Error(JSON.stringify(kept.fault));
  }
}

/** The model that a server of chat completions has, as a record knows it. */
export const servedModel = (url: string, name = 'owl'): ModelIdentity => ({
  name,
  family: name,
  file: null,
  quantisation: null,
  backend: `the server ${url}`,
});
