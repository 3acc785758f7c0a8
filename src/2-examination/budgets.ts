import type { Change, FileChange } from '../1-pleading/change.ts';
import { touchesOnly, touchesSome } from '../1-pleading/spec-scope.ts';
import { type Finding, PLACES_MAX, type Quantity } from '../caws/findings.ts';
import type { PathMatcher } from '../caws/glob.ts';
import type { Caps, Policy, RiskTier } from '../caws/policy.ts';
import type { RuleId } from '../caws/rules.ts';
import { type BudgetSpent, linesSpent } from './examination.ts';
import { byText, finding, leading, spotAt, spotOf } from './finding.ts';
import type { Yardsticks } from './yardsticks.ts';

/** What the change spends of each budget, before waivers; `effective` is the caps themselves. */
export function spendBudgets(
  change: Change,
  policy: Policy,
  yardsticks: Yardsticks,
): readonly Ledgered[] {
  const isExcluded = (file: FileChange) => isWhollyWithin(file, yardsticks.excluded);
  const [counted, excluded] = parted(change.files, isExcluded);
  return [
    ledgered('tier', yardsticks.caps, counted),
    ...yardsticks.pathBudgets.map(({ budget, paths }) =>
      ledgered(
        budget.id,
        budget,
        change.files.filter((file) => touchesSome(file, paths.matches)),
      ),
    ),
    ...(policy.excluded.paths.length === 0
      ? []
      : [ledgered('excluded', policy.excluded.caps, excluded)]),
  ];
}

/** One budget with the files that were charged to it. */
export interface Ledgered {
  readonly budget: BudgetSpent;
  readonly files: readonly FileChange[];
}

/** Each cap that the change passes, with the files that weigh most; and measurements that are not whole. */
export function examineBudgets(
  change: Change,
  policy: Policy,
  spent: readonly Ledgered[],
  tier: RiskTier,
): readonly Finding[] {
  return [
    ...(change.files.length === 0 ? [finding('change.empty')] : []),
    ...incompleteness(change),
    ...spent.flatMap(({ budget, files }) =>
      dimensions(policy).flatMap(({ rule, cap, unit, spend, weight }) => {
        const limit = budget.caps[cap];
        const measured = spend(budget.spent);
        // Asked this way round, a value that is no number is over every cap.
        if (limit === null || measured <= limit) return [];
        const heaviest = leading(
          files,
          PLACES_MAX,
          (one, other) => weight(other) - weight(one) || byText(one.path, other.path),
        );
        return [
          finding(rule, {
            subject: budget.id,
            measured: { value: measured, unit },
            limit: { value: limit, unit },
            spots: heaviest.map(spotOf),
            spotsTotal: files.length,
            order: 'given',
            detail: {
              tier,
              added: budget.spent.linesAdded,
              deleted: budget.spent.linesDeleted,
              counted: policy.linesCounted,
            },
          }),
        ];
      }),
    ),
  ];
}

/** One dimension of a budget: its cap, what is spent of it, and what a file weighs in it. */
interface Dimension {
  readonly rule: RuleId;
  readonly cap: keyof Caps;
  readonly unit: Quantity['unit'];
  readonly spend: (spent: BudgetSpent['spent']) => number;
  readonly weight: (file: FileChange) => number;
}

/** The four dimensions, lines counted as the policy says. */
export function dimensions({ linesCounted }: Pick<Policy, 'linesCounted'>): readonly Dimension[] {
  const added = linesCounted === 'added';
  return [
    {
      rule: 'budget.files',
      cap: 'files',
      unit: 'files',
      spend: (spent) => spent.files,
      weight: (file) => file.lines,
    },
    {
      rule: 'budget.lines',
      cap: 'lines',
      unit: 'lines',
      spend: (spent) => linesSpent(spent, linesCounted),
      weight: (file) => (added ? file.linesAdded : file.lines),
    },
    {
      rule: 'budget.bytes',
      cap: 'bytes',
      unit: 'bytes',
      spend: (spent) => spent.bytes,
      weight: (file) => file.bytesAdded,
    },
    {
      rule: 'budget.longest-line',
      cap: 'longestLineBytes',
      unit: 'bytes',
      spend: (spent) => spent.longestLineBytes,
      weight: (file) => file.longestLineBytes,
    },
  ];
}

/** A measurement that stopped, or that holds something no measurement can be, is no measurement. */
function incompleteness(change: Change): readonly Finding[] {
  const causes = Map.groupBy(change.incomplete, ({ what }) => what);
  const broken = change.files.filter((file) => !isMeasured(file));
  return [
    ...[...causes].map(([what, all]) =>
      finding('change.incomplete', {
        subject: what,
        spots: all.flatMap(({ path }) => (path === null ? [] : [spotAt(path)])),
        ...limitOf(all),
      }),
    ),
    ...(broken.length === 0
      ? []
      : [finding('change.incomplete', { subject: 'not-a-count', spots: broken.map(spotOf) })]),
  ];
}

/** The bound that was passed; the largest where several are named. */
function limitOf(all: Change['incomplete']): { readonly detail?: { readonly limit: number } } {
  const limits = all.flatMap(({ limit }) => (limit === null ? [] : [limit]));
  return limits.length === 0 ? {} : { detail: { limit: Math.max(...limits) } };
}

function isMeasured(file: FileChange): boolean {
  return (
    isCount(file.added) &&
    isCount(file.deleted) &&
    isCount(file.lines) &&
    isCount(file.linesAdded) &&
    isCount(file.bytes) &&
    isCount(file.bytesAdded) &&
    isCount(file.longestLineBytes) &&
    isCount(file.signsTotal)
  );
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function ledgered(id: string, caps: Caps, files: readonly FileChange[]): Ledgered {
  const { files: fileCap, lines, bytes, longestLineBytes } = caps;
  const own: Caps = { files: fileCap, lines, bytes, longestLineBytes };
  return { budget: { id, caps: own, effective: own, spent: spend(files) }, files };
}

function spend(files: readonly FileChange[]): BudgetSpent['spent'] {
  const total = {
    files: files.length,
    lines: 0,
    linesAdded: 0,
    linesDeleted: 0,
    bytes: 0,
    longestLineBytes: 0,
  };
  for (const file of files) {
    total.lines += file.lines;
    total.linesAdded += file.linesAdded;
    total.linesDeleted += Math.max(file.deleted, file.ownDeleted);
    total.bytes += file.bytesAdded;
    total.longestLineBytes = Math.max(total.longestLineBytes, file.longestLineBytes);
  }
  return total;
}

/** Links and submodules are never generated text, so no exclusion holds for them. */
function isWhollyWithin(file: FileChange, paths: PathMatcher): boolean {
  return file.kind !== 'symlink' && file.kind !== 'submodule' && touchesOnly(file, paths.matches);
}

function parted<Item>(
  items: readonly Item[],
  goesRight: (item: Item) => boolean,
): readonly [left: readonly Item[], right: readonly Item[]] {
  const left: Item[] = [];
  const right: Item[] = [];
  for (const item of items) (goesRight(item) ? right : left).push(item);
  return [left, right];
}
