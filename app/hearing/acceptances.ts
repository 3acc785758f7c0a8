/** Pull requests that people accepted, as long as each is what they looked at; and those that are superseded by them. */
import {
  type AcceptanceBody,
  type AcceptanceEnd,
  type AcceptanceEnded,
  type AcceptanceEntry,
  type AcceptanceRecord,
  acceptanceAbout,
  isStanding,
  type StandingAcceptance,
} from '../../src/4-verdict/acceptance.ts';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import type { LivePull } from '../../src/forge.ts';
import type { LedgerFault, LedgerStore } from '../../src/ports.ts';
import { isoOf, ok, type Result } from '../../src/primitives.ts';
import { acceptancesBeside, newestAcceptance } from './acceptance-entries.ts';
import type { DocketRow } from './docket.ts';
import type { HeardPull } from './heard-pull.ts';
import { recordedVerdict } from './judge-pull.ts';
import { caseFileOf } from './states.ts';

type At = Pick<HeardPull, 'job' | 'deps'> & { readonly ledger: LedgerStore };

/**
 * Ends what was accepted of a pull request where it is not that any more, and has the others heard. Whatever it
 * was interrupted in is done again by the next hearing.
 *
 * @param endOf why an acceptance is over; null: it stands.
 */
export async function settleAccepted(
  { job, deps, lease }: Pick<HeardPull, 'job' | 'deps' | 'lease'>,
  endOf: (accepted: AcceptanceRecord) => AcceptanceEnd | null,
): Promise<Result<void, LedgerFault>> {
  const places = deps.docket.accepted(job);
  if (places.length === 0) return ok(undefined);
  const ledger = await deps.ledgerFor(job.repositoryId);
  if (!ledger.ok) return ledger;
  const at = { job, deps, ledger: ledger.value };
  for (const about of places) {
    const newest = await newestAcceptance(about, ledger.value);
    if (!newest.ok) return newest;
    const isOwn = newest.value?.body.pull === job.pull;
    if (isOwn && isStanding(newest.value)) {
      const because = endOf(newest.value.body);
      // What a slower worker saw of it may be older than what was accepted.
      if (because === null || !lease.stillHeld()) continue;
      const ended = await end(newest.value, because, at);
      if (!ended.ok) return ended;
    }
    if (isOwn) {
      const told = await hearRivals(at, newest.value?.body as AcceptanceBody);
      if (!told.ok) return told;
    }
    deps.docket.dropAccepted(job, about);
  }
  return ok(undefined);
}

/** As long as it is the very head, into the very branch. */
export const endByPlace =
  ({ head, base }: Pick<LivePull, 'head' | 'base'>) =>
  (accepted: AcceptanceRecord): AcceptanceEnd | null =>
    accepted.head !== head.sha
      ? 'head-moved'
      : accepted.baseRef === `refs/heads/${base.branch}`
        ? null
        : 'aimed-elsewhere';

/** And as long as it passes under that spec. */
export const endByVerdict =
  ({ verdict, mode, law }: VerdictRecord) =>
  ({ spec }: AcceptanceRecord): AcceptanceEnd | null =>
    law.spec?.id !== spec
      ? 'other-spec'
      : verdict === 'PASS' && mode === 'enforce'
        ? null
        : 'no-pass';

async function end(
  { sequence, body }: AcceptanceEntry<AcceptanceRecord>,
  because: AcceptanceEnd,
  { deps, ledger }: At,
): Promise<Result<void, LedgerFault>> {
  const { spec, baseRef, pull, head, winner } = body;
  const ended: AcceptanceEnded = {
    schema: 'caws-arbiter/acceptance@1',
    state: 'ended',
    ...{ spec, baseRef, pull, head, winner },
    accepted: sequence,
    because,
    by: null,
    source: null,
    at: isoOf(deps.now()),
  };
  return record({ body: ended, after: sequence }, { deps, ledger });
}

/** Appends a word on a spec, unless another one came before it. */
export async function record(
  { body, after }: { readonly body: AcceptanceBody; readonly after: number },
  { deps, ledger }: Pick<At, 'deps' | 'ledger'>,
): Promise<Result<void, LedgerFault>> {
  const about = acceptanceAbout(body);
  const draft = { at: deps.now(), kind: 'acceptance', about, body, blobs: [], after } as const;
  const entry = await ledger.append(draft, deps.signer);
  return entry.ok ? ok(undefined) : entry;
}

