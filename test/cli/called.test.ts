import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asCalled } from '../../src/5-publication/as-called.ts';
import { anchorFolder } from '../../src/adapters/anchors/state-file.ts';
import { keyFolder } from '../../src/adapters/keys/key-ring.ts';
import { callOf, folderOf, wantsJson } from '../../src/cli/called.ts';
import { compiledCode, publishedCommand } from '../published.ts';
import { plainCalls } from './plain-calls.ts';

const project = join(import.meta.dirname, '../..');
const main = publishedCommand();
const root = mkdtempSync(join(tmpdir(), 'arbiter-called-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const [shop, fresh] = [join(root, 'shop'), join(root, 'fresh')];
for (const folder of [shop, fresh]) execFileSync('git', ['init', '-q', folder]);

const env = {
  PATH: process.env['PATH'] ?? '',
  HOME: root,
  XDG_STATE_HOME: join(root, 'state'),
  NODE_COMPILE_CACHE: compiledCode,
};
const arbiter = (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
  spawnSync(process.execPath, [main, ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...env, ...more },
  });

test('the folder is taken as git takes it, wherever the option stands', () => {
  expect(folderOf(['-C', 'shop', 'verify'], {}, '/work')).toBe('/work/shop');
  expect(folderOf(['-Cshop', 'verify'], {}, '/work')).toBe('/work/shop');
  expect(folderOf(['verify', '-C', '/else'], {}, '/work')).toBe('/else');
  expect(folderOf(['verify', '--', '-C', 'shop'], {}, '/work')).toBe('/work');
  expect(folderOf(['verify'], { INIT_CWD: '/home/ada' }, '/work')).toBe('/home/ada');
});

test('a command is called again the way it was called', () => {
  const npm = { INIT_CWD: '/home/ada', npm_lifecycle_event: 'arbiter' };
  expect(callOf(['verify'], {})).toBeUndefined();
  expect(callOf(['verify'], { ...npm, npm_lifecycle_event: 'check' })).toBeUndefined();
  expect(callOf(['-C', '../shop', 'verify'], {})).toEqual({
    program: 'arbiter',
    folder: '../shop',
  });
  expect(callOf(['verify'], npm)).toEqual({ program: 'npm run -s arbiter --', folder: null });
  const start = { ...npm, npm_lifecycle_event: 'start' };
  expect(callOf(['app'], { ...start, npm_package_name: 'shop' })).toBeUndefined();
  expect(callOf(['app'], { ...start, npm_package_name: 'caws-arbiter' })?.program).toBe(
    'npm run -s arbiter --',
  );
  expect(wantsJson(['verify', '--json'])).toBe(true);
  expect(wantsJson(['verify', '--', '--json'])).toBe(false);
});

test('the next command works as it is printed, from the folder in which it is read', () => {
  const npm = { INIT_CWD: root, npm_lifecycle_event: 'arbiter' };
  const scripted = arbiter(['-Cfresh', 'verdict', 'list'], npm);
  expect(scripted.stderr).toContain('Judge a change: npm run -s arbiter -- -C fresh verify\n');
  const { stderr } = arbiter(['-C', 'fresh', 'verdict', 'list']);
  const next = /^Judge a change: (arbiter .*)$/m.exec(stderr)?.[1];
  expect(next).toBe('arbiter -C fresh verify');
  const again = arbiter(next?.split(' ').slice(1) ?? []);
  expect(again.stderr).toContain('The repository has no commit yet.');
  const help = arbiter(['-C', 'fresh', 'verify', '--help'], npm);
  expect(help.stdout).toContain('\n  npm run -s arbiter -- verify main...feature ');
});

test('every command of the program is known where one is put into other words', () => {
  const npm = { INIT_CWD: root, npm_lifecycle_event: 'arbiter' };
  const [, list = ''] = arbiter(['--help'], npm).stdout.split('\nCommands:\n');
  const [ours = ''] = list.split('\n\n');
  const names = [...ours.matchAll(/^ {2}(\w+) /gm)].map(([, name]) => name);
  expect(names).toContain('verify');
  for (const name of names.filter((each) => each !== 'help'))
    expect(asCalled(`Next: arbiter ${name} x`, callOf([], npm))).toBe(
      `Next: npm run -s arbiter -- ${name} x`,
    );
});

test.each<[string, readonly string[], Readonly<Record<string, string>>, number]>([
  ['a check-up', ['doctor', 'acme/shop'], {}, 1],
  ['a check-up for a program', ['doctor', '--json'], {}, 1],
  ['a start in production', ['app'], { NODE_ENV: 'production' }, 2],
  ['a mistyped command', ['verfy'], {}, 2],
  ['a mistyped option', ['keys', 'doubt'], {}, 2],
])('in a checkout no text names a program that is not there: %s', (_, args, more, exit) => {
  const npm = { INIT_CWD: root, npm_lifecycle_event: 'start', npm_package_name: 'caws-arbiter' };
  const { stdout, stderr, status } = arbiter(args, { ...npm, ...more });
  expect(status).toBe(exit);
  expect(stdout + stderr).toContain('npm run -s arbiter -- ');
  if (args[1] === 'acme/shop')
    expect(stdout).toMatch(
      /acme\/shop was not looked at: there is no app here yet\.\n.*Make one first:/,
    );
  expect(plainCalls(stdout + stderr)).toEqual([]);
});

test('a plan that is split in a checkout names commands that are there', () => {
  const npm = { INIT_CWD: root, npm_lifecycle_event: 'arbiter' };
  const plans = join(root, 'plans');
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-C', plans, '-c', 'user.name=a', '-c', 'user.email=a@x', ...args]);
  execFileSync('git', ['init', '-q', '-b', 'main', plans]);
  mkdirSync(join(plans, 'src'));
  writeFileSync(join(plans, 'src/a.ts'), '');
  git('add', '-A');
  git('commit', '-q', '-m', 'One');
  arbiter(['-C', 'plans', 'init'], npm);
  git('add', '-A');
  git('commit', '-q', '-m', 'Law');
  const files = ['b', 'c'].map((name) => `{path: src/${name}.ts, action: add, lines: 1500}`);
  const text = `version: 1\nspec: WORK-001\nfiles: [${files.join(', ')}]\n`;
  writeFileSync(join(root, 'plans.yaml'), text);
  const said = arbiter(['-C', 'plans', 'plan', 'split', join(root, 'plans.yaml')], npm);
  expect(said.stdout + said.stderr).toContain('npm run -s arbiter -- -C plans plan split');
  expect(plainCalls(said.stdout)).toEqual([]);
});

describe('whoever asks for JSON is answered in JSON, also where the command is mistyped:', () => {
  const schema = JSON.parse(
    readFileSync(join(project, 'policies/schema/error.schema.json'), 'utf8'),
  ) as object;
  const holds = new Ajv2020().compile(schema);
  writeFileSync(join(shop, 'keys.yaml'), 'version: 1\nkeys: [{]\n');
  mkdirSync(join(shop, '.caws'));
  writeFileSync(join(shop, '.caws/policy.yaml'), 'version: 1\nmode: enforced\n');
  // A ledger without an entry, so that what is asked of it can be wrong.
  beforeAll(() => void arbiter(['-C', 'shop', 'verify']));

  test.each<[string, number, string]>([
    ['verfy', 2, 'unknown-command'],
    ['verify --sepc X', 2, 'unknown-option'],
    ['verify a b', 2, 'excess-arguments'],
    ['verify', 2, 'no-commits'],
    ['verdict list --limit 0', 2, 'invalid-argument'],
    ['verdict', 2, 'unknown-option'],
    ['ledger show', 2, 'missing-argument'],
    ['ledger show x', 2, 'entry-number-unreadable'],
    ['ledger log --limit 0', 2, 'limit-out-of-range'],
    ['ledger log --kind verdikt', 2, 'kind-unknown'],
    ['ledger log --ledger none.db', 4, 'ledger-missing'],
    ['ledger show 9', 2, 'entry-unknown'],
    ['ledger prune --older-than 1', 2, 'age-unreadable'],
    ['ledger erase', 2, 'nothing-to-erase-named'],
    ['ledger erase --entry 1 --reason why', 2, 'erasing-unconfirmed'],
    ['ledger restore x', 2, 'reason-missing'],
    ['ledger verify --trust none.yaml', 4, 'trusted-keys-unreadable'],
    ['ledger verify --trust keys.yaml', 5, 'document-invalid'],
    ['keys rotate', 2, 'reason-missing'],
    ['keys doubt', 2, 'missing-mandatory-option-value'],
    ['keys doubt --key-id x --since y', 2, 'doubt-unreadable'],
    ['keys show', 4, 'key-missing'],
    ['config show', 5, 'document-invalid'],
    ['config show --base', 2, 'no-default-branch'],
    ['config show --base nowhere', 2, 'unknown-revision'],
    ['config validate none.yaml', 2, 'document-unreadable'],
    ['explain budget.line', 2, 'rule-unknown'],
    ['waiver show W-0000', 2, 'waiver-refused'],
    ['waiver request tests', 2, 'missing-mandatory-option-value'],
    ['waiver import x', 2, 'unknown-option'],
    ['check --stagd', 2, 'unknown-option'],
    ['init --spec x', 2, 'unknown-option'],
  ])('%s', (line, exit, kind) => {
    const said = arbiter(['-C', 'shop', ...line.split(' '), '--json']);
    expect(said.stderr).toBe('');
    const answer: unknown = JSON.parse(said.stdout);
    expect(holds(answer), JSON.stringify(holds.errors)).toBe(true);
    expect(answer).toMatchObject({ fault: { kind } });
    expect(said.status).toBe(exit);
  });
});

test.each([
  [
    'ledger verify --trsut x',
    'There is no option --trsut. Did you mean --trust?',
    'ledger verify --trust x',
  ],
  ['verfy main...x', 'There is no command verfy. Did you mean verify?', 'verify main...x'],
  [
    'waiver request foo',
    'waiver request needs --reason (why this should be allowed, at least 20 characters), and --expires (7d, 12h, 2w or YYYY-MM-DD (end of that day in UTC)).',
    'waiver request foo --reason "…" --expires 7d',
  ],
  ['ledger show', 'ledger show needs ENTRY (its number).', 'ledger show ENTRY'],
  [
    'keys doubt --key-id',
    'keys doubt needs a value for --key-id (the key, as 64 hex digits).',
    'keys doubt --key-id ID',
  ],
  [
    'keys doubt nosuch --since 2026-11-23T00:00:00Z',
    'keys doubt needs --key-id (the key, as 64 hex digits). It takes no nosuch.',
    'keys doubt --since 2026-11-23T00:00:00Z --key-id ID',
  ],
  [
    'keys doubt --key abc --since 2026-11-23T00:00:00Z',
    'keys doubt needs --key-id (the key, as 64 hex digits). It takes no --key abc.',
    'keys doubt --since 2026-11-23T00:00:00Z --key-id ID',
  ],
  [
    'verdict export --output X',
    'verdict export needs --out (a folder that does not exist yet). It takes no --output X.',
    'verdict export --out DIR',
  ],
  [
    'verdict export --output=X 01 more',
    'verdict export needs --out (a folder that does not exist yet). It takes no --output=X more.',
    'verdict export 01 --out DIR',
  ],
  ['verify --sepc=X', 'There is no option --sepc. Did you mean --spec?', 'verify --spec=X'],
  [
    'verify a b',
    "This cannot be meant: too many arguments for 'verify'. Expected 1 argument but got 2.",
    null,
  ],
])(
  '%s is answered with what is wrong, and the line as it may have been meant',
  (line, what, meant) => {
    const said = arbiter(['-C', 'shop', ...line.split(' ')]);
    expect([said.status, said.stdout]).toEqual([2, '']);
    const [first, second, ...next] = said.stderr.trimEnd().split('\n');
    expect([first, second]).toEqual([what, 'Nothing was done.']);
    if (meant !== null) expect(next[0]).toBe(`Try: arbiter -C shop ${meant}`);
    expect(next.at(-1)).toMatch(/^See how it is used: arbiter -C shop (?:\w+ )*--help$/);
  },
);

test.each<[readonly string[], string, string]>([
  [
    ['verify', ''],
    'verify was given an empty RANGE (TARGET...HEAD (default: the default branch...HEAD), or OWNER/REPO#N).',
    'arbiter -C shop verify RANGE',
  ],
  [
    ['verify', 'main...x', '--spec', ''],
    'verify was given an empty --spec (the working spec that binds the change).',
    'arbiter -C shop verify main...x --spec ID',
  ],
  [
    ['verify', '--spec=', '--evidence', ''],
    'verify was given an empty --spec (the working spec that binds the change), and an empty --evidence (folder with the reports that gates ask for).',
    'arbiter -C shop verify --spec=ID --evidence DIR',
  ],
  [
    ['verdict', 'show', ''],
    'verdict show was given an empty ID (the verdict (default: the last)).',
    'arbiter -C shop verdict show ID',
  ],
  [
    ['config', 'validate', 'a.yaml', ''],
    'config validate was given an empty FILES (documents; without any, all under .caws).',
    'arbiter -C shop config validate a.yaml FILES',
  ],
  [
    ['ledger', 'erase', '--sealed', ''],
    'ledger erase was given an empty --sealed (single values, by the commitments that entries name).',
    'arbiter -C shop ledger erase --sealed DIGEST',
  ],
  [
    ['keys', 'show', '-C', ''],
    'keys show was given an empty -C (work in this folder instead).',
    'arbiter -C DIR keys show',
  ],
])('%j: a word with nothing in it is no choice of a default', (words, what, meant) => {
  const said = arbiter(['-C', 'shop', ...words]);
  expect([said.status, said.stdout]).toEqual([2, '']);
  expect(said.stderr.split('\n').slice(0, 3)).toEqual([
    `${what} A variable of the shell that is not set gives such a word.`,
    'Nothing was done.',
    `Try: ${meant}`,
  ]);
});

test('an empty word among those of a program that is started is its own affair', () => {
  const said = arbiter(['-C', 'shop', 'bench', 'micro', '--model', 'm', '--', 'true', '']);
  expect(said.stderr).not.toContain('was given an empty');
  expect(arbiter(['-C', 'shop', 'bench', 'micro', '--model', 'm', '--', '']).stderr).toContain(
    'bench micro was given an empty PROGRAM',
  );
});

test('an empty word is told to a program by a kind of its own', () => {
  const said = arbiter(['-C', 'shop', 'verify', '', '--json']);
  expect(JSON.parse(said.stdout)).toMatchObject({ error: 'usage', fault: { kind: 'empty-value' } });
});

test('a folder that is gone, or none at all, is no verdict of any kind', () => {
  writeFileSync(join(root, 'a-file'), '');
  for (const command of ['verify', 'check', 'audit', 'config show']) {
    const said = arbiter([
      '-C',
      'a-file',
      ...command.split(' '),
      ...(command === 'config show' ? ['--base'] : []),
    ]);
    expect([command, said.status, said.stderr]).toEqual([
      command,
      2,
      expect.not.stringContaining('internal error'),
    ]);
  }
  const script = 'mkdir "$1" && cd "$1" && rmdir "$1" && exec "$2" "$3" verify';
  const gone = join(root, 'gone');
  const said = spawnSync('sh', ['-c', script, 'sh', gone, process.execPath, main], {
    encoding: 'utf8',
    env,
  });
  expect([said.status, said.stderr.split('\n')[0]]).toEqual([
    2,
    `${gone} is not in a git repository.`,
  ]);
});

test.each([[['ledger', 'verify']], [['ledger', 'verify', '--json']]])(
  'what nobody catches ends with the code of what could not finish, never with that of a verdict: %j',
  (words) => {
    const thrower = `const wait = setInterval(() => {
    if (process.listenerCount('uncaughtException') === 0) return;
    clearInterval(wait);
    throw new RangeError('nobody catches this');
  }, 1);`;
    const load = `data:text/javascript,${encodeURIComponent(thrower)}`;
    const args = ['--import', load, main, '-C', shop, ...words];
    const said = spawnSync(process.execPath, args, { encoding: 'utf8', env });
    expect(said.status).toBe(4);
    const text = words.includes('--json') ? JSON.parse(said.stdout).message : said.stderr;
    expect(text).toMatch(
      /^internal error: RangeError: nobody catches this[\s\S]*what was recorded before stands/,
    );
  },
);

test('without a home that is a folder, nothing of the user is kept where they happen to stand', () => {
  for (const home of ['', 'here', '.']) {
    expect(keyFolder({ HOME: home })).toMatch(/^\//);
    expect(anchorFolder({ HOME: home, XDG_STATE_HOME: 'there' })).toMatch(/^\//);
  }
  expect(keyFolder({ HOME: '/home/ada', XDG_CONFIG_HOME: '' })).toBe(
    '/home/ada/.config/caws-arbiter/keys',
  );
});
