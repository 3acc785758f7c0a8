import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { fail, ok, type Result } from '../../primitives.ts';
import { ByteReader, OutOfBytes } from './byte-reader.ts';
import { blocks } from './ggml-types.ts';
import type { GgufFault, GgufValue } from './gguf-values.ts';
import { type ModelShape, shapeOf } from './model-shape.ts';

/** Of a header: a vocabulary of a million words with their merges takes a third of it. */
const HEADER_BYTES_MAX = 128 * 1024 * 1024;
/** The largest published models have some 2,000 tensors and 60 keys. */
const TENSORS_MAX = 65_536;
const KEYS_MAX = 4_096;
const NAME_BYTES_MAX = 256;
/** Of one text: chat templates are the longest, some 20 KiB. */
const TEXT_BYTES_MAX = 1024 * 1024;
const ELEMENTS_MAX = 16 * 1024 * 1024;
const DIMENSIONS_MAX = 4;
/** Arrays of numbers up to this length are kept, e.g. heads of each layer; longer ones are vocabularies. */
const KEPT_MAX = 1_024;

export interface Gguf {
  readonly bytes: number;
  /** Of the weights alone. */
  readonly weightBytes: number;
  readonly keys: ReadonlyMap<string, GgufValue>;
  readonly shape: ModelShape;
}

/**
 * Reads what a GGUF file says of itself, and holds it against the file's own length.
 *
 * The parsers there are (node-llama-cpp's, \@huggingface/gguf) trust every count they read, and the library
 * itself ends its process on some files. So this comes before either.
 */
export function readGguf(path: string): Result<Gguf, GgufFault> {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    return fault('unreadable', (error as NodeJS.ErrnoException).code ?? path);
  }
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile()) return fault('unreadable', 'no plain file');
    return read(new ByteReader(descriptor, HEADER_BYTES_MAX), status.size);
  } catch (error) {
    if (error instanceof Absurd) return fault('absurd', error.message);
    if (error instanceof OutOfBytes)
      return error.reached === 'end' ? fault('truncated', 'header') : fault('absurd', 'header');
    return fault('unreadable', (error as NodeJS.ErrnoException).code ?? path);
  } finally {
    closeSync(descriptor);
  }
}

const fault = (kind: GgufFault['kind'], place: string): Result<never, GgufFault> =>
  fail({ kind, place });

class Absurd extends Error {}

/** @throws Absurd */
function bounded(count: number, max: number, place: string): number {
  if (!(count <= max)) throw new Absurd(place);
  return count;
}

function read(reader: ByteReader, bytes: number): Result<Gguf, GgufFault> {
  if (bytes < 24) return fault(bytes === 0 ? 'truncated' : 'not-gguf', '0');
  if (reader.bytes(4).toString('latin1') !== 'GGUF') return fault('not-gguf', '0');
  const version = reader.u32();
  if (version !== 2 && version !== 3) return fault('not-gguf', `version ${version}`);
  const tensorCount = bounded(reader.u64(), TENSORS_MAX, 'number of tensors');
  const keyCount = bounded(reader.u64(), KEYS_MAX, 'number of keys');
  const keys = new Map<string, GgufValue>();
  for (let at = 0; at < keyCount; at += 1) {
    const key = text(reader, NAME_BYTES_MAX, 'name of a key');
    if (keys.has(key)) return fault('absurd', `${key} twice`);
    keys.set(key, value(reader, reader.u32(), key));
  }
  const tensors = Array.from({ length: tensorCount }, () => tensor(reader));
  const weights = measured(tensors, reader.position, { keys, bytes });
  if (!weights.ok) return weights;
  const shape = shapeOf(keys);
  if (!shape.ok) return fail(shape.fault);
  const embedding = tensors.find(({ name }) => name === 'token_embd.weight');
  if (embedding === undefined) return fault('incomplete', 'token_embd.weight');
  const [wide, high] = embedding.dimensions;
  if (wide !== shape.value.embedding || high !== shape.value.vocabulary)
    return fault('absurd', 'token_embd.weight');
  return ok({ bytes, weightBytes: weights.value, keys, shape: shape.value });
}

