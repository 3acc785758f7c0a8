import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkExport, exportLine } from '../../src/ledger/export.ts';
import { readNote } from '../../src/ledger/note.ts';
import { seal, sealHolds } from '../../src/ledger/seal.ts';
import { entryAfter, exportOf, LEDGER_ID, newSigner, signNote } from './kit.ts';

const one = newSigner();
const two = newSigner();
/** Long enough for a regular checkpoint, with two changes of hands before it. */
const signers = [one, one, two, two, ...Array.from({ length: 34 }, () => one)];
const whole = exportOf(signers);
const lineOf = (sequence: number) =>
  whole.findIndex((line) => line.includes(`"type":"entry","sequence":${sequence},`));

function breaksOf(lines: readonly string[]) {
  const check = checkExport();
  for (const line of lines) check.line(line);
  return check.finish().breaks.map(({ sequence, reason }) => `${sequence} ${reason}`);
}
const without = (...indices: readonly number[]) =>
  whole.filter((_line, index) => !indices.includes(index));
const changed = (index: number, change: (line: Record<string, unknown>) => void) => {
  const line = JSON.parse(whole[index] ?? '') as Record<string, unknown>;
  change(line);
  return whole.with(index, JSON.stringify(line));
};

test('a whole chain holds, and says who signed which entries', () => {
  const check = checkExport();
  for (const line of whole) check.line(line);
  const report = check.finish();
  expect(report.breaks).toEqual([]);
  expect(report.entries).toBe(38);
  expect(report.signers.map(({ keyId, from, to }) => [keyId, from, to])).toEqual([
    [one.keyId, 1, 2],
    [two.keyId, 3, 4],
    [one.keyId, 5, 38],
  ]);
});

test('a change of any one character of any line is found', () => {
  fc.assert(
    fc.property(
      fc.nat(whole.length - 1),
      fc.nat(),
      fc.constantFrom('0', '1', 'a', 'f', 'A', '"', ' ', '\\', 'é', '=', '-', ''),
      (index, offset, character) => {
        const line = whole[index] ?? '';
        const at = offset % line.length;
        const other = line.slice(0, at) + character + line.slice(at + 1);
        fc.pre(other !== line);
        expect(breaksOf(whole.with(index, other))).not.toEqual([]);
      },
    ),
    { numRuns: 400 },
  );
});

test('another spelling of the same key is found', () => {
  const index = whole.findIndex((line) => line.startsWith('{"type":"key"'));
  const line = whole[index] ?? '';
  for (const blank of ['\\f', '\\n\\n', ' '])
    expect(breaksOf(whole.with(index, line.replace('\\n', blank)))).not.toEqual([]);
});

test('a lost, repeated or moved line is found, whichever it is', () => {
  for (let index = 0; index < whole.length; index += 1) {
    expect(breaksOf(without(index)), `without line ${index}`).not.toEqual([]);
    expect(
      breaksOf(whole.toSpliced(index, 0, whole[index] ?? '')),
      `twice line ${index}`,
    ).not.toEqual([]);
  }
  for (let index = 1; index < whole.length; index += 1) {
    const keysOnly = index === 2;
    const moved = whole.toSpliced(index, 1).toSpliced(index - 1, 0, whole[index] ?? '');
    if (!keysOnly) expect(breaksOf(moved), `line ${index} before its neighbour`).not.toEqual([]);
  }
});

