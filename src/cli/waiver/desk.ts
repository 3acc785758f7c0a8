import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import { NAME_LENGTH_MAX, type WaiverRequested } from '../../4-verdict/waivers/event.ts';
import type { TrustedSigners } from '../../4-verdict/waivers/signers.ts';
import { allGlassEvents } from '../../adapters/break-glass-events.ts';
import { openRepository } from '../../adapters/git/repository.ts';
import { localSigner } from '../../adapters/keys/local-signer.ts';
import type { SqliteLedger } from '../../adapters/store-sqlite/ledger.ts';
import { commonGitDirectory } from '../../adapters/store-sqlite/place.ts';
import { indexWaivers, loadWaiverEvents } from '../../adapters/waiver-events.ts';
import type { LawTexts } from '../../caws/law.ts';
import { readPublicKey } from '../../ledger/key.ts';
import type { Repository, Signer } from '../../ports.ts';
import { ok, type Result } from '../../primitives.ts';
import { branchNow, commitOf } from '../branch.ts';
import { ledgerPlace, ledgerPlaceIn, openAt } from '../ledger-place.ts';
import type { World } from '../world.ts';
import { lawAt, type Target, trustedIn } from './base-law.ts';
import { verdictHere, verdictNamed } from './ground.ts';
import { type Stop, stopFor } from './stop.ts';

/** What an event is about, of whatever kind it is. */
type Subject = Pick<WaiverRequested, 'repository' | 'baseRef' | 'head'>;

/** What all waiver commands work with: this repository's ledger, its base branch, and a key. */
export interface Desk extends AsyncDisposable {
  readonly ledger: SqliteLedger;
  /** Every waiver event of the ledger, oldest first. */
  events(): Promise<Result<readonly string[], Stop>>;
  /** All of them, in heaps that can be judged alone: whoever floods a forge must not hide what is open there. */
  heaps(): AsyncGenerator<Result<readonly string[], Stop>>;
  /** The newest break-glass events and reviews, and whether there are older ones. */
  glassEvents(): Promise<
    Result<{ readonly events: readonly string[]; readonly more: boolean }, Stop>
  >;
  /** A recorded verdict. */
  verdict(id: string): Promise<Result<VerdictRecord, Stop>>;
  /** The newest one of what is checked out. */
  verdictHere(): ReturnType<typeof verdictHere>;
  /** The verdict where this ledger has it, or null. */
  verdictOf(id: string): Promise<VerdictRecord | null>;
  /** The documents of the branch that the change would merge into, as it stands now. */
  law(subject: Target): Promise<Result<LawTexts, Stop>>;
  /** The trusted keys on the branch that the change would merge into, as it stands now. */
  trusted(subject: Target): Promise<Result<TrustedSigners | null, Stop>>;
  /** @param create whether an empty key ring gets its first key. */
  signer(keyFile: string | undefined, create: boolean): Promise<Result<Signer, Stop>>;
  /** The holder of a key as the base names it, else the beginning of its id. */
  nameOf(signer: Signer, trusted: TrustedSigners | null): string;
  /** Names and addresses of everyone who made the change; empty where its commits are not here. */
  authorsOf(request: Subject, verdict: VerdictRecord | null): Promise<readonly string[]>;
  /** The verdict's range as a person types it here. */
  range(verdict: VerdictRecord): Promise<string>;
  /** What this repository is called where that is not what the request names, else null. */
  otherRepository(request: Subject): Promise<string | null>;
}

/** Emergencies and their reviews over years; checking this many takes well under a second. */
const GLASS_EVENTS_MAX = 2_000;

/** Opens ledger and repository of the world's directory. */
export async function openDesk(
  world: World,
  access: 'read' | 'write' | 'create',
): Promise<Result<Desk, Stop>> {
  const git = await commonGitDirectory(world.directory);
  if (!git.ok) return stopFor(git.fault);
  const ledger = await openAt(ledgerPlaceIn(world, git.value), access);
  if (!ledger.ok) return stopFor(ledger.fault);
  const repository = await openRepository(world.directory, { env: world.env });
  if (!repository.ok) {
    await ledger.value[Symbol.asyncDispose]();
    return stopFor(repository.fault);
  }
  return ok(deskOf(world, ledger.value, repository.value));
}

function readingOf(
  ledger: SqliteLedger,
): Pick<Desk, 'ledger' | 'events' | 'heaps' | 'glassEvents'> {
  return {
    ledger,
    async *heaps() {
      const index = await indexWaivers(ledger);
      if (!index.ok) return yield stopFor(index.fault);
      for await (const heap of index.value.heaps()) yield heap.ok ? heap : stopFor(heap.fault);
    },
    events: async () => {
      const events = await loadWaiverEvents(ledger);
      return events.ok ? events : stopFor(events.fault);
    },
    glassEvents: async () => {
      const read = await allGlassEvents(ledger, GLASS_EVENTS_MAX);
      return read.ok ? read : stopFor(read.fault);
    },
  };
}

