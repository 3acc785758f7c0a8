import { type ChildProcess, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { World } from '../world.ts';

/** How one command of the demo ended, and what it said. */
export interface Said {
  /** null where a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Starts this same program again, as a person with a home of their own would. */
export interface Program {
  run(...args: readonly string[]): Promise<Said>;
  /** The same, by a person with another home. */
  as(home: string): Program;
}

/** Names that a started program may see of the caller's environment: nothing of the caller's own settings. */
const PASSED = ['PATH', 'TMPDIR', 'TERM', 'LANG', 'SystemRoot', 'NODE_COMPILE_CACHE'];

/**
 * @param directory where commands run.
 * @param home holds configuration and state; the user's own is neither read nor written.
 * @param entry the program's file, where it is not the one that runs.
 */
export function programIn(
  world: Pick<World, 'env' | 'color'>,
  directory: string,
  home: string,
  entry: string | undefined = process.argv[1],
): Program {
  if (entry === undefined) throw new Error('the program does not know its own file');
  const env = {
    ...Object.fromEntries(
      PASSED.flatMap((name) => (world.env[name] === undefined ? [] : [[name, world.env[name]]])),
    ),
    ...homeVariables(home),
    ...(world.color ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }),
  };
  return {
    run: async (...args) => {
      const child = spawn(process.execPath, [entry, ...args], {
        cwd: directory,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const [out, err, code] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        endOf(child),
      ]);
      return { out, err, code };
    },
    as: (other) => programIn(world, directory, other, entry),
  };
}

/** What points a program at a home of its own. */
export function homeVariables(home: string): Readonly<Record<string, string>> {
  return {
    HOME: home,
    XDG_CONFIG_HOME: `${home}/config`,
    XDG_STATE_HOME: `${home}/state`,
  };
}

function endOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', resolve);
  });
}
