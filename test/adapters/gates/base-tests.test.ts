import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { PlannedGate } from '../../../src/3-deliberation/deliberation.ts';
import { againstBase } from '../../../src/3-deliberation/plan.ts';
import { localCommands } from '../../../src/adapters/gates/local-commands.ts';
import { type CommitSha, commitSha } from '../../../src/primitives.ts';
import { headNow } from '../../git-now.ts';
import { git, noProgress, planned, repositoryOf, temporaryFolder, write } from './scene.ts';

const list = `
const walk = (at) => fs.readdirSync(at, { withFileTypes: true }).flatMap((found) =>
  found.isDirectory() ? (found.name === '.git' ? [] : walk(at + '/' + found.name))
  : [(at + '/' + found.name).slice(2) + '=' + (found.isSymbolicLink() ? 'link' : fs.readFileSync(at + '/' + found.name, 'utf8'))]);
console.log(JSON.stringify(walk('.').sort()));`;

/** A gate that prints every file it sees. */
function listing(tests: readonly string[]): readonly PlannedGate[] {
  const gate = planned(
    'unit',
    {
      ...{ by: 'command', command: [process.execPath, '-e', list], report: null },
      ...{ sandbox: 'preferred', network: false, base: { compare: true, tests } },
    },
    { measures: 'exit-code' },
  );
  return [gate, ...againstBase(gate.gate)];
}

async function seen(
  folder: string,
  base: CommitSha,
  head: CommitSha,
  tests: readonly string[],
): Promise<Readonly<Record<string, unknown>>> {
  const answers = await localCommands({
    ...{ repository: folder, cores: 2, sandbox: async () => ({ kind: 'none' }) as const },
  }).answer(listing(tests), { base, head }, noProgress);
  return Object.fromEntries(
    answers.map((answer) => [
      answer.gate,
      answer.state === 'answered' && answer.exitCode === 0
        ? (JSON.parse(answer.outputTail) as unknown)
        : answer,
    ]),
  );
}

function committed(folder: string): CommitSha {
  git(folder, 'add', '-A');
  git(folder, 'commit', '-qm', 'two', '--allow-empty');
  return commitSha(headNow(folder)) as CommitSha;
}

describe('a gate that is held against the base', () => {
  test('sees the head, the base, and the head with the tests of the base', async () => {
    using folder = temporaryFolder();
    const base = repositoryOf(folder.path, {
      'a.js': 'old',
      'test/kept.js': 'old',
      'test/removed.js': 'old',
    });
    write(folder.path, {
      'a.js': 'new',
      'test/kept.js': 'new',
      'test/added.js': 'new',
      'test/ünïcode\t.js': 'new',
    });
    git(folder.path, 'rm', '-q', 'test/removed.js');
    const head = committed(folder.path);
    expect(await seen(folder.path, base, head, ['test'])).toEqual({
      unit: ['a.js=new', 'test/added.js=new', 'test/kept.js=new', 'test/ünïcode\t.js=new'],
      'unit@base': ['a.js=old', 'test/kept.js=old', 'test/removed.js=old'],
      'unit@base-tests': ['a.js=new', 'test/kept.js=old', 'test/removed.js=old'],
    });
  });

  test.each<[string, (folder: string) => void]>([
    ['a file', (folder) => write(folder, { test: 'in the way' })],
    ['a link out of the tree', (folder) => symlinkSync('/etc', join(folder, 'test'))],
    ['nothing', () => undefined],
  ])('gets the tests of the base where the head has %s', async (_name, change) => {
    using folder = temporaryFolder();
    const base = repositoryOf(folder.path, { 'a.js': 'old', 'test/one.js': 'old' });
    git(folder.path, 'rm', '-q', 'test/one.js');
    change(folder.path);
    write(folder.path, { 'a.js': 'new' });
    const head = committed(folder.path);
    const { 'unit@base-tests': files } = await seen(folder.path, base, head, ['test/**']);
    expect(files).toEqual(['a.js=new', 'test/one.js=old']);
  });

  test.each(['working-tree-encoding=UTF-16', 'eol=crlf', 'ident'])(
    'reads the tests of the base to the byte, whatever the head has git write: %s',
    async (attribute) => {
      using folder = temporaryFolder();
      const test = 'must($Id$);\n';
      const base = repositoryOf(folder.path, { 'a.js': 'old', 'test/one.js': test });
      write(folder.path, {
        'a.js': 'new',
        '.gitattributes': `*.js text\ntest/*.js ${attribute}\n`,
        'test/.gitattributes': `one.js text ${attribute}\n`,
      });
      git(folder.path, 'rm', '-q', 'test/one.js');
      const head = committed(folder.path);
      const { 'unit@base-tests': files } = await seen(folder.path, base, head, ['test/**']);
      expect(files).toContain(`test/one.js=${test}`);
    },
  );

  test('sees no object of the history', async () => {
    using folder = temporaryFolder();
    repositoryOf(folder.path, { secret: 'once committed' });
    git(folder.path, 'rm', '-q', 'secret');
    write(folder.path, { 'test/a.js': 'old' });
    const base = committed(folder.path);
    const secret = git(folder.path, 'rev-parse', 'HEAD~:secret');
    write(folder.path, { 'test/a.js': 'new' });
    const head = committed(folder.path);
    const tried = planned(
      'unit',
      {
        ...{ by: 'command', command: ['git', 'cat-file', '-e', secret], report: null },
        ...{ sandbox: 'preferred', network: false, base: { compare: true, tests: ['test'] } },
      },
      { measures: 'exit-code' },
    );
    const answers = await localCommands({
      ...{ repository: folder.path, cores: 2, sandbox: async () => ({ kind: 'none' }) as const },
    }).answer([tried, ...againstBase(tried.gate)], { base, head }, noProgress);
    expect(answers.map((each) => each.state === 'answered' && each.exitCode !== 0)).toEqual([
      true,
      true,
      true,
    ]);
  });
});
