/** Archives that two programs would read differently: none is read at all. */
import { execFileSync } from 'node:child_process';
import { crc32, deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readOneFileZip } from '../../../src/adapters/github/one-file-zip.ts';
import { zipOf } from '../../hub/zip.ts';

const name = 'caws-evidence.json';
const read = (zip: Uint8Array) => readOneFileZip(zip, name, 100_000);

const good = zipOf({ [name]: '{"gates":"passed"}' });
const bad = zipOf({ [name]: '{"gates":"failed"}' });
const END_BYTES = 22;
const index = (zip: Buffer) => zip.readUInt32LE(zip.length - 6);
const body = (zip: Buffer) => zip.subarray(0, index(zip));
const entry = (zip: Buffer) => zip.subarray(index(zip), -END_BYTES);

/** An end record that says what it is told to say. */
function endOf(told: {
  readonly entries?: number;
  readonly bytes: number;
  readonly at: number;
  readonly comment?: Uint8Array;
}): Buffer {
  const { entries = 1, bytes, at, comment = Buffer.alloc(0) } = told;
  const end = Buffer.alloc(END_BYTES);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(entries, 8);
  end.writeUInt16LE(entries, 10);
  end.writeUInt32LE(bytes, 12);
  end.writeUInt32LE(at, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([end, comment]);
}

/** The same archive, with some bytes of it written over. */
function over(zip: Buffer, ...changes: readonly (readonly [at: number, ...bytes: number[]])[]) {
  const made = Buffer.from(zip);
  for (const [at, ...bytes] of changes) made.set(bytes, at);
  return made;
}

/** An entry of the index whose header stands elsewhere. */
function moved(one: Buffer, at: number): Buffer {
  const made = Buffer.from(one);
  made.writeUInt32LE(at, 42);
  return made;
}

const [atIndex, atEnd] = [index(good), good.length - END_BYTES];

/** What is put where sizes were not known before. */
function streamed(
  content: Buffer,
  later: (packed: Buffer) => Buffer,
  more: Uint8Array = Buffer.alloc(0),
) {
  const packed = Buffer.concat([deflateRawSync(content), more]);
  const path = Buffer.from(name);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50);
  header.writeUInt16LE(8, 6);
  header.writeUInt16LE(8, 8);
  header.writeUInt16LE(path.length, 26);
  const told = Buffer.alloc(46);
  told.writeUInt32LE(0x02014b50);
  told.writeUInt16LE(8, 8);
  told.writeUInt16LE(8, 10);
  told.writeUInt32LE(crc32(content), 16);
  told.writeUInt32LE(packed.length, 20);
  told.writeUInt32LE(content.length, 24);
  told.writeUInt16LE(path.length, 28);
  const first = Buffer.concat([header, path, packed, later(packed)]);
  const end = endOf({ bytes: told.length + path.length, at: first.length });
  return Buffer.concat([first, told, path, end]);
}

function descriptor(content: Buffer, packed: Buffer, marked: boolean): Buffer {
  const made = Buffer.alloc(12);
  made.writeUInt32LE(crc32(content), 0);
  made.writeUInt32LE(packed.length, 4);
  made.writeUInt32LE(content.length, 8);
  return marked ? Buffer.concat([Buffer.from('PK\x07\x08', 'latin1'), made]) : made;
}

const content = Buffer.from('{"gates":"passed"}'.repeat(20));

describe('an archive of one file', () => {
  test.each([
    ['with its sizes after it, marked', true],
    ['with its sizes after it, unmarked', false],
  ])('%s is read', async (_what, marked) => {
    const zip = streamed(content, (packed) => descriptor(content, packed, marked));
    expect(await read(zip)).toEqual({ ok: true, value: content });
  });

  test.each([
    ['', 'z.writestr(n, "x" * 5000)'],
    [' packed', 'z.writestr(n, "x" * 5000, zipfile.ZIP_DEFLATED)'],
    [' of nothing', 'z.writestr(n, "", zipfile.ZIP_DEFLATED)'],
  ])('is read as another program makes it%s, to a file or into a pipe', async (_what, put) => {
    for (const to of ['io.BytesIO()', 'Pipe()']) {
      const program = `import io, sys, zipfile
class Pipe(io.BytesIO):
    def seekable(self): return False
    def seek(self, *_): raise OSError
    def tell(self): raise OSError
n = ${JSON.stringify(name)}
out = ${to}
with zipfile.ZipFile(out, 'w') as z: ${put}
sys.stdout.buffer.write(out.getvalue())`;
      const zip = execFileSync('/usr/bin/python3', ['-c', program]);
      const expected = put.includes('5000') ? 'x'.repeat(5000) : '';
      const found = await read(zip);
      expect(found.ok && Buffer.from(found.value).toString()).toBe(expected);
    }
  });
});

