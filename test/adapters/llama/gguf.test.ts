import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { readGguf } from '../../../src/adapters/llama/gguf.ts';
import { estimatedBytes, memoryForModels } from '../../../src/adapters/llama/memory.ts';
import { tinyGguf } from './tiny-gguf.ts';

const folder = mkdtempSync(join(tmpdir(), 'gguf-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'model.gguf');
const read = (bytes: Buffer) => {
  writeFileSync(file, bytes);
  return readGguf(file);
};

const whole = tinyGguf();
/** Where a text stands in the header. */
const at = (text: string, from = 0) => whole.indexOf(text, from);
function changed(change: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.from(whole);
  change(bytes);
  return bytes;
}
/** Of the first tensor: its name, the number of its dimensions, they, its type, its offset. */
const tensor = at('token_embd.weight') + 'token_embd.weight'.length;

describe('a file of weights', () => {
  test('tells its shape', () => {
    expect(read(whole)).toMatchObject({
      value: {
        bytes: whole.length,
        shape: { architecture: 'llama', context: 8192, layers: 2, embedding: 64, vocabulary: 134 },
      },
    });
  });

  test.each<[string, Buffer, string, string]>([
    ['is empty', Buffer.alloc(0), 'truncated', '0'],
    [
      'is a page of a web server',
      Buffer.from('<!doctype html><title>404</title>'),
      'not-gguf',
      '0',
    ],
    [
      'points to where it is kept',
      Buffer.from('version https://git-lfs.github.com/spec/v1\n'),
      'not-gguf',
      '0',
    ],
    ['is of an unknown version', changed((b) => b.writeUInt32LE(9, 4)), 'not-gguf', 'version 9'],
    ['ends in its header', whole.subarray(0, 900), 'truncated', 'header'],
    ['lacks its last byte', whole.subarray(0, -1), 'truncated', 'output.weight'],
    [
      'claims 2^60 tensors',
      changed((b) => b.writeBigUInt64LE(2n ** 60n, 8)),
      'absurd',
      'number of tensors',
    ],
    [
      'claims 2^40 keys',
      changed((b) => b.writeBigUInt64LE(2n ** 40n, 16)),
      'absurd',
      'number of keys',
    ],
    [
      'claims a key of 2^50 bytes',
      changed((b) => b.writeBigUInt64LE(2n ** 50n, 24)),
      'absurd',
      'name of a key',
    ],
    [
      'has a tensor of 2^62 numbers',
      changed((b) => b.writeBigUInt64LE(2n ** 31n, tensor + 4)),
      'truncated',
      'token_embd.weight',
    ],
    [
      'has a tensor of nothing',
      changed((b) => b.writeBigUInt64LE(0n, tensor + 4)),
      'absurd',
      'token_embd.weight',
    ],
    [
      'has a tensor of a type that nobody can measure',
      changed((b) => b.writeUInt32LE(31, tensor + 20)),
      'absurd',
      'token_embd.weight',
    ],
    [
      'has a tensor beside its grid',
      changed((b) => b.writeBigUInt64LE(7n, tensor + 24)),
      'absurd',
      'token_embd.weight',
    ],
    [
      'has a tensor behind its end',
      changed((b) => b.writeBigUInt64LE(2n ** 40n, tensor + 24)),
      'truncated',
      'token_embd.weight',
    ],
    [
      'has a tensor with nine dimensions',
      changed((b) => b.writeUInt32LE(9, tensor)),
      'absurd',
      'token_embd.weight',
    ],
    [
      'has words that its tensors do not',
      tinyGguf({}, (keys) => keys.set('tokenizer.ggml.tokens', ['texts', ['a', 'b']])),
      'absurd',
      'token_embd.weight',
    ],
    [
      'is aligned to nothing',
      tinyGguf({}, (keys) => keys.set('general.alignment', ['u32', 0])),
      'absurd',
      'general.alignment',
    ],
    [
      'has no heads',
      tinyGguf({}, (keys) => keys.set('llama.attention.head_count', ['u32', 0])),
      'absurd',
      'llama.attention.head_count',
    ],
    [
      'has heads for another number of layers',
      tinyGguf({}, (keys) => keys.set('llama.attention.head_count', ['i32s', [4, 4, 4]])),
      'absurd',
      'llama.attention.head_count',
    ],
    [
      'names its kind like a path',
      tinyGguf({}, (keys) => keys.set('general.architecture', ['text', '../x'])),
      'incomplete',
      'general.architecture',
    ],
  ])('that %s is refused', (_, bytes, kind, place) => {
    expect(read(bytes)).toEqual({ ok: false, fault: { kind, place } });
  });

  test.each([
    'general.architecture',
    'llama.context_length',
    'llama.embedding_length',
    'llama.block_count',
    'llama.feed_forward_length',
    'llama.attention.head_count',
    'llama.attention.layer_norm_rms_epsilon',
    'tokenizer.ggml.model',
    'tokenizer.ggml.tokens',
  ])('without %s, on which the library would end its process, is refused', (key) => {
    const bytes = tinyGguf({}, (keys) => void keys.delete(key));
    expect(read(bytes)).toEqual({ ok: false, fault: { kind: 'incomplete', place: key } });
  });

  test('that says a key twice is refused', () => {
    const bytes = changed((b) => void b.write('general.namf', at('general.name')));
    expect(read(bytes).ok).toBe(true);
    const twice = changed(
      (b) => void b.write('llama.block_count\0', at('tokenizer.ggml.add_bos_token')),
    );
    expect(read(twice).ok).toBe(true);
    const same = Buffer.from(
      whole.toString('latin1').replace('tokenizer.ggml.bos', 'tokenizer.ggml.eos'),
      'latin1',
    );
    expect(read(same)).toMatchObject({ fault: { place: 'tokenizer.ggml.eos_token_id twice' } });
  });

  test('that is none is refused: a folder, a pipe, nothing', () => {
    expect(readGguf(folder)).toMatchObject({ fault: { kind: 'unreadable' } });
    expect(readGguf(join(folder, 'none'))).toMatchObject({ fault: { place: 'ENOENT' } });
    symlinkSync('/dev/zero', join(folder, 'zero'));
    expect(readGguf(join(folder, 'zero'))).toMatchObject({ fault: { place: 'no plain file' } });
  });

  test('with any bytes changed or cut is read or refused, and never throws', () => {
    const header = at('output_norm.weight');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(header), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        fc.option(fc.nat(whole.length)),
        (edits, cut) => {
          const bytes = changed((b) =>
            edits.forEach(([place, byte]) => void b.writeUInt8(byte, place)),
          );
          const result = read(cut === null ? bytes : bytes.subarray(0, cut));
          if (!result.ok) expect(result.fault.place).not.toBe('');
          if (cut !== null && cut < whole.length - 32) expect(result.ok).toBe(false);
        },
      ),
      { numRuns: 300, seed: 3 },
    );
  });
});

describe('the memory of a model', () => {
  test('grows with its context, and holds its weights', () => {
    const gguf = read(whole);
    if (!gguf.ok) throw new Error(gguf.fault.place);
    const of = (contextTokens: number) =>
      estimatedBytes(gguf.value, {
        ...{ contextTokens, batchTokens: 512, threads: null },
        ...{ cache: 'f16', flashAttention: 'auto' },
      });
    // Two layers, four heads, 16 numbers of key and of value each, in two bytes.
    expect(of(2000) - of(1000)).toBe(1000 * 2 * 4 * 32 * 2);
    expect(of(0)).toBeGreaterThan(gguf.value.weightBytes);
  });

  test('is bounded by the machine, or by the container it is in', () => {
    const gb = 1024 ** 3;
    expect(memoryForModels(16 * gb, 0)).toBe(Math.floor(11.2 * gb));
    expect(memoryForModels(64 * gb, 8 * gb)).toBe(Math.floor(5.6 * gb));
    // What libuv says where there is no limit.
    expect(memoryForModels(16 * gb, 2 ** 63)).toBe(Math.floor(11.2 * gb));
  });
});
