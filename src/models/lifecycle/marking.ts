/** Marks what a worker wrote into its answer, by the exact values and sources that the task holds. */

import { unreachable } from '../../primitives.ts';
import type { SuiteTask } from './suite.ts';

export interface Marked {
  readonly passed: boolean;
  /** What is wrong, for a person; empty where it passed. */
  readonly wrong: readonly string[];
  /** Claims whose quote does not stand in the source that they name. */
  readonly unresolved: number;
}

/** More than any answer of a suite has; further claims are not read, and so do not count for it. */
const CLAIMS_MAX = 100;

type AnswerCheck = Exclude<SuiteTask['check'], { by: 'hidden-run' }>;

/**
 * @param answer the text of the answer file; null where there is none.
 * @param sources path to text of what the worker was given, as it was given.
 */
export function markAnswer(
  check: AnswerCheck,
  answer: string | null,
  sources: Readonly<Record<string, string>>,
): Marked {
  if (answer === null) return wrongAtAll('answer.json was not written');
  const value = objectIn(answer);
  if (value === null) return wrongAtAll('answer.json holds no JSON object');
  switch (check.by) {
    case 'answer':
      return exact(check.answers, value);
    case 'sources':
      return sourced(check.points, value, sources);
    default:
      return unreachable(check);
  }
}

const wrongAtAll = (why: string): Marked => ({ passed: false, wrong: [why], unresolved: 0 });

type Fields = Readonly<Record<string, unknown>>;

function objectIn(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Fields)
      : null;
  } catch {
    return null;
  }
}

type Expected = Extract<AnswerCheck, { by: 'answer' }>['answers'];

function exact(expected: Expected, found: Fields): Marked {
  const wrong = Object.entries(expected).flatMap(([key, { number, within, text }]) => {
    const value = Object.hasOwn(found, key) ? found[key] : undefined;
    const holds =
      (number === undefined || isNear(value, number, within ?? 0)) &&
      (text === undefined || (typeof value === 'string' && plain(value) === plain(text)));
    return holds ? [] : [`${key} is ${JSON.stringify(value)?.slice(0, 60) ?? 'missing'}`];
  });
  return { passed: wrong.length === 0, wrong, unresolved: 0 };
}

const isNear = (value: unknown, wanted: number, within: number): boolean =>
  typeof value === 'number' && Math.abs(value - wanted) <= within;

const plain = (text: string): string => text.trim().toLowerCase();

type Points = Extract<AnswerCheck, { by: 'sources' }>['points'];

interface Claim {
  readonly point: string;
  readonly answer: string;
  readonly source: string;
  readonly quote: string;
}

/** An answer without its source is a guess, and a quote that nobody wrote makes the whole worthless. */
function sourced(points: Points, found: Fields, sources: Readonly<Record<string, string>>): Marked {
  const claims = claimsIn(found['claims']);
  const resolves = ({ source, quote }: Claim) =>
    quote.trim() !== '' && Object.hasOwn(sources, source) && sources[source]?.includes(quote);
  const invented = claims.filter((claim) => resolves(claim) !== true);
  const wrong = points.flatMap(({ id, answer, source, holds }) => {
    const claim = claims.find(({ point }) => point === id);
    if (claim === undefined) return [`${id} is missing`];
    if (plain(claim.answer) !== plain(answer)) return [`${id} is ${claim.answer.slice(0, 60)}`];
    const proven = claim.source === source && claim.quote.includes(holds);
    return proven ? [] : [`${id} does not quote what says so`];
  });
  for (const { point } of invented)
    wrong.push(`the quote for ${point.slice(0, 60)} is in no source`);
  return { passed: wrong.length === 0, wrong, unresolved: invented.length };
}

function claimsIn(value: unknown): readonly Claim[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, CLAIMS_MAX).flatMap((each: unknown) => {
    if (typeof each !== 'object' || each === null) return [];
    const fields = each as Fields;
    const text = (key: string) => {
      const value = fields[key];
      // 30 and "30" are the same answer.
      return typeof value === 'number' ? String(value) : typeof value === 'string' ? value : '';
    };
    return [
      {
        point: text('point'),
        answer: text('answer'),
        source: text('source'),
        quote: text('quote'),
      },
    ];
  });
}
