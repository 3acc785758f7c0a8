import { byText } from '../../2-examination/finding.ts';
import { hostedList, placeOf } from '../../4-verdict/hosted-list.ts';
import type { HostedCase } from '../../4-verdict/hosted-waivers.ts';
import { judgeWaiverEvents, type WaiverCase } from '../../4-verdict/waiver-events.ts';
import type { IgnoredEvent } from '../../4-verdict/waivers/ignored.ts';
import { termsOf } from '../../4-verdict/waivers/request.ts';
import type { TrustedSigners } from '../../4-verdict/waivers/signers.ts';
import { glassListText } from '../../5-publication/break-glass-words.ts';
import { NO_READING, reasonText } from '../../5-publication/judge-words.ts';
import { hostedListText, listText, shelfOf } from '../../5-publication/waiver-list-words.ts';
import { caseText, ignoredWords } from '../../5-publication/waiver-words.ts';
import type { JudgePlace } from '../../adapters/judge/place.ts';
import { fail, type Instant, isoOf, ok, type Result } from '../../primitives.ts';
import type { JudgeOptions } from '../judge-options.ts';
import { judgePlaceOf } from '../judge-seat.ts';
import { page, pageList } from '../page.ts';
import { type ExitCode, exits, type World } from '../world.ts';
import { type LookDesk, openDesk, openLookDesk } from './desk.ts';
import { type FoundGlasses, findWaiver, glassCasesOf } from './find.ts';
import { type Stop, say, stopFor } from './stop.ts';

/**
 * `arbiter waiver list`: every waiver of the ledger. What was signed offline is judged by the keys of its
 * own base branch; what was said at a forge is told as it was heard.
 */
export async function listWaivers(
  world: World,
  options: { readonly json?: boolean; readonly ledger?: string },
): Promise<ExitCode> {
  const now = world.now();
  const opened = await openLookDesk(world, options.ledger);
  if (!opened.ok && opened.fault.noLedger !== true) return say(world, opened.fault, options.json);
  await using desk = opened.ok ? opened.value : null;
  const judged = desk === null ? ok(nothing) : await judgeByBase(desk, now);
  if (!judged.ok) return say(world, judged.fault, options.json);
  const glasses = desk === null ? null : await glassCasesOf(desk, now);
  if (glasses?.ok === false) return say(world, glasses.fault, options.json);
  const found = { ...judged.value, glasses: glasses?.value ?? null };
  if (options.json === true) print(world, listJson(found, now));
  else pageLists(world, found, now);
  return exits.pass;
}

const nothing = { cases: [], hosted: [], ignored: [] };

interface Found extends Judged {
  readonly glasses: FoundGlasses | null;
}

function listJson({ cases, hosted, ignored, glasses }: Found, now: Instant) {
  return {
    schema: 'caws-arbiter/waiver-list@1',
    at: isoOf(now),
    waivers: cases.map((each) => caseJson(each, now)),
    hosted: hosted.map(hostedJson),
    ignored,
    ...glassJson(glasses),
  };
}

function pageLists(world: World, { cases, hosted, ignored, glasses }: Found, now: Instant): void {
  const glassText = glassListText(glasses?.judged.cases ?? []);
  const isNone = hosted.length === 0 && glassText === '';
  const texts = [
    ...(cases.length > 0 || isNone ? [listText(cases, now)] : []),
    ...(hosted.length > 0 ? [hostedListText(hosted)] : []),
    ...(glassText === '' ? [] : [glassText]),
  ];
  pageList(world, texts.join('\n'));
  if (glasses?.more === true)
    pageList(world, 'Older break-glass events are not listed; arbiter ledger log has them.\n');
  const count = ignored.length + (glasses?.judged.ignored.length ?? 0);
  if (count > 0)
    pageList(
      world,
      `\n${count === 1 ? '1 event counts' : `${count} events count`} for nothing; arbiter waiver list --json says why.\n`,
    );
}

/** `arbiter waiver show`: one waiver, its bound, and everyone who spoke. */
export async function showWaiver(
  world: World,
  id: string,
  options: { readonly json?: boolean } & JudgeOptions,
): Promise<ExitCode> {
  const now = world.now();
  const place = judgePlaceOf(world, options);
  if (!place.ok) return say(world, stopFor(place.fault).fault, options.json);
  const opened = await openDesk(world, 'read');
  if (!opened.ok) return say(world, opened.fault, options.json);
  await using desk = opened.value;
  const found = await findWaiver(desk, id, now);
  if (!found.ok) return say(world, found.fault, options.json);
  const { judged, all } = found.value;
  const { waiver, gate, verdict } = judged.request;
  const ignored = all.ignored.filter((each) => each.waiver === waiver);
  if (options.json === true) {
    print(world, {
      schema: 'caws-arbiter/waiver@1',
      at: isoOf(now),
      ...caseJson(judged, now),
      ignored,
    });
    return exits.pass;
  }
  const ground = await desk.verdictOf(verdict);
  page(world, caseText(judged, ground === null ? undefined : termsOf(ground, gate)));
  if (place.value !== null && judged.status === 'proposed')
    await pageReading(world, judged, place.value);
  for (const { because, event, at } of ignored)
    page(
      world,
      `Not counted: the ${event ?? 'event'} of ${at ?? 'no time'} ${ignoredWords[because]}.\n`,
    );
  return exits.pass;
}

