import { describe, test } from 'vitest';
import type { Row } from './row.ts';

/** Each row as two facts: the attack is caught while honest work passes, and so is all of its kind. */
export function attackSuite(rows: readonly Row[]): void {
  describe.each(rows.map((row) => [row.id, row.name, row] as const))('%s %s', (_id, _name, row) => {
    test('is caught, and honest work passes', () => row.holds());
    test('is caught in every generated form', () => row.variants(), 60_000);
  });
}
