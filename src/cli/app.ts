import { Command } from 'commander';
import { exits, type World } from './world.ts';

const examples = `
Examples:
  arbiter app                                the app; without APP_ID, the page that makes a GitHub App
  PORT=8080 ARBITER_DATA=/var/lib/arbiter arbiter app

Settings come from the environment, or from the file .env in the working folder:

`;

/** `arbiter app`: the GitHub App, until the process is asked to end. */
export async function command(world: World): Promise<Command> {
  const { runApp, settingsHelp } = await import('../../app/main.ts');
  const { court } = await import('../../app/court.ts');
  return new Command('app')
    .description('serve the GitHub App: deliveries in, verdicts out')
    .addHelpText('after', () => `${examples}${settingsHelp()}`)
    .action(async () => {
      const { ended, release } = untilSignal();
      const end = await runApp(
        {
          environment: world.env,
          directory: world.directory,
          out: world.out,
          err: world.err,
          now: world.now,
          ended,
        },
        court,
      );
      release();
      world.finish(
        { stopped: exits.pass, usage: exits.usage, 'could-not-start': exits.couldNotFinish }[end],
      );
    });
}

/** The first signal asks the app to finish what it does; a second one finds no listener and ends at once. */
function untilSignal(): { readonly ended: Promise<void>; readonly release: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const release = () => {
    for (const signal of signals) process.off(signal, end);
  };
  const end = () => {
    release();
    resolve();
  };
  for (const signal of signals) process.once(signal, end);
  return { ended: promise, release };
}
