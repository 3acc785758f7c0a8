/** How a routing decision and the judgement of another policy read. */
import type { Classified, SizeGround } from '../models/routing/classify.ts';
import type { Bar } from '../models/routing/eligible.ts';
import type { Estimate, Evaluated } from '../models/routing/off-policy.ts';
import type { Numbers } from '../models/routing/policy.ts';
import type { Routed } from '../models/routing/route.ts';
import { unreachable } from '../primitives.ts';
import { visible } from './escape.ts';
import { counted, groupDigits } from './quantity.ts';

const name = (text: string): string => visible(text, 140);
const usd = (amount: number): string => `$ ${Number(amount.toFixed(6))}`;
const points = (value: number): string => value.toFixed(4);
const percent = (share: number): string => `${Number((100 * share).toFixed(2))} %`;
const ms = (value: number): string => `${value.toFixed(3)} ms`;

/** The three steps with their times, and the numbers that decided. */
export function routedText(routed: Routed): string {
  const { choice, classified, leftOut, milliseconds, propensities } = routed;
  const lines = [
    `1 classify  ${ms(milliseconds.classify)}  ${classifiedText(classified)}`,
    `2 eligible  ${ms(milliseconds.eligible)}  ${routed.eligible.length} of ${counted(routed.eligible.length + leftOut.length, 'model')}`,
    ...leftOut.map(({ because, id }) => `    without ${name(id)}: ${barText(because)}`),
    `3 choose    ${ms(milliseconds.choose)}  ${routed.policy}, seed ${routed.seed.seed}, decision ${groupDigits(routed.seed.decision)}`,
    ...(choice.how === 'forced' ? ['    by lot, so that no model stays unseen'] : []),
    ...choice.numbers.map((numbers) => `    ${numbersText(numbers)}`),
    `  chances   ${routed.eligible.map(({ id }, at) => `${name(id)} ${(100 * (propensities[at] ?? 0)).toFixed(2)} %`).join(', ')}`,
    `${name(routed.model)}`,
  ];
  return `${lines.join('\n')}\n`;
}

function classifiedText({ size, sizeGrounds, surface, surfaceGround }: Classified): string {
  const reasons = sizeGrounds.filter((ground) => ground.size === size).map(groundText);
  const by = {
    named: 'as it was named',
    files: `by ${counted(surfaceGround.count, 'file')}`,
    words: `by ${counted(surfaceGround.count, 'word')} of its text`,
    default: 'as nothing says otherwise',
  }[surfaceGround.by];
  return `${size} (${reasons.join(', ')}); ${surface} (${by})`;
}

function groundText({ fact, limit, measured }: SizeGround): string {
  if (fact === 'tier') return `tier ${measured}`;
  const over = limit === null ? '' : `, over ${groupDigits(limit)}`;
  return fact === 'text-characters'
    ? `${counted(measured, 'character')} of text${over}`
    : `${counted(measured, fact === 'files' ? 'file' : 'line')}${over}`;
}

/** Why a model was left out. */
export function barText(bar: Bar): string {
  switch (bar.kind) {
    case 'role':
      return `it is a ${bar.has}, not a ${bar.needs}`;
    case 'status':
      return `it is ${bar.status}`;
    case 'share':
      return bar.share === 0
        ? `it is given no ${bar.surface}`
        : `as a canary it is given ${percent(bar.share)} of ${bar.surface}, and this task is not among them`;
    case 'surface':
      return `it does no ${bar.needs}`;
    case 'task-kind':
      return `it does no tasks of the kind ${name(bar.needs)}`;
    case 'language':
      return `it does not write ${name(bar.needs)}`;
    case 'tool':
      return `it cannot call ${name(bar.needs)}`;
    case 'context':
      return `it holds ${groupDigits(bar.hasTokens)} tokens, the task takes ${groupDigits(bar.needsTokens)}`;
    case 'health':
      return bar.health === 'down'
        ? 'it is down (see: arbiter tasks health)'
        : 'nothing was heard of it lately';
    case 'load':
      return `it works on ${bar.running} of at most ${counted(bar.runningMax, 'task')}`;
    case 'task-cost':
      return `it would cost ${usd(bar.expectedUsd)}, the task may cost ${usd(bar.usdMax)}`;
    case 'budget':
      return `it would cost ${usd(bar.expectedUsd)}, the budget leaves ${usd(bar.affordableUsd)} now`;
    default:
      return unreachable(bar);
  }
}

function numbersText(numbers: Numbers): string {
  const arm = name(numbers.arm);
  if (numbers.by === 'share')
    return `${arm}: a canary, ${percent(numbers.share)} of the tasks by lot, which fell on ${points(numbers.lot)}`;
  const price = numbers.price === 0 ? '' : ` − price ${points(numbers.price)}`;
  if (numbers.by === 'drawn') {
    const from = `Beta(${points(numbers.alpha)}, ${points(numbers.beta)})`;
    const changed = numbers.from === 'changed' ? ', as if it had changed lately' : '';
    return `${arm}: drew ${points(numbers.drawn)} from ${from}${changed}${price} = ${points(numbers.score)}`;
  }
  if (numbers.score === null || numbers.mean === null) return `${arm}: never tried`;
  const mean = `mean ${points(numbers.mean)} of ${counted(numbers.outcomes, 'outcome')}`;
  const bonus = numbers.by === 'index' ? ` + ${points(numbers.bonus ?? 0)}` : '';
  return `${arm}: ${mean}${bonus}${price} = ${points(numbers.score)}`;
}

/** Fewer decisions than this carry no estimate worth acting on. */
const EFFECTIVE_MIN = 100;

/** Of few decisions an estimate can come out where no mean of rewards lies. */
const withinRewards = (value: number): string =>
  value < 0 ? 'below 0' : value > 1 ? 'above 1' : points(value);

/** What another policy would have earned. */
export function evaluatedText(target: string, evaluated: Evaluated): string {
  const estimate = ({ high, low, value }: Estimate): string =>
    `${withinRewards(value)}  (95 %: ${points(low)} to ${points(high)})`;
  const effective = evaluated.effectiveDecisions;
  const thin = effective < EFFECTIVE_MIN ? `; fewer than ${EFFECTIVE_MIN}: not enough data` : '';
  return [
    `${name(target)} on ${counted(evaluated.decisions, 'past decision')}`,
    `  as it was       ${estimate(evaluated.logged)}`,
    `  IPS             ${estimate(evaluated.ips)}`,
    `  SNIPS           ${Number.isFinite(evaluated.snips.value) ? estimate(evaluated.snips) : 'nothing that it would choose was chosen'}`,
    `  doubly robust   ${estimate(evaluated.dr)}`,
    `  worth ${groupDigits(Math.round(effective))} decisions of its own, largest weight ${evaluated.largestWeight.toFixed(1)}${thin}`,
    '',
  ].join('\n');
}
