/** Ledger append and verify beside their floors, measured in the same run; medians of several rounds. */
import { generateKeyPairSync, hash, type KeyObject, sign, verify } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { stateFileAnchor } from '../src/adapters/anchors/state-file.ts';
import { signerOf } from '../src/adapters/keys/private-key.ts';
import { openLedger, type SqliteLedger } from '../src/adapters/store-sqlite/ledger.ts';
import { entriesAfter } from '../src/adapters/store-sqlite/rows.ts';
import { verifyLedger } from '../src/adapters/store-sqlite/verify.ts';
import { entryPreimage } from '../src/ledger/entry.ts';
import type { LedgerDraft, Signer } from '../src/ports.ts';
import type { Instant } from '../src/primitives.ts';
import { median, type Row, report } from './rows.ts';

const ROUNDS = 7;
/** What an entry stores beside its body: 420 bytes of columns and a note of 440. */
const OTHER_BYTES = 860;
const APPENDS = 400;
const ENTRIES = Number(process.argv[2] ?? 100_000);

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const signer = benchSigner(privateKey);
const rows: Row[] = [];
const folder = mkdtempSync(join(tmpdir(), 'arbiter-bench-ledger-'));
try {
  await benchAppend();
  await benchVerify();
  report(rows);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function benchAppend(): Promise<void> {
  const bare = new DatabaseSync(join(folder, 'floor.db'));
  bare.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  bare.exec('CREATE TABLE floor (sequence INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT');
  const insert = bare.prepare('INSERT INTO floor (body) VALUES (?)');
  const plain = await opened(join(folder, 'plain.db'), false);
  const anchored = await opened(join(folder, 'anchored.db'), true);
  const floors: number[] = [];
  const appends: number[] = [];
  const withAnchor: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    floors.push(
      await perSecond(async (at) => {
        // The same bytes: the body, the entry's other columns, and the signed note.
        const body = JSON.stringify(draftOf(at).body) + 'h'.repeat(OTHER_BYTES);
        bare.exec('BEGIN IMMEDIATE');
        insert.run(body);
        sign(null, Buffer.from(body.slice(0, 300)), privateKey);
        bare.exec('COMMIT');
      }),
    );
    appends.push(await perSecond((at) => appended(plain, at)));
    withAnchor.push(await perSecond((at) => appended(anchored, at)));
  }
  bare.close();
  await plain[Symbol.asyncDispose]();
  await anchored[Symbol.asyncDispose]();
  const floor = median(floors);
  row(
    'ledger append, 1 KB, FULL, signed head',
    `${Math.round(median(appends))}/s`,
    `${Math.round(floor)}/s`,
    median(appends) / floor,
    0.5,
  );
  row(
    '  the same and the anchor file',
    `${Math.round(median(withAnchor))}/s`,
    `${Math.round(floor)}/s`,
    median(withAnchor) / floor,
    null,
  );
}

async function benchVerify(): Promise<void> {
  const times: number[] = [];
  const floors: number[] = [];
  const half = await filled(join(folder, 'half.db'), ENTRIES / 2);
  const whole = await filled(join(folder, 'whole.db'), ENTRIES);
  const halves: number[] = [];
  let signatures = 0;
  for (let round = 0; round < 5; round += 1) {
    halves.push(await millisecondsOf(() => verified(half)));
    times.push(
      await millisecondsOf(async () => {
        signatures = await verified(whole);
      }),
    );
    floors.push(floorOf(whole, signatures));
  }
  await half[Symbol.asyncDispose]();
  await whole[Symbol.asyncDispose]();
  const [time, floor] = [median(times), median(floors)];
  row(
    `ledger verify, ${ENTRIES} entries, ${signatures} signatures`,
    `${Math.round(time)} ms`,
    `${Math.round(floor)} ms`,
    floor / time,
    0.4,
  );
  row('  growth exponent', Math.log2(time / median(halves)).toFixed(2), '', 1, null);
  row('  resident set', `${Math.round(process.memoryUsage().rss / 1e6)} MB`, '', 1, null);
}

async function opened(file: string, anchor: boolean): Promise<SqliteLedger> {
  const anchors = anchor ? [stateFileAnchor(join(folder, 'anchors'))] : [];
  const ledger = await openLedger({ file, access: 'create', anchors });
  if (!ledger.ok) throw new Error(ledger.fault.kind);
  return ledger.value;
}

async function appended(ledger: SqliteLedger, at: number): Promise<void> {
  const entry = await ledger.append(draftOf(at), signer);
  if (!entry.ok) throw new Error(entry.fault.kind);
}

/** Filling is not measured: one transaction around many appends would be no append at all. */
async function filled(file: string, count: number): Promise<SqliteLedger> {
  const ledger = await opened(file, false);
  ledger.storage.database.exec('PRAGMA synchronous = OFF');
  for (let at = 0; at < count; at += 1) await appended(ledger, at);
  ledger.storage.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  return ledger;
}

async function verified(ledger: SqliteLedger): Promise<number> {
  const report = await verifyLedger(ledger);
  if (!report.ok || report.value.breaks.length > 0) throw new Error('the bench ledger is broken');
  return report.value.checkpoints + 1;
}

/** SHA-256 of the same bytes (each body, each preimage) and the same number of Ed25519 checks. */
function floorOf(ledger: SqliteLedger, signatures: number): number {
  const body = Buffer.from(JSON.stringify(draftOf(1).body));
  const [first] = entriesAfter(ledger.storage.database, 0);
  if (first === undefined) throw new Error('the bench ledger is empty');
  const preimage = Buffer.from(entryPreimage(first));
  const note = Buffer.alloc(260, 'n');
  const signature = sign(null, note, privateKey);
  return milliseconds(() => {
    for (let at = 0; at < ENTRIES; at += 1) {
      hash('sha256', body, 'hex');
      hash('sha256', preimage, 'hex');
    }
    for (let at = 0; at < signatures; at += 1) verify(null, note, publicKey, signature);
  });
}

function draftOf(at: number): LedgerDraft {
  return {
    at: (1_767_225_600_000 + at) as Instant,
    kind: 'verdict',
    about: `0198c0de-0000-7000-8000-${String(at).padStart(12, '0')}`,
    body: { verdict: 'PASS', at, text: 'x'.repeat(970) },
    blobs: [],
  };
}

function benchSigner(key: KeyObject): Signer {
  const made = signerOf(
    key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    undefined,
    'bench',
  );
  if (!made.ok) throw new Error(made.fault.kind);
  return made.value;
}

async function perSecond(one: (at: number) => Promise<void>): Promise<number> {
  const start = performance.now();
  for (let at = 0; at < APPENDS; at += 1) await one(at);
  return APPENDS / ((performance.now() - start) / 1_000);
}

function milliseconds(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function row(what: string, found: string, floor: string, ratio: number, bar: number | null): void {
  rows.push({
    what,
    measured: found,
    floor,
    ratio: floor === '' ? '' : ratio.toFixed(2),
    bar: bar === null ? '' : `>= ${bar}`,
    ok: bar === null ? null : ratio >= bar,
  });
}
