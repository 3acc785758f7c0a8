import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { rowsIn } from '../../bench/rows.ts';

test('the benchmark of intake loses nothing, and hears a burst once for each pull request', () => {
  const bench = join(resolve(import.meta.dirname, '../..'), 'bench/app-intake.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [bench, '1', '200'], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const rows = rowsIn(stdout) ?? [];
  const found = (what: string) => rows.find((row) => row.what.includes(what))?.ok;
  // What says how fast it was is for a machine that does nothing else.
  expect([found('not stored'), found('lost'), found('heard'), found('memory of')]).toEqual([
    true,
    true,
    true,
    true,
  ]);
});
