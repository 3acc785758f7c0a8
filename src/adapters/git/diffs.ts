import { measureBounds } from '../../1-pleading/bounds.ts';
import type { Incomplete } from '../../1-pleading/change.ts';
import { type DiffAsked, readDiff } from '../../1-pleading/diff-reader.ts';
import type { MeasuredEntry } from '../../1-pleading/measured-entry.ts';
import type { RepositoryFault, ResolvedRange } from '../../ports.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { faultOf } from './faults.ts';
import type { Launcher } from './launcher.ts';
import { startGit, type WaitingGit } from './process.ts';

type Parts = DiffAsked['parts'];

/** What both runs are asked alike, so that they pair the same files and list them in the same order. */
const LISTED = [
  'diff-tree',
  '--stdin',
  // The commit is named even where nothing differs: silence is no answer.
  '--always',
  '-r',
  '-z',
  '--raw',
  '--full-index',
  '--no-relative',
  '--ignore-submodules=none',
  '-M50%',
  // git's own default, stated: past it files count as removed and added, which is more, not less.
  '-l1000',
];

/** Patches of what exists on both sides. Filtering comes after renames are paired. */
const PATCHED = [
  '-p',
  '-U0',
  '--diff-filter=MRT',
  '--no-color',
  '--no-ext-diff',
  '--no-textconv',
  '--no-indent-heuristic',
  '--diff-algorithm=myers',
  '--submodule=short',
];

/** One comparison of two commits: its listing or its patches. */
export interface Diff {
  /** @param took is called after each chunk, with the entries so far. */
  read(
    range: Pick<ResolvedRange, 'mergeBase' | 'head'>,
    incomplete: Incomplete[],
    took?: (entries: readonly MeasuredEntry[]) => void,
  ): Promise<Result<readonly MeasuredEntry[], RepositoryFault>>;
  /** What comes is not needed any more: the entries so far are given. */
  stop(): void;
}

export interface Diffs {
  /** Starts both runs, to wait for what they will compare. */
  start(): void;
  open(parts: Parts): Diff;
}

interface DiffContext {
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly launcher: Launcher | null;
  readonly limitMs: number;
  readonly partialClone: boolean;
}

/** The runs that compare commits. A run serves one comparison; those started early serve the first. */
export function openDiffs(context: DiffContext): Diffs {
  const waiting = new Map<Parts, WaitingGit>();
  const begin = (parts: Parts): WaitingGit =>
    startGit({
      args: parts === 'listing' ? LISTED : [...LISTED, ...PATCHED],
      env: context.env,
      signal: context.signal,
      launcher: context.launcher,
      limitMs: context.limitMs,
      bytesMax: measureBounds.patchBytesMax,
    });
  return {
    start() {
      for (const parts of ['listing', 'listing-and-patch'] as const) {
        if (!waiting.has(parts)) waiting.set(parts, begin(parts));
      }
    },
    open(parts) {
      const git = waiting.get(parts) ?? begin(parts);
      waiting.delete(parts);
      return diffOf(git, parts, context);
    },
  };
}

function diffOf(git: WaitingGit, parts: Parts, context: DiffContext): Diff {
  let wanted = true;
  return {
    async read(range, incomplete, took) {
      const reader = readDiff({ parts, commit: range.head });
      const end = await git.run(`${range.head} ${range.mergeBase}\n`, (chunk) => {
        reader.push(chunk);
        took?.(reader.entries);
        return reader.entries.length > measureBounds.filesMax ? 'stop' : undefined;
      });
      if (!wanted) return ok(reader.entries);
      if (end.ended === 'stopped') {
        incomplete.push({ what: 'too-many-files', path: null, limit: measureBounds.filesMax });
      } else if (end.ended === 'too-many-bytes') {
        incomplete.push({ what: 'too-many-bytes', path: null, limit: measureBounds.patchBytesMax });
      } else if (end.code !== 0) {
        return fail(faultOf(end, { doing: DOING, ...context }));
      } else {
        const unreadable = reader.end();
        if (unreadable !== null) {
          return fail({ kind: 'git-failed', doing: DOING, stderr: unreadable.reason });
        }
      }
      return ok(reader.entries);
    },
    stop() {
      wanted = false;
      git.stop();
    },
  };
}

const DOING = 'measuring the change';
