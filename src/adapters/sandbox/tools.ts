import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Isolation } from './isolation.ts';
import { seccompProgram } from './seccomp.ts';

const run = promisify(execFile);

/** Where Debian and most others put them; a folder of PATH might be anyone's. */
const systemFolders = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'] as const;

/** What bubblewrap's sandbox is made of on this machine. */
export interface Tools {
  readonly bwrap: string;
  readonly chown: string;
  readonly setpriv: string;
  readonly version: string;
  /** What system calls are refused, without the network and with it. */
  readonly filters: { readonly alone: Buffer; readonly networked: Buffer };
}

/** @returns none where bubblewrap is not there, broken where something that it needs is not. */
export async function toolsOfThisMachine(): Promise<Tools | Exclude<Isolation, { kind: 'works' }>> {
  const [bwrap, chown, setpriv] = await Promise.all(['bwrap', 'chown', 'setpriv'].map(inSystem));
  if (bwrap == null) return { kind: 'none' };
  const broken = (detail: string) => ({ kind: 'broken', detail }) as const;
  if (setpriv == null) return broken('setpriv is missing: apt-get install util-linux');
  if (chown == null) return broken('chown is missing: apt-get install coreutils');
  const [alone, networked] = [false, true].map((network) => seccompProgram(process.arch, network));
  if (alone == null || networked == null)
    return broken(`the system calls of ${process.arch} are not known here`);
  const said = await run(bwrap, ['--version']).catch(saidInstead);
  const version = /\d+(\.\d+)+/.exec(said.stdout)?.[0];
  return version === undefined
    ? broken(`${bwrap} --version said ${said.stdout.trim().slice(0, 100) || 'nothing'}`)
    : { bwrap, chown, setpriv, version, filters: { alone, networked } };
}

const saidInstead = (error: unknown) => ({
  stdout: (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '',
});

async function inSystem(name: string): Promise<string | null> {
  for (const folder of systemFolders) {
    const path = join(folder, name);
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return null;
}
