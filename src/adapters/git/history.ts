import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measureBounds } from '../../1-pleading/bounds.ts';
import type { CommitMeasure, FileChange, Incomplete } from '../../1-pleading/change.ts';
import {
  type BlobPair,
  commitOfObject,
  type LoggedCommit,
  readHistory,
} from '../../1-pleading/history-reader.ts';
import { claimedValues, emailOf, trailerValues } from '../../1-pleading/trailers.ts';
import type { RepositoryFault, ResolvedRange } from '../../ports.ts';
import { type CommitSha, fail, type ObjectId, ok, type Result } from '../../primitives.ts';
import { faultOf } from './faults.ts';
import { measureApart, SHOWN } from './measured-apart.ts';
import { runGit, streamGit } from './process.ts';
import type { Workplace } from './workplace.ts';

/** The commits between target and head, oldest first, and what of them could not be read. */
export interface History {
  readonly commits: readonly LoggedCommit[];
  /** There is one commit and it is the whole change: its numbers are those of the net change. */
  readonly isNetChange: boolean;
  readonly incomplete: readonly Incomplete[];
}

const DOING = 'reading the history';

/** Trailers by which a person says to have had a hand in the change. */
const takingPart = ['Co-authored-by', 'Co-developed-by', 'Signed-off-by'] as const;

/** The part of a range that its history follows from. */
export type HistoryRange = Pick<ResolvedRange, 'base' | 'mergeBase' | 'head'>;

/**
 * The commits that the head has and the target has not, with what each compares.
 *
 * @param list lists them by git, which one commit alone does not need.
 */
export async function readCommits(
  range: HistoryRange,
  place: Workplace,
  list: () => Promise<Result<History, RepositoryFault>>,
): Promise<Result<History, RepositoryFault>> {
  const only = await readOnlyCommit(range, place);
  return only === null ? list() : ok(only);
}

/** A head whose only parent is the merge base needs no walk. */
async function readOnlyCommit(range: HistoryRange, place: Workplace): Promise<History | null> {
  const body = await place.objects.contents(range.head, measureBounds.messageBytesMax);
  const commit = typeof body === 'string' ? null : commitOfObject(range.head, body);
  if (commit === null || commit.parents.length !== 1) return null;
  if (commit.parents[0] !== range.mergeBase) return null;
  return { commits: [commit], isNetChange: true, incomplete: messagesCut([commit]) };
}

/**
 * Lists them by git, oldest first. Renames are paired, so that moving a file is no net-zero history.
 * Merges are measured apart.
 */
export async function listCommits(
  range: Pick<HistoryRange, 'base' | 'head'>,
  place: Workplace,
): Promise<Result<History, RepositoryFault>> {
  const reader = readHistory();
  const end = await streamGit(
    {
      args: [
        'log',
        '--topo-order',
        `--max-count=${measureBounds.commitsMax + 1}`,
        '--diff-merges=off',
        '--raw',
        ...SHOWN,
        '--end-of-options',
        range.head,
        `^${range.base}`,
        '--',
      ],
      env: place.env,
      signal: place.signal,
      launcher: place.launcher,
      limitMs: place.limitMs,
      bytesMax: measureBounds.historyBytesMax,
    },
    (chunk) => {
      reader.push(chunk);
      return undefined;
    },
  );
  const incomplete: Incomplete[] = [];
  if (end.ended === 'timed-out') incomplete.push(cut('timed-out', place.limitMs));
  else if (end.ended === 'too-many-bytes') {
    incomplete.push(cut('too-many-bytes', measureBounds.historyBytesMax));
  } else if (end.code !== 0) {
    return fail(faultOf(end, { doing: DOING, ...place }));
  } else if (!reader.end()) {
    return fail({ kind: 'git-failed', doing: DOING, stderr: 'the history is not what git writes' });
  }
  if (reader.commits.length > measureBounds.commitsMax) {
    incomplete.push(cut('too-many-commits', measureBounds.commitsMax));
  }
  incomplete.push(...messagesCut(reader.commits));
  return ok({ commits: reader.commits.toReversed(), isNetChange: false, incomplete });
}

const cut = (what: Incomplete['what'], limit: number): Incomplete => ({ what, path: null, limit });

/** What stands beyond the cut may be a verdict or an author. */
const messagesCut = (commits: readonly LoggedCommit[]): readonly Incomplete[] =>
  commits.some((commit) => commit.messageCut)
    ? [cut('too-many-bytes', measureBounds.messageBytesMax)]
    : [];

/**
 * Completes what was listed: a merge is charged with what it holds beyond an automatic merge, signatures
 * are checked against the base's signers.
 *
 * @param files the net change as far as it is whole: what a commit compares is mostly in it already.
 */
export async function measureCommits(
  history: History,
  files: readonly FileChange[],
  allowedSigners: string | null,
  place: Workplace,
): Promise<Result<readonly CommitMeasure[], RepositoryFault>> {
  const known = knownPairs(history.isNetChange ? [] : files);
  const sums = new Map<CommitSha, Sums>();
  const others: LoggedCommit[] = [];
  for (const commit of history.commits) {
    const sum = history.isNetChange ? sumsOf(files) : sumsOfPairs(commit, known);
    if (sum !== null) sums.set(commit.sha, sum);
    else if (commit.parents.length < 2) others.push(commit);
  }
  const [asked, signatures] = await Promise.all([
    measureApart(history.commits, others, place),
    checkSignatures(history.commits, allowedSigners, place),
  ]);
  if (!asked.ok) return asked;
  return ok(
    history.commits.map((commit) => {
      const apart = asked.value.get(commit.sha);
      const counted = apart ?? sums.get(commit.sha) ?? commit;
      return {
        sha: commit.sha,
        parents: commit.parents,
        authorName: commit.authorName,
        authorEmail: commit.authorEmail,
        committerName: commit.committerName,
        committerEmail: commit.committerEmail,
        coAuthors: takingPart.flatMap((key) => claimedValues(commit.message, key).map(emailOf)),
        files: counted.files,
        added: counted.added,
        deleted: counted.deleted,
        paths: counted.paths,
        pathsCut: counted.pathsCut,
        mergeOwnLines: ownLinesOf(apart ?? commit),
        ...(apart?.untried === true ? { mergeUntried: true as const } : {}),
        signature: signatures.get(commit.sha) ?? { state: unchecked(commit) },
        specTrailers: trailerValues(commit.message, 'CAWS-SPEC'),
        verdictTrailers: claimedValues(commit.message, 'CAWS-VERDICT-ID'),
      };
    }),
  );
}

