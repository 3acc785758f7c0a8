import type { WorkerTask } from '../../4-verdict/worker-task.ts';
import type { AnyFault } from '../../5-publication/fault-words.ts';
import { type OpenedRepository, openRepository } from '../../adapters/git/repository.ts';
import type { SqliteLedger } from '../../adapters/store-sqlite/ledger.ts';
import type { Result } from '../../primitives.ts';
import { type Branch, targetNamed } from '../branch.ts';
import { ledgerPlaceIn, openAt } from '../ledger-place.ts';
import { specTask } from '../worker-patches.ts';
import type { World } from '../world.ts';

/** What a task of the queue is about, as it is kept with it. */
export interface SpecWork {
  /** Absolute; somewhere in the repository. */
  readonly directory: string;
  readonly spec: string;
  /** null: the default branch. */
  readonly onto: string | null;
}

/** What is open while a step of a task is done. */
export interface SpecPlace {
  readonly world: World;
  readonly repository: OpenedRepository;
  readonly ledger: SqliteLedger;
  readonly target: Branch;
  readonly task: WorkerTask;
}

/** Opens the repository and the ledger of a task, reads its spec at its target, and closes both after the work. */
export async function atSpec<Value>(
  outer: World,
  { directory, spec, onto }: SpecWork,
  work: (place: SpecPlace) => Promise<Value>,
): Promise<Result<Value, AnyFault>> {
  const world = { ...outer, directory };
  const opened = await openRepository(directory, { env: world.env });
  if (!opened.ok) return opened;
  using repository = opened.value;
  const target = await targetNamed(world, onto ?? undefined);
  if (!target.ok) return target;
  const ledgered = await openAt(ledgerPlaceIn(world, repository.commonDirectory), 'create');
  if (!ledgered.ok) return ledgered;
  await using ledger = ledgered.value;
  const task = await specTask(spec, target.value, { repository, ledger });
  if (!task.ok) return task;
  const value = await work({ world, repository, ledger, target: target.value, task: task.value });
  return { ok: true, value };
}
