import type { GlassCase } from '../4-verdict/glass-reviews.ts';
import { REVIEW_DAYS_MAX } from '../4-verdict/glass-reviews.ts';
import type { VerdictRecord } from '../4-verdict/verdict.ts';
import type { GlassBroken } from '../4-verdict/waivers/break-glass-event.ts';
import type { GlassOutlook, GlassRequestFault } from '../4-verdict/waivers/break-glass-request.ts';
import type { WeighedFinding } from '../caws/findings.ts';
import { shellWord, visible } from './escape.ts';
import { wordsOf } from './sentences.ts';
import { timeText } from './waiver-words.ts';

/** Findings that a person is shown on one screen; the verdict has all. */
const FINDINGS_SHOWN = 40;

/** The sentence beside a verdict's word where somebody broke the glass. */
export function breakGlassText(glass: NonNullable<VerdictRecord['law']['breakGlass']>): string {
  const count = glass.findings === 1 ? '1 finding' : `${glass.findings} findings`;
  return `BREAK-GLASS by ${visible(glass.by, 60)} alone: ${count} let through until ${timeText(glass.expiresAt)}, to be reviewed (${visible(glass.reason, 200)}).`;
}

/** Everything that breaking the glass does: what a person has to have seen before signing. */
export function glassBoundText(event: GlassBroken, outlook: GlassOutlook): string {
  const { head, baseRef, repository, policy, expiresAt, reason, verdict } = event;
  const lines = [
    ...findingLines('through', outlook.through),
    ...findingLines('not', outlook.held),
    ['head', `${head}, and no other`],
    ['into', visible(baseRef)],
    ['in', visible(repository)],
    ['policy', `as of ${policy.slice(7, 19)}`],
    ['verdict', verdict],
    ['until', timeText(expiresAt)],
    ['reason', visible(reason, 200)],
  ];
  return lines.map(([name = '', text = '']) => `  ${name.padEnd(9)}${text}\n`).join('');
}

function findingLines(name: string, findings: readonly WeighedFinding[]): readonly string[][] {
  const shown = findings
    .slice(0, FINDINGS_SHOWN)
    .map((each) => [name, `${each.rule} (${visible(each.gate)}): ${wordsOf(each).says}`]);
  const rest = findings.length - shown.length;
  return rest > 0 ? [...shown, [name, `and ${rest} more (arbiter verdict explain)`]] : shown;
}

/** Why breaking the glass was refused, and the next command. */
export function glassFaultText(fault: GlassRequestFault, record: VerdictRecord): string {
  const { id } = record;
  const again = (expires = '60m') =>
    `Try: arbiter waiver break-glass --verdict ${id} --reason "…" --expires ${expires} --key FILE`;
  const listed = (findings: readonly WeighedFinding[]) =>
    findings
      .slice(0, FINDINGS_SHOWN)
      .map((each) => `  ${each.rule}: ${wordsOf(each).says}\n`)
      .join('');
  switch (fault.kind) {
    case 'verdict-passes':
      return `verdict ${id} is PASS: there is nothing to let through.\nTry: arbiter verdict show ${id}`;
    case 'fails':
      return `verdict ${id} fails by what nobody may waive, and an emergency changes nothing about that:\n${listed(fault.findings)}Mend these first; then: arbiter verify`;
    case 'nothing-to-let-through':
      return fault.held.length === 0
        ? `verdict ${id} holds nothing that a waiver could cover.\nTry: arbiter verdict explain ${id}`
        : `verdict ${id} is held up only by what lasts beyond any emergency, and its usual approvers decide:\n${listed(fault.held)}Try: arbiter waiver request ${shellWord(fault.held[0]?.gate ?? 'governance')} --verdict ${id} --reason "…" --expires 7d`;
    case 'reason-length':
      return `the reason has ${fault.length} characters; ${fault.min} to ${fault.max} are needed, since every report says it whole.\n${again()}`;
    case 'reason-unreadable':
      return `the reason holds control, invisible or text-turning characters; write it in plain letters.\n${again()}`;
    case 'expiry-unreadable':
      return `\`--expires ${visible(fault.text, 40)}\` is no time: give minutes or hours (60m, 4h).\n${again()}`;
    case 'expiry-too-late':
      return `\`--expires ${visible(fault.text, 40)}\` is longer than the ${fault.longestMinutes} minutes that the policy of the base allows.\n${again(`${fault.longestMinutes}m`)}`;
    case 'not-bindable':
      return `what verdict ${id} is bound to, or the name of who signs, cannot be bound in an event (too long, or not plain text).`;
  }
}

/** Broken glasses as a list shows them, those that wait for a review first; '' where there are none. */
export function glassListText(cases: readonly GlassCase[]): string {
  if (cases.length === 0) return '';
  const open = cases.filter(({ review }) => review === null);
  const done = cases.filter(({ review }) => review !== null);
  const overdue = open.filter(({ isOverdue }) => isOverdue).length;
  const late =
    overdue === 0
      ? ''
      : `  ${overdue === 1 ? '1 has' : `${overdue} have`} waited longer than ${REVIEW_DAYS_MAX} days: have another maintainer look now.\n`;
  return [
    ...(open.length === 0
      ? []
      : [`BREAK-GLASS, to be reviewed\n${open.map(rowText).join('')}${late}`]),
    ...(done.length === 0 ? [] : [`BREAK-GLASS, reviewed\n${done.map(rowText).join('')}`]),
  ].join('\n');
}

function rowText({ event, isRunning, review, isOverdue }: GlassCase): string {
  const time = `${isRunning ? 'until' : 'ended'} ${timeText(event.expiresAt)}`;
  const state =
    review === null
      ? `${isOverdue ? 'OVERDUE ' : ''}review: arbiter waiver review ${event.id} --reason "…" --key FILE`
      : `reviewed ${timeText(review.at)} by ${visible(review.by, 60)}: ${visible(review.reason, 200)}`;
  return `  ${event.id}  ${event.head.slice(0, 12)}  ${time}  by ${visible(event.by, 60)}: ${visible(event.reason, 200)}\n    ${state}\n`;
}
