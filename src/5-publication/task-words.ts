/** What `arbiter tasks` tells: what waits, who does it, how it ended, and how models and runners stand. */
import type { Breaker } from '../models/orchestration/breaker.ts';
import type { Pulse, Vital } from '../models/orchestration/health.ts';
import type { LostAttempt } from '../models/orchestration/recovery.ts';
import type { QueuedTask, TaskEnd, TaskError, TaskStrategy } from '../models/orchestration/task.ts';
import type { LeftOut } from '../models/routing/eligible.ts';
import { type Instant, isoOf, unreachable } from '../primitives.ts';
import { visible } from './escape.ts';
import { counted, groupDigits } from './quantity.ts';
import { barText } from './routing-words.ts';

const name = (text: string): string => visible(text, 80);
const minute = (at: Instant): string => `${isoOf(at).slice(0, 16)}Z`;

/** One line a task. */
export function tasksText(tasks: readonly QueuedTask[]): string {
  if (tasks.length === 0) return 'No task.\n';
  return tasks
    .map(
      (task) =>
        `${name(task.id)}  ${task.cancelling ? 'cancelling' : task.state}  ${task.priority}  ${standingText(task)}  ${name(task.repository)}\n`,
    )
    .join('');
}

function standingText(task: QueuedTask): string {
  if (task.end !== null) return endText(task.end);
  if (task.state === 'running') return `${atText(task)} by ${name(task.model ?? 'the arbiter')}`;
  return task.held.length > 0 ? `nobody can now: ${leftOutText(task.held, 1)}` : 'in line';
}

const atText = ({ steps, finished }: QueuedTask): string =>
  `step ${finished.length + 1} of ${steps.length}, ${steps[finished.length]?.name ?? ''}`;

