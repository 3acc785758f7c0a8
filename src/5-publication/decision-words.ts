/** What is said of a step in a model's life: why it was taken, and the numbers that decided. */
import type { Measure } from '../models/lifecycle/measure.ts';
import type { Because, Decision, Stage } from '../models/lifecycle/trial.ts';
import { unreachable } from '../primitives.ts';
import { visible } from './escape.ts';

const stageNames: Readonly<Record<Stage, string>> = {
  smoke: 'the smoke test',
  capability: 'the capability test',
  'head-to-head': 'the comparison with the baseline',
  canary: 'the canary',
  stability: 'use, on probation',
  active: 'use',
  degraded: 'use, degraded',
  rejected: 'rejected',
  'rolled-back': 'rolled back',
  retired: 'retired',
};

const reasons: Readonly<Record<Because, string>> = {
  passed: 'it passed',
  waits: 'nothing changes yet',
  'not-good-enough': 'it did not reach the limit',
  'worse-in-the-canary': 'it misses more passes than chance explains beside the models in use',
  'errors-in-the-canary': 'it came to no result several times in a row',
  'share-grows': 'nothing speaks against it so far, so it gets a larger share',
  better: 'it is enough better than the models in use',
  cheaper: 'it does as much for less',
  'not-better-enough': 'it is not worse, and not enough better or cheaper to be worth a change',
  stable: 'it stayed stable for as long as it had to',
  unstable: 'it got worse while on probation',
  degraded: 'it does worse than it used to',
  'steady-again': 'it does as well as it used to',
  'long-below-baseline': 'it was below the baseline of its surface for months',
  security: 'a security reason was given',
};

/** One sentence: who, where, what, why. It stands in the ledger beside the numbers. */
export function decisionReason({ model, surface, from, to, share, because }: Decision): string {
  const isHeld = share > 0 && (share < 1 || to === 'canary');
  const part = isHeld ? ` at ${Math.round(share * 100)} % of the tasks` : '';
  const step =
    from === to
      ? `stays in ${stageNames[to]}${part}`
      : `goes from ${stageNames[from]} to ${stageNames[to]}${part}`;
  return `${visible(model, 64)} on ${surface} ${step}: ${reasons[because]}.`;
}

/** The sentence, one line a number, and where it waits for something what brings that. */
export function decisionText(decision: Decision): string {
  const next = decision.from === decision.to ? nextStep(decision) : undefined;
  return `${decisionReason(decision)}\n${numbersText(decision)}${next === undefined ? '' : `  Next: ${next}\n`}`;
}

/** The numbers that decided, one a line. */
export function numbersText({ from, measures, to }: Decided): string {
  return measures.map((each) => `  ${measureLine(each, from === to)}\n`).join('');
}

/** Of a decision, what its numbers are read by. */
export type Decided = Pick<Decision, 'from' | 'measures' | 'to'>;

/** What a person types to get a model on from where it stands; undefined where nothing is to be done. */
function nextStep({ from, measures, model }: Decision): string | undefined {
  const id = visible(model, 64);
  const look = `arbiter bench new-model --model ${id} -- PROGRAM`;
  switch (from) {
    case 'smoke':
    case 'capability':
      return look;
    case 'head-to-head':
      return lacksBaseline(measures)
        ? `arbiter bench macro --model MODEL-IN-USE -- PROGRAM, until the baseline is known; then ${look}`
        : look;
    case 'canary':
      return `arbiter tasks run --worker COMMAND gives it tasks; ${look}, or hourly bench schedule, looks again`;
    case 'stability':
      return `arbiter bench micro --model ${id} -- PROGRAM each day, then ${look}; bench schedule does both`;
    case 'rejected':
    case 'rolled-back':
      return `arbiter models register FILE --replace --reason TEXT lets other weights under this name start anew`;
    case 'active':
    case 'degraded':
      return lacksBaseline(measures)
        ? `arbiter bench macro --model ANOTHER-IN-USE -- PROGRAM, until the baseline is known; weekly runs of one model are too few`
        : undefined;
    case 'retired':
      return undefined;
    default:
      return unreachable(from);
  }
}

const lacksBaseline = (measures: readonly Measure[]): boolean =>
  measures.some(({ what, holds }) => what === 'baseline runs' && !holds);

/** @param stays whether more may still come: what is only too little so far is no failure then. */
function measureLine({ what, value, bound, limit, count, holds }: Measure, stays: boolean): string {
  const found = value === null ? 'not measured' : number(value);
  const of = count === null ? '' : ` (n = ${count})`;
  const side = bound === 'at-least' ? 'at least' : 'at most';
  const isShort = value === null || (bound === 'at-least' && count === null);
  const word = holds ? 'holds' : stays && isShort ? 'waits' : 'fails';
  return `${word}  ${visible(what, 64)}: ${found}${of}, ${side} ${number(limit)}`;
}

const number = (value: number): string =>
  Number.isInteger(value) ? String(value) : value.toFixed(3).replace(/0$/, '');
