import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { command as modelsCommand } from '../../src/cli/models.ts';
import { command } from '../../src/cli/tasks.ts';
import { profileOf } from '../adapters/roster/kit.ts';
import { gitNow } from '../git-now.ts';
import { code, policy, spec } from '../stories/documents.ts';
import { type Desk, newDesk } from './ledger-kit.ts';

const schema = new URL('../../policies/schema/tasks.schema.json', import.meta.url);
const keepsSchema = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(schema, 'utf8')) as object,
);

/** Whatever is asked for as JSON is what the schema says. */
async function tasks(desk: Desk, ...args: readonly string[]) {
  const said = await desk.run(command, ...args);
  if (!args.includes('--json') || said.code === 2) return said;
  const told = args[0] === 'run' ? said.out.trimEnd().split('\n') : [said.out];
  for (const line of told)
    expect(keepsSchema(JSON.parse(line)), `${line}\n${JSON.stringify(keepsSchema.errors)}`).toBe(
      true,
    );
  return said;
}

/** A shop under a policy with one spec, two models in use, and commands that write a patch for it. */
async function shopWith(): Promise<Desk> {
  const desk = newDesk();
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(desk.folder, file)), { recursive: true });
    writeFileSync(join(desk.folder, file), text);
  };
  write('.gitignore', 'home/\nrules/\n');
  write('.caws/policy.yaml', policy());
  write('.caws/specs/CART-1.yaml', spec({ id: 'CART-1' }));
  write('src/cart/total.ts', code(5));
  const who = ['-c', 'user.name=R', '-c', 'user.email=r@example.org'];
  const git = (...args: readonly string[]) =>
    gitNow({ args: ['-C', desk.folder, ...who, ...args] });
  git('symbolic-ref', 'HEAD', 'refs/heads/main');
  git('add', '-A');
  git('commit', '-q', '-m', 'A shop');
  const added = code(12, 'tax').replaceAll(/^(?=.)/gm, '+');
  const planned = '{ path: src/cart/tax.ts, action: add, lines: 12 }';
  write('rules/plan.yaml', `version: 1\nspec: CART-1\nfiles:\n  - ${planned}\n`);
  write('rules/good.patch', `--- /dev/null\n+++ b/src/cart/tax.ts\n@@ -0,0 +1,12 @@\n${added}`);
  for (const id of ['small', 'large']) {
    write(`rules/${id}.json`, JSON.stringify(profileOf(id)));
    const file = join(desk.folder, 'rules', `${id}.json`);
    await desk.run(modelsCommand, 'register', file, '--reason', 'a test', '--status', 'active');
  }
  return desk;
}

test('a task goes from a spec to a judged patch, and stands in roster and ledger', async () => {
  const desk = await shopWith();
  const [plan, patch] = ['plan.yaml', 'good.patch'].map((name) => join(desk.folder, 'rules', name));
  const added = await tasks(
    desk,
    'add',
    'CART-1',
    '--id',
    'tax',
    '--priority',
    'high',
    '--deadline',
    '2h',
  );
  expect([added.code, added.out]).toEqual([
    0,
    'tax waits.\nSee where it stands: arbiter tasks show tax\n',
  ]);
  const listed = await tasks(desk, 'list');
  expect(listed.out).toMatch(/^tax {2}waiting {2}high {2}in line\s+\S*arbiter-desk-\w+\n$/);
  const worker = `test -n "$ARBITER_MODEL" && grep -q CART-1 task.json && cp ${plan} plan.yaml && cp ${patch} change.patch`;
  const ran = await tasks(desk, 'run', '--worker', worker, '--once');
  expect(ran.code).toBe(0);
  expect(ran.out).toMatch(/taken +tax {2}propose by (?:small|large)\n/);
  expect(ran.out).toMatch(/finished +tax {2}done: PASS, verdict [0-9a-f-]{36}\n/);
  const shown = JSON.parse((await tasks(desk, 'show', 'tax', '--json')).out);
  expect(shown.task).toMatchObject({ state: 'done', finished: ['propose', 'judge'], lost: [] });
  const history = await desk.run(modelsCommand, 'history', shown.task.model);
  for (const part of ['PASS', 'tax.1.0']) expect(history.out).toContain(part);
  const log = await tasks(desk, 'log');
  expect(JSON.parse(log.out)).toMatchObject({ chosen: shown.task.model, surface: 'code-editing' });
  writeFileSync(join(desk.folder, 'rules/log.jsonl'), log.out);
  const judged = await desk.run(modelsCommand, 'evaluate', 'rules/log.jsonl', '--policy', 'ucb1');
  expect(judged.out).toMatch(/^ucb1 on 1 past decision\n/);
  const again = await tasks(desk, 'add', 'CART-1', '--id', 'tax');
  expect([again.code, again.err]).toEqual([
    2,
    expect.stringContaining('There is a task tax already (done).'),
  ]);
});

