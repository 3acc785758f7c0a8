/** Waivers as a list: what each is about, where it stands, and when it ends. */
import type { HostedCase } from '../4-verdict/hosted-waivers.ts';
import type { WaiverCase } from '../4-verdict/waiver-events.ts';
import { DAY_MS, instantOf } from '../4-verdict/waivers/event.ts';
import type { ForgeIdentity, HostedSource } from '../4-verdict/waivers/hosted-event.ts';
import type { Instant } from '../primitives.ts';
import { visible } from './escape.ts';
import { timeText } from './waiver-words.ts';

/** A waiver this near its end stands under a heading of its own. */
const EXPIRING_DAYS = 7;

export type Shelf = 'Requested' | 'Active' | 'Expiring' | 'Ended';
const headings: Readonly<Record<Shelf, string>> = {
  Requested: 'Requested, waiting for an approval',
  Active: 'Active',
  Expiring: `Active, ending within ${EXPIRING_DAYS} days`,
  Ended: 'Ended',
};

/** Where a waiver stands in a list. */
export function shelfOf({ status, request }: WaiverCase, now: Instant): Shelf {
  switch (status) {
    case 'proposed':
      return 'Requested';
    case 'active':
      return (instantOf(request.expiresAt) ?? 0) - now < EXPIRING_DAYS * DAY_MS
        ? 'Expiring'
        : 'Active';
    case 'revoked':
    case 'rejected':
    case 'expired':
      return 'Ended';
  }
}

/** All waivers under four headings, empty ones left out. */
export function listText(cases: readonly WaiverCase[], now: Instant): string {
  if (cases.length === 0)
    return 'No waivers yet. After a verdict that asks for one:\n  arbiter waiver request GATE --reason "…" --expires 7d\n';
  return (['Requested', 'Expiring', 'Active', 'Ended'] as const)
    .map((shelf) => ({ shelf, on: cases.filter((each) => shelfOf(each, now) === shelf) }))
    .filter(({ on }) => on.length > 0)
    .map(({ shelf, on }) => `${headings[shelf]}\n${on.map(rowText).join('')}`)
    .join('\n');
}

/** Two lines a waiver: what it is about, and where it stands; both fit a terminal of 80 columns. */
function rowText(judged: WaiverCase): string {
  const { request } = judged;
  const subject = visible(request.spec?.id ?? request.branch ?? 'no spec', 28);
  return `  ${request.waiver}  ${visible(request.gate, 28)}  ${subject}\n      ${endText(judged)}\n`;
}

function endText({ status, request, approvals, denials, requester }: WaiverCase): string {
  switch (status) {
    case 'proposed':
      return `would end ${timeText(request.expiresAt)}  asked by ${visible(requester, 60)}`;
    case 'active':
      return `until ${timeText(request.expiresAt)}  by ${approvals.map(({ by }) => visible(by, 60)).join(', ')}`;
    case 'expired':
      return `ended ${timeText(request.expiresAt)}`;
    case 'revoked':
    case 'rejected': {
      const last = denials.find(({ event }) => event === status);
      return `${status} ${last === undefined ? '' : `${timeText(last.at)}  by ${visible(last.by, 60)}`}`;
    }
  }
}

/** Waivers that were asked for in comments: the account, the place, where each stands, and its end. */
export function hostedListText(cases: readonly HostedCase[]): string {
  return `Asked for in comments (who may approve is asked of the forge at each verdict)\n${cases.map(hostedRowText).join('')}`;
}

function hostedRowText({ request, status, approvals, denials }: HostedCase): string {
  const subject = visible(request.spec?.id ?? 'no spec', 28);
  const lines = [
    `  ${request.waiver}  ${visible(request.gate, 28)}  ${subject}`,
    `      ${status} ${hostedEnd[status]} ${timeText(request.expiresAt)}`,
    `      asked by ${accountText(request.by)} on ${visible(request.repository, 60)}#${request.pull}${placeText(request.source)}`,
    ...approvals.map(
      ({ event }) => `      approved by ${accountText(event.by)}${placeText(event.source)}`,
    ),
    ...denials.map(
      (each) => `      ${each.event} by ${accountText(each.by)}${placeText(each.source)}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

const hostedEnd: Readonly<Record<HostedCase['status'], string>> = {
  proposed: '(nobody has approved), would end',
  active: 'until',
  expired: 'since',
  rejected: 'for good, would have ended',
  revoked: 'for good, would have ended',
};

/** The login of that time, and the number that stays. */
const accountText = ({ login, id }: ForgeIdentity): string => `@${visible(login, 60)} (${id})`;

const placeText = (source: HostedSource): string =>
  source.kind === 'comment'
    ? `, comment ${source.comment}`
    : `, button of check ${source.checkRun}`;
