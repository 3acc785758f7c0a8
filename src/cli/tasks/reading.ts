import { type Command, InvalidArgumentError } from 'commander';
import {
  cancelledText,
  healthText,
  type QueueHealth,
  strategyText,
  tasksText,
  taskText,
} from '../../5-publication/task-words.ts';
import { beat, breakersIn, type PartName, pulsesIn } from '../../adapters/orchestra/breakers.ts';
import { cancel, queueState, taskNamed, tasksListed } from '../../adapters/orchestra/queue.ts';
import { loggedDecisions } from '../../adapters/orchestra/router.ts';
import { heartbeat } from '../../adapters/roster/registering.ts';
import type { Roster } from '../../adapters/roster/roster.ts';
import type { RosterStorageFault } from '../../models/faults.ts';
import { closedBreaker } from '../../models/orchestration/breaker.ts';
import type { TaskState } from '../../models/orchestration/state.ts';
import { type Instant, ok, type Result } from '../../primitives.ts';
import { wholeNumber } from '../models/options.ts';
import { type ModelOptions, modelCommand } from '../models/session.ts';
import { page, pageList } from '../page.ts';
import { plainJson } from '../plain-json.ts';
import { stop } from '../stop.ts';
import { exits, type World } from '../world.ts';
import { withQueue } from './session.ts';
import { span } from './span.ts';

/** What a terminal shows at once; `--limit` asks for more. */
const LISTED = 50;
const underWay: readonly TaskState[] = ['waiting', 'running'];
const everyState: readonly TaskState[] = [...underWay, 'done', 'error', 'cancelled'];

/** `tasks list`: what waits and runs. */
export function listCommand(world: World): Command {
  return modelCommand('list', 'tasks that wait and run, newest first')
    .option('--all', 'ended ones, too')
    .option('--limit <n>', 'at most so many', wholeNumber, LISTED)
    .action((options: ModelOptions & { readonly all?: boolean; readonly limit: number }) =>
      withQueue(world, options, (roster) => {
        const states = options.all === true ? everyState : underWay;
        const tasks = tasksListed(roster, { states, repository: null, limit: options.limit });
        if (!tasks.ok) return stop(world, tasks.fault, options.json === true);
        if (options.json === true)
          world.out(`${plainJson({ schema: 'caws-arbiter/tasks-list@1', tasks: tasks.value })}\n`);
        else pageList(world, tasksText(tasks.value));
        world.finish(exits.pass);
      }),
    );
}

/** `tasks show ID`: where one task stands, and all that was tried. */
export function showCommand(world: World): Command {
  return modelCommand('show', 'where a task stands, and what was tried')
    .argument('<id>', 'the task')
    .action((id: string, options: ModelOptions) =>
      withQueue(world, options, (roster) => {
        const json = options.json === true;
        const task = taskNamed(roster, id);
        if (!task.ok) return stop(world, task.fault, json);
        if (task.value === null) return stop(world, { kind: 'task-unknown', id }, json);
        if (json)
          world.out(`${plainJson({ schema: 'caws-arbiter/tasks-show@1', task: task.value })}\n`);
        else page(world, 'members' in task.value ? strategyText(task.value) : taskText(task.value));
        world.finish(exits.pass);
      }),
    );
}

/** `tasks cancel ID`: no result is wanted any more. */
export function cancelCommand(world: World): Command {
  return modelCommand('cancel', 'end a task without a result, with all its programs')
    .argument('<id>', 'the task')
    .action((id: string, options: ModelOptions) =>
      withQueue(world, options, (roster) => {
        const json = options.json === true;
        const done = roster.write(() => cancel(roster, id, world.now()));
        if (!done.ok) return stop(world, done.fault, json);
        if (!done.value.ok) return stop(world, done.value.fault, json);
        const state = done.value.value;
        if (json) world.out(`${plainJson({ schema: 'caws-arbiter/tasks-cancel@1', id, state })}\n`);
        else page(world, cancelledText(id, state));
        world.finish(exits.pass);
      }),
    );
}

