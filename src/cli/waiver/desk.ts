import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import { NAME_LENGTH_MAX, type WaiverRequested } from '../../4-verdict/waivers/event.ts';
import type { TrustedSigners } from '../../4-verdict/waivers/signers.ts';
import { visible } from '../../5-publication/escape.ts';
import { gitRefAnchor } from '../../adapters/anchors/git-ref.ts';
import { anchorFolder, stateFileAnchor } from '../../adapters/anchors/state-file.ts';
import { userEnvironment } from '../../adapters/git/environment.ts';
import { runGit } from '../../adapters/git/process.ts';
import { openRepository } from '../../adapters/git/repository.ts';
import { localSigner } from '../../adapters/keys/local-signer.ts';
import { openLedger } from '../../adapters/store-sqlite/ledger.ts';
import { commonGitDirectory, ledgerFileIn } from '../../adapters/store-sqlite/place.ts';
import { loadWaiverEvents } from '../../adapters/waiver-events.ts';
import { readTrustedKeys } from '../../caws/trusted-keys.ts';
import { readPublicKey } from '../../ledger/key.ts';
import type { LedgerStore, Repository, ResolvedRange, Signer } from '../../ports.ts';
import { type CommitSha, commitSha, fail, ok, type Result } from '../../primitives.ts';
import { type ExitCode, exits, type World } from '../world.ts';

/** Why a command ends early: what happened and what to do, and the exit code that goes with it. */
export interface Stop {
  readonly exit: ExitCode;
  /** Whether all that is missing is a ledger: then there are no waivers either. */
  readonly noLedger?: true;
  readonly message: string;
}

/** What all waiver commands work with: this repository's ledger, its base branch, and a key. */
export interface Desk extends AsyncDisposable {
  readonly ledger: LedgerStore;
  /** Every waiver event of the ledger, oldest first. */
  events(): Promise<Result<readonly string[], Stop>>;
  /** A recorded verdict; null: the last one. */
  verdict(id: string | null): Promise<Result<VerdictRecord, Stop>>;
  /** The verdict where this ledger has it, or null. */
  verdictOf(id: string): Promise<VerdictRecord | null>;
  /** The trusted keys on the branch that the change would merge into, as it stands now. */
  trusted(subject: Target): Promise<Result<TrustedSigners | null, Stop>>;
  /** @param create whether an empty key ring gets its first key. */
  signer(keyFile: string | undefined, create: boolean): Promise<Result<Signer, Stop>>;
  /** The holder of a key as the base names it, else the beginning of its id. */
  nameOf(signer: Signer, trusted: TrustedSigners | null): string;
  /** Names and addresses of everyone who made the change; empty where its commits are not here. */
  authorsOf(request: WaiverRequested, verdict: VerdictRecord | null): Promise<readonly string[]>;
  /** What this repository is called where that is not what the request names, else null. */
  otherRepository(request: WaiverRequested): Promise<string | null>;
}

interface Target {
  readonly baseRef: string;
  readonly base?: CommitSha;
}

const GIT_LIMIT_MS = 10_000;

/** Opens ledger and repository of the world's directory. */
export async function openDesk(
  world: World,
  access: 'read' | 'write' | 'create',
): Promise<Result<Desk, Stop>> {
  const git = await commonGitDirectory(world.directory);
  if (!git.ok) return notHere(git.fault.kind, world.directory);
  const file = ledgerFileIn(git.value);
  const anchors = [stateFileAnchor(anchorFolder(world.env)), gitRefAnchor(git.value)];
  const ledger = await openLedger({ file, access, anchors });
  if (!ledger.ok) return fail(ledgerStop(ledger.fault));
  const repository = await openRepository(world.directory, { env: world.env });
  if (!repository.ok) {
    await ledger.value[Symbol.asyncDispose]();
    return notHere(repository.fault.kind, world.directory);
  }
  return ok(deskOf(world, ledger.value, repository.value));
}

function deskOf(world: World, ledger: LedgerStore, repository: Repository & Disposable): Desk {
  return {
    ledger,
    events: async () => {
      const events = await loadWaiverEvents(ledger);
      return events.ok ? events : fail(ledgerStop(events.fault));
    },
    verdict: (id) => verdictIn(ledger, id),
    verdictOf: async (id) => {
      const found = await verdictIn(ledger, id);
      return found.ok ? found.value : null;
    },
    trusted: (target) => trustedAt(world, repository, target),
    signer: (keyFile, create) => signerFor(world, keyFile, create),
    nameOf: holderOf,
    authorsOf: (request, verdict) => authorsOf(world, repository, request, verdict),
    otherRepository: (request) => otherRepository(world, repository, request),
    [Symbol.asyncDispose]: async () => {
      repository[Symbol.dispose]();
      await ledger[Symbol.asyncDispose]();
    },
  };
}

/** Appends one event; the entry is on the disk when this returns. */
export async function record(
  desk: Desk,
  at: ReturnType<World['now']>,
  entry: { readonly waiver: string; readonly envelope: unknown },
  signer: Signer,
): Promise<Result<null, Stop>> {
  const appended = await desk.ledger.append(
    { at, kind: 'waiver', about: entry.waiver, body: entry.envelope, blobs: [] },
    signer,
  );
  return appended.ok ? ok(null) : fail(ledgerStop(appended.fault));
}

/** Says why a command ended, and gives its exit code. */
export function say(world: World, { exit, message }: Stop): ExitCode {
  world.err(`arbiter: ${message}\n`);
  return exit;
}

export const usage = (message: string): { readonly ok: false; readonly fault: Stop } =>
  fail({ exit: exits.usage, message });

