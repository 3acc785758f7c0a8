import type { Change } from '../../1-pleading/change.ts';
import type { LawTexts } from '../../caws/law.ts';
import type { Repository, RepositoryFault, ResolvedRange } from '../../ports.ts';
import { type CommitSha, commitSha, ok, type Result } from '../../primitives.ts';
import { repositoryOfUrl } from './identity.ts';
import type { Located } from './locate.ts';
import type { Readings } from './readings.ts';
import { type OpenedRepository, openRepository, type RepositoryOptions } from './repository.ts';
import { splitRange } from './revisions.ts';

/** A bare repository whose place is known, and what was read of it before. */
export interface ReadBefore {
  readonly located: Located;
  readonly readings: Readings;
}

/**
 * A bare repository that git is asked about only where what it would say is not known from before. Remembered is
 * what follows from the ids of commits alone, and of that what was read whole: where commits meet, the law of a
 * commit, and a change without a signature, which programs of this machine check. Dispose it.
 */
export function openRemembered(
  { located, readings }: ReadBefore,
  options: RepositoryOptions,
): Repository & Disposable {
  const opened = openLater(located, options);
  const { reading } = opened;
  return {
    async resolve(range) {
      const ends = endsById(range);
      const met = ends && readings.recall<CommitSha>(`meet ${ends.base} ${ends.head}`);
      if (ends !== null && met) return ok(rangeById(ends, met, located));
      const resolved = await reading((repository) => repository.resolve(range));
      if (ends !== null && resolved.ok && isById(resolved.value, ends))
        readings.keep(`meet ${ends.base} ${ends.head}`, resolved.value.mergeBase);
      return resolved;
    },
    async measure(range) {
      const key = `change ${range.base} ${range.mergeBase} ${range.head}`;
      const known = readings.recall<Omit<Change, 'repository' | 'baseRef'>>(key);
      const { repository, baseRef } = range;
      if (known !== undefined) return ok({ repository, baseRef, ...known });
      const measured = await reading((there) => there.measure(range));
      if (measured.ok && followsFromIds(measured.value)) {
        const { repository: _, baseRef: __, ...change } = measured.value;
        readings.keep(key, change);
      }
      return measured;
    },
    async law(range) {
      const known = readings.recall<LawTexts>(`law ${range.base}`);
      if (known !== undefined) return ok(known);
      const law = await reading((repository) => repository.law(range));
      if (law.ok) readings.keep(`law ${range.base}`, law.value);
      return law;
    },
    blobs: async (ids) =>
      ids.length === 0 ? ok(new Map()) : reading((repository) => repository.blobs(ids)),
    present: (commit, paths) => reading((repository) => repository.present(commit, paths)),
    messages: (range) => reading((repository) => repository.messages(range)),
    resolveStaged: () => reading((repository) => repository.resolveStaged()),
    [Symbol.dispose]: () => opened[Symbol.dispose](),
  };
}

/** The repository itself, opened by the first who has to ask it. */
function openLater(located: Located, options: RepositoryOptions) {
  let opening: ReturnType<typeof openRepository> | null = null;
  let opened: OpenedRepository | null = null;
  let isOver = false;
  const open = async () => {
    const repository = await openRepository(located, options);
    if (!repository.ok) return repository;
    opened = repository.value;
    if (isOver) opened[Symbol.dispose]();
    return repository;
  };
  return {
    reading: async <Value>(
      read: (repository: Repository) => Promise<Result<Value, RepositoryFault>>,
    ): Promise<Result<Value, RepositoryFault>> => {
      opening ??= open();
      const repository = await opening;
      return repository.ok ? read(repository.value) : repository;
    },
    [Symbol.dispose]: () => {
      isOver = true;
      opened?.[Symbol.dispose]();
    },
  };
}

interface Ends {
  readonly base: CommitSha;
  readonly head: CommitSha;
}

/** A range between two whole ids; a name may stand for another commit by now. */
function endsById(range: string | null): Ends | null {
  const { base, head } = splitRange(range);
  const ends = { base: commitSha(base ?? ''), head: commitSha(head) };
  return ends.base === undefined || ends.head === undefined
    ? null
    : { base: ends.base, head: ends.head };
}

const rangeById = (
  { base, head }: Ends,
  mergeBase: CommitSha,
  located: Located,
): ResolvedRange => ({
  repository: repositoryOfUrl(located.remotes[0]?.url ?? ''),
  baseRef: base,
  base,
  mergeBase,
  head,
  dirty: null,
  branches: [],
});

/** No branch has the id for its name, which would be known by it, and there is no work tree to look at. */
const isById = (range: ResolvedRange, { base, head }: Ends): boolean =>
  range.base === base &&
  range.head === head &&
  range.baseRef === base &&
  range.branches.length === 0 &&
  range.dirty === null;

const followsFromIds = ({ incomplete, commits }: Change): boolean =>
  incomplete.length === 0 && commits.every(({ signature }) => signature.state === 'none');
