import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gitNow } from '../git-now.ts';
import { compiledCode, publishedCommand } from '../published.ts';

export const main = publishedCommand();

/** A user's home with a repository in it, as every row finds it. */
export interface Scene {
  readonly home: string;
  readonly repository: string;
  readonly ledger: string;
  readonly env: Record<string, string>;
  readonly git: (...args: readonly string[]) => string;
  readonly write: (path: string, text: string) => void;
  readonly commit: (message: string) => void;
}

export function sceneAt(home: string): Scene {
  const repository = join(home, 'shop');
  const path = (name: string) => join(repository, name);
  const git = (...args: readonly string[]) =>
    gitNow({
      args: ['-C', repository, '-c', 'user.name=Ada', ...args],
      env: { PATH: process.env['PATH'], HOME: home, EMAIL: 'ada@example.org' },
    });
  return {
    home,
    repository,
    ledger: join(repository, '.git', 'caws-arbiter', 'ledger.db'),
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      XDG_CONFIG_HOME: join(home, 'config'),
      XDG_STATE_HOME: join(home, 'state'),
      NODE_COMPILE_CACHE: compiledCode,
    },
    git,
    write: (name, text) => {
      mkdirSync(join(path(name), '..'), { recursive: true });
      writeFileSync(path(name), text);
    },
    commit: (message) => {
      git('add', '-A');
      git('commit', '-q', '-m', message);
    },
  };
}

export interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
}

/** The id of the newest verdict of the scene. */
export const readVerdict = (scene: Scene): string =>
  execFileSync(process.execPath, [main, '-C', scene.repository, 'verdict', 'list'], {
    encoding: 'utf8',
    env: scene.env,
  }).match(/[0-9a-f]{8}-[0-9a-f-]{27}/)?.[0] ?? '';

export function runs(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  started?: (kill: (signal: NodeJS.Signals) => void) => void,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const [program = '', ...args] = command;
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk) => {
      out += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      err += String(chunk);
    });
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal, out, err }));
    started?.((signal) => child.kill(signal));
  });
}

export const arbiterIn = ({ repository, env }: Scene, ...args: readonly string[]) =>
  runs([process.execPath, main, '-C', repository, ...args], env);

export const verify = ['verify', 'main...feature'];
