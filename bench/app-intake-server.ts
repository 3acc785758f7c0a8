/**
 * One server of the intake benchmark, in a process of its own: the app (`ours`), or a bare Probot app
 * that inserts each body into SQLite with the same pragmas before it answers (`bare`).
 *
 * Speaks with its parent: says its address first, and answers every message with its memory and what it stored.
 */
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pino } from 'pino';
import { Probot, Server } from 'probot';
import { readSettings } from '../app/settings.ts';
import { startApp } from '../app/start.ts';
import type { Instant } from '../src/primitives.ts';

export interface ServerState {
  readonly address: string;
  readonly rss: number;
  readonly stored: number;
}

const benchSecret = 'a secret of the webhook in benchmarks';

/** An evaluation asks the forge and git: it takes at least so long. */
const WORK_MS = 500;

interface Served {
  readonly address: string;
  readonly file: string;
}

const [kind = '', folder = ''] = process.argv.slice(2);
const privateKey = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  .privateKey.export({ type: 'pkcs1', format: 'pem' })
  .toString();

async function ours(): Promise<Served> {
  const settings = readSettings({
    environment: {
      APP_ID: '1',
      PRIVATE_KEY: privateKey,
      WEBHOOK_SECRET: benchSecret,
      PORT: '0',
      LOG_LEVEL: 'warn',
      ARBITER_DATA: folder,
      ARBITER_EVALUATIONS: '10000',
    },
    directory: folder,
  });
  if (!settings.ok) throw new Error(JSON.stringify(settings.fault));
  const done = { kind: 'done' } as const;
  const app = await startApp(
    settings.value,
    () => ({
      work: async () => {
        await new Promise((resolve) => setTimeout(resolve, WORK_MS));
        return done;
      },
      lookUp: async () => ({ ok: true, value: [] }),
      audit: async () => done,
      mergeGroup: async () => done,
      propose: async () => done,
      debate: async () => done,
      searches: [],
      page: () => null,
      runs: () => null,
    }),
    {
      now: () => Date.now() as Instant,
      chance: Math.random,
      write: () => undefined,
      timers: false,
    },
  );
  if (!app.ok) throw new Error(JSON.stringify(app.fault));
  return {
    address: `${app.value.address}/api/github/webhooks`,
    file: join(folder, 'app.db'),
  };
}

async function bare(): Promise<Served> {
  const file = join(folder, 'bare.db');
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  database.exec('CREATE TABLE deliveries (guid TEXT PRIMARY KEY, event TEXT, body TEXT)');
  const insert = database.prepare('INSERT OR IGNORE INTO deliveries VALUES (?, ?, ?)');
  const log = pino({ level: 'warn' }, { write: () => undefined });
  const server = new Server({
    Probot: Probot.defaults({ appId: 1, privateKey, secret: benchSecret, log }),
    log,
    port: 0,
    host: '127.0.0.1',
  });
  await server.load((app) => {
    app.onAny((event) => void insert.run(event.id, event.name, JSON.stringify(event.payload)));
  });
  await server.start();
  return {
    address: `http://${server.host}:${server.port}/api/github/webhooks`,
    file,
  };
}

const served = kind === 'ours' ? await ours() : await bare();
const reader = new DatabaseSync(served.file, { readOnly: true });

function state(): ServerState {
  const row = reader.prepare('SELECT count(*) AS n FROM deliveries').get();
  return {
    address: served.address,
    rss: process.memoryUsage().rss,
    stored: Number(row?.['n']),
  };
}

process.on('message', () => process.send?.(state()));
process.send?.(state());
