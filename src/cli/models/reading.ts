import type { Command } from 'commander';
import { refusalWords } from '../../5-publication/model-fault-words.ts';
import { daysText, eventText, modelText, rosterText } from '../../5-publication/model-words.ts';
import {
  type DayRecord,
  eventsOf,
  type Logged,
  recordsBetween,
  refusalsOf,
} from '../../adapters/roster/history.ts';
import { MODELS_MAX, type Roster } from '../../adapters/roster/roster.ts';
import { DAY_MS } from '../../models/events.ts';
import type { Refusal, RosterFault } from '../../models/faults.ts';
import { type Role, type Status, type Surface, statuses, surfaces } from '../../models/profile.ts';
import { isStale, type RosterModel } from '../../models/roster.ts';
import { scoresOf } from '../../models/scores.ts';
import { type Instant, isoOf, ok, type Result } from '../../primitives.ts';
import { page, pageList } from '../page.ts';
import { plainJson } from '../plain-json.ts';
import { stop } from '../stop.ts';
import { exits, type World } from '../world.ts';
import { choice } from './choice.ts';
import { type ModelOptions, modelCommand, modelOf, withRoster } from './session.ts';

interface RosterOptions extends ModelOptions {
  readonly surface?: Surface;
  readonly role?: Role;
  readonly task?: string;
  readonly language?: string;
  readonly tool: readonly string[];
  readonly free?: boolean;
  readonly all?: boolean;
}

/** `models roster`: who can do what, best record first. */
export function rosterCommand(world: World): Command {
  return modelCommand('roster', 'the models that can do what is named, best record first')
    .option('--surface <name>', `one of ${surfaces.join(', ')}`, choice(surfaces))
    .option('--role <role>', 'worker or judge', choice(['worker', 'judge'] as const))
    .option('--task <kind>', 'with --surface: a kind of task, e.g. bug-fix')
    .option('--language <name>', 'with --surface: a programming language')
    .option('--tool <name>', 'with --surface: a tool it can call; repeatable', also, [])
    .option('--free', 'with --surface: only models that can take a task now')
    .option('--all', 'retired models too; with --surface every status')
    .action((options: RosterOptions) =>
      withRoster(world, options, 'open', (roster) => {
        const { surface } = options;
        const option = surface === undefined ? askedOfASurface(options) : undefined;
        if (option !== undefined)
          return stop(
            world,
            { kind: 'option-needs', option, needed: '--surface NAME' },
            options.json,
          );
        const models = modelsAskedFor(roster, options);
        if (!models.ok) return stop(world, models.fault, options.json === true);
        if (options.json) {
          const shown = models.value.map((model) => modelJson(world, model));
          world.out(`${plainJson({ schema: 'caws-arbiter/models-roster@1', models: shown })}\n`);
        } else pageList(world, rosterText(models.value, world.now(), surface ?? null));
        world.finish(exits.pass);
      }),
    );
}

function modelsAskedFor(
  roster: Roster,
  { all, free, language, role, surface, task, tool: tools }: RosterOptions,
): Result<readonly RosterModel[], RosterFault> {
  const everyStatus: readonly Status[] = statuses;
  const found =
    surface === undefined
      ? roster.all()
      : roster.find({
          surface,
          tools,
          limit: MODELS_MAX,
          ...(role === undefined ? {} : { role }),
          ...(task === undefined ? {} : { task }),
          ...(language === undefined ? {} : { language }),
          ...(free === true ? { free } : {}),
          ...(all === true ? { statuses: everyStatus } : {}),
        });
  if (!found.ok) return found;
  return ok(
    found.value.filter(
      ({ status, profile }) =>
        (all === true || status !== 'retired') && (role ?? profile.role) === profile.role,
    ),
  );
}

/** What a model can do is known by surface. @returns the first option that asks for it. */
const askedOfASurface = ({ task, language, tool, free }: RosterOptions): string | undefined => {
  if (task !== undefined) return '--task';
  if (language !== undefined) return '--language';
  if (tool.length > 0) return '--tool';
  return free === true ? '--free' : undefined;
};

