import { resolve } from 'node:path';
import { Command } from 'commander';
import { rosterFile } from '../../adapters/roster/open.ts';
import { openRoster, type Roster } from '../../adapters/roster/roster.ts';
import type { RosterFault } from '../../models/faults.ts';
import type { RosterModel } from '../../models/roster.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { stop } from '../stop.ts';
import type { World } from '../world.ts';

/** Options that every command about the roster takes. */
export interface ModelOptions {
  readonly roster?: string;
  readonly json?: boolean;
}

/** A subcommand with the options that all of them share. */
export function modelCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--roster <file>', "another roster than the user's own")
    .option('--json', 'machine output');
}

/** Opens the roster, hands it to the work, and closes it; says why where it cannot be opened. */
export async function withRoster(
  world: World,
  options: ModelOptions,
  access: 'open' | 'create',
  work: (roster: Roster) => Promise<void> | void,
): Promise<void> {
  const file =
    options.roster === undefined ? rosterFile(world.env) : resolve(world.directory, options.roster);
  const opened = openRoster({ file, access });
  if (!opened.ok) return stop(world, opened.fault, options.json === true);
  using roster = opened.value;
  await work(roster);
}

/** The model, or why it cannot be shown. */
export function modelOf(roster: Roster, id: string): Result<RosterModel, RosterFault> {
  const found = roster.model(id);
  if (!found.ok) return found;
  if (found.value !== null) return ok(found.value);
  const near = roster.near(id);
  return near.ok ? fail({ kind: 'model-unknown', id, near: near.value }) : near;
}
