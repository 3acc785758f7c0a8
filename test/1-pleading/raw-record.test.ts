import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rawHeadOf } from '../../src/1-pleading/raw-record.ts';
import { signsOfPath } from '../../src/1-pleading/signs.ts';

/** The same record by captures. */
const CAPTURED =
  /^:(\d{6}) (\d{6}) (?=\S{40} \S{40} |\S{64} \S{64} )([0-9a-f]+) ([0-9a-f]+) ([ADMRCT])\d*$/;
const zero = (length: number) => '0'.repeat(length);

const id = fc.oneof(
  fc.constantFrom(zero(40), zero(64), 'a'.repeat(40), `0${'b'.repeat(63)}`, 'c'.repeat(41)),
  fc.string({ unit: fc.constantFrom('0', '9', 'a', 'f', 'g', ' '), minLength: 38, maxLength: 42 }),
);
const mode = fc.constantFrom('000000', '100644', '120000', '40000', '1006440', '10064x');
const letter = fc.constantFrom(
  'A',
  'D',
  'M',
  'R',
  'R090',
  'C100',
  'T',
  'X',
  '',
  'M\n',
  'M0\0',
  'é',
);
const field = fc
  .tuple(mode, mode, id, id, letter, fc.constantFrom(':', '', '::', ' :'))
  .map(([before, after, one, other, status, colon]) =>
    [`${colon}${before}`, after, one, other, status].join(' '),
  );

test('a record is cut where its captures would stand', () => {
  const present = (text: string | undefined) =>
    text === undefined || /^0+$/.test(text) ? null : text;
  fc.assert(
    fc.property(field, (text) => {
      const [, before, after, one, other, status] = CAPTURED.exec(text) ?? [];
      const head = rawHeadOf(text);
      expect(head === null).toBe(status === undefined);
      if (head === null) return;
      expect([head.modeBefore, head.modeAfter]).toEqual([present(before), present(after)]);
      // A crafted tree may name the id of nothing; only a side without a mode is not there.
      expect([head.blobBefore, head.blobAfter]).toEqual([
        present(before) === null ? null : one,
        present(after) === null ? null : other,
      ]);
      expect(head.status.slice(0, 1).toUpperCase()).toBe(status);
      expect(head.paths).toBe(status === 'R' || status === 'C' ? 2 : 1);
    }),
    { numRuns: 10_000 },
  );
});

test('a name of printable ASCII has no sign, with a Latin letter behind it neither', () => {
  fc.assert(
    fc.property(fc.string(), (name) => {
      expect(signsOfPath(name)).toEqual([]);
      expect(signsOfPath(`${name}\u00e9`)).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
});
