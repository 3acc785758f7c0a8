import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { command as replay } from '../../src/cli/replay.ts';
import { coverageGate, policy } from '../stories/documents.ts';
import { Story } from '../stories/story.ts';

// A story starts git dozens of times, and a busy machine takes its time.

const schema = new URL('../../policies/schema/replay.schema.json', import.meta.url);
const keepsSchema = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(schema, 'utf8')) as object,
);

interface Row {
  readonly was: { readonly verdict: string };
  readonly wouldBe: { readonly verdict: string; readonly mode: string } | null;
  readonly flips: boolean;
  readonly why: string | null;
  readonly unasked: readonly string[];
}

async function tried(story: Story, text: string, ...args: readonly string[]) {
  const file = story.beside('new.policy.yaml', text);
  const said = await story.runs(replay, ...args, '--policy', file, '--json');
  const answer = JSON.parse(said.out) as { flipped?: number; verdicts?: readonly Row[] };
  if (said.code === 0) expect(keepsSchema(answer), JSON.stringify(keepsSchema.errors)).toBe(true);
  return { ...said, ...answer, verdicts: answer.verdicts ?? [] };
}

const tighter = policy().replace('max_loc: 40', 'max_loc: 2').replace('max_loc: 60', 'max_loc: 3');
const wider = policy().replace('max_loc: 60', 'max_loc: 600').replace('120', '600');

test('past verdicts are heard again under another policy, and told by what would decide them', async () => {
  using story = new Story();
  story.worker.stays();
  await story.verdict();
  story.worker.exceeds('lines');
  await story.verdict();
  const none = await tried(story, policy());
  expect(none).toMatchObject({ code: 0, flipped: 0 });
  const strict = await tried(story, tighter);
  expect(strict.verdicts.map(({ was, wouldBe }) => [was.verdict, wouldBe?.verdict])).toEqual([
    ['WAIVER_REQUIRED', 'WAIVER_REQUIRED'],
    ['PASS', 'WAIVER_REQUIRED'],
  ]);
  expect(strict.verdicts[1]?.why).toContain('5');
  const lax = await tried(story, wider);
  expect(lax.verdicts.map(({ flips }) => flips)).toEqual([true, false]);
  expect(lax.verdicts[0]?.why).toMatch(/^No more: /);
  expect((await tried(story, tighter, '--last', '1')).verdicts).toHaveLength(1);
  const seen = await tried(story, `${policy()}mode: observe\n`);
  expect(seen.verdicts.every(({ flips, wouldBe }) => flips && wouldBe?.mode === 'observe')).toBe(
    true,
  );
  const file = story.beside('new.policy.yaml', tighter);
  const shown = await story.runs(replay, '--policy', file);
  expect(shown.out).toContain('1 of 2 verdicts would be another.');
  const table = shown.out.split('\n').filter((line) => !line.startsWith('    '));
  expect(Math.max(...table.map((line) => line.length))).toBeLessThanOrEqual(80);
  await expect(story).toTellTheSame();
});

test('a gate that nobody was asked counts as missing, and is named', async () => {
  using story = new Story();
  story.worker.stays();
  await story.verdict();
  const { verdicts } = await tried(story, policy(coverageGate));
  expect(verdicts[0]).toMatchObject({ flips: true, unasked: ['coverage'] });
  expect(verdicts[0]?.why).toContain('Nobody was asked then: coverage.');
});

test('a policy that cannot be read, or no ledger, changes nothing and says so', async () => {
  using story = new Story();
  story.worker.stays();
  await story.verdict();
  expect(await tried(story, 'version: [')).toMatchObject({ code: 5 });
  const missing = await story.runs(replay, '--policy', 'nowhere.yaml');
  expect(missing).toMatchObject({ code: 2, out: '' });
  expect(missing.err).toContain('nowhere.yaml, which --policy names, cannot be read.');
  expect(await tried(story, policy(), 'acme/other', '--data', 'nowhere')).toMatchObject({
    code: 2,
  });
});

test("a repository's verdicts are found among the ledgers of the app", async () => {
  using story = new Story();
  story.worker.stays();
  await story.verdict();
  const data = dirname(story.beside('data/app.db', ''));
  mkdirSync(join(data, 'ledgers', '4711'), { recursive: true });
  cpSync(story.ledgerFile, join(data, 'ledgers', '4711', 'ledger.db'));
  const found = await tried(story, tighter, 'Acme/Shop', '--data', data);
  expect(found).toMatchObject({ code: 0, flipped: 1 });
  expect(await tried(story, tighter, 'acme/hop', '--data', data)).toMatchObject({ code: 2 });
});
