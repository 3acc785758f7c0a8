import type { VerdictRecord } from '../4-verdict/verdict.ts';
import { type WorkerTask, workerTask } from '../4-verdict/worker-task.ts';
import type { AnyFault } from '../5-publication/fault-words.ts';
import { workerSilentText } from '../5-publication/worker-words.ts';
import { commandWorker } from '../adapters/worker/command-worker.ts';
import { readSpec } from '../caws/read-spec.ts';
import type { LedgerStore, Repository } from '../ports.ts';
import { fail, ok, type Result } from '../primitives.ts';
import { type Branch, lawOf } from './branch.ts';
import type { World } from './world.ts';

/** A patch that a worker wrote, and which one it was. */
export interface WrittenPatch {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Verdicts that are looked through for the last try at a spec. */
const VERDICTS_READ_MAX = 200;

/**
 * Asks each worker for a patch, one after the other: on one machine two models at once are slower than
 * both in turn. One that gives none is said and left out.
 */
export async function patchesOfWorkers(
  commands: readonly string[],
  { spec, target }: { readonly spec: string; readonly target: Branch },
  { repository, ledger }: { readonly repository: Repository; readonly ledger: LedgerStore },
  world: World,
): Promise<Result<readonly WrittenPatch[], AnyFault>> {
  if (commands.length === 0) return ok([]);
  const task = await specTask(spec, target, { repository, ledger });
  if (!task.ok) return task;
  const written: WrittenPatch[] = [];
  for (const [at, command] of commands.entries()) {
    const name = `worker ${at + 1}`;
    const worker = commandWorker(command, world.env);
    const patch = await worker.propose(task.value, new AbortController().signal);
    if (patch.ok) written.push({ name, bytes: patch.value });
    else world.err(workerSilentText(name, worker.name, patch.fault));
  }
  return ok(written);
}

/** What a worker is told of a spec: the law of the target, and what stood against the last try at it. */
export async function specTask(
  id: string,
  target: Branch,
  { repository, ledger }: { readonly repository: Repository; readonly ledger: LedgerStore },
): Promise<Result<WorkerTask, AnyFault>> {
  const law = await lawOf(repository, target);
  if (!law.ok) return law;
  const specs = law.value.specs.map(readSpec).flatMap((read) => (read.ok ? [read.value] : []));
  const spec = specs.find((each) => each.id === id);
  if (spec === undefined)
    return fail({ kind: 'spec-unknown', spec: id, known: specs.map((each) => each.id) });
  const entries = await ledger.recent(VERDICTS_READ_MAX, 'verdict');
  if (!entries.ok) return entries;
  const records = entries.value.map(
    ({ body }) => (JSON.parse(body) as { readonly record: VerdictRecord }).record,
  );
  // The newest one alone: what passed since leaves nothing to better.
  const newest = records.find(({ law: { spec: bound } }) => bound?.id === id) ?? null;
  const earlier = newest?.verdict === 'PASS' ? null : newest;
  return ok(workerTask(spec, { base: target.tip, baseRef: target.name }, earlier));
}