test('a worker that cannot is followed by the other model, and then by an error that says what was tried', async () => {
  const desk = await shopWith();
  await tasks(desk, 'add', 'CART-1', '--id', 'tax');
  const ran = await tasks(desk, 'run', '--worker', 'echo "no idea" >&2; exit 3', '--once');
  expect([ran.code, ran.out]).toEqual([4, expect.stringMatching(/ended +tax {2}ERROR: whoever/)]);
  const shown = await tasks(desk, 'show', 'tax');
  expect(shown.out).toMatch(/ERROR: whoever could do propose was tried\n$/);
  for (const model of ['small', 'large'])
    expect(shown.out).toMatch(
      new RegExp(`${model}, propose: failed \\(failed: exit 3: no idea\\)`),
    );
  await tasks(desk, 'add', 'CART-1', '--id', 'odd');
  const plan = join(desk.folder, 'rules/plan.yaml');
  const odd = `cp ${plan} plan.yaml; echo nonsense > change.patch`;
  await tasks(desk, 'run', '--worker', odd, '--once');
  expect((await tasks(desk, 'show', 'odd')).out).toContain('propose: failed (Note: the patch');
});

test('a cascade asks the other model where the first one’s patch does not pass, and shows whose verdict counts', async () => {
  const desk = await shopWith();
  const [plan, good] = ['plan.yaml', 'good.patch'].map((name) => join(desk.folder, 'rules', name));
  // Outside its scope: nothing that lands by itself.
  const bad = `sed s,src/cart,docs, ${good}`;
  const worker = `cp ${plan} plan.yaml; if [ "$ARBITER_MODEL" = large ]; then ${bad} > change.patch; else cp ${good} change.patch; fi`;
  await tasks(desk, 'add', 'CART-1', '--id', 'tax', '--strategy', 'cascade', '--json');
  const ran = await tasks(desk, 'run', '--worker', worker, '--once', '--json');
  const ends = ran.out.split('\n').filter((line) => line.includes('"verdict":{'));
  expect(ends.map((line) => JSON.parse(line).end.verdict.verdict)).toEqual([
    'WAIVER_REQUIRED',
    'PASS',
  ]);
  const shown = JSON.parse((await tasks(desk, 'show', 'tax', '--json')).out).task;
  expect(shown).toMatchObject({ name: 'cascade', state: 'done', taken: 'tax-2' });
  expect((await tasks(desk, 'show', 'tax')).out).toMatch(
    /^tax {2}done {2}cascade of at most 3 models: tax-2 counts\n {2}tax-1 {2}done {2}large {2}done: WAIVER_REQUIRED, .*\n {2}tax-2 {2}done {2}small {2}done: PASS, /,
  );
  for (const args of [['list', '--all'], ['health'], ['beat', 'daemon:llama', '--every', '1s']])
    await tasks(desk, ...args, '--json');
  const again = await tasks(desk, 'cancel', 'tax');
  expect([again.code, again.err]).toEqual([
    2,
    expect.stringContaining('tax has ended already (done)'),
  ]);
});

test('a member of a race that cannot is no loss where another one’s patch is taken', async () => {
  const desk = await shopWith();
  const [plan, good, lost] = ['plan.yaml', 'good.patch', 'lost'].map((name) =>
    join(desk.folder, 'rules', name),
  );
  const able = `until test -e ${lost}; do sleep 0.02; done; cp ${plan} plan.yaml; cp ${good} change.patch`;
  const worker = `if [ "$ARBITER_MODEL" = large ]; then touch ${lost}; exit 3; fi; ${able}`;
  await tasks(desk, 'add', 'CART-1', '--id', 'tax', '--strategy', 'race', '--workers', '2');
  const ran = await tasks(desk, 'run', '--worker', worker, '--once');
  expect([ran.code, ran.out]).toEqual([0, expect.stringMatching(/done: PASS, verdict/)]);
  await tasks(desk, 'add', 'CART-1', '--id', 'none', '--strategy', 'race', '--workers', '2');
  expect((await tasks(desk, 'run', '--worker', 'exit 3', '--once')).code).toBe(4);
});