/** The base64 of the key's SPKI, as a request carries it. */
export function requesterKeyOf(signer: Signer): string {
  const pem = readPublicKey(signer.publicKey)?.pem ?? '';
  return pem.split('\n').slice(1, -2).join('');
}

function notHere(kind: string, directory: string): Result<never, Stop> {
  const message =
    kind === 'not-a-repository'
      ? `${visible(directory)} is not a git repository; waivers stand in a repository's ledger.\nTry: arbiter -C DIR waiver list`
      : `the repository at ${visible(directory)} cannot be read (${kind}). Nothing was changed.`;
  return fail({ exit: kind === 'not-a-repository' ? exits.usage : exits.couldNotFinish, message });
}

function ledgerStop(fault: { readonly kind: string }): Stop {
  switch (fault.kind) {
    case 'ledger-missing':
      return {
        exit: exits.couldNotFinish,
        noLedger: true,
        message:
          'this repository has no ledger yet, so there is no verdict to waive.\nTry: arbiter verify',
      };
    case 'ledger-broken':
    case 'ledger-rolled-back':
      return {
        exit: exits.ledgerBroken,
        message: `the ledger does not verify (${visible(JSON.stringify(fault), 500)}). Nothing was read from it.\nTry: arbiter ledger verify`,
      };
    default:
      return {
        exit: exits.couldNotFinish,
        message: `the ledger could not be used (${visible(JSON.stringify(fault), 500)}). Nothing was recorded.`,
      };
  }
}

async function verdictIn(
  ledger: LedgerStore,
  id: string | null,
): Promise<Result<VerdictRecord, Stop>> {
  const entry =
    id === null
      ? await ledger
          .recent(1, 'verdict')
          .then((read) => (read.ok ? ok(read.value[0] ?? null) : read))
      : await ledger.find('verdict', id);
  if (!entry.ok) return fail(ledgerStop(entry.fault));
  if (entry.value === null)
    return usage(
      id === null
        ? 'the ledger holds no verdict yet.\nTry: arbiter verify'
        : `there is no verdict \`${visible(id, 60)}\` in this ledger.\nTry: arbiter verdict list`,
    );
  // The ledger was checked when it was opened; what stands in it is what was recorded.
  const { record: found } = JSON.parse(entry.value.body) as { record?: VerdictRecord };
  if (found?.schema !== 'caws-arbiter/verdict@1')
    return fail({
      exit: exits.couldNotFinish,
      message: `entry ${entry.value.sequence} holds a verdict that this version cannot read.`,
    });
  return ok(found);
}

/**
 * Branches are moved on by others, and a key is revoked there: the remote's word on the branch comes
 * before the local one, and the commit that a verdict named is the last resort.
 */
async function trustedAt(
  world: World,
  repository: Repository,
  { baseRef, base }: Target,
): Promise<Result<TrustedSigners | null, Stop>> {
  const branch = baseRef.replace(/^refs\/heads\//, '');
  const names = branch === baseRef ? [baseRef] : [`refs/remotes/origin/${branch}`, baseRef];
  let tip: CommitSha | undefined;
  for (const name of names) tip ??= await commitOf(world, name);
  tip ??= base;
  if (tip === undefined)
    return usage(
      `the branch \`${visible(baseRef)}\` is not here, so it cannot be said whose keys count.\nTry: git fetch origin`,
    );
  const range: ResolvedRange = {
    repository: '',
    baseRef,
    base: tip,
    mergeBase: tip,
    head: tip,
    dirty: null,
    branches: [],
  };
  const law = await repository.law(range);
  if (!law.ok)
    return fail({
      exit: exits.couldNotFinish,
      message: `the trusted keys of ${visible(baseRef)} cannot be read (${law.fault.kind}). Nothing was changed.`,
    });
  if (law.value.trustedKeys === null) return ok(null);
  const keys = readTrustedKeys(law.value.trustedKeys);
  if (keys.ok) return ok(keys.value);
  const [first] = keys.fault.problems;
  return fail({
    exit: exits.invalidDocument,
    message: `${keys.fault.file}:${first?.line ?? 1}:${first?.column ?? 1} of ${visible(baseRef)}: ${first?.message ?? 'is unreadable'}. No approval counts until it is mended.`,
  });
}

async function commitOf(world: World, name: string): Promise<CommitSha | undefined> {
  const end = await runGit({
    args: ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`],
    env: userEnvironment(world.env),
    cwd: world.directory,
    limitMs: GIT_LIMIT_MS,
    bytesMax: 1_000,
  });
  return end.code === 0 ? commitSha(end.stdout.toString('utf8').trim()) : undefined;
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
  if (!signer.ok)
    return usage(
      `the key cannot be used: ${signer.fault.kind} (${visible(signer.fault.where)}). Nothing was signed.\nTry: arbiter keys show`,
    );
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
  { head, baseRef }: WaiverRequested,
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
    commit.committerEmail,
    ...commit.coAuthors,
  ]);
  return [...new Set(names)].sort();
}

async function otherRepository(
  world: World,
  repository: Repository,
  { repository: wanted, baseRef, head }: WaiverRequested,
): Promise<string | null> {
  const base = (await commitOf(world, baseRef)) ?? baseRef;
  for (const range of [`${base}...${head}`, null]) {
    const resolved = await repository.resolve(range);
    if (resolved.ok) return resolved.value.repository === wanted ? null : resolved.value.repository;
  }
  // Where nothing can be compared nothing is lost: a verdict weighs the repository again.
  return null;
}
