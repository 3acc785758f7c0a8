import type { Octokit } from '@octokit/rest';
import type { OrganizationLawUnreadable } from '../../src/5-publication/faults.ts';
import { ask, orNull } from '../../src/adapters/github/client.ts';
import type { CacheFault, ObjectCache } from '../../src/adapters/github/object-cache.ts';
import { LAW_REPOSITORY, readOrganizationLaw } from '../../src/adapters/github/organization-law.ts';
import { countedPage, PER_PAGE } from '../../src/adapters/github/pages.ts';
import { repositoryOf } from '../../src/adapters/github/repository.ts';
import type { OrganizationLaw } from '../../src/caws/law.ts';
import type { ForgeFault, ForgeRepository } from '../../src/forge.ts';
import type { RepositoryFault } from '../../src/ports.ts';
import { fail, type Instant, ok, type Result } from '../../src/primitives.ts';
import type { Where } from '../intake/concern-types.ts';
import type { RepositoryPlace } from './docket.ts';
import { remembering } from './remembering.ts';

/** Whether there is one, and where, hardly ever changes. */
const PLACE_BELIEVED_MS = 5 * 60_000;
/** A push there is told of and forgets this; a word that was lost costs so long. */
const LAW_BELIEVED_MS = 60_000;

export type OrganizationFault =
  | ForgeFault
  | CacheFault
  | RepositoryFault
  | OrganizationLawUnreadable;

/** An owner as the app meets it: an installation has one. */
export type Owner = Pick<Where, 'installationId' | 'owner'>;

export interface Organizations {
  /**
   * The policy that binds every repository of the owner, or undefined where there is none: no `.github`
   * repository, one that the installation does not cover, or no policy on its default branch. At most some
   * minutes old. What cannot be read whole is a fault, never none; where a policy is known to have been, none
   * is believed when a second look by another way says so, too.
   */
  lawOf(
    owner: Owner,
    signal: AbortSignal,
  ): Promise<Result<OrganizationLaw | undefined, OrganizationFault>>;
  /** Every repository that the installation covers, as the forge lists them. */
  repositoriesOf(owner: Owner): Promise<Result<Covered, ForgeFault>>;
  /** Something has happened there, or it must be exact: the next one to ask hears it anew. */
  forget(owner: Owner): void;
}

export interface Covered {
  readonly places: readonly RepositoryPlace[];
  /** false: there are more than were read. */
  readonly whole: boolean;
}

/** 2,000 repositories; of those beyond, the ones that were heard of are looked at. */
const PAGES_MAX = 20;

export interface OrganizationsOptions {
  readonly clientFor: (installationId: number) => Promise<Pick<Octokit, 'request' | 'auth'>>;
  /** The app itself: only it is told which repositories an installation covers. */
  readonly appClient: () => Promise<Pick<Octokit, 'request'>>;
  readonly objects: ObjectCache;
  readonly webUrl: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => Instant;
  /** Whether the owner is known to have had a policy: that it has none any more is then looked at twice. */
  readonly hadLaw: (owner: Owner) => boolean;
}

export function openOrganizations(options: OrganizationsOptions): Organizations {
  const places = remembering<ForgeRepository | null, ForgeFault>(options.now, PLACE_BELIEVED_MS);
  const laws = remembering<OrganizationLaw | undefined, OrganizationFault>(
    options.now,
    LAW_BELIEVED_MS,
  );
  const lawThere = async (
    owner: Owner,
    signal: AbortSignal,
  ): Promise<Result<OrganizationLaw | undefined, OrganizationFault>> => {
    const place = await places.ask(keyOf(owner), () => placeOf(owner, options));
    if (!place.ok || place.value === null) return place.ok ? ok(undefined) : place;
    return readLaw(owner, place.value, signal, options);
  };
  return {
    lawOf: (owner, signal) =>
      laws.ask(keyOf(owner), async () => {
        const law = await lawThere(owner, signal);
        if (!law.ok || law.value !== undefined || !options.hadLaw(owner)) return law;
        const covers = await coversLaw(owner, options);
        if (!covers.ok || !covers.value) return covers.ok ? law : covers;
        // What was believed of its place may be why nothing was found there.
        places.forget(keyOf(owner));
        const place = await places.ask(keyOf(owner), () => placeOf(owner, options));
        if (!place.ok) return place;
        if (place.value !== null) return lawThere(owner, signal);
        const detail = `${owner.owner}/${LAW_REPOSITORY} is listed, and not found`;
        return fail({ kind: 'forge-unexpected', doing: LOOKING, detail });
      }),
    repositoriesOf: (owner) => covered(owner, options),
    forget(owner) {
      places.forget(keyOf(owner));
      laws.forget(keyOf(owner));
    },
  };
}

const LOOKING = "looking for the organization's policy";

/** Whether the installation covers the repository of the owner's policy, by the list of all that it covers. */
async function coversLaw(
  owner: Owner,
  options: OrganizationsOptions,
): Promise<Result<boolean, ForgeFault>> {
  const listed = await covered(owner, options);
  if (!listed.ok) return listed;
  const { places, whole } = listed.value;
  if (places.some(({ name }) => name === LAW_REPOSITORY)) return ok(true);
  return whole
    ? ok(false)
    : fail({ kind: 'forge-incomplete', doing: LOOKING, what: 'the list of repositories' });
}

/** Logins are the same in any case. */
const keyOf = ({ installationId, owner }: Owner): string =>
  `${installationId} ${owner.toLowerCase()}`;

/**
 * A public `.github` can be read without being covered; it binds only where the owner let the app see it,
 * so that installing the app on one repository does not turn another into its law.
 */
async function placeOf(
  { installationId, owner }: Owner,
  { appClient, clientFor, now }: OrganizationsOptions,
): Promise<Result<ForgeRepository | null, ForgeFault>> {
  return ask(LOOKING, now, async () => {
    const covered = await orNull(async () => {
      const { data } = await (await appClient()).request('GET /repos/{owner}/{repo}/installation', {
        owner,
        repo: LAW_REPOSITORY,
      });
      return Number(data.id);
    });
    if (covered !== installationId) return null;
    const client = await clientFor(installationId);
    return orNull(() => repositoryOf(client, { owner, name: LAW_REPOSITORY }));
  });
}

async function covered(
  { installationId }: Owner,
  { clientFor, now }: OrganizationsOptions,
): Promise<Result<Covered, ForgeFault>> {
  return ask('listing repositories', now, async () => {
    const client = await clientFor(installationId);
    const places: RepositoryPlace[] = [];
    for (let page = 1; page <= PAGES_MAX; page += 1) {
      const { items } = countedPage(
        await client.request('GET /installation/repositories', { per_page: PER_PAGE, page }),
        'repositories',
      );
      for (const each of items)
        places.push({
          repositoryId: each.id('id'),
          installationId,
          owner: each.fields('owner').text('login'),
          name: each.text('name'),
        });
      if (items.length < PER_PAGE) return { places, whole: true };
    }
    return { places, whole: false };
  });
}

/** As it stands there now. */
async function readLaw(
  { installationId }: Owner,
  place: ForgeRepository,
  signal: AbortSignal,
  { clientFor, objects, webUrl, env, now }: OrganizationsOptions,
): Promise<Result<OrganizationLaw | undefined, OrganizationFault>> {
  const token = await ask('asking for a token', now, async () => {
    const client = await clientFor(installationId);
    return ((await client.auth({ type: 'installation' })) as { readonly token: string }).token;
  });
  if (!token.ok) return token;
  return readOrganizationLaw(place, { webUrl, token: token.value }, { objects, env, signal });
}
