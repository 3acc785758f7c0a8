import { readSync } from 'node:fs';

/** Read at once; a header of many small fields takes few calls so. */
const CHUNK_BYTES = 256 * 1024;

/** What was asked for lies behind the file's end, or behind what may be read of it. */
export class OutOfBytes extends Error {
  readonly reached: 'end' | 'limit';
  constructor(reached: 'end' | 'limit') {
    super(reached);
    this.reached = reached;
  }
}

/** Little-endian fields of an open file, one after the other, and never more bytes than the limit. */
export class ByteReader {
  readonly #descriptor: number;
  readonly #limit: number;
  #chunk: Buffer = Buffer.alloc(0);
  #chunkAt = 0;
  #at = 0;

  constructor(descriptor: number, limit: number) {
    this.#descriptor = descriptor;
    this.#limit = limit;
  }

  get position(): number {
    return this.#at;
  }

  /** @throws OutOfBytes */
  bytes(count: number): Buffer {
    if (this.#at + count > this.#limit) throw new OutOfBytes('limit');
    const from = this.#at - this.#chunkAt;
    if (from < 0 || from + count > this.#chunk.length) this.#fill(count);
    const start = this.#at - this.#chunkAt;
    this.#at += count;
    return this.#chunk.subarray(start, start + count);
  }

  skip(count: number): void {
    if (this.#at + count > this.#limit) throw new OutOfBytes('limit');
    this.#at += count;
  }

  u32(): number {
    return this.bytes(4).readUInt32LE();
  }

  /** @returns Infinity for a number that JavaScript cannot tell from its neighbours. */
  u64(): number {
    const value = this.bytes(8).readBigUInt64LE();
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.POSITIVE_INFINITY : Number(value);
  }

  #fill(count: number): void {
    const chunk = Buffer.alloc(Math.max(count, Math.min(CHUNK_BYTES, this.#limit - this.#at)));
    let filled = 0;
    while (filled < chunk.length) {
      const read = readSync(
        this.#descriptor,
        chunk,
        filled,
        chunk.length - filled,
        this.#at + filled,
      );
      if (read === 0) break;
      filled += read;
    }
    if (filled < count) throw new OutOfBytes('end');
    this.#chunk = chunk.subarray(0, filled);
    this.#chunkAt = this.#at;
  }
}
