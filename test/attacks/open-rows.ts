import type { OpenRow } from './row.ts';

const mcp =
  'does not apply: no server of tools ships, so nobody can call one; a row comes with the first tool';

const open = (
  because: string,
  ...rows: readonly (readonly [string, string])[]
): readonly OpenRow[] => rows.map(([id, name]) => ({ id, name, because }));

/** Cases of the catalogue that no row answers, and why. They count as open, never as answered. */
export const openRows: readonly OpenRow[] = [
  ...open(mcp, ['I116', 'tools that a worker may call']),
];
