import type { GateAnswerGiven } from '../src/3-deliberation/deliberation.ts';
import { durationText } from '../src/5-publication/check/progress.ts';
import type { Done } from './run.ts';

/**
 * What a person reads of a run: a sign, the gate, what it came to, how long it took. Plain text that stands in
 * HTML as it is, since what a gate printed may be anything.
 */
export function summaryRows({ gates }: Done): readonly (readonly string[])[] {
  return gates.map((answer) => [
    endedWell(answer) ? '✓' : '✗',
    gateName(answer),
    cameTo(answer),
    durationText(answer.durationMs),
  ]);
}

/** The same in one line. How a report reads is the app's to say, so nothing here is called passed. */
export function summaryLine({ gates }: Done): string {
  const bad = gates.filter((answer) => !endedWell(answer)).map(gateName);
  if (gates.length === 0) return 'No command was planned.';
  if (bad.length > 0)
    return `${bad.length} of ${gates.length} commands did not end well: ${bad.join('; ')}.`;
  return gates.length === 1
    ? 'The 1 command ended well.'
    : `All ${gates.length} commands ended well.`;
}

const endedWell = (answer: GateAnswerGiven): boolean =>
  answer.state === 'answered' && answer.exitCode === 0;

const gateName = ({ gate }: GateAnswerGiven): string =>
  gate
    .replace(/@base-tests$/, ', with the tests of the target')
    .replace(/@base$/, ', on the target');

function cameTo(answer: GateAnswerGiven): string {
  if (answer.state !== 'answered')
    return `${answer.state.replaceAll('-', ' ')}: ${escaped(answer.detail)}`;
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
