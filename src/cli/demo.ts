import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { folded } from './demo/fold.ts';
import { buildHouse, type House } from './demo/house.ts';
import { narrator, nextSteps, opening, summaryOf } from './demo/narrator.ts';
import { perform } from './demo/play.ts';
import { exits, type World } from './world.ts';

const examples = `
Examples:
  arbiter demo           watch, some seconds; nothing of yours is read or changed
  arbiter demo --keep    leave the repository and its ledger to look around in`;

/** `arbiter demo`: real changes in a real repository of its own, judged by this same program. */
export function command(world: World): Command {
  return new Command('demo')
    .description('judge real changes in a temporary repository')
    .option('--keep', 'leave the folder and say how to look around')
    .addHelpText('after', examples)
    .action(async (options: { readonly keep?: boolean }) => {
      if (spawnSync('git', ['--version']).status !== 0) {
        world.err('git is not installed, or not in PATH.\nNothing was done. Install git first.\n');
        return world.finish(exits.couldNotFinish);
      }
      await show(world, options.keep === true);
    });
}

async function show(world: World, keep: boolean): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'arbiter-demo-'));
  const sweep = () => rmSync(folder, { recursive: true, force: true });
  const interrupted = () => {
    sweep();
    world.err('\nInterrupted; the demo folder is removed.\n');
    process.exit(exits.interrupted);
  };
  process.once('SIGINT', interrupted);
  try {
    const house = await buildHouse(world, folder);
    if (!('shop' in house)) {
      world.err(`${house.out}${house.err}The demo could not start: no key was made.\n`);
      return world.finish(exits.couldNotFinish);
    }
    await judge(world, house, keep);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === undefined) throw thrown;
    world.err(`The demo could not use ${folder}: ${code}.\nNothing of yours was touched.\n`);
    world.finish(exits.couldNotFinish);
  } finally {
    process.off('SIGINT', interrupted);
    if (!keep) sweep();
  }
}

async function judge(world: World, house: House, keep: boolean): Promise<void> {
  const begun = world.now();
  const narrate = narrator(world, house.arbiter);
  world.out(folded(opening, process.stdout.columns ?? Number.POSITIVE_INFINITY));
  await perform(house, narrate);
  const seconds = (world.now() - begun) / 1_000;
  world.out(summaryOf(world, narrate.acts(), seconds));
  world.out(nextSteps(keep ? house : null, world));
  world.finish(
    narrate.acts().some(({ asExpected }) => !asExpected) ? exits.couldNotFinish : exits.pass,
  );
}