/** `models show ID`: one model with its whole record. */
export function showCommand(world: World): Command {
  return modelCommand('show', 'one model: what it can do, and how it has done')
    .argument('<id>', 'the model')
    .action((id: string, options: ModelOptions) =>
      withRoster(world, options, 'open', (roster) => {
        const model = modelOf(roster, id);
        if (!model.ok) return stop(world, model.fault, options.json === true);
        if (options.json) {
          const shown = modelJson(world, model.value);
          world.out(`${plainJson({ schema: 'caws-arbiter/model@1', ...shown })}\n`);
        } else page(world, modelText(model.value, world.now()));
        world.finish(exits.pass);
      }),
    );
}

interface HistoryOptions extends ModelOptions {
  readonly limit: string;
  readonly refused?: boolean;
  readonly surface?: Surface;
}

/** `models history ID`: what happened to a model, newest first. */
export function historyCommand(world: World): Command {
  return modelCommand('history', 'what was decided about a model and what became of it')
    .argument('<id>', 'the model')
    .option('-n, --limit <count>', 'how many events or days', '20')
    .option('--refused', 'what was refused instead')
    .option('--surface <name>', 'the record on a surface instead, day by day', choice(surfaces))
    .action((id: string, options: HistoryOptions) => {
      const limit = Number(options.limit);
      if (!Number.isInteger(limit) || limit < 1 || limit > HISTORY_MAX)
        return stop(world, { kind: 'limit-out-of-range', max: HISTORY_MAX }, options.json);
      return withRoster(world, options, 'open', (roster) => {
        // What was refused may be about a model that never came to be.
        const model = options.refused === true ? null : modelOf(roster, id);
        if (model?.ok === false) return stop(world, model.fault, options.json === true);
        const { surface } = options;
        if (surface !== undefined) {
          const days = roster.read(() => recordsBetween(roster, { id, surface }));
          if (!days.ok) return stop(world, days.fault, options.json === true);
          return sayDays(world, days.value, limit, options.json === true);
        }
        const read = options.refused === true ? refusalsOf : eventsOf;
        const logged = read(roster, id, limit);
        if (!logged.ok) return stop(world, logged.fault, options.json === true);
        sayHistory(world, logged.value, options);
      });
    });
}

/** More lines than anybody reads, and few enough to hold at once. */
const HISTORY_MAX = 10_000;

function sayHistory(
  world: World,
  logged: readonly Logged[],
  { json, refused }: { readonly json?: boolean; readonly refused?: boolean },
): void {
  if (json) {
    const events = logged.map(({ sequence, at, body }) => ({ sequence, at: isoOf(at), body }));
    world.out(`${plainJson({ schema: 'caws-arbiter/models-history@1', events })}\n`);
  } else if (logged.length === 0) page(world, 'Nothing.\n');
  else
    for (const { at, body } of logged)
      page(
        world,
        refused === true
          ? `${isoOf(at).slice(0, 19)}Z  ${refusalWords(body as Refusal).what}\n`
          : eventText(at, body),
      );
  world.finish(exits.pass);
}

/** The newest days, newest first. */
function sayDays(world: World, records: readonly DayRecord[], limit: number, json: boolean): void {
  const days = records
    .slice(-limit)
    .toReversed()
    .map(({ day, generation, record }) => ({
      day: isoOf((day * DAY_MS) as Instant).slice(0, 10),
      generation,
      scores: scoresOf(record),
    }));
  if (json) world.out(`${plainJson({ schema: 'caws-arbiter/models-days@1', days })}\n`);
  else page(world, daysText(days));
  world.finish(exits.pass);
}

/** A model as a program reads it: every number with its interval. */
function modelJson(world: World, model: RosterModel): object {
  const { profile, status, generation, load, changedAt, seenAt, performance } = model;
  const records = surfaces.flatMap((surface) => {
    const record = performance[surface];
    return record === undefined ? [] : [[surface, scoresOf(record)] as const];
  });
  return {
    profile,
    status,
    generation,
    load,
    changedAt: isoOf(changedAt),
    seenAt: isoOf(seenAt),
    stale: isStale(model, world.now()),
    record: Object.fromEntries(records),
  };
}

const also = (value: string, before: readonly string[]): readonly string[] => [...before, value];
