/**
 * Comments and attributes by which a line keeps code out of a check: coverage, mutation, lint, types, scans
 * for secrets and weaknesses. Each is read as its tool reads it; tests of types that expect an error
 * (`@ts-expect-error`) leave nothing out.
 */
const EXEMPTION = new RegExp(
  [
    // Coverage and mutation.
    String.raw`\b(?:c8|v8|istanbul)\s+ignore\b|\bnode:coverage\s+(?:ignore|disable)\b`,
    String.raw`#\s*(?:pragma|PRAGMA)[:\s]?\s*(?:no|NO)\s*(?:cover|COVER|branch|BRANCH|mutate)`,
    String.raw`\bStryker disable\b|\bcoverage\(off\)|\bnot\((?:coverage|tarpaulin)\w*\)|\btarpaulin::skip\b`,
    String.raw`\b(?:LCOV|GCOV|GCOVR)_EXCL_|@codeCoverageIgnore|:nocov:|\bExcludeFromCodeCoverage\b`,
    // Lint and types.
    String.raw`\b(?:eslint|oxlint|stylelint|tslint|rubocop|pylint)[-:]\s*disable|\bbiome-ignore\b|\bnolint\b`,
    String.raw`@ts-(?:ignore|nocheck)\b|#\s*type:\s*ignore\b|\bpyright:\s*ignore\b`,
    String.raw`#\s*(?:ruff:\s*)?(?:noqa|NOQA)\b`,
    // Scans.
    String.raw`\bnosec\b|#\s*(?:nosec|NOSEC)\b|\bNOSONAR\b|\bnosemgrep\b|\bgitleaks:allow\b`,
  ].join('|'),
);

/** Stands in every such text, and is searched for in a small part of the time. */
const HINT =
  /gnore|ragma|RAGMA|isable|overage|arpaulin|_EXCL_|:nocov|nolint|ts-no|no(?:qa|sem|sec)|NO(?:QA|SEC|SON)|leaks:/;

/** Whether a line of code, or one of several, keeps code out of a check. */
export function isExemption(text: string): boolean {
  return HINT.test(text) && EXEMPTION.test(text);
}
