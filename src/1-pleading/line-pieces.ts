/**
 * The longest piece of a line that is handled at once: pieces end where the line says, never where
 * a chunk happened to end, so that a result does not depend on how the stream was cut.
 */
export const PIECE_BYTES_MAX = 64 * 1024;

/** @param first whether the piece begins its line, @param last whether it ends it. */
export type TakePiece = (
  bytes: Buffer,
  from: number,
  to: number,
  first: boolean,
  last: boolean,
) => void;

/** Takes what it can of the whole lines that start at `position`. @returns where it stopped. */
export type TakeLines = (bytes: Buffer, position: number) => number;

export interface LinePieces {
  push(chunk: Buffer): void;
  end(): void;
}

const UNASKED_MAX = 255;
const NOTHING = Buffer.alloc(0);

/**
 * Cuts a stream at LF, and longer lines into pieces, wherever its chunks happen to end.
 *
 * @param takeLines is asked first wherever a line starts; what it leaves comes to `take`.
 */
export function cutPieces(take: TakePiece, takeLines: TakeLines): LinePieces {
  /** Most content has no line that needs it, and it is far larger than most content. */
  let held = NOTHING;
  let heldBytes = 0;
  let first = true;
  let refusals = 0;
  let unasked = 0;

  /** Moves bytes of one line into `held`, giving off a piece whenever that is full. */
  function hold(chunk: Buffer, from: number, to: number): void {
    if (held.length === 0) held = Buffer.allocUnsafe(PIECE_BYTES_MAX);
    let position = from;
    while (position < to) {
      const taken = Math.min(to - position, PIECE_BYTES_MAX - heldBytes);
      chunk.copy(held, heldBytes, position, position + taken);
      heldBytes += taken;
      position += taken;
      if (heldBytes < PIECE_BYTES_MAX) continue;
      const cut = PIECE_BYTES_MAX - heldBackBytes(held, PIECE_BYTES_MAX);
      take(held, 0, cut, first, false);
      held.copy(held, 0, cut, PIECE_BYTES_MAX);
      heldBytes = PIECE_BYTES_MAX - cut;
      first = false;
    }
  }

  function flush(): void {
    take(held, 0, heldBytes, first, true);
    heldBytes = 0;
    first = true;
  }

  /** Text of which `takeLines` leaves one line after another is not asked about at each of them. */
  function askLines(chunk: Buffer, position: number): number {
    if (!first || heldBytes > 0) return position;
    if (unasked > 0) {
      unasked -= 1;
      return position;
    }
    const passed = takeLines(chunk, position);
    refusals = passed > position ? 0 : Math.min(2 * refusals + 1, UNASKED_MAX);
    unasked = refusals;
    return passed;
  }

  /** @returns where the line's rest stands, or the chunk's end. */
  function takeLine(chunk: Buffer, position: number): number {
    const end = chunk.indexOf(0x0a, position);
    if (end < 0) {
      hold(chunk, position, chunk.length);
      return chunk.length;
    }
    if (first && heldBytes === 0 && end - position < PIECE_BYTES_MAX) {
      take(chunk, position, end, true, true);
    } else {
      hold(chunk, position, end);
      flush();
    }
    return end + 1;
  }

  return {
    push(chunk) {
      let position = 0;
      while (position < chunk.length) {
        const passed = askLines(chunk, position);
        position = passed > position ? passed : takeLine(chunk, position);
      }
    },
    end() {
      if (heldBytes > 0 || !first) flush();
    },
  };
}

/** Bytes at the end that belong with what follows: a CR, or the start of a UTF-8 sequence. */
function heldBackBytes(bytes: Buffer, end: number): number {
  if (bytes[end - 1] === 0x0d) return 1;
  for (let back = 1; back <= 3; back += 1) {
    const byte = bytes[end - back] as number;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0;
  }
  return 0;
}
