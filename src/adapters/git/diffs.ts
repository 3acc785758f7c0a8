import { measureBounds } from '../../1-pleading/bounds.ts';
import type { Incomplete } from '../../1-pleading/change.ts';
import { type DiffAsked, readDiff } from '../../1-pleading/diff-reader.ts';
import { type MeasuredEntry, needsPatch } from '../../1-pleading/measured-entry.ts';
import type { RepositoryFault, ResolvedRange } from '../../ports.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { faultOf } from './faults.ts';
import type { Launcher } from './launcher.ts';
import { startGit, type WaitingGit } from './process.ts';

type Parts = DiffAsked['parts'];

/** What both runs are asked alike, so that they pair the same files. Each is told of its own part alone. */
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

/** Filtering comes after renames are paired; small letters leave out, so that together nothing is left out. */
const WHOLE = ['--diff-filter=mrt'];

const PATCHED = [
  '--diff-filter=MRT',
  '-p',
  '-U0',
  '--no-color',
  '--no-ext-diff',
  '--no-textconv',
  '--no-indent-heuristic',
  '--diff-algorithm=myers',
  '--submodule=short',
];

/** One part of the comparison of two commits: what exists on one side only, or what has patches. */
export interface Diff {
  /**
   * Its entries, as soon as all are listed and before their patches are read; as far as they came where the
   * run fails, which is for `read` to tell.
   */
  readonly listed: Promise<readonly MeasuredEntry[]>;
  /** @param took is called for each entry as it is listed. */
  read(
    range: Pick<ResolvedRange, 'mergeBase' | 'head'>,
    incomplete: Incomplete[],
    took: (entry: MeasuredEntry) => void,
  ): Promise<Result<readonly MeasuredEntry[], RepositoryFault>>;
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
      args: [...LISTED, ...(parts === 'listing' ? WHOLE : PATCHED)],
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
  const { promise: listed, resolve: list } = Promise.withResolvers<readonly MeasuredEntry[]>();
  return {
    listed,
    async read(range, incomplete, took) {
      const reader = readDiff({ parts, commit: range.head });
      const { entries } = reader;
      let taken = 0;
      let known = false;
      /** Renames alone need no patch, which only the list tells. */
      let enough = false;
      const taking = git.run(`${range.head} ${range.mergeBase}\n`, (chunk) => {
        reader.push(chunk);
        if (known) return undefined;
        for (; taken < entries.length; taken += 1) took(entries[taken] as MeasuredEntry);
        if (entries.length > measureBounds.filesMax) return 'stop';
        known = reader.isListed();
        if (!known) return undefined;
        list(entries);
        enough = !entries.some(needsPatch);
        return enough ? 'stop' : undefined;
      });
      const end = await taking.finally(() => list(entries));
      if (enough) return ok(entries);
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
      return ok(entries);
    },
  };
}

const DOING = 'measuring the change';
