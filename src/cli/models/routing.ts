import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { AnyFault } from '../../5-publication/fault-words.ts';
import { routedText } from '../../5-publication/routing-words.ts';
import { downIn } from '../../adapters/orchestra/standings.ts';
import { textOfPlain, whyUnread } from '../../adapters/plain-file.ts';
import { sharesIn } from '../../adapters/suites/trials.ts';
import { type Surface, surfaces } from '../../models/profile.ts';
import { isStale, type RosterModel } from '../../models/roster.ts';
import type { Standing } from '../../models/routing/eligible.ts';
import { type PolicyName, policyNames } from '../../models/routing/policies.ts';
import { type Routed, route } from '../../models/routing/route.ts';
import {
  newRouterState,
  type RouterState,
  recordsWith,
} from '../../models/routing/router-state.ts';
import type { Task } from '../../models/routing/task.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { newVerdictId } from '../new-id.ts';
import { page } from '../page.ts';
import { plainJson } from '../plain-json.ts';
import { stop } from '../stop.ts';
import { exits, type World } from '../world.ts';
import { choice } from './choice.ts';
import { readRoutingLog } from './routing-log.ts';
import { type ModelOptions, modelCommand, withRoster } from './session.ts';
import { readTask, taskOf } from './task-file.ts';

interface RouteOptions extends ModelOptions {
  readonly task?: string;
  readonly text?: string;
  readonly file: Task['facts']['files'];
  readonly tier?: '1' | '2' | '3';
  readonly surface?: Surface;
  readonly kind?: string;
  readonly language: readonly string[];
  readonly tool: readonly string[];
  readonly usdMax?: number;
  readonly policy: PolicyName;
  readonly seed: number;
  readonly budget?: number;
  readonly log?: string;
  readonly decision?: string;
  readonly unheard?: boolean;
}

/** `models route`: which model would get a task, and the numbers that decide it. Nothing is written. */
export function routeCommand(world: World): Command {
  return modelCommand('route', 'which model would get a task, and the numbers that decide it')
    .option('--task <file>', 'the task as JSON; what is named beside it counts instead')
    .option('--text <text>', 'what the task says of itself')
    .option(
      '--file <path:lines>',
      'a file that it changes, and by how many lines; repeatable',
      also,
      [],
    )
    .option('--tier <tier>', 'the risk tier of its spec', choice(['1', '2', '3'] as const))
    .option('--surface <name>', `one of ${surfaces.join(', ')}`, choice(surfaces))
    .option('--kind <kind>', 'a kind of task, e.g. bug-fix')
    .option('--language <name>', 'a programming language; repeatable', word, [])
    .option('--tool <name>', 'a tool that the model has to call; repeatable', word, [])
    .option('--usd-max <amount>', 'the most that the task may cost, in US dollars', amount)
    .option(
      '--policy <name>',
      `one of ${policyNames.join(', ')}`,
      choice(policyNames),
      policyNames[0],
    )
    .option('--seed <number>', 'a whole number; the same one gives the same decision', seed, 1)
    .option('--budget <amount>', 'what a task may cost on average, in US dollars', positive)
    .option(
      '--log <file>',
      'past decisions with their rewards to learn from, one JSON object a line',
    )
    .option('--decision <id>', 'the id of the decision; a new one where absent')
    .option('--unheard', 'models without a recent sign of life, too')
    .action((options: RouteOptions) =>
      withRoster(world, options, 'open', (roster) => {
        const json = options.json === true;
        const task = taskFor(world, options);
        if (!task.ok) return stop(world, task.fault, json);
        const state = stateFor(world, options);
        if (!state.ok) return stop(world, state.fault, json);
        const models = roster.all();
        if (!models.ok) return stop(world, models.fault, json);
        const shares = sharesIn(roster);
        if (!shares.ok) return stop(world, shares.fault, json);
        const isDown = roster.read(() => downIn(roster, world.now()));
        if (!isDown.ok) return stop(world, isDown.fault, json);
        const standings = models.value.map((model): Standing => {
          const held = shares.value.get(model.profile.id);
          const known = standingOf(world, model, options);
          const standing = isDown.value(model.profile)
            ? { ...known, health: 'down' as const }
            : known;
          return held === undefined ? standing : { ...standing, shares: held };
        });
        const { decision, policy, seed } = options;
        const id = decision ?? newVerdictId(world.now(), world);
        const asked = { id, task: task.value, models: standings, policy, seed };
        const routed = route(state.value, asked, () => performance.now());
        if (!routed.ok) return stop(world, routed.fault, json);
        say(world, routed.value.routed, json);
      }),
    );
}

