import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { verdictListText } from '../../src/5-publication/verdict-list.ts';
import { command as verdict } from '../../src/cli/verdict.ts';
import { arbiter, trustedKeys } from '../stories/people.ts';
import { Story } from '../stories/story.ts';

// A story starts git dozens of times, and a busy machine takes its time.

test('show, list and explain tell one verdict in three lengths', async () => {
  using story = new Story();
  story.worker.exceeds('lines');
  await story.verdict();
  const record = await story.record();
  const shown = await story.runs(verdict, 'show');
  expect(shown.out).toBe(story.said.out);
  const listed = await story.runs(verdict, 'list');
  expect(listed.out).toMatch(/^WAIVER REQUIRED +2027-03-01 \d\d:\d\d UTC +feature +CART-1 +/);
  const explained = await story.runs(verdict, 'explain', record.id.slice(0, 12));
  expect(explained.out).toContain('measured 70 lines, limit 60 lines');
  expect(explained.out).toContain(
    `    or        arbiter waiver request budget_limit --verdict ${record.id} --reason "…" --expires 7d\n              any maintainer of .caws/trusted-keys.yaml on the base may allow it, not the author; at most 14 days.\n`,
  );
  const yaml = await story.runs(verdict, 'show', record.id, '--yaml');
  expect(parse(yaml.out)).toEqual(record);
});

test('the list fits 80 columns, and what it shows of an id names the verdict', async () => {
  using story = new Story();
  story.branches(`a-branch-with-a-name-that-goes-on-${'and-on-'.repeat(6)}`);
  story.worker.exceeds('lines');
  await story.verdict();
  story.now += 1;
  await story.verdict();
  const listed = await story.runs(verdict, 'list');
  const lines = listed.out.trimEnd().split('\n');
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    expect(line.length).toBeLessThanOrEqual(80);
    const id = line.split('  ').at(-1) ?? '';
    expect((await story.runs(verdict, 'show', id)).code).toBe(0);
  }
  expect(verdictListText([await story.record()], (_, text) => text, 160)).toContain(
    'and-on-  CART-1  ',
  );
});

test('replay decides again from the record alone, even where the repository has moved on', async () => {
  using story = new Story();
  story.worker.stays();
  await story.verdict();
  story.git(story.author, 'switch', '-q', 'main');
  story.git(story.author, 'branch', '-D', '-q', 'feature');
  const again = await story.runs(verdict, 'replay');
  expect(again).toMatchObject({ code: 0 });
  expect(again.out).toContain('PASS again, and every byte of the record is the same');
});

test('replay decides again from what was exported, where neither ledger nor repository is', async () => {
  using story = new Story();
  story.worker.stays();
  await story.verdict();
  const bundle = join(dirname(story.beside('aside', '')), 'bundle');
  await story.runs(verdict, 'export', '--out', bundle);
  rmSync(story.ledgerFile);
  const again = await story.runs(verdict, 'replay', '--bundle', bundle);
  expect(again).toMatchObject({ code: 0, err: '' });
  expect(again.out).toContain('PASS again, and every byte of the record is the same');
  const record = join(bundle, 'record.json');
  const whole = readFileSync(record, 'utf8');
  writeFileSync(record, whole.replace('"PASS"', '"FAIL"'));
  expect(await story.runs(verdict, 'replay', '--bundle', bundle)).toMatchObject({
    code: 6,
    err: expect.stringContaining('README.md of that folder'),
  });
});

test.each([
  ['no folder', () => {}, /record\.json: no such file/],
  [
    'a record that is none',
    (folder: string) => mkdirSync(join(folder, 'record.json')),
    /not a regular file/,
  ],
  [
    'a record of something else',
    (folder: string) => writeFileSync(join(folder, 'record.json'), '{"id":"x"}'),
    /it is no record of a verdict/,
  ],
  [
    'a case that is none, under its own digest',
    (folder: string) => {
      const caseDigest = `sha256:${createHash('sha256').update('{}').digest('hex')}`;
      const tool = { rules: '1', version: '1' };
      writeFileSync(join(folder, 'case.json'), '{}');
      writeFileSync(
        join(folder, 'record.json'),
        JSON.stringify({ id: 'x', verdict: 'PASS', caseDigest, tool }),
      );
    },
    /case\.json: /,
  ],
])('of %s nothing is decided again, and it is said why', async (_, prepare, says) => {
  using story = new Story();
  const folder = join(dirname(story.beside('aside', '')), 'bundle');
  mkdirSync(folder);
  prepare(folder);
  const said = await story.runs(verdict, 'replay', '--bundle', folder);
  expect([said.code, said.err]).toEqual([2, expect.stringMatching(says)]);
});

test('verify names the key as untrusted until somebody trusts it', async () => {
  using story = new Story();
  story.worker.stays();
  await story.verdict();
  const plain = await story.runs(verdict, 'verify');
  expect(plain).toMatchObject({ code: 0 });
  expect(plain.out).toMatch(/key +doubtful/);
  const file = story.beside(
    'trust.yaml',
    trustedKeys([arbiter]).replace('role: maintainer', 'role: arbiter'),
  );
  const trusted = await story.runs(verdict, 'verify', '--trust', file);
  expect(trusted.out).toMatch(/key +holds/);
});

test('a record that somebody edited is never shown as a verdict', async () => {
  using story = new Story();
  story.worker.exceeds('lines');
  await story.verdict();
  using database = new DatabaseSync(story.ledgerFile);
  const guards = database.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'");
  const all = guards.all();
  for (const { name } of all) database.exec(`DROP TRIGGER "${String(name)}"`);
  database.exec(`UPDATE entries SET body = replace(body, 'WAIVER_REQUIRED', 'PASS')`);
  for (const { sql } of all) database.exec(String(sql));
  for (const name of ['show', 'list', 'replay', 'verify', 'explain'])
    expect(await story.runs(verdict, name), name).toMatchObject({ code: 6, out: '' });
});
