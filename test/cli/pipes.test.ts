import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gitNow } from '../git-now.ts';
import { compiledCode, publishedCommand } from '../published.ts';

const main = publishedCommand();
const home = mkdtempSync(join(tmpdir(), 'pipes-'));
const env = {
  PATH: process.env['PATH'] ?? '',
  HOME: home,
  XDG_CONFIG_HOME: join(home, 'config'),
  XDG_STATE_HOME: join(home, 'state'),
  XDG_DATA_HOME: join(home, 'data'),
  NODE_COMPILE_CACHE: compiledCode,
};
beforeAll(() => {
  gitNow({ args: ['-C', home, 'init', '-q', '-b', 'main'], env });
  const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
  gitNow({
    args: ['-C', home, ...who, 'commit', '-q', '--allow-empty', '-m', 'First'],
    env,
  });
  execFileSync('mkfifo', [join(home, 'pipe')]);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('a pipe that nobody writes to', () => {
  test.each([
    ['ledger verify --file pipe', 4],
    ['ledger verify --trust pipe', 4],
    ['audit --trust pipe', 2],
    ['config show --organization pipe', 2],
    ['models evaluate pipe', 2],
    ['models register pipe --reason try', 2],
  ])('is not waited for: %s', (line, code) => {
    const said = spawnSync(process.execPath, [main, ...line.split(' ')], {
      ...{ cwd: home, env, encoding: 'utf8', timeout: 60_000, killSignal: 'SIGKILL' },
    });
    expect([said.signal, said.status, said.stderr]).toEqual([
      null,
      code,
      expect.stringMatching(/pipe.*it is no plain file/),
    ]);
  });
});

test('what the shell hands over as a pipe is read to its end', () => {
  const call = `'${process.execPath}' '${main}'`;
  const shell = (line: string) =>
    spawnSync('bash', ['-c', line], { cwd: home, env, encoding: 'utf8', timeout: 60_000 });
  const who = '-c user.name=Ada -c user.email=ada@example.org';
  shell(`git switch -qc next; echo 1 >a; git add a; git ${who} commit -qm Next`);
  shell(`${call} verify main...next; ${call} ledger export --out entries.jsonl`);
  const all = shell(`${call} ledger verify --file <(cat entries.jsonl)`);
  expect([all.status, all.stdout, all.stderr]).toEqual([0, expect.stringMatching(/holds/), '']);
  const half = shell(`${call} ledger verify --file <(head -c 500 entries.jsonl)`);
  expect(half.status).toBe(6);
  const trust = shell(`${call} audit --trust <(echo 'no document')`);
  expect(trust.stderr).toMatch(/\/dev\/fd\/\d+/);
  expect(trust.stderr).not.toContain('no plain file');
});
