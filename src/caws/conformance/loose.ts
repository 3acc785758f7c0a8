/**
 * The tools of 2025 and 10.x judge values as JavaScript happens to: an object without `length` is
 * not empty, the text "1" is not above 3. To give their answer, values are read the same way here.
 */

/** A member as `value[key]` gives it for parsed YAML; null and undefined have none. */
export function member(value: unknown, key: string): unknown {
  if (typeof value === 'string')
    return key === 'length' ? value.length : /^\d+$/.test(key) ? value[Number(key)] : undefined;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}

/**
 * Whether a comparison with numbers refuses a value. A mapping that has a `toString` of its own
 * cannot be compared: the tools die of it, which refuses the document too.
 */
export function isRefused(value: unknown, refuses: (number: number) => boolean): boolean {
  try {
    return refuses(Number(value));
  } catch {
    return true;
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
