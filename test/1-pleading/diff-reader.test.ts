import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readDiff } from '../../src/1-pleading/diff-reader.ts';
import { PIECE_BYTES_MAX } from '../../src/1-pleading/line-pieces.ts';
import type { MeasuredEntry } from '../../src/1-pleading/measured-entry.ts';
import { measureText, noText } from '../../src/1-pleading/text-measure.ts';
import { measureWhole } from '../../src/1-pleading/whole-content.ts';

const ZERO = '0'.repeat(40);
const ID = '1'.repeat(40);
const COMMIT = 'c'.repeat(40);
const asked = { parts: 'listing-and-patch', commit: COMMIT } as const;

/** What git writes for one new file that holds exactly these bytes. */
function additionOf(content: Buffer): Buffer {
  const raw = Buffer.from(`${COMMIT}\0:000000 100644 ${ZERO} ${ID} A\0a\0\0`);
  const header = `diff --git a/a b/a\nnew file mode 100644\nindex ${ZERO}..${ID}\n`;
  if (content.length === 0) return Buffer.concat([raw, Buffer.from(header)]);
  const ended = content.at(-1) === 0x0a;
  const lines = content.toString('latin1').replace(/\n$/, '').split('\n');
  const body = lines.map((line) => `+${line}\n`).join('');
  return Buffer.concat([
    raw,
    Buffer.from(`${header}--- /dev/null\n+++ b/a\n@@ -0,0 +1,${lines.length} @@\n`),
    Buffer.from(body, 'latin1'),
    Buffer.from(ended ? '' : '\\ No newline at end of file\n'),
  ]);
}

function read(stream: Buffer, cuts: readonly number[] = []): readonly MeasuredEntry[] {
  const reader = readDiff(asked);
  let from = 0;
  for (const cut of [...cuts].map((at) => at % (stream.length + 1)).sort((a, b) => a - b)) {
    reader.push(stream.subarray(from, cut));
    from = cut;
  }
  reader.push(stream.subarray(from));
  expect(reader.end()).toBeNull();
  return reader.entries;
}

const readAdded = (content: Buffer, cuts?: readonly number[]) =>
  (read(additionOf(content), cuts)[0] as MeasuredEntry).added;

/** Lines as any reader ends them: the slow way. */
function naiveLines(content: Buffer): { readonly count: number; readonly longest: number } {
  const text = content.toString('latin1');
  const lines = text.split(/\r\n|[\n\r\v\f]|\xc2\x85|\xe2\x80[\xa8\xa9]/);
  if (lines.at(-1) === '') lines.pop();
  return {
    count: lines.length,
    longest: lines.reduce((most, line) => Math.max(most, line.length), 0),
  };
}

const word = fc.constantFrom(
  ...['a', 'TODO ', '\n', '\r', '\r\n', '\v', '\f', '\u0085', '\u2028', '\u2029', '\u202e', '\0'],
  ...['caf\u00e9', 'p\u0430ge', '\u200b', '-', '+', '@@ -1 +1 @@', '\\ No newline', '\u{1f600}'],
);
const text = fc.array(word, { maxLength: 60 }).map((words) => Buffer.from(words.join('')));
const long = fc
  .tuple(text, fc.nat(7))
  .map(([tail, shift]) => Buffer.concat([Buffer.alloc(1100 + shift, 'plain '), tail, tail]));
const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
const content = fc.oneof(text, long, bytes);
const cuts = fc.array(fc.nat(5_000), { maxLength: 12 });

test('our count of lines is the naive one, over any bytes', () => {
  fc.assert(
    fc.property(content, (sample) => {
      const { count, longest } = naiveLines(sample);
      expect(readAdded(sample)).toMatchObject({
        ownLines: count,
        longestLineBytes: longest,
        bytes: sample.length,
        holdsNul: sample.includes(0),
      });
    }),
    { numRuns: 500 },
  );
});

test('where the stream is cut changes nothing', () => {
  fc.assert(
    fc.property(content, cuts, (sample, at) => {
      expect(readAdded(sample, at)).toEqual(readAdded(sample));
    }),
    { numRuns: 500 },
  );
});

test('content read whole gives what its patch gives', () => {
  fc.assert(
    fc.property(content, (sample) => {
      fc.pre(!sample.includes(0));
      const entry = read(
        Buffer.from(`${COMMIT}\0:000000 100644 ${ZERO} ${ID} A\0a\0\0diff --git a/a b/a\n`),
      )[0];
      measureWhole(entry as MeasuredEntry, 'added', sample);
      expect(entry?.added).toEqual(readAdded(sample));
    }),
    { numRuns: 500 },
  );
});

