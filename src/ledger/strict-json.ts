import { fail, ok, type Result } from '../primitives.ts';

/** `at` is the 0-based character where reading stopped, or null where the parser does not say. */
export interface StrictJsonFault {
  readonly kind: 'too-long' | 'not-json' | 'too-deep' | 'duplicate-key';
  readonly at: number | null;
  /** The repeated key, cut to 80 characters; empty for other kinds. */
  readonly key: string;
}

/**
 * Reads JSON and refuses a key that stands twice in one object, at any depth: JSON.parse takes the
 * last of them and other readers the first, so a signed text could mean two things.
 *
 * @param bounds.charactersMax longest accepted text.
 * @param bounds.depthMax deepest accepted nesting.
 */
export function readStrictJson(
  text: string,
  bounds: { readonly charactersMax: number; readonly depthMax: number },
): Result<unknown, StrictJsonFault> {
  if (text.length > bounds.charactersMax) return fail({ kind: 'too-long', at: null, key: '' });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Which token offends is of no use in a text that somebody forged or cut.
    return fail({ kind: 'not-json', at: null, key: '' });
  }
  const fault = scanKeys(text, bounds.depthMax);
  return fault === undefined ? ok(value) : fail(fault);
}

/** Walks the tokens of a text that JSON.parse has accepted. */
function scanKeys(text: string, depthMax: number): StrictJsonFault | undefined {
  // One element an open bracket: the keys seen of an object, null for an array.
  const open: (Set<string> | null)[] = [];
  let keyNext = false;
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charAt(at)) {
      case '"': {
        const end = endOfString(text, at);
        const keys = open.at(-1);
        if (keyNext && keys) {
          const key = JSON.parse(text.slice(at, end + 1)) as string;
          if (keys.has(key)) return { kind: 'duplicate-key', at, key: key.slice(0, 80) };
          keys.add(key);
        }
        keyNext = false;
        at = end;
        break;
      }
      case '{':
      case '[':
        open.push(text[at] === '{' ? new Set() : null);
        if (open.length > depthMax) return { kind: 'too-deep', at, key: '' };
        keyNext = text[at] === '{';
        break;
      case '}':
      case ']':
        open.pop();
        keyNext = false;
        break;
      case ',':
        keyNext = open.at(-1) !== null;
        break;
    }
  }
  return undefined;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}
