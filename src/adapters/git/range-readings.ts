import type { Change } from '../../1-pleading/change.ts';
import type { LawTexts } from '../../caws/law.ts';
import type { RepositoryFault, ResolvedRange } from '../../ports.ts';
import { ok, type Result } from '../../primitives.ts';
import { type History, listCommits, measureCommits, readCommits } from './history.ts';
import { readLaw } from './law.ts';
import { type MeasuredFiles, measureFiles } from './measure.ts';
import type { Workplace } from './workplace.ts';

/** What of a range the readings need. */
type ReadRange = Pick<ResolvedRange, 'base' | 'mergeBase' | 'head'>;

/** What is asked of git for a range: each once, whoever asks for it. */
export interface Readings {
  readonly files: (range: ReadRange) => Promise<Result<MeasuredFiles, RepositoryFault>>;
  readonly history: (range: ReadRange) => Promise<Result<History, RepositoryFault>>;
  readonly law: (range: ReadRange) => Promise<Result<LawTexts, RepositoryFault>>;
  /** Begins to list the commits, for which the merge base need not be known. */
  readonly beginList: (range: Pick<ReadRange, 'base' | 'head'>) => void;
  /** Begins all of them, because whoever resolves a range asks for them next. */
  readonly begin: (range: ReadRange) => void;
}

export function readingsAt(place: Workplace): Readings {
  const filesOf = new Map<string, Promise<Result<MeasuredFiles, RepositoryFault>>>();
  const histories = new Map<string, Promise<Result<History, RepositoryFault>>>();
  const lists = new Map<string, Promise<Result<History, RepositoryFault>>>();
  const list = (range: Pick<ReadRange, 'base' | 'head'>) =>
    remembered(lists, `${range.base} ${range.head}`, () => listCommits(range, place));
  const laws = new Map<string, Promise<Result<LawTexts, RepositoryFault>>>();
  const readings: Readings = {
    files: (range) =>
      remembered(filesOf, `${range.mergeBase} ${range.head}`, () => measureFiles(range, place)),
    history: (range) =>
      remembered(histories, `${range.base} ${range.mergeBase} ${range.head}`, () =>
        readCommits(range, place, () => list(range)),
      ),
    law: (range) => remembered(laws, range.base, () => readLaw(range, place)),
    beginList: (range) => void list(range).catch(() => undefined),
    begin(range) {
      const begun = [readings.files(range), readings.history(range), readings.law(range)];
      // What is thrown by a bug reaches whoever asks; nobody may.
      for (const reading of begun) reading.catch(() => undefined);
    },
  };
  return readings;
}

/** The same question of one range is asked of git once. */
function remembered<Value>(
  known: Map<string, Promise<Value>>,
  key: string,
  ask: () => Promise<Value>,
) {
  let answer = known.get(key);
  if (answer === undefined) {
    answer = ask();
    known.set(key, answer);
  }
  return answer;
}

/** The change of a range, put together from its readings. */
export async function measure(
  range: ResolvedRange,
  readings: Readings,
  place: Workplace,
): Promise<Result<Change, RepositoryFault>> {
  const [files, history, law] = await Promise.all([
    readings.files(range),
    readings.history(range),
    readings.law(range),
  ]);
  if (!files.ok) return files;
  if (!history.ok) return history;
  if (!law.ok) return law;
  const signers = law.value.allowedSigners?.text ?? null;
  const { incomplete } = files.value;
  // The counts of a change that is not whole would make its commits smaller than they are.
  const whole = incomplete.length === 0 || history.value.isNetChange ? files.value.files : [];
  const commits = await measureCommits(history.value, whole, signers, place);
  if (!commits.ok) return commits;
  return ok({
    repository: range.repository,
    baseRef: range.baseRef,
    base: range.base,
    mergeBase: range.mergeBase,
    head: range.head,
    headTree: files.value.headTree,
    files: files.value.files,
    commits: commits.value,
    inspected: files.value.inspected,
    collisions: files.value.collisions,
    shadows: files.value.shadows,
    incomplete: [...incomplete, ...history.value.incomplete],
    digest: files.value.digest,
  });
}
