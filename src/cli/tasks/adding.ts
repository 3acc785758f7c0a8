import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { AnyFault } from '../../5-publication/fault-words.ts';
import { addedText } from '../../5-publication/task-words.ts';
import { add } from '../../adapters/orchestra/queue.ts';
import { textOfPlain, whyUnread } from '../../adapters/plain-file.ts';
import { type Priority, priorities } from '../../models/orchestration/order.ts';
import { type Order, type TaskStrategy, taskStrategies } from '../../models/orchestration/task.ts';
import { fail, type Instant, ok, type Result } from '../../primitives.ts';
import { choice } from '../models/choice.ts';
import { wholeNumber } from '../models/options.ts';
import { type ModelOptions, modelCommand } from '../models/session.ts';
import { readTask, taskOf } from '../models/task-file.ts';
import { newVerdictId } from '../new-id.ts';
import { page } from '../page.ts';
import { plainJson } from '../plain-json.ts';
import { stop } from '../stop.ts';
import { exits, type World } from '../world.ts';
import { specSteps } from './hands.ts';
import { withQueue } from './session.ts';
import { span } from './span.ts';
import { atSpec, type SpecWork } from './spec.ts';

interface AddOptions extends ModelOptions {
  readonly onto?: string;
  readonly priority: Priority;
  readonly deadline?: number;
  readonly timeout: number;
  readonly task?: string;
  readonly id?: string;
  readonly strategy?: TaskStrategy['name'];
  readonly workers: number;
}

/** A model that writes for longer has lost its way. */
const TIMEOUT_MS = 20 * 60_000;
/** A small model, a larger one, and the largest. */
const WORKERS = 3;

/** `tasks add SPEC`: puts a spec of this repository in line for a model. */
export function addCommand(world: World): Command {
  return modelCommand('add', 'put a spec of this repository in line for a model')
    .argument('<spec>', 'the working spec that a change is wanted for')
    .option('--onto <target>', 'what it is to land on (default: the default branch)')
    .option('--priority <word>', `one of ${priorities.join(', ')}`, choice(priorities), 'normal')
    .option('--deadline <time>', 'how long it may take in all: 30m, 2h, 1d', span)
    .option('--timeout <time>', 'how long one step may take', span, TIMEOUT_MS)
    .option(
      '--strategy <name>',
      `several models, a task each: ${taskStrategies.join(', ')}`,
      choice(taskStrategies),
    )
    .option('--workers <n>', 'models that a strategy asks at most', wholeNumber, WORKERS)
    .option(
      '--task <file>',
      'what a model for it has to be able to, as arbiter models route reads it',
    )
    .option('--id <id>', 'its id, so that asking twice makes one task; a new one where absent')
    .action(async (spec: string, options: AddOptions) => {
      const json = options.json === true;
      const order = await orderOf(world, spec, options);
      if (!order.ok) return stop(world, order.fault, json);
      const { id } = order.value;
      return withQueue(world, options, (roster) => {
        const added = roster.write(() => add(roster, order.value, world.now()));
        if (!added.ok) return stop(world, added.fault, json);
        if (!added.value.ok) return stop(world, added.value.fault, json);
        if (json) world.out(`${plainJson({ schema: 'caws-arbiter/tasks-add@1', id })}\n`);
        else page(world, addedText(id));
        world.finish(exits.pass);
      });
    });
}

async function orderOf(
  world: World,
  spec: string,
  options: AddOptions,
): Promise<Result<Order, AnyFault>> {
  if (!/^[\x21-\x7e]{1,100}$/.test(spec)) return fail({ kind: 'spec-id-unreadable', given: spec });
  const needs = needsIn(world, options.task);
  if (!needs.ok) return needs;
  const work: SpecWork = { directory: world.directory, spec, onto: options.onto ?? null };
  // Read now, so that a spec that is not there is said to whoever asks, and not to a model.
  const found = await atSpec(world, work, async ({ repository, task }) => ({
    // All work trees of a repository are one.
    repository: repository.commonDirectory.replace(/\/\.git$/, ''),
    title: task.spec.title,
    tier: task.spec.tier,
  }));
  if (!found.ok) return found;
  const now = world.now();
  const { repository, tier, title } = found.value;
  return ok({
    id: options.id ?? newVerdictId(now, world),
    repository,
    priority: options.priority,
    deadline: options.deadline === undefined ? null : ((now + options.deadline) as Instant),
    task: taskOf({ text: title, tier, ...needs.value }),
    steps: specSteps,
    timeoutMs: options.timeout,
    work,
    ...(options.strategy === undefined
      ? {}
      : { strategy: { name: options.strategy, workers: options.workers } }),
  });
}

function needsIn(world: World, file: string | undefined) {
  let text = '{}';
  try {
    if (file !== undefined) text = textOfPlain(resolve(world.directory, file));
  } catch (error) {
    const folder = world.directory;
    return fail({
      kind: 'file-unreadable' as const,
      file: file ?? '',
      option: '--task',
      folder,
      ...whyUnread(error),
    });
  }
  const read = readTask(text);
  return read.ok
    ? read
    : fail({ kind: 'task-unreadable' as const, file: file ?? '--task', reason: read.fault });
}
