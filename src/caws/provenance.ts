import { createHash } from 'node:crypto';

/** Why a chain does not hold at one entry. */
interface ChainFault {
  /** 0-based position of the entry. */
  readonly index: number;
  readonly kind:
    | 'not-an-entry'
    | 'hash-missing'
    | 'hash-mismatch'
    | 'link-mismatch'
    | 'sequence-mismatch';
}

export interface ChainReading {
  readonly entries: number;
  readonly faults: readonly ChainFault[];
  /** Fields that stand in entries and that no hash covers: whoever changes them is not noticed. */
  readonly uncovered: readonly string[];
}

type Entry = Readonly<Record<string, unknown>>;

/** Which writer's rules an event log follows: CLI 10.x or CLI 11 and later. */
export type EventDialect = '10' | '11';

/**
 * Reading of an event log ends at this many faults: nobody mends more line by line, and a line that
 * does not parse costs as much time as a hundred that do.
 */
export const logFaultsMax = 1000;

/** Values nested deeper than this are no event; the hash functions below recurse. */
const nestingMax = 64;

/**
 * Reads a 2025 `chain.json`. Its hash is taken over the entry serialised with its own top-level
 * keys as the list of permitted keys, at every depth; so what stands inside `commit`, `agent` and
 * the like is left out unless its key happens to be a top-level key, too.
 *
 * @param chain the parsed JSON. Anything but a list is a chain of one faulty entry.
 */
export function readChain2025(chain: unknown): ChainReading {
  if (!Array.isArray(chain))
    return { entries: 0, faults: [{ index: 0, kind: 'not-an-entry' }], uncovered: [] };
  const faults: ChainFault[] = [];
  const uncovered = new Set<string>();
  let previous = '';
  for (const [index, entry] of chain.entries()) {
    if (!isEntry(entry) || nests(entry)) {
      faults.push({ index, kind: 'not-an-entry' });
      previous = '';
      continue;
    }
    if (typeof entry['hash'] !== 'string') faults.push({ index, kind: 'hash-missing' });
    else if (entry['hash'] !== hash2025(entry)) faults.push({ index, kind: 'hash-mismatch' });
    if (entry['previous_hash'] !== previous) faults.push({ index, kind: 'link-mismatch' });
    previous = typeof entry['hash'] === 'string' ? entry['hash'] : '';
    for (const field of fieldsOutsideHash(entry)) uncovered.add(field);
  }
  return { entries: chain.length, faults, uncovered: [...uncovered].sort() };
}

function hash2025(entry: Entry): string {
  const keys = hashedKeys(entry);
  const covered = Object.fromEntries(keys.map((key) => [key, entry[key]]));
  return createHash('sha256').update(JSON.stringify(covered, keys)).digest('hex');
}

function hashedKeys(entry: Entry): string[] {
  return Object.keys(entry)
    .filter((key) => key !== 'hash')
    .sort();
}

function fieldsOutsideHash(entry: Entry): readonly string[] {
  const keys = new Set(hashedKeys(entry));
  const found: string[] = [];
  const visit = (value: unknown, trail: string): void => {
    if (Array.isArray(value)) for (const item of value) visit(item, trail);
    else if (isEntry(value))
      for (const [key, inner] of Object.entries(value)) {
        if (!keys.has(key)) found.push(`${trail}.${key}`);
        else visit(inner, `${trail}.${key}`);
      }
  };
  for (const key of keys) visit(entry[key], key);
  return found;
}

/**
 * Reads an event log, one JSON object a line, up to `logFaultsMax` faults. Blank lines do not count. The hashes cover every
 * field, but no key and no anchor: whoever can write the file can compute them anew.
 */
export function readEventLog(text: string, dialect: EventDialect): ChainReading {
  const faults: ChainFault[] = [];
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  let previous: unknown = dialect === '11' ? null : '';
  for (const [index, line] of lines.entries()) {
    if (faults.length >= logFaultsMax) break;
    const event = eventOf(line);
    if (event === undefined) {
      faults.push({ index, kind: 'not-an-entry' });
      continue;
    }
    if (event['seq'] !== index + 1) faults.push({ index, kind: 'sequence-mismatch' });
    if (event['prev_hash'] !== previous) faults.push({ index, kind: 'link-mismatch' });
    const hash = event['event_hash'];
    if (typeof hash !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(hash))
      faults.push({ index, kind: 'hash-missing' });
    else if (hash !== hashOfEvent(event)) faults.push({ index, kind: 'hash-mismatch' });
    previous = hash;
  }
  return { entries: lines.length, faults, uncovered: [] };
}

/** The first link tells: 10.x wrote an empty text, later versions write null. */
export function eventDialectOf(text: string): EventDialect {
  const first = eventOf(text.split('\n', 1)[0] ?? '');
  return first !== undefined && first['prev_hash'] === '' ? '10' : '11';
}

function eventOf(line: string): Entry | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isEntry(value) && !nests(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function hashOfEvent(event: Entry): string {
  const { event_hash: _, ...rest } = event;
  const text = `caws.events.v1\0${sortedJson(rest)}`;
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** Keys sorted by UTF-16 units at every depth, no blanks. Parsed JSON holds nothing else. */
function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(',')}]`;
  if (!isEntry(value)) return JSON.stringify(value);
  const fields = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${sortedJson(value[key])}`);
  return `{${fields.join(',')}}`;
}

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nests(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (depth >= nestingMax) return true;
  return Object.values(value).some((inner) => nests(inner, depth + 1));
}
