/** Patches that strangers hand in: each is refused before anything is judged, or judged for what it is. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readCandidatePatch } from '../../src/1-pleading/candidate-patch.ts';
import { DIFF_CHARACTERS_MAX } from '../../src/1-pleading/change-diff.ts';
import { command as arbitrate } from '../../src/cli/arbitrate.ts';
import { command as ledger } from '../../src/cli/ledger.ts';
import { code } from './documents.ts';
import { Story } from './story.ts';

const creating = (path: string, mode = '100644', text = 'one'): string =>
  `diff --git a/${path} b/${path}\nnew file mode ${mode}\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+${text}\n`;
const plainly = (path: string): string => `--- /dev/null\n+++ ${path}\n@@ -0,0 +1 @@\n+one\n`;
const changing = (path: string, mode: string): string =>
  `diff --git a/${path} b/${path}\nold mode 100644\nnew mode ${mode}\n`;

const refusedFor = (text: string | Uint8Array): string => {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const read = readCandidatePatch(bytes);
  return read.ok ? 'taken' : read.fault.what;
};

const outside = [
  '../x',
  'src/../../x',
  'a/./x',
  '/etc/x',
  'C:/x',
  'src\\..\\x',
  'src//x',
  'x\u0001y',
];
const gits = [
  '.git/config',
  'src/.git/hooks/post-merge',
  '.GIT/x',
  '.git./x',
  '.git /x',
  'git~1/x',
  '.g\u200cit/x',
  'GI7EBA~1/x',
  '.Git',
];

test.each([...outside, ...gits])('a path that leads elsewhere is not taken: %j', (path) => {
  expect(refusedFor(creating(path))).toMatch(/^(path|unreadable)$/);
  expect(refusedFor(plainly(path))).toMatch(/^(path|unreadable)$/);
  const renamed = `diff --git a/src/a b/${path}\nsimilarity index 100%\nrename from src/a\nrename to ${path}\n`;
  expect(refusedFor(renamed)).toMatch(/^(path|unreadable)$/);
});

test.each(['.gitignore', '.github/workflows/x.yml', 'src/git/x', 'digit~1x/y', 'src/ä.ts'])(
  'an ordinary path is taken: %s',
  (path) => expect(refusedFor(creating(path))).toBe('taken'),
);

test.each(['120000', '160000', '100664', '040000', '104755'])(
  'nothing but plain files is made: mode %s',
  (mode) => {
    expect(refusedFor(creating('src/x', mode))).toBe('mode');
    expect(refusedFor(changing('src/x', mode))).toBe('mode');
  },
);

test('what no text diff tells, and what is no diff, is not taken', () => {
  const head = 'diff --git a/x b/x\nnew file mode 100644\nindex 0000000..1111111\n';
  expect(refusedFor(`${head}GIT binary patch\nliteral 3\nKcmZQzWMT#Y01f~L\n\n`)).toBe('binary');
  expect(refusedFor(`${head}Binary files /dev/null and b/x differ\n`)).toBe('binary');
  expect(refusedFor('')).toBe('empty');
  expect(refusedFor('hello\nworld\n')).toBe('empty');
  expect(refusedFor('--- a/x\n+++ b/x\n@@ -1,9 +1 @@\n+one\n')).toBe('unreadable');
  expect(refusedFor(Uint8Array.of(0xff, 0xfe, 0x00))).toBe('not-utf-8');
  expect(refusedFor(new Uint8Array(4 * DIFF_CHARACTERS_MAX + 1))).toBe('too-large');
  const many = Array.from({ length: 3_001 }, (_, at) => creating(`src/f${at}`)).join('');
  expect(refusedFor(many)).toBe('too-many-files');
});

test('hooks, filters and attributes have no part in a patch; what it says and what git makes of it have to agree', async () => {
  using story = new Story({
    law: { 'src/cart/list.ts': code(20, 'list'), 'src/cart/link': 'x\n' },
  });
  const proof = join(story.directory, 'ran');
  const hooks = join(story.directory, '.git', 'hooks');
  mkdirSync(hooks);
  const hook = join(hooks, 'applypatch-msg');
  writeFileSync(hook, `#!/bin/sh\ntouch ${proof}\n`);
  chmodSync(hook, 0o755);
  story.git(story.author, 'config', 'filter.evil.clean', `touch ${proof}`);
  story.git(story.author, 'config', 'core.fsmonitor', `touch ${proof}`);
  const patch = (name: string, text: string) => story.beside(`${name}.patch`, text);
  const good = patch('good', `Prices\n\nWhy it is so.\n---\n${creating('src/cart/tax.ts')}`);
  const attributes = patch(
    'attributes',
    creating('.gitattributes', '100644', '* filter=evil -diff'),
  );
  const said = await story.runs(arbitrate, 'CART-1', good, attributes);
  expect([said.code, said.err]).toEqual([0, expect.stringContaining('+1 −0 in 1 commit')]);
  expect(said.out).toMatch(/^…?.*good\.patch +PASS/m);
  expect(said.out).toMatch(/^…?.*attributes\.patch +(FAIL|WAIVER REQUIRED)/m);
  expect(existsSync(proof)).toBe(false);
  expect(existsSync(join(story.directory, 'src/cart/tax.ts'))).toBe(false);

  const elsewhere =
    `--- a/src/cart/list.ts\n+++ b/src/cart/list.ts\n@@ -3,2 +3,3 @@\n${code(2, 'list').replaceAll(/^/gm, ' ').trimEnd()}\n+one\n`.replace(
      / \n\+/,
      '\n+',
    );
  const empty = `diff --git a/src/cart/list.ts b/src/cart/list.ts\n`;
  const odd: Readonly<Record<string, readonly [string, RegExp]>> = {
    absent: [
      '--- a/src/cart/none.ts\n+++ b/src/cart/none.ts\n@@ -1 +1 @@\n-a\n+b\n',
      /does not apply/,
    ],
    elsewhere: [elsewhere, /does not apply|git makes something else of it/],
    below: [creating('src/cart/link/inner.ts'), /does not apply|git makes something else/],
    twice: [
      creating('src/cart/tax.ts') + creating('src/cart/tax.ts'),
      /does not apply|something else/,
    ],
    nothing: [empty, /empty|does not apply|cannot be read/],
  };
  const entries = () => story.runs(ledger, 'log', '--json').then(({ out }) => out);
  const recorded = await entries();
  for (const [name, [text, reason]] of Object.entries(odd)) {
    const refused = await story.runs(arbitrate, 'CART-1', patch(name, text), good);
    expect([name, refused.code, refused.err]).toEqual([name, 2, expect.stringMatching(reason)]);
  }
  const missing = await story.runs(arbitrate, 'CART-1', join(story.directory, 'no.patch'), good);
  expect([missing.code, missing.err]).toEqual([2, expect.stringContaining('cannot be read')]);
  const twin = await story.runs(
    arbitrate,
    'CART-1',
    good,
    patch('twin', `Prices\n\nWhy it is so.\n---\n${creating('src/cart/tax.ts')}`),
  );
  expect([twin.code, twin.err]).toEqual([2, expect.stringContaining('are the same commit')]);
  expect(await entries()).toBe(recorded);
  expect(
    execFileSync('git', ['-C', story.directory, 'fsck', '--strict'], { encoding: 'utf8' }),
  ).not.toContain('error');
});
