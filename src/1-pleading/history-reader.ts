import { type CommitSha, commitSha } from '../primitives.ts';
import { measureBounds } from './bounds.ts';
import { pathTextOf, utf8Of } from './path-text.ts';
import { type RawHead, rawHeadIn, rawHeadOf, type Written } from './raw-record.ts';

/**
 * One commit of `git log --format=raw -z`, before its signature is checked. With `--numstat` it has
 * its sums; with `--raw` it has the pairs of blobs that the sums follow from.
 */
export interface LoggedCommit {
  readonly sha: CommitSha;
  readonly parents: readonly CommitSha[];
  readonly authorName: string;
  readonly authorEmail: string;
  readonly committerName: string;
  readonly committerEmail: string;
  readonly message: string;
  /** The message is longer than messageBytesMax and its rest was not read. */
  readonly messageCut: boolean;
  readonly signed: 'no' | 'ssh' | 'other';
  files: number;
  /** What changed; null where it was not kept or says too little. */
  pairs: BlobPair[] | null;
  /** git's counts; for a merge, against what an automatic merge gives. */
  added: number;
  deleted: number;
  /** Files that differ in no line: binary, empty, moved, or of another mode. */
  lineless: number;
  readonly paths: string[];
  pathsCut: boolean;
}

export interface HistoryReader {
  push(chunk: Buffer): void;
  /** @returns false where the output is not what git writes. */
  end(): boolean;
  readonly commits: readonly LoggedCommit[];
}

/** Pairs that a whole history may hold in memory; the sums of further commits are asked of git. */
const PAIRS_MAX = 200_000;

/** What was compared: the same two blobs have the same lines between them wherever they stand. */
export type BlobPair = Pick<RawHead, 'blobBefore' | 'blobAfter'>;

/** Of a longer token only its two ends are kept: headers and message in front, a path behind. */
const TOKEN_HEAD_BYTES = 256 * 1024;
const TOKEN_TAIL_BYTES = 64 * 1024;

/**
 * Reads the history as it arrives. Message lines come indented, so that no message can pass for
 * anything else; numbers start with a digit or `-`, records with a colon, commits with `commit `.
 * Text is taken as one character a byte until it is known to be a path or a message.
 */
export function readHistory(): HistoryReader {
  const commits: LoggedCommit[] = [];
  const token = heldToken();
  /** Paths of a rename that are still to come. */
  let awaited = 0;
  let pairs = 0;
  let sound = true;

  function takePath(written: string): void {
    const commit = commits.at(-1);
    if (commit === undefined) {
      sound = false;
      return;
    }
    const path = pathTextOf(written).text;
    // The automatic merge names a file/directory conflict `path~commit`, which no tree holds.
    if (commit.parents.length > 1 && CONFLICT_NAME.test(path)) return;
    if (commit.paths.length < measureBounds.commitPathsMax) commit.paths.push(path);
    else commit.pathsCut = true;
  }

  function takeNumbers(text: string): void {
    const match = NUMBERS.exec(text);
    const commit = commits.at(-1);
    if (match === null || commit === undefined) {
      sound = false;
      return;
    }
    commit.files += 1;
    const added = Number(match[1] === '-' ? 0 : match[1]);
    const deleted = Number(match[2] === '-' ? 0 : match[2]);
    commit.added += added;
    commit.deleted += deleted;
    commit.lineless += added + deleted === 0 ? 1 : 0;
    const path = text.slice(match[0].length);
    if (path.length === 0) awaited = 2;
    else takePath(path);
  }

  function takeRecord(head: RawHead | null): void {
    const commit = commits.at(-1);
    if (head === null || commit === undefined) {
      sound = false;
      return;
    }
    commit.files += 1;
    awaited = head.paths;
    pairs += 1;
    // Of a change of kind git shows both sides whole in one place and their difference in another.
    if (pairs > PAIRS_MAX || head.status === 'type-changed') commit.pairs = null;
    else commit.pairs?.push(head);
  }

  function takeDifference(text: string): void {
    if (text.startsWith(':')) takeRecord(rawHeadOf(text));
    else takeNumbers(text);
  }

  function takeToken(text: string, cut: boolean): void {
    if (awaited > 0) {
      awaited -= 1;
      takePath(text);
    } else if (text.startsWith('c')) {
      const { commit, rest } = commitOf(text, cut);
      if (commit === null) sound = false;
      else commits.push(commit);
      if (rest.length > 0) takeDifference(rest);
    } else if (text.length > 0) {
      takeDifference(text);
    }
  }

  return {
    commits,
    push(chunk) {
      const text = chunk.toString('latin1');
      const where: Written = { text, bytes: chunk };
      let from = 0;
      for (let end = text.indexOf('\0'); end >= 0; end = text.indexOf('\0', from)) {
        if (awaited === 0 && token.isEmpty() && chunk[from] === COLON) {
          takeRecord(rawHeadIn(where, from, end));
        } else {
          token.add(text.slice(from, end));
          const whole = token.take();
          takeToken(whole.text, whole.cut);
        }
        from = end + 1;
      }
      token.add(text.slice(from));
    },
    end() {
      const { text, cut } = token.take();
      takeToken(text, cut);
      return sound && awaited === 0;
    },
  };
}

