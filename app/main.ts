import type { StartFault } from '../src/5-publication/app-faults.ts';
import { settingsText } from '../src/5-publication/app-settings.ts';
import { setupWords, startWords } from '../src/5-publication/app-words.ts';
import type { Instant } from '../src/primitives.ts';
import type { MakeHands } from './hands.ts';
import { isWithoutIdentity, readSettings } from './settings.ts';
import { isSetupHost, serveSetup } from './setup.ts';
import { startApp } from './start.ts';

/** What the command lends the app of its process. */
export interface MainWorld {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly now: () => Instant;
  /** Kept at the first signal that asks the process to end. */
  readonly ended: Promise<void>;
}

export type MainEnd = 'stopped' | 'usage' | 'could-not-start';

/** Every setting, for --help. */
export const settingsHelp = settingsText;

/**
 * Runs the app until the process is asked to end: the set-up page where the app has no identity yet,
 * else the app itself.
 */
export async function runApp(world: MainWorld, makeHands: MakeHands): Promise<MainEnd> {
  const { environment, directory } = world;
  const inProduction = environment['NODE_ENV'] === 'production';
  if (!inProduction && isWithoutIdentity({ environment, directory })) return runSetup(world);
  const settings = readSettings({ environment, directory });
  if (!settings.ok) return refuse(world, settings.fault);
  const app = await startApp(settings.value, makeHands, {
    now: world.now,
    chance: Math.random,
    write: world.out,
  });
  if (!app.ok) return refuse(world, [app.fault]);
  await world.ended;
  await app.value.stop();
  return 'stopped';
}

async function runSetup(world: MainWorld): Promise<MainEnd> {
  if (!isSetupHost(world.environment['HOST'] ?? '127.0.0.1')) {
    world.err(`${setupWords.reachable}\n`);
    return 'usage';
  }
  const setup = await serveSetup({
    environment: world.environment,
    directory: world.directory,
    say: (line) => world.err(`${line}\n`),
  });
  await world.ended;
  await setup.stop();
  return 'stopped';
}

function refuse(world: MainWorld, faults: readonly StartFault[]): MainEnd {
  const said = faults.map(startWords);
  for (const { what, next } of said) world.err(`${what}\n${next}\n`);
  world.err(`${said[0]?.kept ?? ''}\n`);
  return said.every(({ ending }) => ending === 'usage') ? 'usage' : 'could-not-start';
}
