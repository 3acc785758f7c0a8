/**
 * `npm run demo`: the app beside an offline GitHub, from opened pull requests to an audited branch. Everything
 * listens on 127.0.0.1 and lies in a temporary folder. `-- --keep` leaves both running for a browser.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs, styleText } from 'node:util';
import { folded } from '../../src/cli/demo/fold.ts';
import { summaryOf } from '../../src/cli/demo/narrator.ts';
import { exits } from '../../src/cli/world.ts';
import { addressesOf, invitation } from './addresses.ts';
import { openingOf, perform } from './story.ts';
import { openTown, type Town } from './town.ts';

const world = {
  out: (text: string) => void process.stdout.write(text),
  env: process.env,
  // styleText knows what the stream and the environment think of colour.
  color: styleText('bold', 'x', { stream: process.stdout }) !== 'x',
};
const show = (text: string) =>
  world.out(folded(text, process.stdout.columns ?? Number.POSITIVE_INFINITY));

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
  if (spawnSync('git', ['--version']).status !== 0) {
    process.stderr.write('git is not installed, or not in PATH.\nNothing was done.\n');
    return exits.couldNotFinish;
  }
  const interrupted = new Promise<'interrupted'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => resolve('interrupted'));
  });
  await using town = await openTown();
  const told = await Promise.race([tell(town, values.keep), interrupted]);
  if (told === 'interrupted') return exits.interrupted;
  if (values.keep) {
    show(invitation(town, await open(town)));
    await interrupted;
    world.out('\nBoth are stopped, and their folder is removed.\n');
  }
  return told;
}

async function tell(town: Town, keep: boolean): Promise<number> {
  const begun = performance.now();
  show(openingOf(town));
  const { acts, pulls } = await perform(town, world);
  show(summaryOf(world, acts, (performance.now() - begun) / 1_000));
  if (!keep)
    show(
      'To look at it in a browser:  npm run demo -- --keep\nThe command line alone:      npm run demo:cli\n',
    );
  else show(addressesOf(town, pulls));
  return acts.every(({ asExpected }) => asExpected) ? exits.pass : exits.couldNotFinish;
}

/** One more pull request, which waits for whoever looks. */
async function open(town: Town) {
  const { opensTooLarge } = await import('./story.ts');
  return opensTooLarge(town, 'gift-cards', 'Add the gift cards', 'giftCard');
}