interface Tensor {
  readonly name: string;
  readonly dimensions: readonly number[];
  readonly offset: number;
  readonly bytes: number;
}

/** Every tensor lies in the file, at a place where one may begin. */
function measured(
  tensors: readonly Tensor[],
  headerEnd: number,
  { keys, bytes }: Pick<Gguf, 'keys' | 'bytes'>,
): Result<number, GgufFault> {
  const alignment = keys.get('general.alignment') ?? 32;
  if (typeof alignment !== 'number' || alignment < 8 || alignment > 65_536 || alignment % 8 !== 0)
    return fault('absurd', 'general.alignment');
  const start = Math.ceil(headerEnd / alignment) * alignment;
  let total = 0;
  const names = new Set<string>();
  for (const each of tensors) {
    if (names.has(each.name)) return fault('absurd', `${each.name} twice`);
    names.add(each.name);
    if (each.offset % alignment !== 0) return fault('absurd', each.name);
    if (start + each.offset + each.bytes > bytes) return fault('truncated', each.name);
    total += each.bytes;
  }
  // Tensors that lie in one another would let a small file claim any size.
  return total > bytes ? fault('absurd', 'tensors overlap') : ok(total);
}

function tensor(reader: ByteReader): Tensor {
  const name = text(reader, NAME_BYTES_MAX, 'name of a tensor');
  const count = bounded(reader.u32(), DIMENSIONS_MAX, name);
  const dimensions = Array.from({ length: count }, () => reader.u64());
  const block = blocks.get(reader.u32());
  const offset = bounded(reader.u64(), Number.MAX_SAFE_INTEGER, name);
  const weights = dimensions.reduce((product, each) => product * each, 1);
  if (block === undefined || count === 0 || !(weights > 0) || (dimensions[0] ?? 0) % block.weights)
    throw new Absurd(name);
  const bytes = bounded((weights / block.weights) * block.bytes, Number.MAX_SAFE_INTEGER, name);
  return { name, dimensions, offset, bytes };
}

function text(reader: ByteReader, max: number, place: string): string {
  return reader.bytes(bounded(reader.u64(), max, place)).toString('utf8');
}

const STRING = 8;
const ARRAY = 9;

/** Scalars by their type's number: how long they are, and how they are read. */
const scalars: Readonly<Record<number, readonly [number, (from: Buffer) => number | boolean]>> = {
  0: [1, (from) => from.readUInt8()],
  1: [1, (from) => from.readInt8()],
  2: [2, (from) => from.readUInt16LE()],
  3: [2, (from) => from.readInt16LE()],
  4: [4, (from) => from.readUInt32LE()],
  5: [4, (from) => from.readInt32LE()],
  6: [4, (from) => from.readFloatLE()],
  7: [1, (from) => from.readUInt8() !== 0],
  10: [8, (from) => Number(from.readBigUInt64LE())],
  11: [8, (from) => Number(from.readBigInt64LE())],
  12: [8, (from) => from.readDoubleLE()],
};

function value(reader: ByteReader, type: number, key: string): GgufValue {
  if (type === STRING) return text(reader, TEXT_BYTES_MAX, key);
  if (type === ARRAY) return array(reader, key);
  const scalar = scalars[type];
  if (scalar === undefined) throw new Absurd(key);
  return scalar[1](reader.bytes(scalar[0]));
}

function array(reader: ByteReader, key: string): GgufValue {
  const type = reader.u32();
  const length = bounded(reader.u64(), ELEMENTS_MAX, key);
  if (type === STRING) {
    for (let at = 0; at < length; at += 1) reader.skip(bounded(reader.u64(), TEXT_BYTES_MAX, key));
    return { length, numbers: null };
  }
  const scalar = scalars[type];
  if (scalar === undefined) throw new Absurd(key);
  if (length > KEPT_MAX) {
    reader.skip(length * scalar[0]);
    return { length, numbers: null };
  }
  const numbers = Array.from({ length }, () => Number(scalar[1](reader.bytes(scalar[0]))));
  return { length, numbers };
}
