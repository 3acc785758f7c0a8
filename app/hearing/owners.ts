import { textDigest } from '../../src/caws/text-digest.ts';
import type { ForgeFault } from '../../src/forge.ts';
import { type Instant, ok, type Result } from '../../src/primitives.ts';
import type { Search } from '../work/reconcile.ts';
import type { PullReference } from '../work/task.ts';
import type { HearingDeps } from './hearing-deps.ts';
import type { OrganizationFault, Owner } from './organizations.ts';

/** Between two repositories of an owner: hundreds of them are no stampede, and are through in minutes. */
const SPACING_MS = 250;
/** Of a policy that is there and is none. */
const UNREADABLE = 'unreadable';

/**
 * Looks at an owner's policy. Where it is another than when it was last looked at, every open pull request of
 * every repository there is to be heard again, one repository after another. What the queue holds already
 * stays one task.
 */
export async function hearOwner(
  owner: Owner,
  deps: HearingDeps,
): Promise<Result<readonly PullReference[], ForgeFault>> {
  const { organizations, docket, errand, now } = deps;
  organizations.forget(owner);
  const law = await lawNow(owner, deps);
  if (!law.ok) return law;
  if (!hasMoved(owner, law.value, deps)) return ok([]);
  const listed = await organizations.repositoriesOf(owner);
  if (!listed.ok) return listed;
  const known = listed.value.whole ? [] : docket.repositoriesOf(owner);
  const places = new Map(
    [...known, ...listed.value.places].map((each) => [each.repositoryId, each]),
  );
  const at = now();
  for (const [index, place] of [...places.values()].entries())
    errand(place, { kind: 'open-pulls', branch: null }, (at + index * SPACING_MS) as Instant);
  // Last: a crash before it looks once more.
  docket.keepOwnersLaw(owner, law.value);
  return ok([]);
}

/** What a push told that nobody heard: owners whose policy is another than when it was last looked at. */
export function ownersSearch(deps: HearingDeps): Search {
  return {
    name: "organizations' policies",
    async *find() {
      for (const place of deps.docket.owners()) {
        const law = await lawNow(place, deps);
        if (law.ok && hasMoved(place, law.value, deps))
          deps.errand(place, { kind: 'organization' }, deps.now());
        yield law.ok ? ok([]) : law;
      }
    },
  };
}

/** @param law the digest of the policy, or '' where there is none: whoever never had one has none as before. */
const hasMoved = (owner: Owner, law: string, { docket }: HearingDeps): boolean =>
  (docket.ownersLaw(owner) ?? '') !== law;

async function lawNow(
  owner: Owner,
  { organizations }: HearingDeps,
): Promise<Result<string, ForgeFault>> {
  const law = await organizations.lawOf(owner, AbortSignal.timeout(LOOK_MS_MAX));
  if (law.ok) return ok(law.value === undefined ? '' : textDigest(law.value.policy.text));
  if (law.fault.kind === 'organization-law-unreadable') return ok(UNREADABLE);
  return { ok: false, fault: asForgeFault(law.fault) };
}

const LOOK_MS_MAX = 60_000;

/** A pass tells operators what it could not look at; what git said is a part of the forge's answer. */
export function asForgeFault(fault: OrganizationFault): ForgeFault {
  const doing = "reading the organization's policy";
  return fault.kind.startsWith('forge-')
    ? (fault as ForgeFault)
    : { kind: 'forge-unexpected', doing, detail: JSON.stringify(fault).slice(0, 300) };
}
