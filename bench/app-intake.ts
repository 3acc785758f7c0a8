/**
 * How many deliveries are taken a second, beside a bare Probot app that stores each body in SQLite with
 * the same pragmas.
 *
 * Run: node bench/app-intake.ts [SECONDS, default 60]
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import examples from '@octokit/webhooks-examples' with { type: 'json' };
import type { ServerState } from './app-intake-server.ts';
import { type Row, report } from './rows.ts';

const CONNECTIONS = 8;
const PULLS = 500;
/** Ours and the bare one by turns, so that a machine that slows down slows down both. */
const TURNS = 4;
const RATIO_MIN = 0.8;
const P99_MS_MAX = 250;
/** Twice what GitHub sends at most, and unsigned. */
const LARGE_BYTES = 50_000_000;
/** The server's; the parent does not import it, because that starts one. */
const SECRET = 'a secret of the webhook in benchmarks';

const [seconds = 60] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), 'arbiter-bench-'));
const children: ChildProcess[] = [];

interface Running {
  readonly ask: () => Promise<ServerState>;
  readonly address: string;
}

interface Load {
  readonly taken: number;
  readonly milliseconds: readonly number[];
}

interface Signed {
  readonly body: Buffer;
  readonly signature: string;
}

async function start(kind: 'ours' | 'bare', name: string): Promise<Running> {
  const child = fork(join(import.meta.dirname, 'app-intake-server.ts'), [
    kind,
    mkdtempSync(join(folder, name)),
  ]);
  children.push(child);
  const next = () =>
    new Promise<ServerState>((resolve, reject) => {
      child.once('message', (state) => resolve(state as ServerState));
      child.once('exit', (code) => reject(new Error(`the ${kind} server ended with ${code}`)));
    });
  const { address } = await next();
  return {
    address,
    ask: () => {
      const answer = next();
      child.send('state');
      return answer;
    },
  };
}

/** A real payload of a push to a pull request, for each of many pull requests. */
function payloads(): readonly Signed[] {
  type Example = { readonly name: string; readonly examples: readonly Record<string, unknown>[] };
  const all = examples as unknown as readonly Example[];
  const found = all
    .find(({ name }) => name === 'pull_request')
    ?.examples.find(({ action }) => action === 'synchronize') as Record<string, object> | undefined;
  if (found === undefined) throw new Error('no example of a push to a pull request');
  return Array.from({ length: PULLS }, (_, at) => {
    const number = at + 1;
    const body = Buffer.from(
      JSON.stringify({
        ...found,
        number,
        pull_request: { ...found['pull_request'], number },
        installation: { id: 1 },
      }),
    );
    return { body, signature: `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}` };
  });
}

const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

function send(address: string, { body, signature }: Signed): Promise<number> {
  return new Promise((resolve) => {
    const sent = request(address, {
      method: 'POST',
      agent,
      headers: {
        'content-type': 'application/json',
        'content-length': body.length,
        'x-github-event': 'pull_request',
        'x-github-delivery': randomUUID(),
        'x-hub-signature-256': signature,
      },
    });
    sent.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('error', () => resolve(0));
    sent.end(body);
  });
}

/** Delivers over all connections as long as `more` says so. */
async function load(
  address: string,
  all: readonly Signed[],
  more: (sent: number) => boolean,
): Promise<Load> {
  const milliseconds: number[] = [];
  let taken = 0;
  let sent = 0;
  const one = async () => {
    while (more(sent)) {
      const payload = all[sent % all.length];
      if (payload === undefined) return;
      sent += 1;
      const begun = performance.now();
      const status = await send(address, payload);
      milliseconds.push(performance.now() - begun);
      if (status >= 200 && status < 300) taken += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
  return { taken, milliseconds };
}

async function throughput(all: readonly Signed[]): Promise<readonly Row[]> {
  const app = await start('ours', 'ours-');
  const floor = await start('bare', 'bare-');
  const sums = { ours: 0, bare: 0 };
  const waits: number[] = [];
  for (let turn = 0; turn < TURNS; turn += 1)
    for (const [name, server] of [
      ['ours', app],
      ['bare', floor],
    ] as const) {
      const until = performance.now() + (seconds * 1_000) / TURNS;
      const loaded = await load(server.address, all, () => performance.now() < until);
      sums[name] += loaded.taken;
      if (name === 'ours') waits.push(...loaded.milliseconds);
    }
  const { stored } = await app.ask();
  const sorted = waits.toSorted((one, other) => one - other);
  const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN;
  const ratio = sums.ours / sums.bare;
  const rate = (taken: number) => `${Math.round(taken / seconds)}/s`;
  return [
    row(
      'deliveries taken and stored',
      rate(sums.ours),
      rate(sums.bare),
      `>= ${RATIO_MIN}`,
      ratio >= RATIO_MIN,
      ratio,
    ),
    row(
      'the slowest hundredth of the answers',
      `${p99.toFixed(1)} ms`,
      '',
      `<= ${P99_MS_MAX} ms`,
      p99 <= P99_MS_MAX,
    ),
    row('taken, but not stored', String(sums.ours - stored), '', '= 0', stored === sums.ours),
    ...(await large(app, floor)),
  ];
}

/** What a stranger's body costs before its signature is looked at. */
async function large(app: Running, floor: Running): Promise<readonly Row[]> {
  const grown = async (server: Running) => {
    const { rss } = await server.ask();
    await send(server.address, {
      body: Buffer.alloc(LARGE_BYTES, 120),
      signature: `sha256=${'0'.repeat(64)}`,
    });
    return (await server.ask()).rss - rss;
  };
  const [own, theirs] = [await grown(app), await grown(floor)];
  return [row('memory for a forged body of 50 MB', megabytes(own), megabytes(theirs), '', null)];
}

function row(
  what: string,
  measured: string,
  floor: string,
  bar: string,
  ok: boolean | null,
  ratio?: number,
): Row {
  return { what, measured, floor, bar, ok, ratio: ratio === undefined ? '' : ratio.toFixed(2) };
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1_048_576)} MB`;

try {
  const all = payloads();
  report(await throughput(all));
} finally {
  agent.destroy();
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
