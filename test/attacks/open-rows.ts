import type { OpenRow } from './row.ts';

const runner = 'needs the isolated machine that runs gates: the runner answers it';
const mcp = 'needs tools that agents call: the server of them answers it';

const open = (
  because: string,
  ...rows: readonly (readonly [string, string])[]
): readonly OpenRow[] => rows.map(([id, name]) => ({ id, name, because }));

/** Cases of the catalogue that no row answers, and why. They count as open, never as answered. */
export const openRows: readonly OpenRow[] = [
  ...open(
    runner,
    ['C45', 'evidence swapped by another job'],
    ['H103b', 'archives of evidence: zip entries and ratios'],
    ['H104', 'an earlier job poisons the machine'],
    ['H105', 'a workflow with rights that checks out the head'],
    ['H106', 'names that run in a workflow'],
    ['H107', 'the own supply chain'],
  ),
  ...open(mcp, ['I116', 'tools that a worker may call']),
];
