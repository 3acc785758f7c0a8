import { checkFace } from '../../src/5-publication/check/face.ts';
import type { Forge, ForgeFault } from '../../src/forge.ts';
import type { LedgerFault } from '../../src/ports.ts';
import type { Instant } from '../../src/primitives.ts';
import type { HeardPull } from './heard-pull.ts';
import { stoppedState } from './states.ts';
import { UNREAD_TRIES } from './unread-tries.ts';

/** A forge that says it will not answer for so long is not waited for. */
const BUSY_MS = 60_000;
const AGAIN_MS = 30_000;

/**
 * A pull request that cannot be read may have changed, and so may its target: the pass that its last known
 * head shows is taken back by a new check, which needs nothing to be read. Said once; the next hearing that
 * reads everything shows what stands.
 */
export async function showUnread(
  { job, lease, deps }: Pick<HeardPull, 'job' | 'lease' | 'deps'>,
  forge: Forge,
  fault: ForgeFault | LedgerFault,
): Promise<void> {
  const { docket, now } = deps;
  const row = docket.row(job);
  // Whatever was decided last may not be what the check shows: writing it may have failed.
  if (row === null || !row.open || row.verdict === null) return;
  if (row.unread >= UNREAD_TRIES) return;
  const isLong = fault.kind === 'forge-busy' && fault.retryAt - now() > BUSY_MS;
  const tries = isLong ? UNREAD_TRIES : row.unread + 1;
  if (tries < UNREAD_TRIES) return docket.save({ ...row, unread: tries });
  if (!lease.stillHeld()) return;
  const { owner, name } = forge.repository;
  const at = now();
  const id = docket.nextId(job, row.head, () => deps.newId(at));
  const againAt = fault.kind === 'forge-busy' ? fault.retryAt : ((at + AGAIN_MS) as Instant);
  const patience = { attempt: tries, since: at, againAt, deadline: againAt };
  const context = {
    site: deps.site,
    repository: { owner, name },
    name: row.name,
    id,
    now: at,
    mode: row.verdict.mode,
    imitators: [],
    unsaid: deps.docket.unsaid(job),
    aside: null,
  };
  const shown = await forge.createCheck(
    row.head,
    checkFace(stoppedState(fault, id, patience), context),
  );
  // What could not be shown is tried again with the next look.
  docket.save({ ...row, shown: null, unread: shown.ok ? tries : tries - 1 });
}
