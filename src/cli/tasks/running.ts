import { hostname } from 'node:os';
import type { Command } from 'commander';
import { faultWords } from '../../5-publication/fault-words.ts';
import { endText, runnerLine, stillWaitingText } from '../../5-publication/task-words.ts';
import { Conductor } from '../../adapters/orchestra/conductor.ts';
import type { Told } from '../../adapters/orchestra/hands.ts';
import { queueState, tasksListed } from '../../adapters/orchestra/queue.ts';
import { strategyIn } from '../../adapters/orchestra/strategies.ts';
import { Journal } from '../../adapters/roster/journal.ts';
import type { Roster } from '../../adapters/roster/roster.ts';
import type { RosterStorageFault } from '../../models/faults.ts';
import type { QueuedTask } from '../../models/orchestration/task.ts';
import { type PolicyName, policyNames } from '../../models/routing/policies.ts';
import { ok, type Result } from '../../primitives.ts';
import { choice } from '../models/choice.ts';
import { wholeNumber } from '../models/options.ts';
import { positive } from '../models/routing.ts';
import { type ModelOptions, modelCommand } from '../models/session.ts';
import { page } from '../page.ts';
import { stop } from '../stop.ts';
import { commandFrom } from '../worker-command.ts';
import { exits, type World } from '../world.ts';
import { handsOf } from './hands.ts';
import { withQueue } from './session.ts';

interface RunOptions extends ModelOptions {
  readonly worker: string;
  readonly once?: boolean;
  readonly atOnce: number;
  readonly runner?: string;
  readonly policy: PolicyName;
  readonly budget?: number;
  readonly runGates?: boolean;
  readonly key?: string;
}

/** Steps at one time where nobody says: models share a machine. */
const AT_ONCE = 2;

/** Enough to see what they have in common. */
const WAITING_SHOWN = 3;

/** `tasks run`: gives tasks to models as they come, has them done and judged. */
export function runCommand(world: World): Command {
  return modelCommand('run', 'give tasks to models as they come, have them done and judged')
    .requiredOption('--worker <command>', 'what proposes a patch; ARBITER_MODEL names its model')
    .option('--once', 'do what can be done now, and end')
    .option('--at-once <n>', 'steps at one time', wholeNumber, AT_ONCE)
    .option('--runner <name>', 'its name among runners (default: this host and process)')
    .option(
      '--policy <name>',
      `one of ${policyNames.join(', ')}`,
      choice(policyNames),
      policyNames[0],
    )
    .option('--budget <amount>', 'what a task may cost on average, in US dollars', positive)
    .option('--run-gates', 'run the commands of the policy here, in the sandbox of this machine')
    .option('--key <file>', 'sign verdicts with this key')
    .action((options: RunOptions) =>
      withQueue(world, options, async (roster) => {
        const models = roster.all();
        if (!models.ok) return stop(world, models.fault, options.json === true);
        if (models.value.length === 0)
          return stop(world, { kind: 'roster-empty' }, options.json === true);
        await conduct(world, roster, options);
      }),
    );
}

/** Until it is told to stop: what runs then is ended with all its programs, and waits for the next runner. */
async function conduct(world: World, roster: Roster, options: RunOptions): Promise<void> {
  await using journal = new Journal(roster);
  const lost: QueuedTask[] = [];
  const conductor = new Conductor({
    roster,
    journal,
    routing: { policy: options.policy, usdPerTask: options.budget ?? null },
    hands: handsOf(world, {
      ...options,
      worker: commandFrom(world.directory, options.worker),
    }),
    runner: options.runner ?? `${hostname()}-${process.pid}`,
    atOnce: options.atOnce,
    now: world.now,
    elapsed: () => performance.now(),
    told: (told) => {
      if ('task' in told && told.task.end?.kind === 'error') lost.push(told.task);
      say(world, told, options.json === true);
    },
  });
  const stopping = new AbortController();
  const end = () => stopping.abort();
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.once(signal, end);
  try {
    await conductor.run(stopping.signal, options.once === true);
  } finally {
    for (const signal of signals) process.off(signal, end);
  }
  if (stopping.signal.aborted) return world.finish(exits.interrupted);
  const failed = roster.read(() => lost.some((task) => isLost(roster, task)));
  if (!failed.ok) return stop(world, failed.fault, options.json === true);
  const waiting = sayWaiting(world, roster);
  if (!waiting.ok) return stop(world, waiting.fault, options.json === true);
  world.finish(failed.value || waiting.value > 0 ? exits.couldNotFinish : exits.pass);
}

/** Says what nobody could be given, and why. @returns how many tasks still wait. */
function sayWaiting(world: World, roster: Roster): Result<number, RosterStorageFault> {
  const state = queueState(roster);
  if (!state.ok || state.value.waiting === 0) return state.ok ? ok(0) : state;
  const states = ['waiting'] as const;
  const tasks = tasksListed(roster, { states, repository: null, limit: WAITING_SHOWN });
  if (!tasks.ok) return tasks;
  world.err(stillWaitingText(state.value.waiting, tasks.value));
  return ok(state.value.waiting);
}

/** A member that could not finish is no loss where another one's work was taken: that is what they are asked for. */
function isLost(roster: Roster, { member }: QueuedTask): boolean {
  const order = member === null ? null : strategyIn(roster, member.of);
  return order === null || (order.taken === null && order.state !== 'cancelled');
}

/** One line for each thing that happens; with `--json` one object. */
function say(world: World, told: Told, json: boolean): void {
  if (told.kind === 'storage') {
    world.err(faultWords(told.fault).text);
    return;
  }
  const id = 'work' in told ? told.work.claim.id : told.task.id;
  if (json) world.out(`${JSON.stringify(eventOf(world, id, told))}\n`);
  else page(world, runnerLine(told.kind, id, moreOf(told)));
}

type OfTask = Exclude<Told, { readonly kind: 'storage' }>;

function eventOf(world: World, task: string, told: OfTask) {
  const work = 'work' in told ? told.work : null;
  return {
    schema: 'caws-arbiter/tasks-run@1',
    event: told.kind,
    at: world.now(),
    task,
    fence: work?.claim.fence ?? null,
    step: work?.step.name ?? null,
    model: work?.model?.id ?? null,
    end: 'task' in told ? told.task.end : null,
    lost: told.kind === 'lost' ? told.end : null,
  };
}

function moreOf(told: OfTask): string {
  switch (told.kind) {
    case 'taken':
      return `${told.work.step.name} by ${told.work.model?.id ?? 'the arbiter'}`;
    case 'finished':
      return told.task.end === null ? told.work.step.name : endText(told.task.end);
    case 'lost':
      return told.task.end === null
        ? `${told.work.step.name}: ${told.end.kind}: ${told.end.detail}`
        : endText(told.task.end);
    case 'ended':
      return told.task.end === null ? '' : endText(told.task.end);
    case 'given-back':
      return told.because;
    case 'refused':
      return (faultWords(told.fault).text.split('\n')[0] ?? '').trim();
  }
}
