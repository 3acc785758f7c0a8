import type { Change } from '../1-pleading/change.ts';
import type { Finding } from '../caws/findings.ts';
import type { Policy } from '../caws/policy.ts';
import { finding, spotAt, spotOf } from './finding.ts';
import type { Yardsticks } from './yardsticks.ts';

/** Where the tier caps no lines: a wiped folder is no edit. */
const DELETED_LINES_MAX = 5_000;

/**
 * Shapes of work that pass every count and yet lose something: a copy beside the old file, a stub
 * in place of code, code that a comment keeps out of a check, a deletion that a budget of added lines does
 * not see.
 */
export function examineStructure(
  change: Change,
  policy: Policy,
  yardsticks: Yardsticks,
): readonly Finding[] {
  return [
    ...shadows(change),
    ...stubs(change),
    ...exemptions(change),
    ...massDeletion(change, policy, yardsticks),
  ];
}

function shadows({ shadows: pairs }: Change): readonly Finding[] {
  if (pairs.length === 0) return [];
  const [[made, beside] = ['', '']] = pairs.toSorted(([one], [other]) => (one < other ? -1 : 1));
  return [
    finding('structure.shadow', {
      spots: [...new Set(pairs.map(([path]) => path))].map((path) => spotAt(path)),
      detail: { made, beside },
    }),
  ];
}

/** By file, not by sum: lines added elsewhere must not make up for code that a stub replaced. */
function stubs({ files }: Change): readonly Finding[] {
  const marked = files.filter(({ stubLines }) => stubLines.length > 0);
  const spots = (hollowed: boolean) =>
    marked
      .filter((file) => file.deleted > file.added === hollowed)
      .flatMap((file) => file.stubLines.map((line) => ({ ...spotOf(file), line })));
  const replacing = spots(true);
  const added = spots(false);
  return [
    ...(replacing.length === 0 ? [] : [finding('structure.stub', { spots: replacing })]),
    ...(added.length === 0 ? [] : [finding('structure.stub-added', { spots: added })]),
  ];
}

/** What is measured is then less than the change, and no report shows it. */
function exemptions({ files }: Change): readonly Finding[] {
  const spots = files.flatMap((file) =>
    (file.exemptLines ?? []).map((line) => ({ ...spotOf(file), line })),
  );
  return spots.length === 0 ? [] : [finding('structure.check-exempted', { spots })];
}

/** Only where the line budget does not charge deletions itself. */
function massDeletion(
  { files }: Change,
  { linesCounted }: Policy,
  { caps, excluded }: Yardsticks,
): readonly Finding[] {
  if (linesCounted === 'changed' && caps.lines !== null) return [];
  const limit = Math.max(caps.lines ?? 0, DELETED_LINES_MAX);
  const losing = files.filter((file) => file.deleted > 0 && !excluded.matches(file.path));
  const value = losing.reduce((sum, file) => sum + Math.max(file.deleted, file.ownDeleted), 0);
  if (value <= limit) return [];
  return [
    finding('structure.mass-deletion', {
      measured: { value, unit: 'lines' },
      limit: { value: limit, unit: 'lines' },
      spots: losing.toSorted((one, other) => other.deleted - one.deleted).map(spotOf),
      order: 'given',
    }),
  ];
}
