import { cpus, totalmem } from 'node:os';
import { resolve } from 'node:path';
import type { BenchFault } from '../../5-publication/bench-words.ts';
import { textOfPlain } from '../../adapters/plain-file.ts';
import { rosterFile } from '../../adapters/roster/open.ts';
import { openRoster, type Roster } from '../../adapters/roster/roster.ts';
import { prepareSuiteTables } from '../../adapters/suites/tables.ts';
import {
  commandWorker,
  type Script,
  scriptedWorker,
  type Worker,
} from '../../adapters/suites/worker.ts';
import type { RosterFault } from '../../models/faults.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import type { World } from '../world.ts';
import type { BenchOptions } from './options.ts';

/** The roster of this user with the tables of this part, to be closed with `using`. */
export function openBenchRoster(world: World): Result<Roster, RosterFault> {
  const roster = openRoster({ file: rosterFile(world.env), access: 'open' });
  if (!roster.ok) return roster;
  const prepared = prepareSuiteTables(roster.value);
  if (prepared.ok) return roster;
  roster.value[Symbol.dispose]();
  return prepared;
}

const SCRIPT_BYTES_MAX = 4 * 1024 ** 2;

/** Who does the tasks: a program of the caller's, which is told what model it drives, or a script. */
export function workerOf(
  world: World,
  words: readonly string[],
  { env, model, script }: BenchOptions,
): Result<Worker, BenchFault> {
  if (script === undefined)
    return words.length === 0
      ? fail({ kind: 'worker-missing' })
      : ok(commandWorker(words, { ...environmentOf(world, env), ARBITER_MODEL: model }));
  const file = resolve(world.directory, script);
  try {
    const text = textOfPlain(file);
    if (text.length > SCRIPT_BYTES_MAX) throw new Error(`over ${SCRIPT_BYTES_MAX} characters`);
    return ok(scriptedWorker(JSON.parse(text) as Readonly<Record<string, Script>>));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return fail({ kind: 'script-unreadable', file, reason: code ?? message });
  }
}

function environmentOf({ env }: World, names: string): Readonly<Record<string, string>> {
  const seen = ['PATH', 'HOME', 'LANG', ...names.split(',').map((name) => name.trim())];
  return Object.fromEntries(
    seen.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
  );
}

/** Processor, memory and system in one line: figures of different machines are not compared by time. */
export function hardwareLine(): string {
  const all = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  return `${all.length} × ${all[0]?.model.trim() ?? 'unknown'}, ${memory} GiB, ${process.platform} ${process.arch}`;
}
