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
  ].join('|'),
);

const COMMENT = /\/\/|\/\*|\*|#|--|<!--|;/;
const COMMENTED = /\b(?:[Pp]laceholder|PLACEHOLDER|[Ss]tub(?:bed)?|STUB)\b/;

/**
 * Stands in every text that is a stub, and is searched for in half the time: three
 * capitals, or the middle of a word above.
 */
const HINT = /[A-Z]{3}|[Mm][Pp][Ll][Ee][Mm]|[Tt]odo|[Ff]ixme|[Pp]laceholder|[Ss]tub/;

/** Whether a line of code, or one of several, says of itself that it is not done. */
export function isStub(text: string): boolean {
  return HINT.test(text) && (STUB.test(text) || isCommentedStub(text));
}

/** The first mark of a line is before every word that any mark is before: each line is read once. */
function isCommentedStub(text: string): boolean {
  if (!COMMENTED.test(text)) return false;
  return text.split(/[\n\r\u2028\u2029]/).some((line) => {
    const mark = line.search(COMMENT);
    return mark >= 0 && COMMENTED.test(line.slice(mark + 1));
  });
}
