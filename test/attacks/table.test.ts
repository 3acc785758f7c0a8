import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openRows } from './open-rows.ts';
import { rows } from './rows.ts';

const root = join(import.meta.dirname, '..', '..');

describe('the table of attacks', () => {
  test('names every case once, answered or open', () => {
    const ids = [...rows, ...openRows].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(rows.length).toBeGreaterThan(40);
  });

  test.each(rows.map((row) => [row.id, row.defence] as const))(
    '%s names a defence that stands in the source once',
    (_id, { file, from, to }) => {
      const text = readFileSync(join(root, file), 'utf8');
      expect(text.split(from)).toHaveLength(2);
      expect(to).not.toBe(from);
    },
  );
});
