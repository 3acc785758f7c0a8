import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { shippedPolicy } from '../../src/adapters/shipped.ts';
import { inspectDocument } from '../../src/caws/conformance/inspect.ts';
import { readPolicy } from '../../src/caws/read-policy.ts';
import { readSpec } from '../../src/caws/read-spec.ts';
import { readYaml } from '../../src/caws/yaml.ts';
import { command } from '../../src/cli/init.ts';
import { gitNow } from '../git-now.ts';
import { rehearsal } from './rehearsal.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'caws-init-'));
  gitNow({ args: ['init', '--quiet', folder] });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function init(args: readonly string[] = [], directory = folder) {
  const stage = rehearsal(directory);
  await command(stage.world).parseAsync([...args], { from: 'user' });
  return stage;
}

const text = (file: string) => readFile(join(folder, file), 'utf8');

test('policy, spec and workflow are written, and the next commands are named', async () => {
  const { out, code } = await init();
  expect(code()).toBe(0);
  for (const file of [
    '.caws/policy.yaml',
    '.caws/specs/WORK-001.yaml',
    '.github/workflows/caws.yml',
  ]) {
    expect(out()).toContain(`wrote  ${file}`);
    expect(existsSync(join(folder, file))).toBe(true);
  }
  expect(out()).toContain('arbiter verify');
});

test('the policy is one of ours, without notes', async () => {
  await init();
  const read = readPolicy(
    { file: '.caws/policy.yaml', text: await text('.caws/policy.yaml') },
    shippedPolicy(),
  );
  expect(read).toMatchObject({ ok: true, value: { notes: [], source: { dialect: 'arbiter' } } });
});

