import { ok, type Result } from '../../primitives.ts';
import { type EvidenceFault, type Measured, type Report, unreadable } from './measured.ts';
import { readXml, type XmlElement } from './xml.ts';

interface Counts {
  readonly total: number;
  readonly failures: number;
  readonly errors: number;
  readonly skipped: number;
}

const none: Counts = { total: 0, failures: 0, errors: 0, skipped: 0 };

/**
 * JUnit XML: `testsuites` or `testsuite`, suites nested as deep as they like.
 *
 * The cases are counted; the attributes of a suite are only compared with them, and a suite whose
 * attributes say otherwise makes the report a contradiction. Failure beats skip within one case, and
 * a failure of a whole suite counts as one.
 */
export function readJunit(report: Report): Result<Measured, EvidenceFault> {
  const read = readXml(report);
  if (!read.ok) return read;
  const root = read.value;
  if (root.name !== 'testsuites' && root.name !== 'testsuite')
    return unreadable(report, 'wrong-shape', `root element ${root.name}, not testsuites`, 0);
  const uncounted = uncountedIn(root);
  if (uncounted !== undefined) return unreadable(report, 'wrong-shape', uncounted);
  const disagreements: string[] = [];
  const counts = countSuite(root, disagreements);
  if (disagreements[0] !== undefined) return unreadable(report, 'contradiction', disagreements[0]);
  const failed = counts.failures + counts.errors;
  const passed = counts.total - counts.skipped - countedFailing(root);
  return ok({ kind: 'tests', total: counts.total, passed, failed, skipped: counts.skipped });
}

const SUITES = ['testsuites', 'testsuite'];
/** What counts, and where. */
const placesOf: ReadonlyMap<string, readonly string[]> = new Map([
  ['testsuite', SUITES],
  ['testcase', SUITES],
  ['failure', [...SUITES, 'testcase']],
  ['error', [...SUITES, 'testcase']],
]);

/** A result at a place where nobody looks for one; no tool writes that. */
function uncountedIn(element: XmlElement): string | undefined {
  for (const child of element.children) {
    if (placesOf.get(child.name)?.includes(element.name) === false)
      return `${child.name} below ${element.name.slice(0, 40)}, where none is counted`;
    const below = uncountedIn(child);
    if (below !== undefined) return below;
  }
  return undefined;
}

function countSuite(suite: XmlElement, disagreements: string[]): Counts {
  let direct = none;
  let nested = none;
  let suites = none;
  for (const child of suite.children) {
    if (child.name === 'testcase') direct = sum(direct, countCase(child));
    else if (child.name === 'testsuite') {
      const counts = countSuite(child, disagreements);
      nested = sum(nested, counts);
      const failures = counts.failures + counts.errors > 0 ? 1 : 0;
      suites = sum(suites, { ...none, total: 1, failures });
    } else if (child.name === 'error') direct = sum(direct, { ...none, errors: 1 });
    else if (child.name === 'failure') direct = sum(direct, { ...none, failures: 1 });
  }
  const whole = sum(direct, nested);
  const disagreement = disagreementOf(suite, [whole, direct, sum(direct, suites)]);
  if (disagreement !== undefined) disagreements.push(disagreement);
  return whole;
}

function countCase(testcase: XmlElement): Counts {
  const names = new Set(testcase.children.map(({ name }) => name));
  const state = (testcase.attributes.get('status') ?? '').toLowerCase();
  const result = (testcase.attributes.get('result') ?? '').toLowerCase();
  const says = (...words: readonly string[]) => words.includes(state) || words.includes(result);
  if (names.has('error') || says('error', 'errored')) return { ...none, total: 1, errors: 1 };
  if (names.has('failure') || says('failed', 'failure', 'fail'))
    return { ...none, total: 1, failures: 1 };
  const skipped =
    names.has('skipped') ||
    names.has('disabled') ||
    says('skipped', 'disabled', 'notrun', 'suppressed', 'pending', 'ignored', 'todo');
  return { ...none, total: 1, skipped: skipped ? 1 : 0 };
}

/** Cases that fail, without the failures that stand at a suite. */
function countedFailing(suite: XmlElement): number {
  return suite.children.reduce((count, child) => {
    if (child.name === 'testsuite') return count + countedFailing(child);
    if (child.name !== 'testcase') return count;
    const { failures, errors } = countCase(child);
    return count + failures + errors;
  }, 0);
}

/**
 * Tools differ in whether a suite's attributes include the suites inside it, leave them out, or count
 * each as one, and in whether errors are also failures and disabled cases also skipped. Within those
 * readings an attribute must equal what is counted.
 */
function disagreementOf(suite: XmlElement, readings: readonly Counts[]): string | undefined {
  const disabled = countIn(suite, 'disabled') ?? 0;
  const allowed: Readonly<Record<string, readonly number[]>> = {
    tests: readings.map(({ total }) => total),
    failures: readings.flatMap(({ failures, errors }) => [failures, failures + errors]),
    errors: readings.map(({ errors }) => errors),
    skipped: readings.flatMap(({ skipped }) => [skipped, skipped - disabled]),
  };
  for (const [attribute, counts] of Object.entries(allowed)) {
    const said = suite.attributes.get(attribute);
    const count = countIn(suite, attribute);
    if (said === undefined || (count !== undefined && counts.includes(count))) continue;
    return `${suite.name} says ${attribute}="${said.slice(0, 40)}", its cases give ${counts[0]}`;
  }
  return undefined;
}

function countIn(suite: XmlElement, attribute: string): number | undefined {
  const said = suite.attributes.get(attribute);
  return said !== undefined && /^\d{1,12}$/.test(said) ? Number(said) : undefined;
}

const sum = (one: Counts, other: Counts): Counts => ({
  total: one.total + other.total,
  failures: one.failures + other.failures,
  errors: one.errors + other.errors,
  skipped: one.skipped + other.skipped,
});
