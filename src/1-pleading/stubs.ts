/**
 * What stands in code that is not written yet. Marks are read as upper-case words, or as a lower-case
 * call or label (`todo!()`, `fixme:`); `placeholder` and `stub` count only in a comment, because both
 * are ordinary words of interfaces and tests.
 */
const STUB = new RegExp(
  [
    String.raw`\b(?:TODO|FIXME|XXX|HACK|TBD|UNIMPLEMENTED|NOT_IMPLEMENTED)\b`,
    String.raw`\b(?:[Tt]odo|[Ff]ixme)\s*[:(!]`,
    String.raw`\b(?:un|Un)implemented!?\s*\(`,
    String.raw`NotImplemented|notImplemented|not_implemented\b`,
    String.raw`\b[Nn][Oo][Tt][ -](?:[Yy][Ee][Tt][ -])?[Ii][Mm][Pp][Ll][Ee][Mm][Ee][Nn][Tt][Ee][Dd]\b`,
    String.raw`\b[Ii]mplement(?:ation)? (?:me|this|here|later|goes here|pending)\b`,
    String.raw`(?:\/\/|\/\*|\*|#|--|<!--|;).*\b(?:[Pp]laceholder|PLACEHOLDER|[Ss]tub(?:bed)?|STUB)\b`,
  ].join('|'),
);

/** Whether a line of code says of itself that it is not done. */
export function isStub(line: string): boolean {
  return STUB.test(line);
}
