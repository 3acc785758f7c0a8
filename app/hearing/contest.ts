import { acceptanceAbout } from '../../src/4-verdict/acceptance.ts';
import { preferenceIn, rank } from '../../src/4-verdict/arbitration.ts';
import type { Contest } from '../../src/4-verdict/commands/answer.ts';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import type { LedgerFault } from '../../src/ports.ts';
import { ok, type Result } from '../../src/primitives.ts';
import { newestAcceptance } from './acceptance-entries.ts';
import type { HeardPull } from './heard-pull.ts';
import { newestComparison, rivalryOf } from './rivals.ts';

type Pull = Pick<HeardPull, 'deps' | 'job' | 'ledger'>;

/**
 * All that is open for the spec of a pull request, and whom people accepted for it.
 *
 * @param own the verdict on its head; undefined: it has none.
 * @returns null where there is no spec to speak of, `unreadable` where a score cannot be made now.
 */
export async function contestOf(
  pull: Pull,
  own: VerdictRecord | undefined,
  specsBound: number,
): Promise<Result<Contest | 'unreadable' | null, LedgerFault>> {
  const rivalry = await rivalryOf({ ...pull, own });
  if (!rivalry.ok) return ok('unreadable');
  if (rivalry.value === null || own === undefined) return ok(null);
  const { spec, judged, leftOut } = rivalry.value;
  const about = acceptanceAbout({ baseRef: own.subject.baseRef, spec });
  const newest = await newestAcceptance(about, pull.ledger);
  if (!newest.ok) return newest;
  const known = await newestComparison(spec, pull.ledger);
  if (!known.ok) return known;
  const ids = new Set<string>(judged.map(({ record }) => record.id));
  const compared = (known.value?.compared ?? []).filter(({ between }) =>
    between.every((id) => ids.has(id)),
  );
  const candidates = rank(judged, spec, preferenceIn(compared));
  return ok({ spec, specsBound, newest: newest.value, candidates, compared, leftOut });
}

/** What stands accepted here, also where there is no verdict to speak about; nobody is compared. */
export async function acceptedHere(
  { deps, job, ledger }: Pull,
  own: VerdictRecord | undefined,
): Promise<Result<Contest | null, LedgerFault>> {
  const spec = own?.law.spec?.id;
  const ownPlace =
    own === undefined || spec === undefined
      ? []
      : [acceptanceAbout({ baseRef: own.subject.baseRef, spec })];
  let found: Contest | null = null;
  for (const about of [...deps.docket.accepted(job), ...ownPlace]) {
    const newest = await newestAcceptance(about, ledger);
    if (!newest.ok) return newest;
    if (newest.value === null) continue;
    const { body } = newest.value;
    const nobody = { candidates: [], compared: [], leftOut: 0 };
    const contest = { spec: body.spec, specsBound: 1, newest: newest.value, ...nobody };
    if (body.pull === job.pull && body.state === 'accepted') return ok(contest);
    found = contest;
  }
  return ok(found);
}