/**
 * Has all others heard that are open for a spec, however many: what was compared is bounded, what is superseded is not.
 *
 * @param all also those of other specs: where several may bind one change, its record names the first.
 */
export async function hearRivals(
  { job, deps, ledger }: At,
  { spec, baseRef }: Pick<AcceptanceBody, 'spec' | 'baseRef'>,
  all = false,
): Promise<Result<void, LedgerFault>> {
  for (const row of deps.docket.openIn(job.repositoryId)) {
    if (row.pull === job.pull || `refs/heads/${row.baseBranch}` !== baseRef) continue;
    const isFor = all ? ok(true) : await isForSpec(row, spec, ledger);
    if (!isFor.ok) return isFor;
    if (isFor.value) deps.again({ ...job, pull: row.pull });
  }
  return ok(undefined);
}

async function isForSpec(
  { verdict }: DocketRow,
  spec: string,
  ledger: LedgerStore,
): Promise<Result<boolean, LedgerFault>> {
  // What was not judged yet reads the ledger when it is.
  if (verdict === null) return ok(false);
  const recorded = await recordedVerdict(ledger, verdict.id);
  if (!recorded.ok) return recorded;
  const record = recorded.value?.record;
  return ok(record?.law.spec?.id === spec || (record !== undefined && isSupersededBy(record)));
}

const isSupersededBy = ({ examination }: VerdictRecord): boolean =>
  examination.findings.some(({ rule }) => rule === 'spec.superseded');

/**
 * What stands accepted beside a change now, and whether its verdict was given with that: who was judged while a word
 * was recorded may have read the ledger before it, and be for a spec that nobody could tell yet. Where retention
 * dropped the case it is as it was.
 */
export async function acceptedNow(
  live: Pick<LivePull, 'number' | 'head'>,
  record: VerdictRecord,
  ledger: LedgerStore,
): Promise<
  Result<{ readonly standing: StandingAcceptance | null; readonly isSame: boolean }, LedgerFault>
> {
  // The finding cuts long names, which the case does not.
  const read = isSupersededBy(record) ? await caseFileOf(record, ledger) : ok(null);
  if (!read.ok) return read;
  const then = read.value?.acceptance;
  const spec = isSupersededBy(record) ? then?.spec : ownSpec(record);
  if (spec === undefined) return ok({ standing: null, isSame: true });
  const { baseRef } = record.subject;
  const standing = await acceptancesBeside(live, ledger)({ specs: [spec], baseRef });
  if (!standing.ok) return standing;
  return ok({ standing: standing.value, isSame: standing.value?.entry === then?.entry });
}

/**
 * Has a change heard again whose verdict was given with another word than the newest. And whoever is superseded looks
 * whether the one that was accepted is what the docket says, and has it heard where it is not: so that no lost word
 * of its end, nor a lost docket, keeps anybody superseded for good.
 */
export async function watchAccepted(
  { job, deps, ledger, live }: At & { readonly live: Pick<LivePull, 'number' | 'head'> },
  record: VerdictRecord,
): Promise<Result<void, LedgerFault>> {
  const now = await acceptedNow(live, record, ledger);
  if (!now.ok) return now;
  const { standing, isSame } = now.value;
  if (!isSame) deps.again(job);
  else if (standing !== null) watchWinner(standing, { job, deps });
  return ok(undefined);
}

/** The one that it rivals others for: a standing spec is for any number of changes. */
const ownSpec = ({ law: { spec } }: VerdictRecord): string | undefined =>
  spec === null || spec.standing ? undefined : spec.id;

function watchWinner(accepted: StandingAcceptance, { job, deps }: Pick<At, 'job' | 'deps'>): void {
  const winner = { ...job, pull: accepted.pull };
  deps.docket.keepAccepted(winner, acceptanceAbout(accepted));
  const row = deps.docket.row(winner);
  const isKnown =
    row?.open === true &&
    row.head === accepted.head &&
    `refs/heads/${row.baseBranch}` === accepted.baseRef &&
    row.verdict?.word === 'PASS';
  if (!isKnown) deps.again(winner);
}
