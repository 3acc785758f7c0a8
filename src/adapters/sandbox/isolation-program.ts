import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, lstat, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type IsolationProgram, isOperators, looseFolderAbove } from './host.ts';
import type { Afterwards, Confined, Confinement, Isolation } from './isolation.ts';

const run = promisify(execFile);

/** The program says by it that it could not run the command at all. */
const REFUSED = 125;
/** How long a program may take for what is not the gate. */
export interface Patience {
  readonly versionMs: number;
  /** Until a command that does nothing has ended. */
  readonly startMs: number;
  /** A machine that is still there after that is for the operator to look at. */
  readonly endMs: number;
}

/** A virtual machine has to start, and to be deleted. */
export const usualPatience: Patience = { versionMs: 20_000, startMs: 180_000, endMs: 60_000 };

const versionCharactersMax = 60;

/**
 * What the host's operator named to run gates in, e.g. one virtual machine each. It is called as
 * `PROGRAM version`, `PROGRAM run REQUEST.json` and `PROGRAM end ID`; runner-setup/README.md is the protocol.
 *
 * @returns none where there is no such program, broken where it is not the operator's alone or says nothing.
 */
export async function isolationProgram(
  named: IsolationProgram,
  patience: Patience,
): Promise<Isolation> {
  const { program, name } = named;
  const found = await lstat(program).catch(() => null);
  if (found === null) return { kind: 'none' };
  const broken = (detail: string) => ({ kind: 'broken', detail: `${program}: ${detail}` }) as const;
  if (!found.isFile()) return broken('not a file');
  if (!isOperators(found)) return broken('others than root may write it: chown root, chmod 755');
  const loose = await looseFolderAbove(program);
  if (loose !== null) return broken(`others than root may write ${loose}: chown root, chmod go-w`);
  const mayRun = await access(program, constants.X_OK).then(
    () => true,
    () => false,
  );
  if (!mayRun) return broken('may not be run: chmod 755');
  const version = await versionOf(named, patience).catch(() => null);
  if (version === null) return broken('`version` printed no line');
  const isGuest = named.guest === true;
  const called = `isolation program ${name}: ${named.is} (${version})`;
  const sandbox = {
    name: called,
    isGuest,
    confine: (asked: Confinement) => confine(asked, named, patience),
  };
  return { kind: 'works', sandbox };
}

async function versionOf(named: IsolationProgram, { versionMs }: Patience): Promise<string | null> {
  const { stdout } = await run(named.program, ['version'], {
    ...{ env: environmentOf(named), cwd: '/', timeout: versionMs, killSignal: 'SIGKILL' },
    maxBuffer: 65_536,
  });
  const line =
    stdout
      .split('\n')[0]
      ?.replaceAll(/[^\w .+-]/g, '')
      .trim() ?? '';
  return line === '' ? null : line.slice(0, versionCharactersMax);
}

async function confine(
  asked: Confinement,
  named: IsolationProgram,
  { endMs }: Patience,
): Promise<Confined> {
  const { program } = named;
  const id = `caws-${randomBytes(9).toString('hex')}`;
  // Beside the tree, which alone is for the gate.
  const own = await mkdtemp(join(dirname(asked.tree), 'caws-isolation-'));
  const request = join(own, 'request.json');
  const { command, tree, readable, network, bounds } = asked;
  const environment = { LANG: 'C.UTF-8', CI: 'true' };
  const said = { version: 1, id, command, tree, readable, network, bounds, environment };
  await writeFile(request, JSON.stringify(said), { mode: 0o600 });
  const afterwards = { words: [program, 'end', id], environment: environmentOf(named) };
  return {
    program: '/bin/sh',
    // The tree is the head's: the program does not start in it.
    words: ['-c', 'cd / && read -r line && exec "$@" </dev/null', 'sh', program, 'run', request],
    environment: afterwards.environment,
    files: [],
    memory: named.guest === true ? null : { bytesMax: bounds.memoryBytesMax, folders: [] },
    refusedBy: REFUSED,
    waitsForWatch: true,
    afterwards,
    [Symbol.asyncDispose]: async () => {
      await ended(afterwards, endMs);
      await rm(own, { recursive: true, force: true });
    },
  };
}

/** Whatever became of a run, its machine is gone then. @throws where the program does not say so. */
async function ended({ words, environment }: Afterwards, endMs: number): Promise<void> {
  const [program = '', ...rest] = words;
  await run(program, rest, {
    ...{ env: environment, cwd: '/', timeout: endMs, killSignal: 'SIGKILL', maxBuffer: 65_536 },
  });
}

const environmentOf = ({ environment }: IsolationProgram): Readonly<Record<string, string>> => ({
  PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
  ...environment,
});
