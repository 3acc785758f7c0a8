/** What `arbiter models` says of the roster: where each model stands, and how sure its record is. */
import type { RosterEvent, TaskEvent } from '../models/events.ts';
import { type Surface, surfaces } from '../models/profile.ts';
import { isStale, type RosterModel } from '../models/roster.ts';
import { type Estimate, type Scores, scoresOf, TASKS_ENOUGH } from '../models/scores.ts';
import { type Instant, isoOf } from '../primitives.ts';
import { visible } from './escape.ts';
import { counted, groupDigits } from './quantity.ts';

/** What a model whose record is too short is shown with. */
const notEnough = `not enough data (n < ${TASKS_ENOUGH})`;

/** One line a model and surface: standing, load, composite with its interval. */
export function rosterText(
  models: readonly RosterModel[],
  now: Instant,
  only: Surface | null,
): string {
  const rows = models.flatMap((model) =>
    surfaces
      .filter(
        (surface) => (only ?? surface) === surface && model.performance[surface] !== undefined,
      )
      .map((surface) => rowOf(model, surface, now)),
  );
  if (rows.length === 0) return 'No model fits.\n';
  const widths = Array.from({ length: PADDED_CELLS }, (_, at) =>
    Math.max(...rows.map((row) => row[at]?.length ?? 0)),
  );
  return rows
    .map((row) => `${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}\n`)
    .join('');
}

/** All but those of the record, which may be one sentence. */
const PADDED_CELLS = 5;

function rowOf(model: RosterModel, surface: Surface, now: Instant): readonly string[] {
  const { profile, status, load, performance: records } = model;
  const record = records[surface];
  const composite = record === undefined ? null : scoresOf(record).shares.composite;
  return [
    visible(profile.id, 40),
    profile.role,
    isStale(model, now) && status !== 'retired' ? `${status}, stale` : status,
    surface,
    `${load.running}/${load.runningMax}`,
    ...estimateCells(composite),
  ];
}

/** In a table: the value, its interval, what it rests on. */
function estimateCells(estimate: Estimate | null): readonly string[] {
  if (estimate === null || estimate.count < TASKS_ENOUGH) return [notEnough];
  const { value, low, high, count } = estimate;
  return [value.toFixed(2), `${low.toFixed(2)} to ${high.toFixed(2)}`, `n = ${groupDigits(count)}`];
}

/** `0.81 (0.72 to 0.88, n = 45)`. */
function shareText({ value, low, high, count }: Estimate): string {
  const few = count < TASKS_ENOUGH ? `; ${notEnough}` : '';
  return `${value.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)}, n = ${groupDigits(count)}${few})`;
}

const measureNames: Readonly<Record<keyof Scores['shares'], string>> = {
  composite: 'composite',
  completion: 'completion',
  compliance: 'CAWS compliance',
  efficiency: 'efficiency',
  tools: 'tool adoption',
  hallucination: 'claims that did not resolve',
  retention: 'context retention',
  hacked: 'tasks with reward hacking',
  waived: 'tasks with a waiver',
  overridden: 'tasks people overruled',
  reverted: 'tasks taken back later',
};

/** Everything that is known of one model. */
export function modelText(model: RosterModel, now: Instant): string {
  const { profile, status, generation, load, changedAt, seenAt, performance: standing } = model;
  const { capabilities, cost } = profile;
  const stale = isStale(model, now) ? ' (stale)' : '';
  const list = (names: readonly string[], none: string) =>
    names.length === 0 ? none : names.join(', ');
  const lines = [
    ['model', `${visible(profile.id)}, ${profile.role}`],
    ['weights', `${visible(profile.family)} ${visible(profile.version)}, generation ${generation}`],
    ['digest', profile.digest ?? 'served by somebody else'],
    ['backend', visible(profile.backend)],
    ['status', `${status} since ${isoOf(changedAt)}`],
    ['seen', `${isoOf(seenAt)}${stale}`],
    ['load', `${load.running} of ${counted(load.runningMax, 'task')}`],
    ['tasks', list(capabilities.tasks, 'none named')],
    ['languages', list(capabilities.languages, 'any')],
    ['tools', list(capabilities.tools, 'none')],
    ['context', `${groupDigits(capabilities.contextTokens)} tokens`],
    [
      'cost',
      `$${cost.inputMillionTokensUsd} in, $${cost.outputMillionTokensUsd} out, a million tokens`,
    ],
    ['memory', `${(profile.memoryBytes / 1e9).toFixed(1)} GB`],
  ];
  const head = lines.map(([name = '', text]) => `${name.padEnd(10)}${text}\n`).join('');
  const records = surfaces
    .flatMap((surface) => {
      const record = standing[surface];
      return record === undefined ? [] : [`\n${surface}\n${scoresText(scoresOf(record))}`];
    })
    .join('');
  return `${head}${records}\nIntervals hold the true value with 95 % confidence.\n`;
}