/** `tasks log`: past decisions with their rewards, as `models evaluate` and `models route --log` read them. */
export function logCommand(world: World): Command {
  return modelCommand('log', 'past decisions with their rewards, one JSON object a line').action(
    (options: ModelOptions) =>
      withQueue(world, options, (roster) => {
        const told = roster.read(() => {
          for (const logged of loggedDecisions(roster)) world.out(`${JSON.stringify(logged)}\n`);
        });
        if (!told.ok) return stop(world, told.fault, options.json === true);
        world.finish(exits.pass);
      }),
  );
}

/** `tasks health`: how models, runners and daemons stand. */
export function healthCommand(world: World): Command {
  return modelCommand('health', 'what waits, and how models, runners and daemons stand').action(
    (options: ModelOptions) =>
      withQueue(world, options, (roster) => {
        const health = healthOf(roster, world.now());
        if (!health.ok) return stop(world, health.fault, options.json === true);
        if (options.json === true)
          world.out(`${plainJson({ schema: 'caws-arbiter/tasks-health@1', ...health.value })}\n`);
        else page(world, healthText(health.value));
        world.finish(exits.pass);
      }),
  );
}

/** `tasks beat NAME`: a daemon says that it is there, and when it will say so again. */
export function beatCommand(world: World): Command {
  return modelCommand('beat', 'say that a daemon or a model is there, and for how long that counts')
    .argument('<part>', 'daemon:BACKEND or model:ID', part)
    .requiredOption('--every <time>', 'when it says so again: 10s, 1m', span)
    .action((name: PartName, options: ModelOptions & { readonly every: number }) =>
      withQueue(world, options, (roster) => {
        const json = options.json === true;
        const pulse = { seenAt: world.now(), everyMs: options.every };
        const model = /^model:(?<id>.+)$/.exec(name)?.groups?.['id'];
        const known = model === undefined ? ok(null) : heartbeat(roster, model, pulse.seenAt);
        if (!known.ok) return stop(world, known.fault, json);
        const done = roster.write(() => beat(roster, name, pulse));
        if (!done.ok) return stop(world, done.fault, json);
        if (json)
          world.out(`${plainJson({ schema: 'caws-arbiter/tasks-beat@1', name, ...pulse })}\n`);
        world.finish(exits.pass);
      }),
    );
}

function part(given: string): PartName {
  if (!/^(?:daemon|model):[A-Za-z0-9][A-Za-z0-9._:/+-]{0,99}$/.test(given))
    throw new InvalidArgumentError('daemon:BACKEND or model:ID.');
  return given as PartName;
}

function healthOf(roster: Roster, now: Instant): Result<QueueHealth, RosterStorageFault> {
  const [state, models] = [queueState(roster), roster.all()];
  if (!state.ok) return state;
  if (!models.ok) return models;
  return roster.read(() => {
    const [breakers, pulses] = [breakersIn(roster), pulsesIn(roster, now)];
    const { waiting, running, oldestAt } = state.value;
    return {
      waiting,
      running,
      oldestAt,
      models: models.value
        .filter(({ status }) => status !== 'retired')
        .map(({ profile: { id }, status, load, seenAt }) => {
          const pulse = pulses.get(`model:${id}`);
          return {
            id,
            status,
            running: load.running,
            runningMax: load.runningMax,
            breaker: breakers.get(`model:${id}`) ?? closedBreaker,
            seenAt: pulse?.seenAt ?? seenAt,
            vital: pulse?.vital ?? null,
          };
        }),
      others: [...pulses]
        .filter(([name]) => !name.startsWith('model:'))
        .map(([name, pulse]) => ({ name, ...pulse, breaker: breakers.get(name) ?? closedBreaker })),
    };
  });
}