/** A file that a merge changes in no line is still something of its own, and counts as one. */
const ownLinesOf = ({ parents, added, deleted, lineless }: LoggedCommit) =>
  parents.length > 1 ? added + deleted + lineless : 0;

type Sums = Pick<LoggedCommit, 'files' | 'added' | 'deleted' | 'paths' | 'pathsCut'>;

/** What git counted between two blobs of a net change already. */
type Known = (pair: BlobPair) => FileChange | undefined;

/** A change of kind is left out: it is counted in another way. */
function knownPairs(files: readonly FileChange[]): Known {
  /** By one blob, which nearly always says which pair it is; the pairs that share theirs, by both. */
  const byBlob = new Map<ObjectId | null, FileChange>();
  const sharing = new Map<string, FileChange>();
  for (const file of files) {
    if (file.status === 'type-changed') continue;
    const first = byBlob.get(blobOf(file));
    if (first === undefined) byBlob.set(blobOf(file), file);
    else if (!samePair(first, file)) sharing.set(bothOf(file), file);
  }
  return (pair) => {
    const first = byBlob.get(blobOf(pair));
    return first === undefined || samePair(first, pair) ? first : sharing.get(bothOf(pair));
  };
}

const blobOf = ({ blobBefore, blobAfter }: BlobPair) => blobAfter ?? blobBefore;
const bothOf = ({ blobBefore, blobAfter }: BlobPair) => `${blobBefore} ${blobAfter}`;
const samePair = (one: BlobPair, other: BlobPair) =>
  one.blobAfter === other.blobAfter && one.blobBefore === other.blobBefore;

/** @returns null where the net change does not hold all that the commit compares, or it is a merge. */
function sumsOfPairs(commit: LoggedCommit, known: Known): Sums | null {
  if (commit.pairs === null || commit.parents.length > 1) return null;
  let [added, deleted] = [0, 0];
  for (const pair of commit.pairs) {
    const counts = known(pair);
    if (counts === undefined) return null;
    added += counts.added;
    deleted += counts.deleted;
  }
  const { files, paths, pathsCut } = commit;
  return { files, added, deleted, paths, pathsCut };
}

/** The sums of one commit that is the whole change. */
function sumsOf(files: readonly FileChange[]): Sums {
  const paths = files.flatMap((file) =>
    file.pathBefore === null ? [file.path] : [file.pathBefore, file.path],
  );
  return {
    files: files.length,
    added: files.reduce((sum, file) => sum + file.added, 0),
    deleted: files.reduce((sum, file) => sum + file.deleted, 0),
    paths: paths.slice(0, measureBounds.commitPathsMax),
    pathsCut: paths.length > measureBounds.commitPathsMax,
  };
}

const unchecked = (commit: LoggedCommit) => (commit.signed === 'no' ? 'none' : 'cannot-check');

type Signature = CommitMeasure['signature'];

/** git asks ssh-keygen, once a commit; OpenPGP keys are not in the base's word and stay unchecked. */
async function checkSignatures(
  commits: readonly LoggedCommit[],
  allowedSigners: string | null,
  place: Workplace,
): Promise<ReadonlyMap<string, Signature>> {
  const signed = commits
    .filter((commit) => commit.signed === 'ssh')
    .slice(0, measureBounds.signaturesMax);
  const checked = new Map<string, Signature>();
  if (allowedSigners === null || signed.length === 0) return checked;
  const file = join(place.directory, 'allowed-signers');
  writeFileSync(file, allowedSigners);
  const end = await runGit({
    args: [
      '-c',
      `gpg.ssh.allowedSignersFile=${file}`,
      '-c',
      'gpg.program=false',
      '-c',
      'gpg.x509.program=false',
      'log',
      '-z',
      '--no-walk=unsorted',
      '--stdin',
      '--format=%H %G? %GS',
    ],
    env: place.env,
    signal: place.signal,
    input: signed.map((commit) => `${commit.sha}\n`).join(''),
    limitMs: place.limitMs,
    bytesMax: measureBounds.historyBytesMax,
  });
  rmSync(file, { force: true });
  for (const record of end.stdout.toString('utf8').split('\0')) {
    const match = /^([0-9a-f]+) (.) ?(.*)$/s.exec(record);
    if (match !== null)
      checked.set(match[1] as string, signatureOf(match[2] as string, (match[3] as string).trim()));
  }
  return checked;
}

function signatureOf(answer: string, signer: string): Signature {
  switch (answer) {
    case 'G':
      return signer === '' ? { state: 'unknown-signer' } : { state: 'good', signer };
    case 'U':
      return { state: 'unknown-signer' };
    case 'N':
    case 'E':
      return { state: 'cannot-check' };
    default:
      return { state: 'bad' };
  }
}
