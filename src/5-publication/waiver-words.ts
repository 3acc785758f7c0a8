import type { PlacesTaken } from '../2-examination/waivers.ts';
import type { VerdictRecord, WaivingRule } from '../4-verdict/verdict.ts';
import type { WaiverCase } from '../4-verdict/waiver-events.ts';
import {
  type IgnoredBecause,
  REASON_LENGTH_MIN,
  type WaiverRequested,
} from '../4-verdict/waivers/event.ts';
import type { GatesOfVerdict, RequestFault } from '../4-verdict/waivers/request.ts';
import type { Quantity } from '../caws/findings.ts';
import { nearest } from '../caws/nearest.ts';
import type { WaiverFloor } from '../caws/waiver.ts';
import { type Instant, isoOf } from '../primitives.ts';
import { shellWord, visible } from './escape.ts';
import { quantityText } from './quantity.ts';

/** Files of one floor that a person is shown. */
const FILES_SHOWN = 8;

/** `2027-03-08 10:00 UTC`, to the minute. */
export function timeText(instant: Instant | string): string {
  const iso = typeof instant === 'string' ? instant : isoOf(instant);
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

/** Everything that a waiver would allow, one fact a line: what an approver has to have seen. */
export function boundText(request: WaiverRequested): string {
  const { spec, branch, baseRef, head, policy } = request;
  const lines = [
    ['gate', visible(request.gate)],
    ...request.floors.map((floor) => ['allows', floorText(floor)]),
    [
      'change',
      `${branch === null ? 'no named branch' : visible(branch)} into ${refText(baseRef)}, asked at head ${head.slice(0, 12)}`,
    ],
    ['spec', spec === null ? 'none' : `${visible(spec.id)} as of ${spec.digest.slice(7, 19)}`],
    ['policy', `as of ${policy.slice(7, 19)}`],
    ['in', visible(request.repository)],
    ['until', timeText(request.expiresAt)],
    ['reason', visible(request.reason, 600)],
  ];
  return lines.map(([name = '', text = '']) => `  ${name.padEnd(8)}${text}\n`).join('');
}

function floorText(floor: WaiverFloor): string {
  const what = floor.subject === '' ? floor.rule : `${floor.rule} of ${visible(floor.subject)}`;
  if (floor.value !== null)
    return `${what}: ${quantityText({ value: floor.value, unit: floor.unit } as Quantity)}, no worse`;
  const files = floor.files ?? [];
  if (files.length === 0) return what;
  const shown = files.slice(0, FILES_SHOWN).map((file) => visible(file));
  const rest = files.length - shown.length;
  return `${what}: ${shown.join(', ')}${rest > 0 ? ` and ${rest} more (arbiter waiver show ID --json)` : ''}`;
}

const refText = (ref: string): string =>
  visible(
    /^[0-9a-f]{40,64}$/.test(ref)
      ? ref.slice(0, 12)
      : ref.replace(/^refs\/(?:heads|remotes)\//, ''),
  );

/** Who may approve under the policy that judged, as a phrase. */
export function approversText(terms: WaivingRule | undefined): string {
  if (terms === undefined) return 'whom the policy of the base names';
  if (terms.approvers.length === 0) return 'any maintainer of .caws/trusted-keys.yaml on the base';
  const people = terms.approvers.map((name) => visible(name, 60)).join(', ');
  return terms.approversMin > 1 ? `${terms.approversMin} of ${people}` : people;
}

/**
 * After a request: what was asked, that nothing is allowed yet, and who does what next.
 *
 * @param maintainers whom the base names now; without one nobody can approve.
 */
export function requestedText(
  request: WaiverRequested,
  terms: WaivingRule | undefined,
  maintainers: number,
): string {
  const id = request.waiver;
  const nobody =
    maintainers > 0
      ? ''
      : `So far ${refText(request.baseRef)} names no maintainer. A maintainer prints the lines to add there with: arbiter keys show --for-maintainer LOGIN\n`;
  return `${id} is requested. Nothing is allowed yet.\n${boundText(request)}Who may approve: ${approversText(terms)}; not the author, not the requester.\n${nobody}  arbiter waiver approve ${id} --key FILE\nOn another machine, carry it as a file:\n  arbiter waiver export ${id} ${id}.json\n`;
}

/** Why approving is refused where the law has moved on since the request. */
export function policyChangedText(request: WaiverRequested, range: string): string {
  return `the policy of ${refText(request.baseRef)} has changed since ${request.waiver} was asked for (then ${request.policy.slice(7, 19)}), so it would not count.\nAsk again: arbiter verify ${shellWord(range)}\nThen: arbiter waiver request ${shellWord(request.gate)} --reason "…" --expires 7d`;
}

/** Why approving is refused where as many waivers run as the policy lets run at once, and what frees a place. */
export function placesTakenText(
  { waiver, gate }: WaiverRequested,
  { max, by }: PlacesTaken,
): string {
  const holders = by.map(({ id, file, expiresAt }) => {
    const until = expiresAt === null ? '' : ` until ${timeText(expiresAt)}`;
    return `  ${visible(id)}${until}${file === null ? '' : `, in ${visible(file)} of the base`}\n`;
  });
  const first = by.find(({ file }) => file === null);
  const next =
    first === undefined
      ? `Take one of them out of the base, or wait until one ends; then: arbiter waiver approve ${waiver} --key FILE`
      : `End one that is no longer needed: arbiter waiver revoke ${visible(first.id)} --reason "…" --key FILE\nThen: arbiter waiver approve ${waiver} --key FILE`;
  return `${by.length} ${by.length === 1 ? 'waiver' : 'waivers'} of \`${visible(gate)}\` ${by.length === 1 ? 'runs' : 'run'}, and the policy lets ${max} run at a time (waivers.max_active_waivers_per_gate), so one more would not count.\n${holders.join('')}${next}`;
}

/** How asking is written where the person asks: on a command line, or in a comment. */
export interface AskingForm {
  readonly ask: (gate: string, expires: string, verdict: string) => string;
  readonly expires: (text: string) => string;
  /** A verdict as a person there knows it. */
  readonly verdict: (id: string) => string;
  readonly show: (verdict: string) => string;
  readonly judge: string;
}

const commandLine: AskingForm = {
  ask: (gate, expires, verdict) =>
    `arbiter waiver request ${shellWord(gate)} --verdict ${verdict} --reason "…" --expires ${expires}`,
  expires: (text) => `--expires ${text}`,
  verdict: (id) => `verdict ${id}`,
  show: (verdict) => `arbiter verdict show ${verdict}`,
  judge: 'arbiter verify',
};

/** Why a request was refused, who may do what, and the exact next command. */
export function requestFaultText(
  fault: RequestFault,
  record: VerdictRecord,
  gate: string,
  form: AskingForm = commandLine,
): string {
  const again = (name: string, expires = '7d') => `Try: ${form.ask(name, expires, record.id)}`;
  switch (fault.kind) {
    case 'nothing-to-waive':
      return `${form.verdict(fault.verdict)} is PASS: there is nothing to waive.\nTry: ${form.show(fault.verdict)}`;
    case 'gate-unknown': {
      const known = [...fault.gates.waivable, ...fault.gates.refused, ...fault.gates.holding];
      const near = nearest(fault.gate, fault.gates.waivable) ?? nearest(fault.gate, known);
      const meant = near === undefined ? '' : ` Did you mean \`${near}\`?`;
      const first =
        near !== undefined && fault.gates.waivable.includes(near) ? near : fault.gates.waivable[0];
      return `there is no gate \`${visible(fault.gate, 80)}\` in ${form.verdict(record.id)}.${meant}\n${gatesText(fault.gates)}${first === undefined ? '' : again(first)}`.trimEnd();
    }
    case 'gate-not-waivable':
      return `\`${visible(fault.gate)}\` cannot be waived: the policy of the base lets nobody allow it.\n${gatesText(fault.gates)}Mend the change, or have the policy changed on ${refText(record.subject.baseRef)} first; then: ${form.judge}`;
    case 'gate-holds':
      return `nothing is held against \`${visible(fault.gate)}\` in ${form.verdict(record.id)}, so there is nothing to waive.\n${gatesText(fault.gates)}${fault.gates.waivable[0] === undefined ? `Try: ${form.show(record.id)}` : again(fault.gates.waivable[0])}`;
    case 'reason-too-short':
      return `the reason has ${fault.length} characters; at least ${fault.min} are needed, so that whoever approves can judge it.\n${again(gate)}`;
    case 'reason-too-long':
      return `the reason has ${fault.length} characters; ${fault.max} are the most. Link to the rest.\n${again(gate)}`;
    case 'reason-unreadable':
      return `the reason holds control, invisible or text-turning characters; write it in plain letters.\n${again(gate)}`;
    case 'too-many-findings':
      return `the gate holds ${fault.found} findings; ${fault.max} are the most that one waiver may cover. Split the change.`;
    case 'not-whole':
      return `${fault.rule} names ${fault.places} places, more than the record lists; what nobody can read, nobody can waive. Split the change.`;
    case 'too-many-places':
      return 'the findings name more places than one waiver can hold. Split the change.';
    case 'not-bindable':
      return `the verdict's ${fault.field} cannot be bound in a waiver (too long, or not plain text).`;
    case 'expiry-unreadable':
      return `\`${form.expires(visible(fault.text, 40))}\` is no time: give hours, days or weeks (12h, 7d, 2w) or a date (2027-03-31, to the end of that day in UTC).\n${again(gate)}`;
    case 'expiry-in-the-past':
      return `\`${form.expires(visible(fault.text, 40))}\` is over already; it is ${timeText(fault.now)}.\n${again(gate)}`;
    case 'expiry-too-late':
      return `\`${form.expires(visible(fault.text, 40))}\` is longer than the ${fault.longestDays} ${fault.longestDays === 1 ? 'day' : 'days'} that the policy allows for \`${visible(gate)}\`.${fault.lastDay === null ? '' : ` The last date is ${fault.lastDay}.`}\n${again(gate, `${fault.longestDays}d`)}`;
  }
}

function gatesText(gates: GatesOfVerdict): string {
  const list = (names: readonly string[]) => names.map((name) => `\`${visible(name)}\``).join(', ');
  const waivable = gates.waivable.length === 0 ? 'none' : list(gates.waivable);
  const refused = gates.refused.length === 0 ? '' : ` Not waivable: ${list(gates.refused)}.`;
  return `Gates you can ask to waive: ${waivable}.${refused}\n`;
}

/** Why an event counts for nothing, as the rest of a sentence that begins with "it". */
export const ignoredWords: Readonly<Record<IgnoredBecause, string>> = {
  'too-many-events': 'is one of more events than are read; none of them counts',
  'not-an-envelope': 'is no DSSE envelope',
  'too-large': 'is larger than an event may be',
  'other-payload-type': 'has the payload type of something else',
  'not-one-signature': 'does not carry exactly one signature',
  'not-canonical': 'is not canonical JSON',
  'unknown-schema': 'has a schema that this version does not know',
  'unknown-event': 'is of no known kind',
  'unknown-field': 'has a field that does not belong there',
  'missing-field': 'lacks a field',
  'bad-field': 'has a value out of its bounds',
  'reason-too-short': `has a reason of fewer than ${REASON_LENGTH_MIN} characters`,
  'reason-unreadable': 'has a reason with characters that nobody sees',
  'gate-is-a-wildcard': 'names no single gate',
  'nothing-to-waive': 'names nothing that it would allow',
  'ends-before-it-starts': 'ends before it starts',
  'longer-than-a-year': 'lasts longer than a year',
  'id-differs': 'has an id that is not made from its text',
  'other-base': 'is for a change into another branch',
  'other-repository': 'is for another repository',
  'said-already': 'comes from a comment or button that was answered already',
  'requester-key-differs': 'is signed by another key than it names',
  'signature-wrong': 'has a signature that does not hold',
  'key-unknown': 'is signed by a key that .caws/trusted-keys.yaml of the base does not list',
  'key-not-a-maintainers': "is signed by a key that is not a maintainer's on the base",
  'key-of-several-people': 'is signed by a key that the base lists for several people',
  'key-revoked': 'is signed by a revoked key, whose approvals could be back-dated',
  'key-not-valid-then': 'is signed by a key that was not valid yet',
  'key-expired': 'is signed by a key whose time is over',
  'in-the-future': 'is dated in the future; check the clocks',
  'before-its-request': 'is dated before its request; check the clocks',
  'after-its-end': 'was given after the waiver had ended',
  'request-unknown': 'names a request that is not here',
  'other-request': 'names another text than the request of this id',
  'approver-is-requester': 'is by the person who asked',
  'same-person': 'is by somebody who has approved already',
};

/** One waiver whole: its state, its bound and everyone who spoke. */
export function caseText(judged: WaiverCase, terms: WaivingRule | undefined): string {
  const { request, status, approvals, denials } = judged;
  const said = [
    `  ${timeText(request.at)}  requested by ${requesterText(judged)}`,
    ...approvals.map(({ by, at }) => `  ${timeText(at)}  approved by ${visible(by, 60)}`),
    ...denials.map(
      ({ by, at, event, reason }) =>
        `  ${timeText(at)}  ${event} by ${visible(by, 60)}: ${visible(reason, 600)}`,
    ),
  ];
  return `${request.waiver} is ${status}.\n${boundText(request)}${said.join('\n')}\n${nextText(judged, terms)}`;
}

/** A requester whose key the base lists is known; anyone else only says so. */
export function requesterText({ requester, requesterIsKnown }: WaiverCase): string {
  return `${visible(requester, 60)}${requesterIsKnown ? '' : ' (own word, key not listed on the base)'}`;
}

function nextText(
  { request, status, approvals }: WaiverCase,
  terms: WaivingRule | undefined,
): string {
  const needed = terms?.approversMin ?? 1;
  switch (status) {
    case 'proposed':
      return `Next: arbiter waiver approve ${request.waiver} --key FILE (${approversText(terms)})\n`;
    case 'active':
      return approvals.length < needed
        ? `${approvals.length} of ${needed} approvals. Next: arbiter waiver approve ${request.waiver} --key FILE (${approversText(terms)})\n`
        : 'Next: arbiter verify\n';
    case 'expired':
    case 'revoked':
    case 'rejected':
      return `Next: arbiter waiver request ${shellWord(request.gate)} --reason "…" --expires 7d\n`;
  }
}
