import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DocumentFault, LawText } from '../../src/caws/law.ts';
import { command } from '../../src/cli/config-show.ts';
import { gitNow } from '../git-now.ts';
import { rehearsal } from './rehearsal.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'caws-show-'));
  await mkdir(join(folder, '.caws'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function show(
  policy: string | Uint8Array | null,
  args: readonly string[] = [],
  load?: () => Promise<LawText | DocumentFault | null>,
) {
  if (policy !== null) await writeFile(join(folder, '.caws/policy.yaml'), policy);
  const stage = rehearsal(folder);
  const parser = load === undefined ? command(stage.world) : command(stage.world, load);
  await parser.parseAsync([...args], { from: 'user' });
  return stage;
}

test('without a policy the shipped one is shown, and every value is called default', async () => {
  const { out, code } = await show(null);
  expect(out()).toMatch(/^No policy here: the shipped default is in force/);
  expect(out()).toMatch(/^risk_tiers\.2\.max_files +25 +default$/m);
  expect(out()).not.toContain('policy.yaml:');
  expect(code()).toBe(0);
});

test('each value of the repository names its line', async () => {
  const { out } = await show("version: 1\nmode: observe\nrisk_tiers:\n  '3': {max_files: 99}\n");
  expect(out()).toMatch(/^Policy \.caws\/policy\.yaml, dialect arbiter, observing only/);
  expect(out()).toMatch(/^mode +observe +\.caws\/policy\.yaml:2$/m);
  expect(out()).toMatch(/^risk_tiers\.3\.max_files +99 +\.caws\/policy\.yaml:4$/m);
  expect(out()).toMatch(/^risk_tiers\.3\.max_loc +2000 +default$/m);
});

test('what an older document says in vain is named below the table', async () => {
  const tier = '{max_files: 5, max_loc: 9, label: x}';
  const { out, code } = await show(
    `version: 1\nrisk_tiers: {1: ${tier}, 2: ${tier}, 3: ${tier}}\ngates: {naming: {enabled: true}}`,
  );
  expect(out()).toContain('Read differently or not enforced:');
  expect(out()).toContain('nothing here can answer the gate naming');
  expect(code()).toBe(0);
});

test('--json holds every value with its place', async () => {
  const { out } = await show('version: 1\nmode: observe\n', ['--json']);
  const view = JSON.parse(out()) as {
    readonly schema: string;
    readonly values: readonly { readonly path: string }[];
  };
  expect(view.schema).toBe('caws-arbiter/policy-view@1');
  expect(view.values).toContainEqual({
    path: 'mode',
    value: 'observe',
    from: 'base',
    file: '.caws/policy.yaml',
    line: 2,
    column: 7,
  });
  expect(view.values.find(({ path }) => path === 'history')).toMatchObject({ from: 'default' });
});

test('a policy that cannot be used is named with its place and shows no default', async () => {
  const { out, err, code } = await show(
    'version: 1\nmode: enforce\nrisk_tiers: {1: {max_file: 3}}',
  );
  expect(out()).toBe('');
  expect(err()).toContain('.caws/policy.yaml:3:18 unknown key "max_file"');
  expect(err()).toContain('Did you mean "max_files"?');
  expect(code()).toBe(5);
});

test('a document cannot write to the terminal', async () => {
  const { out } = await show('version: 1\nprotected_paths: ["a\u202eb"]\n');
  expect(out()).toContain('a\\u{202e}b');
  expect(out()).not.toContain('\u202e');
  const { err } = await show('version: 1\n"\\e[2J": 1\n');
  expect(err()).not.toContain('\u001b');
});

test('bytes that are not text, links and huge files are refused', async () => {
  const binary = await show(new Uint8Array([0xff, 0xfe, 0x00]));
  expect([binary.code(), binary.err()]).toEqual([5, expect.stringContaining('not UTF-8')]);
  const huge = await show('#'.repeat(300_000));
  expect([huge.code(), huge.err()]).toEqual([5, expect.stringContaining('300000 bytes')]);
  await rm(join(folder, '.caws/policy.yaml'));
  await symlink('/etc/hostname', join(folder, '.caws/policy.yaml'));
  const link = await show(null);
  expect([link.code(), link.err()]).toEqual([5, expect.stringContaining('not a plain file')]);
});

test('the policy can come from elsewhere, e.g. from the base of a change', async () => {
  const { out } = await show(null, [], async () => ({
    file: 'main:.caws/policy.yaml',
    text: 'version: 1\nlines: added\n',
  }));
  expect(out()).toMatch(/^lines +added +main:\.caws\/policy\.yaml:2$/m);
});

test('the policy of the base is the one that judges, and it is said which one is shown', async () => {
  const git = (...args: readonly string[]) =>
    gitNow({ args: ['-C', folder, '-c', 'user.name=Ada', '-c', 'user.email=a@b', ...args] });
  git('init', '-q', '-b', 'main');
  await writeFile(join(folder, '.caws/policy.yaml'), 'version: 1\nlines: added\n');
  git('add', '.');
  git('commit', '-q', '-m', 'A law');
  const worked = await show('version: 1\nmode: observe\n');
  expect(worked.out()).toContain('one of the work tree');
  expect(worked.out()).toContain('arbiter config show --base');
  for (const named of [[], ['main'], ['HEAD']]) {
    const { out, code } = await show(null, ['--base', ...named]);
    expect(out()).toMatch(/\nThis is the one of (?:main|HEAD) \([0-9a-f]{12}\), which judges/);
    expect(out()).toMatch(/^lines +added +\.caws\/policy\.yaml:2$/m);
    expect(out()).toMatch(/^mode +enforce +default$/m);
    expect(code()).toBe(0);
  }
  const { out } = await show(null, ['--base', '--json']);
  expect(JSON.parse(out())).toMatchObject({ base: { name: 'refs/heads/main' } });
  const unknown = await show(null, ['--base', 'mian']);
  expect([unknown.code(), unknown.out()]).toEqual([2, '']);
});

test('from a folder below, the policy of the repository is shown', async () => {
  await mkdir(join(folder, '.git'));
  await mkdir(join(folder, 'src/deep'), { recursive: true });
  await writeFile(join(folder, '.caws/policy.yaml'), 'version: 1\nlines: added\n');
  const stage = rehearsal(join(folder, 'src/deep'));
  await command(stage.world).parseAsync([], { from: 'user' });
  expect(stage.out()).toMatch(/^lines +added +\.caws\/policy\.yaml:2$/m);
});

test('beside the policy of an organization each value says whose it is', async () => {
  await writeFile(
    join(folder, 'theirs.yaml'),
    "version: 1\nprotected_paths: [infra/]\nrisk_tiers:\n  '3': {max_files: 40}\n",
  );
  const own =
    "version: 1\nprotected_paths: [db/]\nrisk_tiers:\n  '3': {max_files: 99, max_loc: 1900}\n";
  const { out, code } = await show(own, ['--organization', 'theirs.yaml']);
  expect(out()).toMatch(
    /^Policy \.caws\/policy\.yaml.* and theirs\.yaml: of each value the stricter/,
  );
  expect(out()).toMatch(/^risk_tiers\.3\.max_files +40 +theirs\.yaml:4$/m);
  expect(out()).toMatch(/^risk_tiers\.3\.max_loc +1900 +\.caws\/policy\.yaml:4$/m);
  expect(out()).toMatch(/^risk_tiers\.2\.max_files +25 +default$/m);
  expect(out()).toMatch(/^protected_paths +db\/ +theirs\.yaml:2 and \.caws\/policy\.yaml:2$/m);
  expect(code()).toBe(0);
  const missing = await show(own, ['--organization', 'nothing.yaml']);
  expect(missing.code()).not.toBe(0);
});