describe('an archive that could be read in two ways is not read', () => {
  const local = over(good, [30, 0x43]);
  const zip64 = Buffer.concat([
    Buffer.from('PK\x06\x06', 'latin1'),
    Buffer.alloc(52),
    Buffer.from('PK\x06\x07', 'latin1'),
    Buffer.alloc(16),
  ]);
  zip64.writeUInt32LE(44, 4);
  zip64.writeUInt32LE(atEnd, 64);

  test.each([
    ['something before it', Buffer.concat([Buffer.from('#!/bin/sh\n'), good])],
    [
      'something before it that its offsets know of',
      Buffer.concat([
        bad.subarray(0, 10),
        body(good),
        moved(entry(good), 10),
        endOf({ bytes: entry(good).length, at: atIndex + 10 }),
      ]),
    ],
    ['something after it', Buffer.concat([good, Buffer.from('x')])],
    ['another archive after it', Buffer.concat([bad, good])],
    [
      'a comment',
      Buffer.concat([
        good.subarray(0, atEnd),
        endOf({ bytes: entry(good).length, at: atIndex, comment: Buffer.from('hello') }),
      ]),
    ],
    [
      'a comment that is an end record',
      Buffer.concat([
        body(bad),
        body(good),
        entry(bad),
        moved(entry(good), body(bad).length),
        endOf({
          ...{ bytes: entry(bad).length, at: 2 * atIndex },
          comment: endOf({ bytes: entry(good).length, at: 2 * atIndex + entry(bad).length }),
        }),
      ]),
    ],
    ['two end records', Buffer.concat([good, endOf({ bytes: entry(good).length, at: atIndex })])],
    [
      'a file that its index does not name',
      Buffer.concat([
        body(bad),
        body(good),
        moved(entry(good), body(bad).length),
        endOf({ bytes: entry(good).length, at: 2 * atIndex }),
      ]),
    ],
    [
      'a file after the one that its index names',
      Buffer.concat([
        body(good),
        body(bad),
        entry(good),
        endOf({ bytes: entry(good).length, at: 2 * atIndex }),
      ]),
    ],
    [
      'two files in one place',
      Buffer.concat([
        body(good),
        entry(good),
        entry(good),
        endOf({ entries: 2, bytes: 2 * entry(good).length, at: atIndex }),
      ]),
    ],
    [
      'two files of which its end record counts one',
      Buffer.concat([
        body(good),
        entry(good),
        entry(good),
        endOf({ bytes: 2 * entry(good).length, at: atIndex }),
      ]),
    ],
    ['an index that is shorter than its end record says', over(good, [atEnd + 12, 200])],
    ['an index that is elsewhere', over(good, [atEnd + 16, 3])],
    ['an index beyond its end', over(good, [atEnd + 16, 0xff, 0xff, 0xff, 0xff])],
    ['a part on another disk', over(good, [atEnd + 4, 1], [atEnd + 6, 1])],
    ['another name in front of its content', local],
    ['another length in front of its content', over(good, [18, 1], [22, 1])],
    ['another sum in front of its content', over(good, [14, 0, 0, 0, 0])],
    ['another way of packing in front of its content', over(good, [8, 8])],
    ['a link for its one file', over(good, [atIndex + 41, 0xa1])],
    ['a pipe for its one file', over(good, [atIndex + 41, 0x11])],
    ['a folder for its one file', over(good, [atIndex + 41, 0x41])],
    ['a folder for it on another system', over(good, [atIndex + 38, 0x10])],
    ['content that is encrypted', over(good, [6, 1, 8], [atIndex + 8, 1, 8])],
    ['content packed in a way that few know', over(good, [8, 93], [atIndex + 10, 93])],
    [
      'sizes that are elsewhere, as large archives have them',
      Buffer.concat([good.subarray(0, atEnd), zip64, good.subarray(atEnd)]),
    ],
    [
      'sizes that are elsewhere, and are not',
      over(good, [atEnd + 16, 0xff, 0xff, 0xff, 0xff], [atEnd + 8, 0xff, 0xff, 0xff, 0xff]),
    ],
    [
      'a field that says another size',
      withExtra(Buffer.from([1, 0, 8, 0, 5, 0, 0, 0, 0, 0, 0, 0])),
    ],
    ['a field that says another name', withExtra(Buffer.from([0x75, 0x70, 1, 0, 1]))],
    ['a field that ends outside it', withExtra(Buffer.from([9, 9, 200, 0, 1]))],
    [
      'sizes after it that are others',
      streamed(content, (packed) => over(descriptor(content, packed, true), [12, 9])),
    ],
    ['no sizes after it', streamed(content, () => Buffer.alloc(0))],
    [
      'more after its sizes',
      streamed(content, (packed) =>
        Buffer.concat([descriptor(content, packed, true), Buffer.from('more')]),
      ),
    ],
    [
      'packed content that ends before it ends',
      streamed(content, (packed) => descriptor(content, packed, true), body(bad)),
    ],
  ])('with %s', async (_what, zip) => {
    expect(await read(zip)).toMatchObject({ ok: false });
  });

  test('and every archive that is cut anywhere, or has a bit of a header turned', async () => {
    for (let end = 0; end < good.length; end += 1)
      expect(await read(good.subarray(0, end))).toMatchObject({ ok: false });
    // Versions, times and rights change nothing of what is read.
    const free = [4, 5, 10, 11, 12, 13, ...[4, 5, 6, 7, 12, 13, 14, 15].map((at) => atIndex + at)];
    const rights = Array.from({ length: 6 }, (_, nth) => atIndex + 36 + nth);
    const read8 = [6, 7, atIndex + 8, atIndex + 9];
    for (let at = 0; at < good.length; at += 1)
      if (![...free, ...rights, ...read8].includes(at))
        for (let bit = 0; bit < 8; bit += 1) {
          const turned = over(good, [at, (good[at] ?? 0) ^ (1 << bit)]);
          expect([at, bit, (await read(turned)).ok]).toEqual([at, bit, false]);
        }
  });
});

/** With a further field in both headers. */
function withExtra(extra: Buffer): Buffer {
  const head = over(body(good), [28, extra.length]);
  const path = 30 + name.length;
  const first = Buffer.concat([head.subarray(0, path), extra, head.subarray(path)]);
  const told = Buffer.concat([over(entry(good), [30, extra.length]), extra]);
  return Buffer.concat([first, told, endOf({ bytes: told.length, at: first.length })]);
}
