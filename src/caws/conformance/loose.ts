/**
 * The tools of 2025 and 10.x judge values as JavaScript happens to: an object without `length` is
 * not empty, the text "1" is not above 3. To give their answer, values are read the same way here.
 */

/** A member as `value[key]` gives it for parsed YAML; null and undefined have none. */
export function member(value: unknown, key: string): unknown {
  if (typeof value === 'string') return key === 'length' ? value.length : undefined;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}

/** `Number(value)`, and NaN where a hostile object has no number. */
export function numberOf(value: unknown): number {
  try {
    return Number(value);
  } catch {
    return Number.NaN;
  }
}

/** `String(value)`, and the empty text where a hostile object has no text. */
export function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return '';
  }
}

/** What `!value.length` style checks call empty: missing, or a length of exactly 0. */
export function isEmpty(value: unknown): boolean {
  return !value || member(value, 'length') === 0;
}
