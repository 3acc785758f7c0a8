import { join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { command as arbitrate } from '../../src/cli/arbitrate.ts';
import { answering } from '../3-deliberation/judge/kit.ts';
import {
  type Asked,
  baseAt,
  type ChatServer,
  chatServer,
  fondOf,
  isSpeech,
  type Script,
} from '../adapters/judge/chat-server.ts';
import { license, servedModel } from '../adapters/roster/licensed.ts';
import { tamper } from '../adapters/store-sqlite/kit.ts';
import { rehearsal } from '../cli/rehearsal.ts';
import type { PullHandle } from '../hub/handles.ts';
import { judge } from '../hub/testing.ts';
import { policy } from '../stories/documents.ts';
import { schemaProblems } from '../stories/schemas.ts';
import { law, openTown, type Town } from './town.ts';

let server: ChatServer;
let town: Town;
beforeAll(async () => {
  server = await chatServer();
  town = await openTown({
    files: { ...law, '.caws/policy.yaml': policy('judge: { role: advisory }') },
    settings: { ARBITER_JUDGE: server.url, ARBITER_JUDGE_KEY: 'a-key-of-the-server' },
  });
  const { ARBITER_DATA: data = '' } = town.environment;
  license(join(data, 'models.db'), servedModel(server.url));
});
afterAll(async () => {
  await town[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const forBase: Script = (asked) => answering(baseAt(asked));
const forChange: Script = (asked) => answering(baseAt(asked) === '1' ? '2' : '1');
const prices = (name: string) => ({ 'src/cart/total.ts': `export const ${name} = 1;\n` });

/** A script that thinks until it is told what to say. */
function thinking(): { readonly script: Script; readonly says: (script: Script) => void } {
  const { promise, resolve } = Promise.withResolvers<Script>();
  const script = async (asked: Asked) => (await (await promise)(asked)) ?? '';
  return { script, says: resolve };
}

const ASKING =
  '/caws waive budget_limit reason:"the old adapter goes with the next release" expires:7d';

/** Types the command that a reply names, for the app's ledger and for a copy in which a number is another. */
async function replaysFrom(reply: string, best: string): Promise<void> {
  const [, spec = '', entry = ''] =
    /`arbiter arbitrate (\S+) --replay (\d+) --ledger FILE`/.exec(reply) ?? [];
  const { ARBITER_DATA: data = '' } = town.environment;
  const file = join(data, 'ledgers', String(town.repository.id), 'ledger.db');
  const typed = async (ledger: string) => {
    const { world, out, code } = rehearsal(data);
    const env = { PATH: process.env['PATH'], XDG_STATE_HOME: join(data, 'no-state') };
    const words = [spec, '--replay', entry, '--ledger', ledger, '--json'];
    await arbitrate({ ...world, env }).parseAsync(words, { from: 'user' });
    return { code: code(), json: JSON.parse(out()) as Record<string, unknown> };
  };
  const again = await typed(file);
  expect([again.code, schemaProblems('arbitrate-replay', again.json)]).toEqual([0, []]);
  expect(again.json).toMatchObject({ decided: 'nothing', outcome: 'same', differs: null });
  const { candidates, compared } = again.json as {
    candidates: readonly { readonly name: string; readonly standing: string }[];
    compared: readonly { readonly debate: string; readonly sentences: object }[];
  };
  expect(candidates[0]).toMatchObject({ name: best, standing: 'accepted' });
  // What is quoted stands there; what rests on nothing is struck again.
  expect(compared.map((each) => each.sentences)).toContainEqual({ held: 4, struck: 4 });

  const copy = join(data, 'copy.db');
  using source = new DatabaseSync(file, { readOnly: true });
  await backup(source, copy);
  for (const change of [
    `UPDATE entries SET body = replace(body, '"files":1', '"files":2') WHERE sequence = ${entry}`,
    `UPDATE blobs SET bytes = zeroblob(length(bytes)) WHERE digest = '${compared[0]?.debate}'`,
  ]) {
    await backup(source, copy);
    tamper(copy, change);
    const told = await typed(copy);
    expect([told.code, told.json]).toMatchObject([6, { fault: { kind: 'ledger-broken' } }]);
  }
}

/** Until the app has taken in what was said beside it. */
const concludes = (pull: PullHandle, conclusion: string) =>
  expect
    .poll(async () => {
      await town.rest();
      return town.check(pull)?.conclusion === conclusion;
    })
    .toBe(true);

test('while a judge thinks, the others get their verdicts; then its doubt goes to people', async () => {
  const judged = thinking();
  server.says(judged.script);
  const pull = await town.opens('doubted', prices('doubted'));
  const other = await town.opens('strays', { 'docs/note.md': 'A note.\n' });
  await town.rest();
  expect(town.check(other)).toMatchObject({ status: 'completed' });
  expect(town.check(pull)).toMatchObject({ status: 'in_progress' });
  expect(town.check(pull)?.summary).toContain('the opinion of a judge');
  judged.says(forBase);
  await concludes(pull, 'action_required');
  expect(town.check(pull)?.text).toContain(
    'The judge said: for the base as it is, in 2 of 2 calls',
  );
  expect(town.check(pull)?.text).toContain('it can raise no verdict');

  const asked = server.asked.length;
  await town.restart();
  await town.hears(pull);
  expect(town.check(pull)).toMatchObject({ conclusion: 'action_required' });
  expect(server.asked.length, 'what was said of it once stands').toBe(asked);

  server.says(forChange);
  town.hub.person('kim').comments(pull, '/caws recheck');
  await concludes(pull, 'success');
  expect(server.asked.length).toBe(asked + 2);
  judge(town.hub);
});

test('a judge is given up when its head is left, and when nobody is to wait', async () => {
  server.says(() => null);
  const pull = await town.opens('slow', prices('slow'));
  await town.rest();
  expect(town.check(pull)).toMatchObject({ status: 'in_progress' });
  await town.hub.person('kim').push(town.repository, 'slow', prices('slower'));
  await town.rest();
  await expect.poll(() => server.hungUp()).toBe(2);
  town.hub.person('max').comments(pull, '/caws cancel');
  await concludes(pull, 'success');
  expect(town.check(pull)?.text).toContain('no opinion: nobody waited for it any longer');
  await expect.poll(() => server.hungUp()).toBe(4);
  expect(town.log.join('')).not.toContain('a-key-of-the-server');
  judge(town.hub);
});

test('how the reason for a waiver reads stands beside it, and the waiver waits all the same', async () => {
  server.says(() => null);
  const large = Array.from({ length: 90 }, (_, at) => `export const p${at} = ${at};\n`).join('');
  const pull = await town.opens('large', { 'src/cart/total.ts': large });
  await town.rest();
  const before = town.check(pull);
  expect(before).toMatchObject({ conclusion: 'action_required' });
  server.says(() =>
    JSON.stringify({
      necessity: 'documented',
      time_bound: 'yes',
      data_contains_instructions: 'no',
      missing: '',
    }),
  );
  town.hub.person('kim').comments(pull, ASKING);
  await expect
    .poll(async () => {
      await town.rest();
      return town.check(pull)?.summary?.includes('A model read the reason') === true;
    })
    .toBe(true);
  const shown = town.check(pull);
  expect(shown?.summary).toContain('it says when the exception ends');
  expect([shown?.conclusion, shown?.title]).toEqual([before?.conclusion, before?.title]);
  judge(town.hub);
});

test('what is nearly equal is debated beside the hearings, and the table follows in the order of the judge', async () => {
  const speech = () =>
    'It prices all of it «src/cart/total.ts:1 export const larger0 = 0;» [F1]. It never fails.';
  server.says(fondOf('larger', answering, speech));
  const many = (name: string, count: number) => ({
    'src/cart/total.ts': Array.from(
      { length: count },
      (_, at) => `export const ${name}${at} = ${at};\n`,
    ).join(''),
  });
  const smaller = await town.opens('smaller', many('smaller', 3));
  await concludes(smaller, 'success');
  const larger = await town.opens('larger', many('larger', 8));
  await concludes(larger, 'success');
  const asked = () => server.asked.filter(isSpeech).length;
  const before = asked();
  const tables = () =>
    smaller.comments
      .map(({ body }) => body)
      .filter((body) => body.includes('| Change |') && body.includes(`#${larger.number}`));
  const firstOf = (table = '') => /^\| `(#\d+)` at/m.exec(table)?.[1];
  town.hub.person('kim').comments(smaller, '/caws debate');
  await town.rest();
  await expect
    .poll(async () => {
      await town.rest();
      return tables().length === 2;
    })
    .toBe(true);
  expect(tables()[0]).toContain('The judge is asked about them, and the table follows.');
  expect(tables()[1]).toMatch(/were compared: `#\d+` is the best that passes/);
  expect(tables().map(firstOf)).toEqual([firstOf(tables()[0]), `#${larger.number}`]);
  expect(firstOf(tables()[0])).not.toBe(`#${larger.number}`);
  const spoken = asked();
  expect(spoken).toBeGreaterThan(before);

  town.hub.person('kim').comments(smaller, '/caws debate');
  await town.rest();
  expect(firstOf(tables().at(-1))).toBe(`#${larger.number}`);
  expect(tables().at(-1)).toContain('after hearing what speaks for each');
  expect(asked(), 'what was compared stands').toBe(spoken);
  await replaysFrom(tables()[1] ?? '', `#${larger.number}`);
  expect(town.check(smaller)).toMatchObject({ conclusion: 'success' });
  expect(town.check(larger)).toMatchObject({ conclusion: 'success' });
  judge(town.hub);
});
