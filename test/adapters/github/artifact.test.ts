/** What a run left behind, packed by somebody who need not mean well, and kept on another server. */
import { crc32, deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { archiveFetch } from '../../../src/adapters/github/artifacts.ts';
import { readOneFileZip } from '../../../src/adapters/github/one-file-zip.ts';
import { zipOf } from '../../hub/zip.ts';

const name = 'caws-evidence.json';
const read = (zip: Uint8Array, max = 1_000) => readOneFileZip(zip, name, max);
const others = 'more or other files than the one that is looked for';
const lies = 'a file that is not what the archive says of it';

/** A zip of one file whose index says what it is told to say. */
function told(content: Uint8Array, size: number, sum = crc32(content)): Buffer {
  const packed = deflateRawSync(content);
  const zip = zipOf({ [name]: packed });
  const index = zip.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
  for (const at of [0, index]) {
    const shift = at === 0 ? 0 : 2;
    zip.writeUInt16LE(8, at + 8 + shift);
    zip.writeUInt32LE(sum, at + 14 + shift);
    zip.writeUInt32LE(size, at + 22 + shift);
  }
  return zip;
}

describe('an artifact', () => {
  test('is read where it is the one file, stored or packed', async () => {
    const content = Buffer.from('{"a":1}');
    for (const zip of [zipOf({ [name]: content }), told(content, content.length)])
      expect(await read(zip)).toEqual({ ok: true, value: content });
  });

  const bomb = Buffer.alloc(5_000_000);
  test.each([
    ['with a file beside it', zipOf({ [name]: 'x', 'other.json': 'x' }), others],
    ['with the file twice', Buffer.from(twice()), others],
    ['with nothing', zipOf({}), others],
    ['with a path that leads up', zipOf({ [`../../${name}`]: 'x' }), others],
    ['with a path from the root', zipOf({ [`/${name}`]: 'x' }), others],
    ['with a path of Windows', zipOf({ [`..\\${name}`]: 'x' }), others],
    ['with a file below a folder', zipOf({ [`a/${name}`]: 'x' }), others],
    ['that says how large it unfolds', told(bomb, bomb.length), 'a file larger than its bound'],
    ['that unfolds to more than it says', told(bomb, 10), lies],
    ['that unfolds to less than it says', told(Buffer.from('x'), 900), lies],
    ['whose sum is another', told(Buffer.from('{}'), 2, 7), lies],
    ['that ends in the middle', zipOf({ [name]: 'x' }).subarray(0, 40), 'no zip file'],
    ['that is no zip', Buffer.from('{}'), 'no zip file'],
    ['that is nothing', Buffer.alloc(0), 'no zip file'],
  ])('%s is refused', async (_, zip, fault) => {
    expect(await read(zip)).toEqual({ ok: false, fault });
  });
});

/** Two entries of one name: what one reader takes is not what another does. */
function twice(): Buffer {
  const zip = zipOf({ [name]: 'x', 'caws-evidence.jsom': 'y' });
  return Buffer.from(zip.toString('latin1').replaceAll('caws-evidence.jsom', name), 'latin1');
}

describe('the way to an archive', () => {
  const api = 'https://forge.test/api/v3';
  const asked: { url: string; authorization: string | null }[] = [];
  const fetchBy = (location: string, body: Uint8Array = Buffer.from('zip')) =>
    archiveFetch(api, { limitMs: 5_000, bytesMax: 100 }, async (url, options) => {
      const authorization = new Headers(options?.headers).get('authorization');
      asked.push({ url: String(url), authorization });
      return String(url).startsWith(api)
        ? new Response(null, { status: 302, headers: { location } })
        : new Response(Buffer.from(body));
    })(`${api}/zip`, { headers: { authorization: 'token secret' } });

  test('leads to another server, which sees no token of the app', async () => {
    asked.length = 0;
    const answer = await fetchBy('https://archives.test/a?sig=1');
    expect(await answer.text()).toBe('zip');
    expect(asked).toEqual([
      { url: `${api}/zip`, authorization: 'token secret' },
      { url: 'https://archives.test/a?sig=1', authorization: null },
    ]);
  });

  test.each(['http://archives.test/a', 'file:///etc/passwd', 'https://'])(
    'does not lead to %s',
    async (location) => {
      await expect(fetchBy(location)).rejects.toThrow('kept nowhere');
    },
  );

  test('ends where more comes than an archive may have', async () => {
    await expect(fetchBy('https://archives.test/a', Buffer.alloc(101))).rejects.toThrow(
      '100 bytes',
    );
  });
});
