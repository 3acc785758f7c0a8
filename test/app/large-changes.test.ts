/** A change of any size is judged whole: by the app as by `arbiter verify` in a clone. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import { findingsOf } from '../../src/5-publication/report.ts';
import { openLedger } from '../../src/adapters/store-sqlite/ledger.ts';
import { command as verify } from '../../src/cli/verify.ts';
import type { VerdictEntryBody } from '../../src/ledger/verdict-entry.ts';
import type { VerdictId } from '../../src/primitives.ts';
import { rehearsal } from '../cli/rehearsal.ts';
import type { PullHandle } from '../hub/handles.ts';
import { clientOf, judge } from '../hub/testing.ts';
import { openTown, type Town } from './town.ts';

// Thousands of files are written, sent and read several times, and a busy machine takes its time.

let town: Town;
const home = mkdtempSync(join(tmpdir(), 'arbiter-large-'));
beforeAll(async () => {
  town = await openTown();
});
afterAll(async () => {
  await town[Symbol.asyncDispose]();
  rmSync(home, { recursive: true, force: true });
});

/** GitHub lists no more files of a pull request than this, and no word tells that there are more. */
const FILES_LISTED_MAX = 3_000;

const manyFiles = Object.fromEntries(
  Array.from({ length: FILES_LISTED_MAX + 1 }, (_, at) => [`src/cart/f${at}.ts`, `export {};\n`]),
);
const longFile = {
  'src/cart/total.ts': Array.from(
    { length: 20_000 },
    (_, at) => `export const a${at} = ${at};\n`,
  ).join(''),
};

test.each([
  ['3,001 files', 'many', manyFiles, { files: 3_001, added: 3_001, deleted: 0 }],
  ['a file of 20,000 lines', 'long', longFile, { files: 1, added: 20_000, deleted: 1 }],
] as const)('%s are counted to the last one', async (_name, branch, files, totals) => {
  const pull = await town.opens(branch, files);
  await town.rest();
  const ours = await recordOf(pull);
  expect(ours.totals).toMatchObject(totals);
  expect(ours.verdict).toBe('WAIVER_REQUIRED');
  expect(town.check(pull)).toMatchObject({ conclusion: 'action_required' });
  const theirs = await verifiedInAClone(branch);
  expect(theirs.totals).toEqual(ours.totals);
  expect(theirs.subject.change).toBe(ours.subject.change);
  expect([theirs.verdict, shown(theirs)]).toEqual([ours.verdict, shown(ours)]);
  judge(town.hub);
});

test('though the list of the API ends before', async () => {
  const { rest } = clientOf(town.hub, town.installed.token());
  const pull = [...town.repository.state.pulls.values()].find(({ head }) => head.ref === 'many');
  const of = { owner: 'acme', repo: 'shop', pull_number: pull?.number ?? 0, per_page: 100 };
  const last = FILES_LISTED_MAX / of.per_page;
  expect((await rest.pulls.listFiles({ ...of, page: last })).data).toHaveLength(100);
  expect((await rest.pulls.listFiles({ ...of, page: last + 1 })).data).toEqual([]);
});

const shown = (record: VerdictRecord) =>
  findingsOf(record).map(({ rule, standing, measured, limit }) => ({
    rule,
    standing,
    measured,
    limit,
  }));

/** What stands in the app's ledger under the id that the check shows. */
async function recordOf(pull: PullHandle): Promise<VerdictRecord> {
  const id = town.check(pull)?.externalId as VerdictId;
  const data = town.environment['ARBITER_DATA'] ?? '';
  const file = join(data, 'ledgers', String(town.repository.id), 'ledger.db');
  const opened = await openLedger({ file, anchors: [], access: 'read' });
  if (!opened.ok) throw new Error(JSON.stringify(opened.fault));
  await using ledger = opened.value;
  const entry = await ledger.find('verdict', id);
  if (!entry.ok || entry.value === null) throw new Error(`no verdict ${id}`);
  return (JSON.parse(entry.value.body) as VerdictEntryBody<VerdictRecord>).record;
}

async function verifiedInAClone(branch: string): Promise<VerdictRecord> {
  const clone = join(home, branch);
  execFileSync('git', ['clone', '--quiet', town.repository.folder, clone], { stdio: 'pipe' });
  const { world, out, err } = rehearsal(clone);
  const env = { PATH: process.env['PATH'] ?? '', HOME: home };
  await verify({ ...world, env })
    .exitOverride()
    .parseAsync([`origin/main...origin/${branch}`, '--json'], { from: 'user' });
  if (out() === '') throw new Error(err());
  return (JSON.parse(out()) as { readonly record: VerdictRecord }).record;
}