/** How the reason reads to a model of this machine: a maintainer sees it and decides. */
async function pageReading(
  world: World,
  { request, requester }: WaiverCase,
  place: JudgePlace,
): Promise<void> {
  const [{ readReason }, { shippedJudgePrompts }] = await Promise.all([
    import('../../adapters/judge/read-reason.ts'),
    import('../../adapters/judge/shipped-prompts.ts'),
  ]);
  const { reason, gate } = request;
  const about = { reason, gate, people: [requester], mayLeave: false };
  const opinion = await readReason(place, shippedJudgePrompts(), about);
  page(world, `${opinion === null ? NO_READING : reasonText(opinion)}\n`);
}

interface Judged {
  readonly cases: readonly WaiverCase[];
  readonly hosted: readonly HostedCase[];
  readonly ignored: readonly IgnoredEvent[];
}

/**
 * Heap by heap, so that no flood at a forge hides what is open. Requests need no trusted key, so the bases are
 * known first; then each base judges its own.
 */
export async function judgeByBase(desk: LookDesk, now: Instant): Promise<Result<Judged, Stop>> {
  const keys = new Map<string, TrustedSigners | null>();
  const cases: WaiverCase[] = [];
  const hosted: HostedCase[] = [];
  const ignored = new Map<string, IgnoredEvent>();
  for await (const heap of desk.heaps()) {
    if (!heap.ok) return heap;
    const list = hostedList(heap.value, desk.ledger.publicKeys(), now);
    const signed = await signedInHeap(heap.value, { desk, now, keys });
    if (!signed.ok) return signed;
    hosted.push(...list.cases);
    cases.push(...signed.value.cases);
    for (const each of [...list.ignored, ...signed.value.ignored])
      ignored.set(JSON.stringify(each), each);
  }
  return ok({
    cases: cases.toSorted((one, other) => byText(one.request.baseRef, other.request.baseRef)),
    hosted: hosted.toSorted((one, other) => byText(placeOf(one.request), placeOf(other.request))),
    ignored: [...ignored.values()],
  });
}

async function signedInHeap(
  events: readonly string[],
  at: {
    readonly desk: LookDesk;
    readonly now: Instant;
    /** Of the bases that were met so far. */
    readonly keys: Map<string, TrustedSigners | null>;
  },
): Promise<Result<Pick<Judged, 'cases' | 'ignored'>, Stop>> {
  const requests = judgeWaiverEvents(events, null, at.now);
  const cases: WaiverCase[] = [];
  const ignored: IgnoredEvent[] = [];
  const bases = new Set(requests.cases.map(({ request }) => request.baseRef));
  if (bases.size === 0) ignored.push(...requests.ignored);
  for (const baseRef of bases) {
    const known = at.keys.get(baseRef);
    const trusted = known === undefined ? await at.desk.trusted({ baseRef }) : ok(known);
    if (!trusted.ok) return fail(trusted.fault);
    at.keys.set(baseRef, trusted.value);
    const judged = judgeWaiverEvents(events, trusted.value, at.now);
    const own = judged.cases.filter(({ request }) => request.baseRef === baseRef);
    const ids = new Set(own.map(({ request }) => request.waiver));
    cases.push(...own);
    ignored.push(...judged.ignored.filter(({ waiver }) => waiver === null || ids.has(waiver)));
  }
  return ok({ cases, ignored });
}

function glassJson(found: FoundGlasses | null) {
  const cases = found?.judged.cases ?? [];
  return {
    breakGlass: cases.map(({ event, digest, keyId, isRunning, review, isOverdue }) => ({
      id: event.id,
      state: isRunning ? 'running' : 'ended',
      review: review === null ? 'open' : 'done',
      overdue: isOverdue,
      reviewed: review === null ? null : { ...review, at: isoOf(review.at) },
      digest,
      keyId,
      event,
    })),
    breakGlassIgnored: found?.judged.ignored ?? [],
    breakGlassOlder: found?.more ?? false,
  };
}

function hostedJson({ request, digest, status, approvals, denials }: HostedCase) {
  return {
    id: request.waiver,
    status,
    digest,
    approvals: approvals.map(({ event }) => event),
    denials,
    request,
  };
}

function caseJson(judged: WaiverCase, now: Instant) {
  const { request, digest, status, requester, requesterIsKnown, approvals, denials } = judged;
  const spoken = <Word extends { readonly at: Instant }>(words: readonly Word[]) =>
    words.map((word) => ({ ...word, at: isoOf(word.at) }));
  return {
    id: request.waiver,
    status,
    shelf: shelfOf(judged, now).toLowerCase(),
    digest,
    requester,
    requesterIsKnown,
    approvals: spoken(approvals),
    denials: spoken(denials),
    request,
  };
}

function print(world: World, value: unknown): void {
  world.out(`${JSON.stringify(value, null, 2)}\n`);
}