/** A record, one measure a line, what is not known left out. */
function scoresText({ tasks, shares, amounts }: Scores): string {
  const lines = [
    `  ${'tasks'.padEnd(28)}${groupDigits(tasks)}`,
    ...Object.entries(measureNames).flatMap(([name, words]) => {
      const estimate = shares[name as keyof Scores['shares']];
      return estimate === null ? [] : [`  ${words.padEnd(28)}${shareText(estimate)}`];
    }),
    ...amountLines('latency', amounts.latencyMs, (ms) => `${(ms / 1_000).toPrecision(3)} s`),
    ...amountLines('cost', amounts.costUsd, (usd) => `$${usd.toPrecision(3)}`),
  ];
  return `${lines.join('\n')}\n`;
}

function amountLines(
  name: string,
  amount: Scores['amounts']['latencyMs'],
  text: (value: number) => string,
): readonly string[] {
  if (amount === null) return [];
  return (['p50', 'p95'] as const).map((q) => {
    const { value, low, high, count } = amount[q];
    return `  ${`${name} ${q}`.padEnd(28)}${text(value)} (${text(low)} to ${text(high)}, n = ${groupDigits(count)})`;
  });
}

/** A record day by day, one line each. */
export function daysText(
  days: readonly { readonly day: string; readonly generation: number; readonly scores: Scores }[],
): string {
  if (days.length === 0) return 'No task has ended on this surface.\n';
  return days
    .map(({ day, generation, scores: { tasks, shares } }) => {
      const composite =
        shares.composite === null ? 'no composite yet' : shareText(shares.composite);
      return `${day}  generation ${generation}  ${counted(tasks, 'task')}  ${composite}\n`;
    })
    .join('');
}

/** One event of the log in a line. @param body as it was written by this program. */
export function eventText(at: Instant, body: unknown): string {
  return `${isoOf(at).slice(0, 19)}Z  ${eventWords(body as RosterEvent | TaskEvent | { kind: 'decision' })}\n`;
}

function eventWords(event: RosterEvent | TaskEvent | { readonly kind: 'decision' }): string {
  switch (event.kind) {
    case 'registered':
      return `registered, generation ${event.generation}, ${event.status}: ${visible(event.because)}`;
    case 'status':
      return `${event.from} → ${event.to}: ${visible(event.because)}`;
    case 'decision': {
      const { decision, surface, policy } = event as { readonly [Name in string]?: unknown };
      return `chosen for ${visible(String(decision))} (${visible(String(surface))}) by ${visible(String(policy))}`;
    }
    case 'execution':
      return `${visible(event.decision)} ${event.ended} after ${(event.latencyMs / 1_000).toFixed(1)} s`;
    case 'verdict': {
      const waivers =
        event.waivers.length === 0 ? '' : ` by ${counted(event.waivers.length, 'waiver')}`;
      return `${visible(event.decision)} ${event.verdict}${waivers}, verdict ${visible(event.id)}`;
    }
    case 'override':
      return `${event.decision === null ? 'overruled' : `${visible(event.decision)} let through`} by ${event.by}, verdict ${visible(event.verdict)}`;
    case 'revert':
      return `${visible(event.decision)} taken back: ${event.landed.slice(0, 12)} by ${event.by.slice(0, 12)}`;
  }
}

export function registeredText(
  id: string,
  what: 'new' | 'other-weights' | 'changed' | 'unchanged',
  status: string,
): string {
  const name = visible(id);
  const words = {
    new: `${name} is on the roster as ${status}.`,
    'other-weights': `${name} has other weights, a record that starts anew, and is ${status}.`,
    changed: `The profile of ${name} is changed; status and record stay.`,
    unchanged: `${name} is registered so already.`,
  };
  return `${words[what]}\nSee it: arbiter models show ${name}\n`;
}

export function retiredText(id: string, isNew: boolean): string {
  return `${visible(id)} ${isNew ? 'is retired: it is given no more work' : 'was retired before'}.\n`;
}

export function learnedText(learned: {
  readonly verdicts: number;
  readonly events: number;
  readonly refused: number;
}): string {
  const refused = learned.refused === 0 ? '' : `, ${learned.refused} refused`;
  return `${counted(learned.verdicts, 'verdict')} read; ${counted(learned.events, 'event')} for the models' records${refused}.\n`;
}
