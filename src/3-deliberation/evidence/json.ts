import { readStrictJson } from '../../ledger/strict-json.ts';
import { ok, type Result } from '../../primitives.ts';
import { type EvidenceFault, evidenceBounds, type Report, unreadable } from './measured.ts';

/** An object of a report. Keys are looked up as own properties only, so `__proto__` is a key like others. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * A report's text as one JSON object: bounded, no key twice in one object, nothing after its end,
 * at most one byte order mark before it.
 */
export function readJsonObject(report: Report): Result<JsonObject, EvidenceFault> {
  const text = report.text.startsWith('\uFEFF') ? report.text.slice(1) : report.text;
  const read = readStrictJson(text, {
    charactersMax: evidenceBounds.charactersMax,
    depthMax: evidenceBounds.depthMax,
  });
  if (!read.ok) {
    const { kind, key, at } = read.fault;
    if (kind === 'too-long')
      return unreadable(report, 'too-large', `over ${evidenceBounds.charactersMax} characters`);
    if (kind === 'too-deep')
      return unreadable(report, 'too-large', `over ${evidenceBounds.depthMax} levels`, at);
    const detail = kind === 'duplicate-key' ? `duplicate key ${JSON.stringify(key)}` : 'not JSON';
    return unreadable(report, 'not-well-formed', detail, at);
  }
  const object = asObject(read.value);
  return object === undefined
    ? unreadable(report, 'wrong-shape', 'the document is not an object', 0)
    : ok(object);
}

export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

export function asArray(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? (value as readonly unknown[]) : undefined;
}

/** @returns undefined for anything but an integer that a double holds exactly and that is not negative. */
export function asCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** An own property; an inherited one such as `toString` is absent. */
export function own(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