function say(world: World, routed: Routed, json: boolean): void {
  const { candidates, choice: chosen, classified, id, propensities } = routed;
  if (json) {
    const arms = candidates.map(({ arm }, at) => ({ arm, propensity: propensities[at] }));
    const log = { decision: id, surface: classified.surface, arms, chosen: chosen.arm };
    world.out(`${plainJson({ schema: 'caws-arbiter/models-route@1', ...routed, log })}\n`);
  } else page(world, routedText(routed));
  world.finish(exits.pass);
}

function taskFor(world: World, options: RouteOptions): Result<Task, AnyFault> {
  const file = options.task;
  let text = '{}';
  try {
    if (file !== undefined) text = textOfPlain(resolve(world.directory, file));
  } catch (error) {
    const folder = world.directory;
    return fail({
      kind: 'file-unreadable',
      file: file ?? '',
      option: '--task',
      folder,
      ...whyUnread(error),
    });
  }
  const read = readTask(text);
  if (!read.ok)
    return fail({ kind: 'task-unreadable', file: file ?? '--task', reason: read.fault });
  const { kind, language: languages, surface, text: said, tier, tool: tools, usdMax } = options;
  return ok(
    taskOf({
      ...read.value,
      ...(said === undefined ? {} : { text: said }),
      ...(options.file.length === 0 ? {} : { files: options.file }),
      ...(tier === undefined ? {} : { tier: Number(tier) as 1 | 2 | 3 }),
      ...(surface === undefined ? {} : { surface }),
      ...(kind === undefined ? {} : { kind }),
      ...(languages.length === 0 ? {} : { languages }),
      ...(tools.length === 0 ? {} : { tools }),
      ...(usdMax === undefined ? {} : { usdMax }),
    }),
  );
}

/** What the router has learned from the log; nothing where none is named. */
function stateFor(world: World, options: RouteOptions): Result<RouterState, AnyFault> {
  const state = newRouterState(options.budget ?? null);
  if (options.log === undefined) return ok(state);
  const log = readRoutingLog(world, options.log, '--log');
  if (!log.ok) return log;
  let { records } = state;
  for (const { chosen: arm, reward, surface } of log.value)
    ({ records } = recordsWith(records, { surface, arm, reward }));
  return ok({ ...state, records, decided: log.value.length });
}

function standingOf(world: World, model: RosterModel, options: RouteOptions): Standing {
  const { load, profile, status } = model;
  const heard = options.unheard === true || !isStale(model, world.now());
  return { profile, status, running: load.running, health: heard ? 'up' : 'unknown' };
}

function also(given: string, before: Task['facts']['files']): Task['facts']['files'] {
  const parts = /^(?<path>.+):(?<lines>\d{1,9})$/.exec(given)?.groups;
  if (parts === undefined) throw new InvalidArgumentError('a path and its lines, src/cart.ts:12.');
  return [...before, { path: parts['path'] ?? '', lines: Number(parts['lines']) }];
}

const word = (given: string, before: readonly string[]): readonly string[] => [...before, given];

function amount(given: string): number {
  if (!/^\d{1,9}(?:\.\d{1,9})?$/.test(given)) throw new InvalidArgumentError('an amount, 0.25.');
  return Number(given);
}

/** Reads an amount of money above 0. */
export function positive(given: string): number {
  const read = amount(given);
  if (read === 0) throw new InvalidArgumentError('more than 0.');
  return read;
}

function seed(given: string): number {
  if (!/^\d{1,10}$/.test(given) || Number(given) >= 2 ** 32)
    throw new InvalidArgumentError('a whole number below 4294967296.');
  return Number(given);
}
