import type { AuditedCommit } from '../../src/4-verdict/audited.ts';
import { type AuditFault, auditLine } from '../../src/adapters/audit/audit-line.ts';
import { namedKeys } from '../../src/adapters/audit/branch-keys.ts';
import { NOTES_REF, openLandings } from '../../src/adapters/git/landings.ts';
import type { Located } from '../../src/adapters/git/locate.ts';
import { type NoteFault, writeNote } from '../../src/adapters/github/notes.ts';
import type { CacheFault } from '../../src/adapters/github/object-cache.ts';
import type { Reverted } from '../../src/adapters/roster/learn.ts';
import { revertedOn, saysRevert } from '../../src/adapters/roster/reverts.ts';
import type { SqliteLedger } from '../../src/adapters/store-sqlite/ledger.ts';
import type { Forge, ForgeFault } from '../../src/forge.ts';
import type { LedgerFault, Signer } from '../../src/ports.ts';
import {
  type CommitSha,
  type Instant,
  ok,
  type Result,
  type VerdictId,
} from '../../src/primitives.ts';
import type { Court } from '../hearing/judge-pull.ts';

/** What the ledger is told of a commit that landed on a branch. */
export interface LandingEntry {
  readonly schema: 'caws-arbiter/landing@1';
  readonly event: 'merged' | 'unverified_merge';
  readonly branch: string;
  readonly commit: CommitSha;
  readonly tree: string;
  readonly verdict: string | null;
  readonly named: AuditedCommit['by'];
  /** Why it is not what a verdict passed, or null. */
  readonly because: AuditedCommit['fault'];
}

export type LandedFault =
  | ForgeFault
  | CacheFault
  | AuditFault
  | LedgerFault
  | NoteFault
  | { readonly kind: 'commit-not-there'; readonly commit: CommitSha };

export interface LandedWork {
  readonly forge: Forge;
  readonly ledger: SqliteLedger;
  readonly court: Court;
  readonly signal: AbortSignal;
}

/** Of a line without a beginning the newest are looked at, and all of it by `arbiter audit`; of a push, every commit. */
const NEWEST_MAX = 500;

const aboutOf = (commit: CommitSha): string => `commit:${commit}`;

/**
 * What follows a merge, whoever made it: the note is written, the commit read back, and the ledger told.
 * Done again it finds itself done.
 */
export async function noteLanding(
  merged: { readonly branch: string; readonly commit: CommitSha; readonly verdict: VerdictId },
  work: LandedWork,
): Promise<Result<LandingEntry | null, LandedFault>> {
  const { forge, ledger, court, signal } = work;
  const before = await ledger.find('publication', aboutOf(merged.commit));
  if (!before.ok) return before;
  if (before.value !== null) return ok(null);
  const token = await forge.gitToken();
  if (!token.ok) return token;
  const from = { repositoryId: forge.repository.id, url: forge.gitUrl, token: token.value };
  const fetched = await court.objects.fetch(from, [`refs/heads/${merged.branch}`], signal);
  if (!fetched.ok) return fetched;
  using objects = fetched.value;
  const noted = await writeNote({ ...objects, ...from }, merged.commit, merged.verdict);
  if (!noted.ok) return noted;
  // A branch that is gone by now has no line that could hold it.
  if (!objects.tips.has(`refs/heads/${merged.branch}`)) return ok(null);
  const landed = await audited(objects, merged.branch, null, work);
  if (!landed.ok) return landed;
  const commit = landed.value.find(({ landing }) => landing.sha === merged.commit);
  if (commit === undefined)
    return { ok: false, fault: { kind: 'commit-not-there', commit: merged.commit } };
  const entry = entryOf(commit, merged.branch);
  const told = await tell(entry, work);
  return told.ok ? ok(entry) : told;
}

/** What a push to a branch that is judged brought. */
export interface Pushed {
  /** Commits that are not what a verdict passed, and that the ledger does not hold yet. */
  readonly unverified: readonly LandingEntry[];
  /** What landed by a verdict, and is taken back. */
  readonly reverted: readonly Reverted[];
}

