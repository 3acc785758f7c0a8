import type { GateAnswerGiven } from '../src/3-deliberation/deliberation.ts';
import { durationText } from '../src/5-publication/check/progress.ts';
import type { Done } from './run.ts';

/** What a person reads of a run: rows of plain text, since what a gate printed may be anything. */
export function summaryRows({ gates }: Done): readonly (readonly string[])[] {
  return gates.map((answer) => [answer.gate, cameTo(answer), durationText(answer.durationMs)]);
}

function cameTo(answer: GateAnswerGiven): string {
  if (answer.state !== 'answered') return `${answer.state}: ${escaped(answer.detail)}`;
  const reports = answer.evidence.map(({ name }) => name).join(', ');
  const kept = (answer.caches ?? []).map(({ path }) => path).join(', ');
  return [
    `exit ${answer.exitCode}`,
    ...(reports === '' ? [] : [escaped(reports)]),
    ...(kept === '' ? [] : [`with ${escaped(kept)} of an earlier run of the target`]),
  ].join(', ');
}

/** Summaries are HTML. */
export const escaped = (text: string): string =>
  text.replace(/[&<>"'`]/g, (sign) => `&#${sign.charCodeAt(0)};`).replaceAll('\n', ' ');
