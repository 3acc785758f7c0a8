import type { Command } from 'commander';
import type { AnyFault } from '../../5-publication/fault-words.ts';
import { learnedText } from '../../5-publication/model-words.ts';
import { auditLine, LINE_COMMITS_MAX } from '../../adapters/audit/audit-line.ts';
import { branchKeys } from '../../adapters/audit/branch-keys.ts';
import { openLandings } from '../../adapters/git/landings.ts';
import { type Learned, learn, type Reverted } from '../../adapters/roster/learn.ts';
import { revertedOn } from '../../adapters/roster/reverts.ts';
import type { Roster } from '../../adapters/roster/roster.ts';
import type { SqliteLedger } from '../../adapters/store-sqlite/ledger.ts';
import { ok, type Result } from '../../primitives.ts';
import { auditRange } from '../audit-range.ts';
import { ledgerPlace, openAt } from '../ledger-place.ts';
import { page } from '../page.ts';
import { plainJson } from '../plain-json.ts';
import { stop } from '../stop.ts';
import { exits, type World } from '../world.ts';
import { type ModelOptions, modelCommand, withRoster } from './session.ts';

interface LearnOptions extends ModelOptions {
  readonly ledger?: string;
}

/** `models learn`: what the ledger and the branch say became of the models' tasks. */
export function learnCommand(world: World): Command {
  return modelCommand('learn', 'take verdicts, waivers, overrides and reverts into the record')
    .option('--ledger <file>', 'another ledger than the one of this repository')
    .action((options: LearnOptions) => {
      const json = options.json === true;
      return withRoster(world, options, 'open', async (roster) => {
        const learned = await learnHere(world, roster, options.ledger);
        if (!learned.ok) return stop(world, learned.fault, json);
        if (json) {
          const schema = 'caws-arbiter/models-learn@1';
          world.out(`${plainJson({ schema, ...learned.value })}\n`);
        } else page(world, learnedText(learned.value));
        world.finish(exits.pass);
      });
    });
}

/** Learns from the ledger of this repository, or from a named one, and from the branch's reverts. */
export async function learnHere(
  world: World,
  roster: Roster,
  ledgerFile: string | undefined,
): Promise<Result<Learned, AnyFault>> {
  const place = await ledgerPlace(world, ledgerFile);
  if (!place.ok) return place;
  const opened = await openAt(place.value, 'read');
  if (!opened.ok) return opened;
  await using ledger = opened.value;
  const reverted = await revertedHere(world, ledger);
  // Awaited here: the ledger is closed when this returns.
  return reverted.ok ? await learn(roster, [ledger], reverted.value, world.now()) : reverted;
}

/** What was taken back on the default branch; nothing where there is none here. */
async function revertedHere(
  world: World,
  ledger: SqliteLedger,
): Promise<Result<readonly Reverted[], AnyFault>> {
  const range = await auditRange(world, undefined);
  if (!range.ok) return ok([]);
  const opened = await openLandings(world.directory, world.env);
  if (!opened.ok) return opened;
  using landings = opened.value;
  const { since, until, ref } = range.value;
  if (ref === null) return ok([]);
  const audit = await auditLine({
    landings,
    ledger,
    keys: branchKeys(landings, until),
    ref,
    formerNames: [],
    since,
    until,
    countMax: LINE_COMMITS_MAX,
  });
  // Awaited here: the repository is closed when this returns.
  return audit.ok ? await revertedOn(landings, audit.value.commits) : audit;
}
