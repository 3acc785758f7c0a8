import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { type Row, rowsIn } from '../../bench/rows.ts';

function rowsOf(bench: string, ...args: readonly string[]): readonly Row[] {
  const file = join(resolve(import.meta.dirname, '../..'), 'bench', bench);
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], {
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  return rowsIn(stdout) ?? [];
}
const found = (rows: readonly Row[], ...parts: readonly string[]) =>
  parts.map((part) => rows.find(({ what }) => what.includes(part))?.ok);

// What says how fast it was is for a machine that does nothing else.
test('the benchmark of intake loses nothing', () => {
  expect(found(rowsOf('app-intake.ts', '1'), 'not stored')).toEqual([true]);
});

test('a burst that comes twice and out of order ends in the check that each pull request deserves', () => {
  const rows = rowsOf('app-burst.ts', '60', '6');
  expect(found(rows, 'not taken', 'deserves', 'memory')).toEqual([true, true, true]);
});

test('an evaluation with gates that CI answers asks the forge as seldom as it says', () => {
  const rows = rowsOf('app-verdict.ts', '1');
  expect(found(rows, 'first evaluation', 'repeated')).toEqual([true, true]);
});
