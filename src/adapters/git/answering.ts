import type { Repository, RepositoryFault } from '../../ports.ts';
import { fail, type Result } from '../../primitives.ts';
import type { ObjectSource } from './objects.ts';

/**
 * What is read without the objects that did not answer is no answer either: it would depend on how busy a
 * machine is.
 *
 * @throws what was thrown while an object was taken, without waiting for what never comes then.
 */
export async function answered<Value>(
  reading: Promise<Result<Value, RepositoryFault>>,
  objects: ObjectSource,
): Promise<Result<Value, RepositoryFault>> {
  const read = await Promise.race([reading, objects.thrown]);
  const failure = objects.failure();
  return failure === null ? read : fail(failure);
}

/** The repository, all of whose readings are held against what became of the objects that they needed. */
export function answering(repository: Repository, objects: ObjectSource): Repository {
  return {
    resolve: (range) => answered(repository.resolve(range), objects),
    resolveStaged: () => answered(repository.resolveStaged(), objects),
    blobs: (ids) => answered(repository.blobs(ids), objects),
    measure: (range) => answered(repository.measure(range), objects),
    law: (range) => answered(repository.law(range), objects),
    present: (commit, paths) => answered(repository.present(commit, paths), objects),
    messages: (range) => answered(repository.messages(range), objects),
  };
}
