const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A path as text, and whether its bytes had to be escaped for that. */
export interface PathText {
  readonly text: string;
  readonly lossy: boolean;
}

/**
 * A path of a tree as text. Bytes that are not UTF-8 stand as `\xNN`; so that no other path can have
 * the same text and the same mark, a backslash beside them stands as `\x5c`.
 *
 * @param path its bytes, or a string of one character for each.
 */
export function pathTextOf(path: Buffer | string): PathText {
  const latin1 = typeof path === 'string' ? path : path.toString('latin1');
  // Most paths are ASCII, which needs no decoder.
  if (ASCII.test(latin1)) return { text: latin1, lossy: false };
  const bytes = Buffer.from(latin1, 'latin1');
  try {
    return { text: strict.decode(bytes), lossy: false };
  } catch {
    return { text: escapeInvalid(bytes), lossy: true };
  }
}

/** The text that the bytes of a latin1 string are in UTF-8; what is none is replaced. */
export function utf8Of(latin1: string): string {
  return ASCII.test(latin1) ? latin1 : Buffer.from(latin1, 'latin1').toString('utf8');
}

const ASCII = /^[\0-\x7f]*$/;

function escapeInvalid(bytes: Uint8Array): string {
  let text = '';
  let position = 0;
  while (position < bytes.length) {
    const length = validLength(bytes, position);
    const byte = bytes[position] as number;
    const plain = length > 0 && byte !== 0x5c;
    text += plain
      ? strict.decode(bytes.subarray(position, position + length))
      : `\\x${byte.toString(16).padStart(2, '0')}`;
    position += plain ? length : 1;
  }
  return text;
}

/** Bytes of the character that starts here, 0 where none does. */
function validLength(bytes: Uint8Array, position: number): number {
  for (let length = 1; length <= 4 && position + length <= bytes.length; length += 1) {
    try {
      strict.decode(bytes.subarray(position, position + length));
      return length;
    } catch {
      // Longer sequences are tried; four bytes are the longest that UTF-8 has.
    }
  }
  return 0;
}
