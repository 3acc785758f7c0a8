import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Hands } from '../../app/hands.ts';
import { readSettings, type Settings } from '../../app/settings.ts';
import { type App, type AppWorld, startApp } from '../../app/start.ts';
import { openStore, type Store } from '../../app/store.ts';
import type { Job, Outcome } from '../../app/work/task.ts';
import { type Clock, clockAt, done, environmentFor, given, handsWith } from './mail.ts';

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'arbiter-app-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function newStore(folder = newFolder()): Store {
  const store = given(openStore(folder));
  onTestFinished(() => store[Symbol.dispose]());
  return store;
}

export function settingsFor(folder: string, more: Readonly<Record<string, string>> = {}): Settings {
  return given(readSettings({ environment: environmentFor(folder, more), directory: folder }));
}

export interface TestApp extends App {
  readonly log: readonly string[];
  readonly clock: Clock;
  /** Pull requests that were heard, in order. */
  readonly heard: readonly number[];
}

export async function testApp(
  plan: {
    readonly folder?: string;
    readonly settings?: Readonly<Record<string, string>>;
    readonly hands?: Partial<Hands>;
    readonly clock?: Clock;
    readonly world?: Partial<AppWorld>;
  } = {},
): Promise<TestApp> {
  const log: string[] = [];
  const heard: number[] = [];
  const clock = plan.clock ?? clockAt();
  const work = async (job: Job): Promise<Outcome> => {
    heard.push(job.pull);
    return done;
  };
  const app = given(
    await startApp(
      settingsFor(plan.folder ?? newFolder(), plan.settings),
      handsWith({ work, ...plan.hands }),
      {
        now: clock.now,
        chance: () => 0.5,
        write: (line) => void log.push(line),
        timers: false,
        ...plan.world,
      },
    ),
  );
  onTestFinished(() => app.stop());
  return { ...app, log, clock, heard };
}

export interface Stub {
  /** HOST:PORT. */
  readonly host: string;
  readonly asked: readonly string[];
}

/** A forge that answers what it is told to, with JSON. */
export async function stubForge(
  answer: (request: IncomingMessage, response: ServerResponse, address: string) => unknown,
): Promise<Stub> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const body = answer(request, response, `http://${host()}`);
    if (response.writableEnded) return;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(body ?? {}));
  });
  const host = () => `127.0.0.1:${(server.address() as AddressInfo).port}`;
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { host: host(), asked };
}
