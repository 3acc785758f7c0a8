import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import { run, type Server } from 'probot';
import { setupWords } from '../src/5-publication/app-words.ts';
import { reasonAgainst } from './forge-address.ts';

export interface SetupPlan {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where `.env` is written. */
  readonly directory: string;
  readonly say: (line: string) => void;
}

export interface Setup {
  readonly stop: () => Promise<void>;
}

const PORT_USUAL = 3_000;

/** Whether the set-up page may be served there: who reaches it decides which app this becomes. */
export function isSetupHost(host: string): boolean {
  return host === 'localhost' || (isIP(host) !== 0 && reasonAgainst(host, false) === 'loopback');
}

/**
 * Serves Probot's own set-up page while the app has no identity: it registers the app from app.yml, the
 * working folder's or the shipped one, and what GitHub gives for it is written to `.env`.
 */
export async function serveSetup(plan: SetupPlan): Promise<Setup> {
  const host = plan.environment['HOST'] ?? '127.0.0.1';
  const port = plan.environment['PORT'] ?? String(PORT_USUAL);
  const file = join(plan.directory, '.env');
  // Probot would otherwise have smee.io forward every delivery: a third party that nobody asked for.
  process.env['NO_SMEE_SETUP'] = 'true';
  // What Probot registers as the webhook's address; without it, this machine's own.
  const site = plan.environment['ARBITER_PUBLIC_URL'];
  if (site) process.env['WEBHOOK_PROXY_URL'] ??= `${site.replace(/\/+$/, '')}/api/github/webhooks`;
  // Probot reads app.yml in the working folder: where there is none of somebody's own, ours serves.
  if (!existsSync(join(plan.directory, 'app.yml'))) process.chdir(dirname(import.meta.dirname));
  const server: Server = await run(() => undefined, {
    env: { ...plan.environment, HOST: host, PORT: port, LOG_FORMAT: 'json', LOG_LEVEL: 'warn' },
    updateEnv: (given: Readonly<Record<string, string>>) => {
      writeEnvironment(file, given);
      plan.say(setupWords.written(file));
      return given;
    },
  } as Parameters<typeof run>[1]);
  const { host: at, port: heard } = server;
  plan.say(setupWords.opening(isIP(at) === 6 ? `[${at}]` : at, heard));
  return { stop: () => server.stop() };
}

/** Probot's own writer leaves the private key readable for everybody on the machine. */
function writeEnvironment(file: string, given: Readonly<Record<string, string>>): void {
  const before = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  const lines = Object.entries({ ...before, ...given }).map(([name, value]) =>
    line(name, value ?? ''),
  );
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
}

/** A key has line ends, and Probot hands it over in quotes of its own. */
function line(name: string, value: string): string {
  const plain = value.replace(/^"|"$/g, '').replaceAll('\n', '\\n');
  return `${name}="${plain}"`;
}