test('the spec is active, conforms to version 11 and binds the folders that are there', async () => {
  await mkdir(join(folder, 'lib'));
  await mkdir(join(folder, 'cmd'));
  for (const left of ['node_modules', 'dist', '.idea', 'a,b*']) await mkdir(join(folder, left));
  const { out } = await init(['--spec', 'API-7']);
  const file = '.caws/specs/API-7.yaml';
  const bytes = await readFile(join(folder, file));
  expect(readSpec({ file, text: bytes.toString() })).toMatchObject({
    ok: true,
    value: { id: 'API-7', dialect: '11', lifecycle: 'active', scopeIn: ['cmd/', 'lib/'] },
  });
  const [, line, named] = /edit \S*API-7\.yaml:(\d+) .* now: (.*)/.exec(out()) ?? [];
  expect(named).toBe('cmd/, lib/');
  expect(bytes.toString().split('\n')[Number(line) - 1]).toBe('    - cmd/');
  const report = inspectDocument({ file, bytes, dialect: '11' });
  expect(report.conforms['11']).toBe(true);
  expect(report.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
});

test('the workflow gives no rights, runs no action of a third party and pins what it runs', async () => {
  await init();
  const workflow = await text('.github/workflows/caws.yml');
  const read = readYaml(workflow, 'caws.yml');
  expect(read.ok && read.value.value).toMatchObject({
    on: { pull_request: null },
    permissions: { contents: 'read' },
  });
  expect(workflow).not.toMatch(/uses:|pull_request_target|secrets\./);
  expect(workflow).toMatch(/ARBITER: \$\{\{ vars\.CAWS_ARBITER \}\}/);
  expect(workflow).toContain('npx --yes --package "$ARBITER" -- arbiter ');
  // Contexts reach the shell through the environment only: an expression in a script is injection.
  const scripts = workflow
    .split(/^ +run:/m)
    .slice(1)
    .map((part) => part.split(/^ +- name/m)[0]);
  expect(scripts).toHaveLength(2);
  for (const script of scripts) expect(script).not.toContain('${{');
});

test('a second run changes nothing and says what it left', async () => {
  await init();
  await writeFile(join(folder, '.caws/policy.yaml'), 'version: 1\n# mine\n');
  const { out, code } = await init();
  expect(await text('.caws/policy.yaml')).toBe('version: 1\n# mine\n');
  expect(out().match(/left /g)).toHaveLength(3);
  expect(code()).toBe(0);
});

test('a repository that has a spec or an older policy keeps them alone', async () => {
  await mkdir(join(folder, '.caws/specs'), { recursive: true });
  await mkdir(join(folder, '.caws/policy'));
  await writeFile(join(folder, '.caws/specs/OLD-1.yaml'), 'id: OLD-1\n');
  await writeFile(join(folder, '.caws/policy/tier-policy.json'), '{}');
  const { out } = await init();
  expect(await readdir(join(folder, '.caws/specs'))).toEqual(['OLD-1.yaml']);
  expect(existsSync(join(folder, '.caws/policy.yaml'))).toBe(false);
  expect(out()).toContain('.caws/specs/OLD-1.yaml is a spec here');
});

test('--dry-run says what would be written and writes nothing', async () => {
  const { out, code } = await init(['--dry-run']);
  expect(out().match(/would write/g)).toHaveLength(3);
  expect(await readdir(folder)).toEqual(['.git']);
  expect(code()).toBe(0);
});

test('from a folder inside the repository everything still goes to its root', async () => {
  await mkdir(join(folder, 'src/deep'), { recursive: true });
  await init([], join(folder, 'src/deep'));
  expect(existsSync(join(folder, '.caws/policy.yaml'))).toBe(true);
});

test('a link in the way is not followed out of the repository', async () => {
  const outside = await mkdtemp(join(tmpdir(), 'caws-outside-'));
  await symlink(outside, join(folder, '.caws'));
  const { out, code } = await init();
  expect(await readdir(outside)).toEqual([]);
  expect(out()).toContain('failed .caws/policy.yaml: .caws is not a folder of this repository');
  expect(out()).toMatch(/Next:\n {2}mend that, then: arbiter init .*\n$/);
  expect(code()).toBe(4);
  await rm(outside, { recursive: true });
});

test.each([
  [
    'a folder that is no repository',
    (path: string) => rm(join(path, '.git'), { recursive: true }),
    '',
  ],
  ['a folder that is not there', async () => {}, 'missing'],
])('%s gives one clear error and exit code 2', async (_, prepare, inner) => {
  await prepare(folder);
  const { err, code } = await init([], join(folder, inner));
  expect(err()).toContain('is not inside a git work tree, so nothing was written');
  expect(code()).toBe(2);
});

test.each(['../x', 'work', 'W', 'A-1\n', 'A'.repeat(100)])('%j is no id for a spec', async (id) => {
  const { err, code } = await init(['--spec', id]);
  expect(err()).toContain('no spec id');
  expect(code()).toBe(2);
  expect(await readdir(folder)).toEqual(['.git']);
});

const action = `acme/arbiter/action@${'a'.repeat(40)}`;
const runs = '.github/workflows/arbitrate.yml';

test('where gates run a command, the workflow that runs them is asked for with the action it is to use', async () => {
  await mkdir(join(folder, '.caws'));
  const gate = 'gates: {tests: {mode: block, answer: {by: command, command: [npm, test]}}}\n';
  await writeFile(join(folder, '.caws/policy.yaml'), `version: 1\n${gate}`);
  expect((await init()).out()).toContain(`left   ${runs}: name the action`);
  expect(existsSync(join(folder, runs))).toBe(false);
  expect((await init(['--action', action])).out()).toContain(`wrote  ${runs}`);
  expect(await text(runs)).toContain(`uses: ${action}\n`);
});

test('nobody is told of runs where no gate needs one, and an action has to be a commit', async () => {
  expect((await init()).out()).not.toContain(runs);
  for (const given of ['acme/arbiter/action@v1', '../x@main', `${action}\n    evil: true`]) {
    const { err, code } = await init(['--action', given]);
    expect([err().includes('names no commit'), code()]).toEqual([true, 2]);
  }
});
