import { type Landing, type LandingFault, landingFault } from '../../src/4-verdict/landing.ts';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import { verdictNamedBy } from '../../src/5-publication/merge-message.ts';
import { openLandings } from '../../src/adapters/git/landings.ts';
import { type NoteFault, writeNote } from '../../src/adapters/github/notes.ts';
import type { CacheFault } from '../../src/adapters/github/object-cache.ts';
import type { Adjudicated } from '../../src/cycle.ts';
import type { Forge, ForgeFault } from '../../src/forge.ts';
import type { LedgerFault, LedgerStore, RepositoryFault } from '../../src/ports.ts';
import { type CommitSha, ok, type Result } from '../../src/primitives.ts';
import type { Court } from '../hearing/judge-pull.ts';

/** What is said in the ledger once a judged head has landed. */
export interface MergeEntry {
  readonly schema: 'caws-arbiter/merge@1';
  readonly event: 'merged';
  readonly pull: number;
  readonly verdict: string;
  readonly commit: CommitSha;
  readonly tree: string;
  /** Where the commit names its verdict; the note is always written. */
  readonly named: 'trailer' | 'line' | 'note';
  /** Why it is not what the verdict passed, or null. */
  readonly fault: LandingFault | null;
}

export type LandedFault =
  | ForgeFault
  | CacheFault
  | RepositoryFault
  | LedgerFault
  | NoteFault
  | { readonly kind: 'commit-not-there'; readonly commit: CommitSha };

interface LandedWork {
  readonly forge: Forge;
  readonly ledger: LedgerStore;
  readonly court: Court;
  readonly signal: AbortSignal;
}

const LANDINGS_LOOKED_AT = 500;

/**
 * What follows a merge, whoever made it: the commit is read back, its note written, and the ledger told.
 * Done again it finds itself done.
 *
 * @param adjudicated the verdict that stood for the merged head.
 */
export async function noteLanding(
  merged: { readonly pull: number; readonly baseBranch: string; readonly commit: CommitSha },
  adjudicated: Adjudicated,
  { forge, ledger, court, signal }: LandedWork,
): Promise<Result<MergeEntry | null, LandedFault>> {
  const { record } = adjudicated;
  const before = await ledger.find('publication', aboutOf(merged.commit));
  if (!before.ok) return before;
  if (before.value !== null) return ok(null);
  const token = await forge.gitToken();
  if (!token.ok) return token;
  const ref = `refs/heads/${merged.baseBranch}`;
  const from = { repositoryId: forge.repository.id, url: forge.gitUrl, token: token.value };
  const refs = [ref, `refs/pull/${merged.pull}/head`];
  const fetched = await court.objects.fetch(from, refs, signal);
  if (!fetched.ok) return fetched;
  using objects = fetched.value;
  const tip = objects.tips.get(ref);
  const entry = await entryOf(merged, record, { directory: objects.directory, ref, tip }, court);
  if (!entry.ok) return entry;
  const noted = await writeNote({ ...objects, ...from }, merged.commit, record.id);
  if (!noted.ok) return noted;
  const appended = await ledger.append(
    {
      at: court.now(),
      kind: 'publication',
      about: aboutOf(merged.commit),
      body: entry.value,
      blobs: [],
    },
    court.signer,
  );
  return appended.ok ? entry : appended;
}

const aboutOf = (commit: CommitSha): string => `commit:${commit}`;

async function entryOf(
  merged: { readonly pull: number; readonly commit: CommitSha },
  record: VerdictRecord,
  place: {
    readonly directory: string;
    readonly ref: string;
    readonly tip: CommitSha | undefined;
  },
  court: Court,
): Promise<Result<MergeEntry, LandedFault>> {
  const landings = await openLandings(place.directory, court.env);
  if (!landings.ok) return landings;
  using open = landings.value;
  const landed =
    place.tip === undefined ? ok([]) : await open.between(null, place.tip, LANDINGS_LOOKED_AT);
  if (!landed.ok) return landed;
  const landing = landed.value.find(({ sha }) => sha === merged.commit);
  if (landing === undefined)
    return { ok: false, fault: { kind: 'commit-not-there', commit: merged.commit } };
  const [first] = landing.parents;
  const mergedTree = first === undefined ? null : await open.mergedTree(first, record.subject.head);
  const facts = { landing, ref: place.ref, record, proof: 'holds' as const, mergedTree };
  return ok({
    schema: 'caws-arbiter/merge@1',
    event: 'merged',
    pull: merged.pull,
    verdict: record.id,
    commit: landing.sha,
    tree: landing.tree,
    named: namedIn(landing, record.id),
    fault: landingFault(facts),
  });
}

function namedIn({ message }: Landing, verdict: string): MergeEntry['named'] {
  const found = verdictNamedBy(message);
  return (found.by === 'trailer' || found.by === 'line') && found.id === verdict
    ? found.by
    : 'note';
}
