/** What every part may use: ids, units, Result. Imports nothing. */

declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & {
  readonly [brand]: { readonly [Mark in Name]: true };
};

/** A full lower-case object name of git: 40 hex digits (SHA-1) or 64 (SHA-256). */
export type ObjectId = Branded<string, 'ObjectId'>;
/** The object id of a commit. */
export type CommitSha = Branded<ObjectId, 'CommitSha'>;
/** `sha256:` and 64 lower-case hex digits, over the exact bytes. */
export type Digest = Branded<string, 'Digest'>;
/** UUIDv7, lower case with dashes; what the trailer `CAWS-VERDICT-ID` carries. */
export type VerdictId = Branded<string, 'VerdictId'>;
/** Milliseconds since 1970-01-01T00:00:00Z. Documents carry it as ISO 8601 with `Z`. */
export type Instant = Branded<number, 'Instant'>;

/** A failure is a value with fields; words for it stand in 5-publication/sentences.ts. */
export type Result<Value, Fault> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly fault: Fault };

export const ok = <Value>(value: Value): { readonly ok: true; readonly value: Value } => ({
  ok: true,
  value,
});
export const fail = <Fault>(fault: Fault): { readonly ok: false; readonly fault: Fault } => ({
  ok: false,
  fault,
});

/** Where something stands in a file: 1-based line and column, null where no single line can be named. */
export interface Place {
  readonly file: string;
  readonly line: number | null;
  readonly column: number | null;
}

/**
 * The start of a text that somebody else wrote. Half of a character has no canonical form: a case that held one could
 * not be written down, and whoever can place a character across a bound would keep a change from any verdict.
 */
export const cutTo = (text: string, charactersMax: number): string =>
  text
    .slice(0, charactersMax)
    .replace(/[\ud800-\udbff]$/, '')
    .toWellFormed();

/** The compiler's proof that a union is exhausted; reaching it is a bug, so it throws. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}

/** @returns the id, or undefined where the text is not a full lower-case object name. */
export function objectId(text: string): ObjectId | undefined {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text) ? (text as ObjectId) : undefined;
}

/** @returns the sha, or undefined where the text is not a full lower-case object name. */
export function commitSha(text: string): CommitSha | undefined {
  return objectId(text) as CommitSha | undefined;
}

/** @returns the digest, or undefined where the text is not `sha256:` and 64 lower-case hex digits. */
export function digest(text: string): Digest | undefined {
  return /^sha256:[0-9a-f]{64}$/.test(text) ? (text as Digest) : undefined;
}

/** @returns the instant as ISO 8601 in UTC, to the millisecond. @throws RangeError outside Date's range. */
export function isoOf(instant: Instant): string {
  return new Date(instant).toISOString();
}
