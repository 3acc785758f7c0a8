import type { CacheFault, OrganizationLawUnreadable } from '../../5-publication/faults.ts';
import type { OrganizationLaw } from '../../caws/law.ts';
import type { ForgeRepository } from '../../forge.ts';
import type { RepositoryFault } from '../../ports.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { openRepository } from '../git/repository.ts';
import type { Transport } from './git-transport.ts';
import type { ObjectCache } from './object-cache.ts';

/** The repository of an owner whose policy binds all others. */
export const LAW_REPOSITORY = '.github';

/**
 * The policy on the default branch of an owner's `.github`, or undefined where it has none. By git, like every
 * law: what is not whole is not there, and the commit says which it was.
 *
 * @param place `OWNER/.github` as the forge tells of it.
 * @param from how it is fetched, beside its number.
 */
export async function readOrganizationLaw(
  place: ForgeRepository,
  from: Omit<Transport, 'url'> & { readonly webUrl: string },
  at: {
    readonly objects: ObjectCache;
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly signal: AbortSignal;
  },
): Promise<
  Result<OrganizationLaw | undefined, CacheFault | RepositoryFault | OrganizationLawUnreadable>
> {
  const { webUrl, ...how } = from;
  const branch = `refs/heads/${place.defaultBranch}`;
  const url = `${webUrl}/${place.owner}/${place.name}.git`;
  const source = { ...how, repositoryId: place.id, url };
  const fetched = await at.objects.fetch(source, [branch], at.signal);
  if (!fetched.ok) return fetched;
  using here = fetched.value;
  const commit = here.tips.get(branch);
  // Nothing was ever pushed there.
  if (commit === undefined) return ok(undefined);
  const opened = await openRepository(here.located, { env: at.env });
  if (!opened.ok) return opened;
  using repository = opened.value;
  const policy = await repository.policyAt(commit);
  const name = `${place.owner}/${place.name}`;
  if (!policy.ok)
    return policy.fault.kind === 'law-unreadable'
      ? fail({ kind: 'organization-law-unreadable', repository: name, law: policy.fault })
      : policy;
  if (policy.value === null) return ok(undefined);
  const { file, text } = policy.value;
  return ok({ repository: name, commit, policy: { file: `${name}/${file}`, text } });
}