const COLON = 0x3a;
const NUMBERS = /^(\d{1,15}|-)\t(\d{1,15}|-)\t/;
const CONFLICT_NAME = /~(?:HEAD|[0-9a-f]{7,64})(?: \(.*\))?(?:_\d+)?$/s;

function heldToken(): {
  isEmpty(): boolean;
  add(part: string): void;
  take(): { text: string; cut: boolean };
} {
  let text = '';
  let cut = false;
  return {
    isEmpty: () => text === '',
    add(part) {
      text += part;
      if (text.length <= 2 * (TOKEN_HEAD_BYTES + TOKEN_TAIL_BYTES)) return;
      text = text.slice(0, TOKEN_HEAD_BYTES) + text.slice(-TOKEN_TAIL_BYTES);
      cut = true;
    },
    take() {
      const taken = { text, cut };
      text = '';
      cut = false;
      return taken;
    },
  };
}

/**
 * A commit from its object as it is stored, with no numbers yet.
 *
 * @returns null where git would have to convert its text, or where it is no commit.
 */
export function commitOfObject(sha: CommitSha, body: Buffer): LoggedCommit | null {
  const text = body.toString('latin1');
  const headEnd = text.indexOf('\n\n');
  const head = utf8Of(headEnd < 0 ? text : text.slice(0, headEnd));
  if (headEnd < 0 || /^encoding /m.test(head) || !head.startsWith('tree ')) return null;
  // What follows a NUL is shown by no tool of git's.
  const end = text.indexOf('\0', headEnd);
  const message = text.slice(headEnd + 2, end < 0 ? text.length : end);
  return commitFrom({ sha, headers: head.split('\n'), message, cut: false });
}

/** @returns the commit, and what of its token is already its first number. */
function commitOf(text: string, cut: boolean): { commit: LoggedCommit | null; rest: string } {
  const headEnd = text.indexOf('\n\n');
  const head = utf8Of(headEnd < 0 ? text : text.slice(0, headEnd)).split('\n');
  const sha = commitSha(/^commit ([0-9a-f]+)/.exec(head[0] as string)?.[1] ?? '');
  const { lines, restAt } = messageAt(text, headEnd < 0 ? text.length : headEnd + 1);
  const rest = text.slice(restAt);
  if (sha === undefined) return { commit: null, rest };
  // The message byte for byte, without the four spaces that git shows in front of each line.
  const message = lines.replace(/(^|\n) {4}/g, '$1');
  return { commit: commitFrom({ sha, headers: head.slice(1), message, cut }), rest };
}

interface CommitParts {
  readonly sha: CommitSha;
  /** From `tree` on. */
  readonly headers: readonly string[];
  /** One character a byte. */
  readonly message: string;
  readonly cut: boolean;
}

function commitFrom({ sha, headers, message, cut }: CommitParts): LoggedCommit {
  const author = personOf(headers.find((line) => line.startsWith('author ')) ?? '');
  const committer = personOf(headers.find((line) => line.startsWith('committer ')) ?? '');
  const signature = headers.find((line) => /^gpgsig(?:-sha256)? /.test(line));
  return {
    sha,
    parents: parentsOf(headers),
    authorName: author.name,
    authorEmail: author.email,
    committerName: committer.name,
    committerEmail: committer.email,
    message: utf8Of(message.slice(0, measureBounds.messageBytesMax)),
    messageCut: cut || message.length > measureBounds.messageBytesMax,
    signed: signature === undefined ? 'no' : signature.includes('SSH SIGNATURE') ? 'ssh' : 'other',
    files: 0,
    pairs: [],
    added: 0,
    deleted: 0,
    lineless: 0,
    paths: [],
    pathsCut: false,
  };
}

/** git reads parents directly behind the tree and nowhere else; a header of that name later is none. */
function parentsOf(headers: readonly string[]): readonly CommitSha[] {
  const parents: CommitSha[] = [];
  for (const line of headers.slice(1)) {
    const parent = line.startsWith('parent ') ? commitSha(line.slice(7).toLowerCase()) : undefined;
    if (parent === undefined) break;
    parents.push(parent);
  }
  return parents;
}

/** The indented lines from `start`, and where something else begins. */
function messageAt(text: string, start: number): { lines: string; restAt: number } {
  let at = start;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a) break;
    const end = text.indexOf('\n', at);
    at = end < 0 ? text.length : end + 1;
  }
  let from = start;
  let to = at;
  while (from < to && text.charCodeAt(from) === 0x0a) from += 1;
  while (to > from && text.charCodeAt(to - 1) === 0x0a) to -= 1;
  return { lines: text.slice(from, to), restAt: at };
}

function personOf(line: string): { name: string; email: string } {
  const match = /^[a-z]+ ([^<]*)<([^>]*)>/.exec(line);
  return { name: (match?.[1] ?? '').trim(), email: (match?.[2] ?? '').trim() };
}