test.each(['a', '\u00e9', '\u2028', '\r', '\u{1f600}', '\r\r\n', 'ab\u0430'])(
  'a line of many pieces of %j is measured as a whole',
  (unit) => {
    for (const shift of [0, 1, 2, 3]) {
      const sample = Buffer.from(`${'x'.repeat(shift)}${unit.repeat(PIECE_BYTES_MAX)}end`);
      const whole = readAdded(sample);
      const { count, longest } = naiveLines(sample);
      expect(whole).toMatchObject({ ownLines: count, longestLineBytes: longest });
      expect(readAdded(sample, [70_000, 70_001, 131_073])).toEqual(whole);
    }
  },
);

test('a sign behind a piece of a long line keeps its column', () => {
  const sample = Buffer.from(`${'\u00e9'.repeat(PIECE_BYTES_MAX)}\u202e\n`);
  expect(readAdded(sample).signs).toEqual([
    { kind: 'bidi', codePoint: 0x202e, line: 1, column: PIECE_BYTES_MAX + 1 },
  ]);
});

test.each([
  ['// harmless\u2028evil()\n', 0x2028, 12],
  ['// harmless\u0085evil()\n', 0x85, 12],
  ['// harmless\revil()\r\n', 0x0d, 12],
  ['x\r\r\n', 0x0d, 2],
  ['one\rtwo\rthree\r', 0x0d, 4],
  [`${'x'.repeat(3_000)}\vevil()\n`, 0x0b, 3_001],
])('a line end that no reader sees in %j is a sign', (sample, codePoint, column) => {
  const { signs, signsTotal } = readAdded(Buffer.from(sample));
  expect(signs[0]).toEqual({ kind: 'line-end', codePoint, line: 1, column });
  expect(signsTotal).toBe(signs.length);
});

test.each(['one\r\ntwo\r\n', 'one\r\ntwo\r', 'one\ntwo', '\r\n'])(
  'the line ends of %j are seen by all',
  (sample) => {
    expect(readAdded(Buffer.from(sample)).signs).toEqual([]);
  },
);

test('many unseen line ends push nothing hidden beyond the list', () => {
  const { signs, signsTotal } = readAdded(Buffer.from(`${'x\f\n'.repeat(500)}\u202e\n`));
  expect(signsTotal).toBe(signs.length);
  expect(signs.at(-1)).toMatchObject({ kind: 'bidi', line: 501 });
});

test('a word that a piece ends in is still one word', () => {
  const sample = Buffer.from(`${' '.repeat(PIECE_BYTES_MAX - 5)}page\u0430\n`);
  expect(readAdded(sample).signs).toMatchObject([{ kind: 'homoglyph' }]);
});

test.each([
  ['a path without its patch', `${COMMIT}\0:000000 100644 ${ZERO} ${ID} A\0a\0\0`],
  ['a patch that the listing does not name', `${COMMIT}\0\0diff --git a/a b/a\n`],
  [
    'a cut patch',
    `${COMMIT}\0:000000 100644 ${ZERO} ${ID} A\0a\0\0diff --git a/a b/a\n@@ -0,0 +1,2 @@\n+x\n`,
  ],
  [
    'a line of a hunk without its mark',
    `${COMMIT}\0:000000 100644 ${ZERO} ${ID} A\0a\0\0diff --git a/a b/a\n@@ -0,0 +1 @@\nx\n`,
  ],
  ['the raw listing is cut', `${COMMIT}\0:000000 100644 ${ZERO} ${ID} A\0a`],
  ['another commit than was asked for', `${ID}\0\0`],
  ['the raw listing is cut', ''],
  ['a record of the raw listing', `${COMMIT}\0:nonsense\0a\0\0`],
])('%s is a fault, never a smaller change', (reason, stream) => {
  const reader = readDiff(asked);
  reader.push(Buffer.from(stream));
  expect(reader.end()).toEqual({ kind: 'diff-unreadable', reason });
});

test('any bytes end in entries or in a fault', () => {
  fc.assert(
    fc.property(fc.array(content, { maxLength: 4 }), (chunks) => {
      const reader = readDiff(asked);
      for (const chunk of chunks) reader.push(chunk);
      expect(() => reader.end()).not.toThrow();
    }),
  );
});

test('deleted text is counted and not read', () => {
  const totals = noText();
  const measure = measureText(false);
  measure.begin(totals);
  const line = Buffer.from('// TODO \u202e');
  measure.piece(line, 0, line.length, 1, true);
  measure.endLine(true);
  expect(totals).toMatchObject({ lines: 1, ownLines: 1, signsTotal: 0, stubLines: [] });
});
