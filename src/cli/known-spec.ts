import { shippedPolicy } from '../adapters/shipped.ts';
import { readLawPolicy } from '../caws/read-policy.ts';
import { readSpec } from '../caws/read-spec.ts';
import type { Repository, RepositoryFault } from '../ports.ts';
import { fail, ok, type Result } from '../primitives.ts';
import { type Branch, lawOf } from './branch.ts';

/** A name that the target has no spec for. */
interface SpecUnknown {
  readonly kind: 'spec-unknown';
  readonly spec: string;
  readonly known: readonly string[];
}

/**
 * Whether the target has a spec of this name, asked before anything is judged or written for it. Where a
 * document of the target cannot be read it is not refused: the cycle says which one, and where.
 */
export async function specIsThere(
  spec: string,
  target: Branch,
  repository: Repository,
): Promise<Result<void, RepositoryFault | SpecUnknown>> {
  const law = await lawOf(repository, target);
  if (!law.ok) return law;
  const reading = readLawPolicy(law.value, shippedPolicy());
  if (!reading.ok) return ok(undefined);
  const known = reading.value.policy.standingSpecs.map(({ id }) => id);
  for (const each of law.value.specs) {
    const read = readSpec(each);
    if (!read.ok) return ok(undefined);
    known.push(read.value.id);
  }
  return known.includes(spec) ? ok(undefined) : fail({ kind: 'spec-unknown', spec, known });
}
