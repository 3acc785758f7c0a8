import type { GroupRecord } from '../../src/4-verdict/group.ts';
import { openLandings } from '../../src/adapters/git/landings.ts';
import type { LedgerEntry, LedgerFault } from '../../src/ports.ts';
import { type Instant, ok, type Result } from '../../src/primitives.ts';
import { outcomeOfFault } from '../hands.ts';
import { ownCheck } from '../hearing/check-post.ts';
import type { Outcome } from '../work/task.ts';
import { NO_PULL } from './groups.ts';
import type { GroupStop, HeldGroup } from './heard-group.ts';
import { show } from './show-group.ts';

/** A commit may leave its queue some seconds before its branch is seen to hold it. */
const LANDING_MS = 15_000;

/**
 * Nobody looks at a commit that left its queue: waivers end and the law changes there unseen. So what was
 * open ends, and so does a pass, unless it landed.
 */
export async function dropGroup(held: HeldGroup): Promise<Outcome> {
  const { where, group, deps, forge, name, checkRuns, lease } = held;
  const own = ownCheck(checkRuns, forge.appId, name);
  const isOver = own === null || (own.status === 'completed' && own.conclusion !== 'success');
  if (isOver) return forget(held);
  const passed = await passOf(held, own.externalId);
  if (!passed.ok) return { kind: 'retry', because: passed.fault.kind };
  if (passed.value !== null) {
    const left = { repositoryId: where.repositoryId, pull: NO_PULL };
    const until = (deps.docket.seen(left, group.head, deps.now()) + LANDING_MS) as Instant;
    if (deps.now() < until) return { kind: 'done', againAt: until };
  }
  const landed = passed.value === null ? ok(false) : await hasLanded(held);
  if (!landed.ok) return { kind: 'retry', because: landed.fault.kind };
  if (!lease.stillHeld()) return { kind: 'done' };
  const shown = await show(
    held,
    own.externalId,
    landed.value && passed.value !== null
      ? { kind: 'decided', ...passed.value }
      : { kind: 'dropped' },
  );
  return shown.ok ? forget(held) : outcomeOfFault(shown.fault);
}

/** Pull requests that stand at this commit, too, may speak there from now on. */
function forget({ where, group, deps }: HeldGroup): Outcome {
  deps.groups.forget(where.repositoryId, group.head);
  for (const { pull } of deps.docket.openAt(where.repositoryId, group.head))
    deps.again({ ...where, pull });
  return { kind: 'done' };
}

/** What was recorded under an id, where it let the group land. */
async function passOf(
  { where, group, deps }: HeldGroup,
  id: string,
): Promise<
  Result<
    {
      readonly record: GroupRecord;
      readonly entry: Pick<LedgerEntry, 'sequence' | 'digest'>;
    } | null,
    LedgerFault
  >
> {
  const ledger = await deps.ledgerFor(where.repositoryId);
  if (!ledger.ok) return ledger;
  const known = await ledger.value.find('group', id);
  if (!known.ok || known.value === null) return known.ok ? ok(null) : known;
  const { sequence, digest, body } = known.value;
  const record = JSON.parse(body) as GroupRecord;
  const isPass = record.outcome === 'PASS' && record.head === group.head;
  return ok(isPass ? { record, entry: { sequence, digest } } : null);
}

/** Its branch holds it, at its tip or below. */
async function hasLanded({
  where,
  group,
  deps,
  forge,
  lease,
}: HeldGroup): Promise<Result<boolean, GroupStop>> {
  const token = await forge.gitToken();
  if (!token.ok) return token;
  const { repositoryId } = where;
  const branch = `refs/heads/${group.branch}`;
  const source = { repositoryId, url: forge.gitUrl, token: token.value };
  const fetched = await deps.objects.fetch(source, [branch], lease.signal);
  if (!fetched.ok) return fetched;
  using objects = fetched.value;
  const tip = objects.tips.get(branch);
  if (tip === undefined) return ok(false);
  const opened = await openLandings(objects.located, deps.env);
  if (!opened.ok) return opened;
  using landings = opened.value;
  return ok(await landings.allFollow(group.head, [tip]));
}
