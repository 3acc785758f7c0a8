import { execFileSync, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { demoRepository, layDown, moduleOf } from '../src/cli/demo/repository.ts';

const project = resolve(import.meta.dirname, '..');
const root = mkdtempSync(join(tmpdir(), 'arbiter-package-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const [staged, again, installed] = ['staged', 'again', 'installed'].map((name) =>
  join(root, name),
) as [string, string, string];
const published = ['LICENSE', 'app.yml', 'README.md', 'package.json', 'policies'];

const npm = (directory: string, ...args: readonly string[]): string =>
  execFileSync('npm', args, {
    cwd: directory,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });

function bundle(directory: string): void {
  execFileSync(process.execPath, [join(project, '.ci/bundle.ts'), directory]);
}

const TESTED = `version: 1
gates:
  tests:
    mode: block
    answer: { by: evidence, format: junit, file: junit.xml }
    min_trust: local
`;
const FAILED = `<testsuite tests="1" failures="1"><testcase name="adds"><failure/></testcase></testsuite>`;

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** What npm says it packs from the staged copy, sorted. */
function pack(...args: readonly string[]): Packed & { readonly paths: readonly string[] } {
  const said = npm(staged, 'pack', '--json', '--ignore-scripts', ...args);
  const [packed] = JSON.parse(said) as readonly [Packed];
  return { ...packed, paths: packed.files.map(({ path }) => path).sort() };
}

const filesUnder = (directory: string): readonly string[] =>
  readdirSync(join(staged, directory), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(staged.length + 1));

function arbiter(directory: string, ...args: readonly string[]) {
  const home = join(root, 'home');
  // The name that npm links: a symbolic link in node_modules/.bin.
  const command = join(installed, 'node_modules/.bin/arbiter');
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, TMPDIR: root, NO_COLOR: '1' };
  return spawnSync(process.execPath, [command, ...args], { cwd: directory, encoding: 'utf8', env });
}

function git(directory: string, ...args: readonly string[]): string {
  const identity = ['-c', 'user.name=Robin', '-c', 'user.email=robin@example.org'];
  return execFileSync('git', [...identity, ...args], { cwd: directory, encoding: 'utf8' });
}

beforeAll(() => {
  for (const name of published)
    cpSync(join(project, name), join(staged, name), { recursive: true });
  bundle(join(staged, 'dist'));
  bundle(again);
  mkdirSync(installed);
  npm(installed, 'init', '--yes');
  const tarball = join(staged, pack().filename);
  npm(installed, 'install', '--offline', '--no-audit', '--no-fund', tarball);
});

test('the bundle has the same bytes wherever it is built, and names no folder of the builder', () => {
  const read = (directory: string) =>
    readdirSync(directory)
      .sort()
      .map((name) => [name, readFileSync(join(directory, name), 'utf8')] as const);
  const files = read(again);
  expect(files).toEqual(read(join(staged, 'dist')));
  for (const [, text] of files) expect(text).not.toContain(project);
});

test('the action is committed as it is built from these sources, wherever that is done', () => {
  const [kept, built] = [join(project, 'action/dist'), join(root, 'action')];
  execFileSync(process.execPath, [join(project, '.ci/bundle-action.ts'), built]);
  expect(readdirSync(built)).toEqual(readdirSync(kept));
  for (const name of readdirSync(built)) {
    const fresh = readFileSync(join(built, name));
    const isSame = fresh.equals(readFileSync(join(kept, name)));
    expect(isSame, `action/dist/${name} is stale: npm run bundle:action`).toBe(true);
    expect(fresh.includes(project)).toBe(false);
  }
});

test('the package holds the bundle, the policies, what the app asks of GitHub and the words that go with them, and nothing else', () => {
  const policies = filesUnder('policies').filter((path) => !path.endsWith('.ts'));
  expect(policies).toContain('policies/default.policy.yaml');
  const expected = [
    'LICENSE',
    'app.yml',
    'README.md',
    'package.json',
    ...filesUnder('dist'),
    ...policies,
  ];
  expect(pack('--dry-run').paths).toEqual(expected.sort());
  expect(expected).toContain('dist/LICENSES.txt');
});

test('the installed package brings no dependency', () => {
  const modules = readdirSync(join(installed, 'node_modules')).filter(
    (name) => !name.startsWith('.'),
  );
  expect(modules).toEqual(['caws-arbiter']);
});

test('the installed command knows its version', () => {
  const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  expect(arbiter(root, '--version').stdout.trim()).toBe(version);
});

/** Where the installed command keeps compiled code, and what of it there is. */
function keptCode() {
  const folder = join(root, 'node-compile-cache');
  const [version = ''] = readdirSync(folder);
  const names = readdirSync(join(folder, version)).filter((name) => name.startsWith('arbiter-'));
  return { folder: join(folder, version), names };
}

test('compiled code is kept for the command that ran, and damaged code is not run', () => {
  const said = arbiter(root, 'explain').stdout;
  const { folder, names } = keptCode();
  expect(names.some((name) => name.startsWith('arbiter-explain-'))).toBe(true);
  for (const name of names) {
    const bytes = readFileSync(join(folder, name));
    bytes.fill(0x5a, bytes.length / 2, bytes.length / 2 + 64);
    writeFileSync(join(folder, name), bytes);
  }
  expect(arbiter(root, 'explain').stdout).toBe(said);
});

test('what the second run of a command calls is kept as well, and then no more', () => {
  const kept = () =>
    keptCode()
      .names.filter((name) => name.startsWith('arbiter-explain-'))
      .map((name) => statSync(join(keptCode().folder, name)).ino);
  const { folder, names } = keptCode();
  for (const name of names) rmSync(join(folder, name));
  const runs = [['explain'], ['explain', 'gate.missing'], ['explain', 'gate.unreadable']].map(
    (words) => {
      arbiter(root, ...words);
      return kept();
    },
  );
  expect(runs[0]?.length).toBeGreaterThan(0);
  // A file that is written anew is another one.
  expect(runs[1]).not.toEqual(runs[0]);
  expect(runs[2]).toEqual(runs[1]);
});

test('a command that waits for what never comes has not passed', () => {
  const idle = `process.getBuiltinModule('node:vm').Script.prototype.runInThisContext=()=>(exports)=>{exports.run=()=>new Promise(()=>{})}`;
  const command = join(installed, 'node_modules/.bin/arbiter');
  const said = spawnSync(process.execPath, [
    '--import',
    `data:text/javascript,${idle}`,
    command,
    'verify',
  ]);
  expect(said.status).toBe(4);
});

test('no code is read from or kept in a folder where others may write', () => {
  const { folder, names } = keptCode();
  for (const name of names) rmSync(join(folder, name));
  chmodSync(folder, 0o777);
  expect(arbiter(root, 'explain').status).toBe(0);
  expect(keptCode().names).toEqual([]);
  chmodSync(folder, 0o755);
});

test('no word of a command line names a file of compiled code', () => {
  arbiter(root, '../../outside', '-x');
  arbiter(root, 'nonsense');
  expect(keptCode().names.filter((name) => /outside|nonsense/.test(name))).toEqual([]);
  expect(readdirSync(root)).not.toContain('outside');
});

test('the installed command judges a change, and one without a spec does not pass', () => {
  const shop = join(root, 'shop');
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', shop]);
  git(shop, 'commit', '--quiet', '--allow-empty', '--message', 'start');
  git(shop, 'switch', '--quiet', '--create', 'change');
  cpSync(join(project, 'LICENSE'), join(shop, 'LICENSE'));
  git(shop, 'add', '.');
  git(shop, 'commit', '--quiet', '--message', 'add a licence');
  const said = arbiter(shop, 'verify', 'main...change');
  expect(said.stdout).toMatch(/^FAIL /);
  expect(said.stdout).toContain('shipped default policy');
  expect(said.status).toBe(1);
});

test('what the bundle loads only once it is used judges as the rest does', () => {
  const shop = demoRepository(join(root, 'tested'));
  layDown(shop, 'version: 1\nkeys: []\n');
  shop.write('.caws/policy.yaml', TESTED);
  shop.write('.caws/waivers/W-1.yaml', 'id: W-1\nreason: none\n');
  shop.commit('Ask for tests');
  shop.branch('change', 'Prices', () => shop.write('src/cart/total.ts', moduleOf(24, 'total')));
  const reports = join(root, 'reports');
  const plea = join(root, 'plea.yaml');
  mkdirSync(reports);
  const says = () => {
    const asked = ['verify', 'main...change', '--json', '--evidence', reports, '--plea', plea];
    const { findings } = JSON.parse(arbiter(shop.directory, ...asked).stdout);
    return findings.map((each: { readonly says: string }) => each.says);
  };

  writeFileSync(join(reports, 'junit.xml'), FAILED);
  writeFileSync(plea, 'why: not\n');
  expect(says()).toEqual([
    `The plea cannot be read at ${plea}:1:1 (unknown key "why" in the document).`,
    'Gate tests found 1 test failing; 0 tests allowed.',
  ]);

  writeFileSync(join(reports, 'caws-evidence.json'), '{"files": {}}');
  writeFileSync(plea, 'change_diff: total.diff\n');
  writeFileSync(join(root, 'total.diff'), shop.git('diff', 'change', 'main'));
  expect(says()).toEqual([
    expect.stringMatching(/^The change\.diff of the plea is not what git says /),
    expect.stringMatching(/^The report for gate tests cannot be read .* lacks "version"/),
  ]);
});

interface OldNode {
  readonly program: string;
  readonly args: readonly string[];
  readonly version: string;
}

/** A program that says it is Node 20, and every other Node in PATH that is too old. */
function oldNodes(): readonly OldNode[] {
  const version = '20.18.0';
  const preload = `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'${version}'}})`;
  const installedNodes = (process.env['PATH'] ?? '').split(':').flatMap((folder) => {
    const file = join(folder, 'node');
    const said = spawnSync(file, ['--version'], { encoding: 'utf8' });
    const found = /^v((\d+)\.\S+)/.exec(said.stdout ?? '');
    return found !== null && Number(found[2]) < 24
      ? [{ program: file, args: [], version: found[1] ?? '' }]
      : [];
  });
  if (installedNodes.length === 0)
    console.log('no old Node.js in PATH: the bundle was only told that it runs on one');
  return [{ program: process.execPath, args: ['--import', preload], version }, ...installedNodes];
}

test('the process that reads reports starts from the installed package', async () => {
  const reader = fork(join(installed, 'node_modules/caws-arbiter/dist/report-process.cjs'));
  reader.send({ format: 'junit', name: 'junit.xml', text: FAILED });
  const [read] = await once(reader, 'message');
  reader.kill();
  expect(read).toMatchObject({ ok: true, value: { kind: 'tests', total: 1, failed: 1 } });
});

test('on a Node.js that is too old the bundle says so in one breath and decides nothing', () => {
  const command = join(installed, 'node_modules/.bin/arbiter');
  for (const { program, args: before, version } of oldNodes()) {
    const args = [...before, command];
    const run = (...more: readonly string[]) =>
      spawnSync(program, [...args, 'verify', ...more], { cwd: root, encoding: 'utf8' });
    const said = run();
    expect(said.stderr).toMatch(/^arbiter needs Node\.js 24 or newer; this is [\d.]+\.\n/);
    expect(said.stderr).toContain(version);
    expect(said.stderr.trimEnd().split('\n')).toHaveLength(3);
    expect([said.status, said.stdout]).toEqual([4, '']);
    const asked = run('--json');
    expect([asked.status, asked.stderr]).toEqual([4, '']);
    expect(JSON.parse(asked.stdout)).toMatchObject({
      schema: 'caws-arbiter/error@1',
      error: 'could-not-finish',
      fault: { kind: 'node-too-old', version },
    });
  }
});

test('the installed command checks a document against the shipped schemas', () => {
  const file = join(installed, 'node_modules/caws-arbiter/policies/default.policy.yaml');
  const said = arbiter(root, 'config', 'validate', file);
  expect(said.stderr).toBe('');
  expect(said.status).toBe(0);
});