describe('each tampering is named with its entry', () => {
  const last = whole.length - 1;
  const rewritten = entryAfter('sha256:'.padEnd(71, '0'), 7, one);
  test.each<[string, readonly string[], string]>([
    [
      'a changed body',
      changed(lineOf(6), (line) => {
        line['body'] = '{}';
      }),
      '6 entry-digest-differs',
    ],
    [
      'a changed time',
      changed(lineOf(6), (line) => {
        line['at'] = '2020-01-01T00:00:00.000Z';
      }),
      '6 entry-digest-differs',
    ],
    [
      'a day that does not exist',
      changed(lineOf(6), (line) => {
        line['at'] = '2026-02-29T00:00:00.000Z';
      }),
      '6 entry-malformed',
    ],
    [
      'a changed digest',
      changed(lineOf(6), (line) => {
        line['digest'] = `sha256:${'0'.repeat(64)}`;
      }),
      '6 entry-digest-differs',
    ],
    [
      'a changed predecessor',
      changed(lineOf(6), (line) => {
        line['previous'] = `sha256:${'0'.repeat(64)}`;
      }),
      '6 previous-differs',
    ],
    [
      'another signer',
      changed(lineOf(6), (line) => {
        line['signer'] = two.keyId;
      }),
      '6 entry-digest-differs',
    ],
    ['a dropped entry', without(lineOf(6)), '6 entry-missing'],
    [
      'two swapped entries',
      whole.with(lineOf(6), whole[lineOf(7)] ?? '').with(lineOf(7), whole[lineOf(6)] ?? ''),
      '6 entry-missing',
    ],
    [
      'a repeated entry',
      whole.toSpliced(lineOf(6), 0, whole[lineOf(6)] ?? ''),
      '6 sequence-repeated',
    ],
    [
      'a fork: an entry that follows another one',
      whole.with(lineOf(7), exportLine({ type: 'entry', ...rewritten })),
      '7 previous-differs',
    ],
    ['a cut tail under the old head', without(last - 1), '38 tail-cut'],
    ['no head', without(last), '38 head-missing'],
    [
      'an older head',
      whole.with(
        last,
        exportLine({
          type: 'head',
          note: signNote(
            {
              says: 'head',
              ledger: LEDGER_ID,
              sequence: 5,
              digest: rewritten.digest,
              at: rewritten.at,
            },
            one,
          ),
        }),
      ),
      '6 beyond-head',
    ],
    [
      'a checkpoint as the head',
      whole.with(
        last,
        exportLine({
          type: 'head',
          note: signNote(
            {
              says: 'checkpoint',
              ledger: LEDGER_ID,
              sequence: 38,
              digest: rewritten.digest,
              at: rewritten.at,
            },
            one,
          ),
        }),
      ),
      '38 head-malformed',
    ],
    [
      'a head of another ledger',
      whole.with(
        last,
        exportLine({
          type: 'head',
          note: signNote(
            {
              says: 'head',
              ledger: 'f'.repeat(32),
              sequence: 38,
              digest: rewritten.digest,
              at: rewritten.at,
            },
            one,
          ),
        }),
      ),
      '38 other-ledger',
    ],
    [
      'a head by a key that did not append',
      whole.with(last, (whole[last] ?? '').replaceAll(one.keyId, two.keyId)),
      '38 signature-wrong',
    ],
    [
      'a lost regular checkpoint',
      whole.filter((line) => !line.includes('"checkpoint","sequence":32')),
      '32 checkpoint-missing',
    ],
    [
      'a lost last word of a key',
      whole.filter((line) => !line.includes('"checkpoint","sequence":4,')),
      '4 signer-not-shown',
    ],
    [
      'a lost key',
      whole.filter((line) => !line.includes(`"key","id":"${two.keyId}`)),
      '4 key-unknown',
    ],
    [
      'a key under another id',
      changed(1, (line) => {
        line['id'] = '0'.repeat(64);
      }),
      '0 key-malformed',
    ],
    [
      'an extra member',
      changed(lineOf(6), (line) => {
        line['extra'] = 1;
      }),
      '0 line-malformed',
    ],
    ['a file without lines', [], '0 line-malformed'],
  ])('%s', (_name, lines, named) => {
    expect(breaksOf(lines)).toContain(named);
  });
});

test('entries appended in the name of another key are found, though a later head covers them', () => {
  // The last entry is two's own; entry 3 only claims to be by one, who never signed over it.
  const lines = exportOf([one, one, one, two]);
  const forged = lines.filter((line) => !line.includes('"checkpoint","sequence":3,'));
  expect(breaksOf(forged)).toContain('3 signer-not-shown');
});

test('a thousand breaks are counted, and the first hundred named', () => {
  const check = checkExport();
  for (let line = 0; line < 1_000; line += 1) check.line('{}');
  const report = check.finish();
  expect([report.breaks.length, report.breaksUnnamed]).toEqual([100, 900]);
});

test('a note has one spelling', () => {
  const note = signNote(
    {
      says: 'head',
      ledger: LEDGER_ID,
      sequence: 1,
      digest: entryAfter('', 1, one).digest,
      at: '2026-11-23T12:00:00.000Z',
    },
    one,
  );
  expect(readNote(note)).toBeDefined();
  for (const other of [
    `${note}\n`,
    note.replace('entry 1', 'entry 01'),
    note.replace('\n', '\r\n'),
    note.replace('Z', '+'),
    ` ${note}`,
  ]) {
    expect(readNote(other)).toBeUndefined();
  }
});

test('a sealed value holds only with its own salt and text', () => {
  const sealed = seal('Ada <ada@example.org>', new Uint8Array(32).fill(7));
  expect(sealHolds(sealed)).toBe(true);
  expect(sealHolds({ ...sealed, value: 'Bob' })).toBe(false);
  expect(sealHolds({ ...sealed, salt: '8'.repeat(64) })).toBe(false);
  expect(seal('Ada <ada@example.org>', new Uint8Array(32).fill(9)).commitment).not.toBe(
    sealed.commitment,
  );
  expect(() => seal('x', new Uint8Array(8))).toThrow(RangeError);
});
