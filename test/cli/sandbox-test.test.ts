import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { command } from '../../src/cli/runner.ts';
import { rehearsal } from './rehearsal.ts';

const folder = mkdtempSync(join(tmpdir(), 'arbiter-isolation-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function program(name: string, mode: number): string {
  const file = join(folder, name);
  writeFileSync(file, '#!/bin/sh\necho lies 1\n');
  chmodSync(file, mode);
  return file;
}

async function tried(...args: readonly string[]) {
  const stage = rehearsal('/');
  await command(stage.world).parseAsync(['sandbox-test', ...args], { from: 'user' });
  return { code: stage.code(), err: stage.err(), out: stage.out() };
}

test.each([
  ['a name that nobody gave', () => 'tart', 2, /no isolation tart on .* own/],
  ['a path that leads nowhere', () => join(folder, 'none'), 2, /A path has to lead to a program/],
  ['a program that others may write', () => program('open', 0o777), 4, /others than root may/],
  ['a program that runs nothing', () => program('lies', 0o755), 4, /it ran what it did not/],
])(
  '%s is said to be that, and nothing is advised about the machine’s own sandbox',
  async (_what, which, code, words) => {
    const said = await tried('--isolation', which());
    expect(said).toMatchObject({
      code,
      out: '',
      err: expect.stringMatching(new RegExp(words, 's')),
    });
    expect(said.err).toMatch(/\nThen: arbiter runner sandbox-test/);
    expect(said.err).not.toMatch(/bubblewrap|AppArmor/);
  },
);

test('a machine reads why nothing was tried', async () => {
  const { out } = await tried('--json', '--isolation', program('lies', 0o755));
  expect(JSON.parse(out)).toMatchObject({
    sandbox: null,
    because: 'it says that it ran what it did not',
  });
});