test('where every model is down, a task waits, and who asks is told why', async () => {
  const desk = await shopWith();
  const newcomer = join(desk.folder, 'rules/a-candidate.json');
  writeFileSync(newcomer, JSON.stringify(profileOf('a-candidate')));
  await desk.run(modelsCommand, 'register', newcomer, '--reason', 'a test');
  await tasks(desk, 'beat', 'daemon:llama', '--every', '1s');
  desk.later(60_000);
  const down = 'large: it is down (see: arbiter tasks health)\n  small: it is down';
  const asked = await desk.run(modelsCommand, 'route', '--file', 'src/cart/tax.ts:12');
  expect([asked.code, asked.out, asked.err]).toEqual([4, '', expect.stringContaining(down)]);
  await tasks(desk, 'add', 'CART-1', '--id', 'tax');
  const ran = await tasks(desk, 'run', '--worker', 'exit 3', '--once');
  expect([ran.code, ran.out]).toEqual([4, '']);
  expect(ran.err).toMatch(
    /^1 task still waits, and nobody can take it now:\n {2}tax {2}nobody can now: (?:small|large): it is down.*\n.*run: arbiter tasks run\n$/s,
  );
  const shown = (await tasks(desk, 'show', 'tax')).out;
  expect(shown).toMatch(/^tax {2}waiting\n.*nobody can now\n.*large: it is down/s);
  await tasks(desk, 'beat', 'daemon:llama', '--every', '1h');
  const again = await desk.run(modelsCommand, 'route', '--file', 'src/cart/tax.ts:12');
  expect(again.code).toBe(0);
});

test('a model of which nothing was heard is not given a task until it says that it is there', async () => {
  const desk = await shopWith();
  const route = () => desk.run(modelsCommand, 'route', '--file', 'src/cart/tax.ts:12');
  desk.later(700_000);
  const silent = await route();
  expect([silent.code, silent.out]).toEqual([4, '']);
  expect(silent.err).toMatch(/small: nothing was heard of it lately\n/);
  const [, id = ''] = /tasks beat model:(\w+) --every 1m/.exec(silent.err) ?? [];
  expect(await tasks(desk, 'beat', `model:${id}`, '--every', '1m')).toMatchObject({ code: 0 });
  expect((await route()).out).toMatch(new RegExp(`\\n${id}\\n$`));
});

test('health shows each breaker, and a daemon that has fallen silent', async () => {
  const desk = await shopWith();
  for (const id of ['a', 'b']) await tasks(desk, 'add', 'CART-1', '--id', id);
  await tasks(desk, 'beat', 'daemon:llama', '--every', '1s');
  const health = await tasks(desk, 'health');
  expect(health.out).toMatch(/^2 tasks wait, the first since .*; 0 run\n/);
  expect(health.out).toMatch(/model:small {2}active {2}0\/1 {2}breaker closed {2}last heard of/);
  expect(health.out).toMatch(/daemon:llama {2}alive {2}breaker closed {2}last heard of/);
  expect(health.out).toContain('no runner: arbiter tasks run --worker COMMAND');
  const cancelled = await tasks(desk, 'cancel', 'a');
  expect(cancelled.out).toBe('a is cancelled.\n');
  const told = await tasks(desk, 'cancel', 'b', '--json');
  expect(JSON.parse(told.out)).toEqual({
    ...{ schema: 'caws-arbiter/tasks-cancel@1', id: 'b', state: 'cancelled' },
  });
  expect((await tasks(desk, 'list')).out).not.toContain('a  ');
  expect((await tasks(desk, 'list', '--all')).out).toContain('cancelled');
});

test.each([
  [['add', 'CART-9'], 2, 'CART-9'],
  [['add', 'CART-1', '--deadline', 'soon'], 2, ''],
  [['add', 'CART-1', '--id', 'no spaces'], 2, 'id is no spaces; allowed:'],
  [['add', 'CART-1', '--task', 'none.json'], 2, 'cannot be read'],
  [['add', 'CART-1', '--strategy', 'vote'], 2, ''],
  [['add', 'CART-1', '--strategy', 'race', '--workers', '1'], 2, 'workers is 1; allowed: 2 to 9'],
  [['show', 'nothing'], 2, 'There is no task nothing.'],
  [['cancel', 'nothing'], 2, 'There is no task nothing.'],
  [['beat', 'model:nobody', '--every', '1m'], 2, 'There is no model nobody on the roster.'],
  [['beat', 'nobody', '--every', '1s'], 2, ''],
])('%s is refused', async (args, code, said) => {
  const refused = await tasks(await shop, ...args);
  expect([refused.code, refused.out]).toEqual([code, '']);
  expect(refused.err).toContain(said);
});

test('an empty roster is said before anything is taken', async () => {
  const desk = newDesk();
  const none = await tasks(desk, 'run', '--worker', 'true', '--once');
  expect([none.code, none.err]).toEqual([4, expect.stringContaining('There is no roster yet')]);
});

const shop = shopWith();