/** Looks at what was pushed to a branch that is judged. */
export async function pushedTo(
  push: { readonly branch: string; readonly before: CommitSha | null },
  work: LandedWork,
): Promise<Result<Pushed, LandedFault>> {
  const { forge, ledger, court, signal } = work;
  const token = await forge.gitToken();
  if (!token.ok) return token;
  const from = { repositoryId: forge.repository.id, url: forge.gitUrl, token: token.value };
  const refs = [`refs/heads/${push.branch}`, NOTES_REF];
  const fetched = await court.objects.fetch(from, refs, signal);
  if (!fetched.ok) return fetched;
  using objects = fetched.value;
  const landed = await audited(objects, push.branch, push.before, work);
  if (!landed.ok) return landed;
  const unverified: LandingEntry[] = [];
  for (const commit of landed.value) {
    if (commit.state !== 'unverified') continue;
    const known = await ledger.find('publication', aboutOf(commit.landing.sha));
    if (!known.ok) return known;
    if (known.value === null) unverified.push(entryOf(commit, push.branch));
  }
  const reverted = landed.value.some(({ landing }) => saysRevert(landing.message))
    ? await takenBack(objects, push.branch, work)
    : ok([]);
  return reverted.ok ? ok({ unverified, reverted: reverted.value }) : reverted;
}

/** What was taken back lies before the push that did it. */
async function takenBack(
  objects: Fetched,
  branch: string,
  work: LandedWork,
): Promise<Result<readonly Reverted[], LandedFault>> {
  const line = await audited(objects, branch, null, work);
  if (!line.ok) return line;
  const landings = await openLandings(objects.located, work.court.env);
  if (!landings.ok) return landings;
  using open = landings.value;
  // Awaited here: the repository is closed when this returns.
  return await revertedOn(open, line.value);
}

/** Writes down one landing. */
export async function tell(
  entry: LandingEntry,
  { ledger, court }: Pick<LandedWork, 'ledger' | 'court'>,
): Promise<Result<unknown, LedgerFault>> {
  return ledger.append(
    {
      at: court.now(),
      kind: 'publication',
      about: aboutOf(entry.commit),
      body: entry,
      blobs: [],
    },
    court.signer,
  );
}

interface Fetched {
  readonly located: Located;
  readonly tips: ReadonlyMap<string, CommitSha>;
}

async function audited(
  objects: Fetched,
  branch: string,
  since: CommitSha | null,
  { ledger, court }: LandedWork,
): Promise<Result<readonly AuditedCommit[], LandedFault>> {
  const ref = `refs/heads/${branch}`;
  const tip = objects.tips.get(ref);
  // A branch that is gone by now holds nothing that could be wrong.
  if (tip === undefined) return ok([]);
  const landings = await openLandings(objects.located, court.env);
  if (!landings.ok) return landings;
  using open = landings.value;
  const audit = await auditLine({
    landings: open,
    ledger,
    keys: namedKeys([ownKey(court.signer)]),
    ref,
    formerNames: [],
    since,
    until: tip,
    countMax: since === null ? NEWEST_MAX : Number.MAX_SAFE_INTEGER,
  });
  return audit.ok ? ok(audit.value.commits) : audit;
}

/** Of our own verdicts our own key is proof enough; whoever audits from outside names keys. */
export function ownKey({ keyId, publicKey }: Signer) {
  return {
    id: keyId,
    algorithm: 'ed25519' as const,
    publicKey: publicKey.replaceAll(/-----[^-]+-----|\s/g, ''),
    role: 'arbiter' as const,
    holder: 'this app',
    validFrom: 0 as Instant,
    validUntil: null,
    revoked: null,
  };
}

function entryOf({ landing, verdict, by, state, fault }: AuditedCommit, branch: string) {
  return {
    schema: 'caws-arbiter/landing@1',
    event: state === 'unverified' ? 'unverified_merge' : 'merged',
    branch,
    commit: landing.sha,
    tree: landing.tree,
    verdict,
    named: by,
    because: fault,
  } satisfies LandingEntry;
}
