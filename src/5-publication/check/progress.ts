/** How far an adjudication has come, folded from what the cycle tells while it runs. */
import type { Change } from '../../1-pleading/change.ts';
import type { Examination } from '../../2-examination/examination.ts';
import type { Deliberation } from '../../3-deliberation/deliberation.ts';
import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import type { Instant } from '../../primitives.ts';
import { deliberationText, examinationText, pleadingText } from '../progress.ts';
import { groupDigits } from '../quantity.ts';
import { verdictWords } from '../report.ts';

export const stageNames = [
  'Pleading',
  'Examination',
  'Deliberation',
  'Verdict',
  'Publication',
] as const;
export type StageName = (typeof stageNames)[number];

export interface StageProgress {
  readonly name: StageName;
  readonly state: 'waiting' | 'running' | 'done';
  /** What came of it, in a few words; '' until it is done. */
  readonly said: string;
  readonly startedAt: Instant | null;
  readonly endedAt: Instant | null;
}

export interface GateProgress {
  readonly gate: string;
  readonly state: 'waiting' | 'started' | 'done';
}

export interface Progress {
  readonly startedAt: Instant;
  /** All five, in order. */
  readonly stages: readonly StageProgress[];
  readonly gate: {
    readonly id: string;
    readonly at: number;
    readonly startedAt: Instant;
    /** Where it is answered elsewhere: what for, as a person would say it. */
    readonly waitsFor?: string;
  } | null;
  /** What a runner says of the gates it runs; absent where none does. */
  readonly gates?: readonly GateProgress[];
  /** How long such a case usually takes; null where too few are known. */
  readonly usualMs: number | null;
}

/** What the cycle tells a watcher, as far as a face needs it. */
export type ProgressStep =
  | { readonly kind: 'stage-started'; readonly stage: StageName; readonly at: Instant }
  | { readonly kind: 'pleaded'; readonly change: Change; readonly at: Instant }
  | { readonly kind: 'examined'; readonly examination: Examination; readonly at: Instant }
  | {
      readonly kind: 'gate';
      readonly gate: string;
      readonly state: 'started' | 'done';
      readonly at: Instant;
    }
  | { readonly kind: 'deliberated'; readonly deliberation: Deliberation; readonly at: Instant }
  | { readonly kind: 'decided'; readonly record: VerdictRecord; readonly at: Instant }
  | {
      readonly kind: 'published';
      readonly entry: { readonly sequence: number };
      readonly at: Instant;
    };

export function begun(at: Instant, usualMs: number | null = null): Progress {
  const stages = stageNames.map((name, index) => ({
    name,
    state: index === 0 ? ('running' as const) : ('waiting' as const),
    said: '',
    startedAt: index === 0 ? at : null,
    endedAt: null,
  }));
  return { startedAt: at, stages, gate: null, usualMs };
}

/** The progress after one more step; steps come in the order in which the cycle tells them. */
export function after(before: Progress, step: ProgressStep): Progress {
  switch (step.kind) {
    case 'stage-started':
      return before;
    case 'pleaded':
      return done(before, 'Pleading', pleadingText(step.change), step.at);
    case 'examined':
      return done(before, 'Examination', examinationText(step.examination), step.at);
    case 'gate':
      return step.state === 'done'
        ? before
        : {
            ...before,
            gate: { id: step.gate, at: (before.gate?.at ?? 0) + 1, startedAt: step.at },
          };
    case 'deliberated':
      return done(before, 'Deliberation', deliberationText(step.deliberation), step.at);
    case 'decided':
      return done(before, 'Verdict', verdictWords[step.record.verdict].word, step.at);
    case 'published':
      return done(
        before,
        'Publication',
        `ledger entry ${groupDigits(step.entry.sequence)}`,
        step.at,
      );
  }
}

function done(before: Progress, name: StageName, said: string, at: Instant): Progress {
  const index = stageNames.indexOf(name);
  const stages = before.stages.map((stage, place): StageProgress => {
    if (place === index) return { ...stage, state: 'done', said, endedAt: at };
    return place === index + 1 ? { ...stage, state: 'running', startedAt: at } : stage;
  });
  return { ...before, stages, gate: null };
}

/** `0.4 s`, `42 s`, `3 min 20 s`, `1 h 2 min`, `9 days`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  const rest = Math.floor(seconds % 60);
  if (minutes < 60) return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} days`;
}