/** All that is known of one task. */
export function taskText(task: QueuedTask): string {
  const { id, priority, deadline, askedAt, endedAt, decision, lost, held, steps, finished } = task;
  const lines = [
    `${name(id)}  ${task.cancelling ? 'cancelling' : task.state}`,
    `  of          ${name(task.repository)}`,
    `  priority    ${priority}${deadline === null ? '' : `, by ${minute(deadline)}`}`,
    `  asked       ${minute(askedAt)}${endedAt === null ? '' : `, ended ${minute(endedAt)}`}`,
    `  steps       ${steps.map((step) => `${step.name}${finished.includes(step.name) ? ' ✓' : ''}`).join(', ')}`,
    ...(decision === null ? [] : [`  decision    ${name(decision)}: ${name(task.model ?? '')}`]),
    ...(held.length === 0 ? [] : ['  nobody can now', ...reasons(held)]),
    ...(lost.length === 0 ? [] : ['  tried', ...lost.map((each) => `    ${lostText(each)}`)]),
    ...(task.end === null ? [] : [`  ${endText(task.end)}`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** An order that several models may get: who was asked, and whose verdict counts. */
export function strategyText(
  strategy: TaskStrategy & {
    readonly id: string;
    readonly state: string;
    readonly taken: string | null;
    readonly members: readonly QueuedTask[];
  },
): string {
  const { id, members, state, taken, workers } = strategy;
  const end = taken === null ? 'nobody gave a verdict' : `${name(taken)} counts`;
  const lines = [
    `${name(id)}  ${state}  ${strategy.name} of at most ${workers} models${state === 'done' ? `: ${end}` : ''}`,
    ...members.map((task) => {
      const by = task.model === null ? '' : `  ${name(task.model)}`;
      return `  ${name(task.id)}  ${task.cancelling ? 'cancelling' : task.state}${by}  ${standingText(task)}`;
    }),
  ];
  return `${lines.join('\n')}\n`;
}

const reasons = (leftOut: readonly LeftOut[]): readonly string[] =>
  leftOut.map(({ id, because }) => `    ${name(id)}: ${barText(because)}`);

/** What may pass by itself is said before what a model cannot do: that is what a task waits for. */
const passing: ReadonlySet<LeftOut['because']['kind']> = new Set([
  'health',
  'load',
  'share',
  'budget',
]);

function leftOutText(leftOut: readonly LeftOut[], most: number): string {
  const isPassing = ({ because }: LeftOut) => passing.has(because.kind);
  const first = [...leftOut.filter(isPassing), ...leftOut.filter((each) => !isPassing(each))];
  const said = first.slice(0, most).map(({ id, because }) => `${name(id)}: ${barText(because)}`);
  const more = leftOut.length - said.length;
  return [...said, ...(more > 0 ? [`${groupDigits(more)} more`] : [])].join('; ');
}

/** `14:02 small, propose: timed out (no answer)`. */
function lostText({ at, model, step, ended, detail }: LostAttempt): string {
  const said = detail === '' ? '' : ` (${visible(detail, 160)})`;
  return `${minute(at)}  ${name(model ?? 'the arbiter')}, ${step}: ${ended}${said}`;
}

/** How a task ended, in one line. */
export function endText(end: TaskEnd): string {
  switch (end.kind) {
    case 'done':
      return end.verdict === null
        ? 'done'
        : `done: ${end.verdict.verdict}, verdict ${end.verdict.id}`;
    case 'cancelled':
      return 'cancelled';
    case 'error':
      return `ERROR: ${errorText(end.error)}`;
    default:
      return unreachable(end);
  }
}

function errorText(error: TaskError): string {
  switch (error.kind) {
    case 'attempts-spent':
      return `${error.step} was tried as often as it may be`;
    case 'models-spent':
      return `whoever could do ${error.step} was tried${error.leftOut.length === 0 ? '' : `; ${leftOutText(error.leftOut, 3)}`}`;
    case 'no-model-able':
      return `no model can do ${error.step}: ${leftOutText(error.leftOut, 3)}`;
    case 'deadline-passed':
      return `its deadline ${minute(error.deadline)} passed`;
    default:
      return unreachable(error);
  }
}

/** After a task was put in line. */
export const addedText = (id: string): string =>
  `${id} waits.\nSee where it stands: arbiter tasks show ${id}\n`;

/** After nobody wants it any more. */
export const cancelledText = (id: string, state: 'cancelled' | 'cancelling'): string =>
  state === 'cancelled'
    ? `${name(id)} is cancelled.\n`
    : `${name(id)} runs; its programs are ended within a second, or with their runner.\n`;

/** One line as a runner goes. */
export const runnerLine = (what: string, task: string, more: string): string =>
  `  ${what.padEnd(10)} ${name(task)}${more === '' ? '' : `  ${visible(more, 160)}`}\n`;

/**
 * Why a runner ends that was to do what it could, while tasks still wait.
 *
 * @param shown some of them.
 */
export const stillWaitingText = (waiting: number, shown: readonly QueuedTask[]): string =>
  [
    `${counted(waiting, 'task still waits', 'tasks still wait')}, and nobody can take ${waiting === 1 ? 'it' : 'them'} now:`,
    ...shown.map((task) => `  ${name(task.id)}  ${standingText(task)}`),
    ...(waiting > shown.length ? [`  ${groupDigits(waiting - shown.length)} more`] : []),
    'Nothing is lost. When a model can again (see: arbiter tasks health), run: arbiter tasks run',
    '',
  ].join('\n');

/** How one model stands: its breaker, its load, and when it was last heard of. */
export interface ModelHealth {
  readonly id: string;
  readonly status: string;
  readonly running: number;
  readonly runningMax: number;
  readonly breaker: Breaker;
  readonly seenAt: Instant;
  /** null where it does not announce itself. */
  readonly vital: Vital | null;
}

export interface QueueHealth {
  readonly waiting: number;
  readonly running: number;
  readonly oldestAt: Instant | null;
  readonly models: readonly ModelHealth[];
  /** Runners and daemons that announce themselves. */
  readonly others: readonly (Pulse & {
    readonly name: string;
    readonly vital: Vital;
    readonly breaker: Breaker;
  })[];
}

export function healthText(health: QueueHealth): string {
  const { waiting, running, oldestAt, models, others } = health;
  const oldest = oldestAt === null ? '' : `, the first since ${minute(oldestAt)}`;
  return [
    `${counted(waiting, 'task waits', 'tasks wait')}${oldest}; ${counted(running, 'runs', 'run')}`,
    ...models.map(
      (model) =>
        `  model:${name(model.id)}  ${model.status}  ${model.running}/${model.runningMax}  breaker ${breakerText(model.breaker)}  last heard of ${minute(model.seenAt)}${model.vital === null ? '' : `, ${model.vital}`}`,
    ),
    ...others.map(
      (each) =>
        `  ${name(each.name)}  ${each.vital}  breaker ${breakerText(each.breaker)}  last heard of ${minute(each.seenAt)}`,
    ),
    ...(others.some((each) => each.name.startsWith('runner:') && each.vital !== 'lost')
      ? []
      : ['  no runner: arbiter tasks run --worker COMMAND']),
    '',
  ].join('\n');
}

function breakerText(breaker: Breaker): string {
  switch (breaker.state) {
    case 'closed':
      return breaker.failures === 0
        ? 'closed'
        : `closed, ${counted(breaker.failures, 'failure')} in a row`;
    case 'open':
      return `open until ${isoOf(breaker.until).slice(11, 19)}Z, time ${breaker.trips}`;
    case 'half-open':
      return `half-open, tried by ${name(breaker.trial)}`;
    default:
      return unreachable(breaker);
  }
}