function deskOf(world: World, ledger: SqliteLedger, repository: Repository & Disposable): Desk {
  return {
    ...readingOf(ledger),
    verdict: (id) => verdictNamed(ledger, id),
    verdictHere: () => verdictHere(world, ledger),
    verdictOf: async (id) => {
      const found = await verdictNamed(ledger, id);
      return found.ok ? found.value : null;
    },
    law: (target) => lawAt(world, repository, target),
    trusted: async (target) => {
      const law = await lawAt(world, repository, target);
      return law.ok ? trustedIn(law.value, target.baseRef) : law;
    },
    signer: (keyFile, create) => signerFor(world, keyFile, create),
    nameOf: holderOf,
    authorsOf: (request, verdict) => authorsOf(world, repository, request, verdict),
    range: (verdict) => rangeOf(world, verdict),
    otherRepository: (request) => otherRepository(world, repository, request),
    [Symbol.asyncDispose]: async () => {
      repository[Symbol.dispose]();
      await ledger[Symbol.asyncDispose]();
    },
  };
}

/** What it takes to look at waivers: of this repository's ledger, or of one that is named. */
export type LookDesk = Pick<Desk, 'ledger' | 'heaps' | 'glassEvents' | 'trusted'> & AsyncDisposable;

/**
 * Opens what `arbiter waiver list` looks at. A named ledger, such as the app's, needs no repository
 * around; then nobody's key is known, and approvals that were signed offline count for nothing.
 */
export async function openLookDesk(
  world: World,
  named: string | undefined,
): Promise<Result<LookDesk, Stop>> {
  if (named === undefined) return openDesk(world, 'read');
  const place = await ledgerPlace(world, named);
  if (!place.ok) return stopFor(place.fault);
  const ledger = await openAt(place.value, 'read');
  if (!ledger.ok) return stopFor(ledger.fault);
  const repository = await openRepository(world.directory, { env: world.env });
  if (repository.ok) return ok(deskOf(world, ledger.value, repository.value));
  return ok({
    ...readingOf(ledger.value),
    trusted: async () => ok(null),
    [Symbol.asyncDispose]: () => ledger.value[Symbol.asyncDispose](),
  });
}

/** Appends one event; the entry is on the disk when this returns. */
export async function record(
  desk: Desk,
  at: ReturnType<World['now']>,
  entry: { readonly waiver: string; readonly envelope: unknown },
  signer: Signer,
  kind: 'waiver' | 'break-glass' = 'waiver',
): Promise<Result<null, Stop>> {
  const appended = await desk.ledger.append(
    { at, kind, about: entry.waiver, body: entry.envelope, blobs: [] },
    signer,
  );
  return appended.ok ? ok(null) : stopFor(appended.fault);
}

/** The range of a verdict as a person types it here, where the target may only be the remote's. */
async function rangeOf(world: World, { subject }: VerdictRecord): Promise<string> {
  const target = (await branchNow(world, subject.baseRef))?.name ?? subject.base;
  const [branch] = subject.branches;
  const isHere = branch !== undefined && (await commitOf(world, branch)) !== undefined;
  return `${target.replace(/^refs\/(?:heads|remotes)\//, '')}...${isHere ? branch : subject.head.slice(0, 12)}`;
}

/** The base64 of the key's SPKI, as a request carries it. */
export function requesterKeyOf(signer: Signer): string {
  const pem = readPublicKey(signer.publicKey)?.pem ?? '';
  return pem.split('\n').slice(1, -2).join('');
}

async function signerFor(
  world: World,
  keyFile: string | undefined,
  create: boolean,
): Promise<Result<Signer, Stop>> {
  const signer = await localSigner({
    env: world.env,
    keyFile: keyFile ?? null,
    directory: world.directory,
    now: world.now(),
    create,
  });
  if (!signer.ok) return stopFor(signer.fault);
  if (signer.value.madeNow)
    world.err(`A local key was made: ${signer.value.keyId.slice(0, 16)} (arbiter keys show).\n`);
  return signer;
}

function holderOf(signer: Signer, trusted: TrustedSigners | null): string {
  const listed = trusted?.keys.find((key) => readPublicKey(key.publicKey)?.id === signer.keyId);
  return (listed?.holder ?? `key:${signer.keyId.slice(0, 16)}`).slice(0, NAME_LENGTH_MAX);
}

async function authorsOf(
  world: World,
  repository: Repository,
  { head, baseRef }: Subject,
  verdict: VerdictRecord | null,
): Promise<readonly string[]> {
  const base = verdict?.subject.base ?? (await commitOf(world, baseRef));
  const range = await repository.resolve(`${base ?? baseRef}...${head}`);
  if (!range.ok) return [];
  const change = await repository.measure(range.value);
  if (!change.ok) return [];
  const names = change.value.commits.flatMap((commit) => [
    commit.authorName,
    commit.authorEmail,
    ...(commit.committerName === undefined ? [] : [commit.committerName]),
    commit.committerEmail,
    ...commit.coAuthors,
  ]);
  return [...new Set(names)].sort();
}

async function otherRepository(
  world: World,
  repository: Repository,
  { repository: wanted, baseRef, head }: Subject,
): Promise<string | null> {
  const base = (await commitOf(world, baseRef)) ?? baseRef;
  for (const range of [`${base}...${head}`, null]) {
    const resolved = await repository.resolve(range);
    if (resolved.ok) return resolved.value.repository === wanted ? null : resolved.value.repository;
  }
  // Where nothing can be compared nothing is lost: a verdict weighs the repository again.
  return null;
}
