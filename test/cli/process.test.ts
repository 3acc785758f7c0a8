import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const main = join(import.meta.dirname, '../../src/cli/main.ts');

test('a reader that closes the pipe early ends the command without a word', () => {
  const script = '"$0" "$1" explain | true; exit $PIPESTATUS';
  const piped = spawnSync('bash', ['-c', script, process.execPath, main], { encoding: 'utf8' });
  expect([piped.stderr, piped.status]).toEqual(['', 0]);
});

test.each([[['explain']], [['verify', '--json', '--nonsense']], [['--help']]])(
  'what a full disk did not take is no answer: %j',
  (words) => {
    const script = 'exec "$0" "$@" > /dev/full';
    const ended = spawnSync('bash', ['-c', script, process.execPath, main, ...words], {
      encoding: 'utf8',
    });
    expect(ended.stderr).toMatch(/^The answer cannot be written \(ENOSPC\)/);
    expect(ended.status).toBe(4);
  },
);

test('more than a pipe holds is written to its end, whoever reads it later', () => {
  const folder = mkdtempSync(join(tmpdir(), 'arbiter-process-'));
  try {
    writeFileSync(join(folder, 'spec.yaml'), 'id: A-1\n');
    const files = Array.from({ length: 1_000 }, () => 'spec.yaml');
    // The reader looks at one byte, and at the rest only when the command has had time to end.
    const script =
      '"$0" "$@" | { IFS= read -r -n 1 c; printf %s "$c"; "$0" -e 0 </dev/null; cat; }';
    const words = [main, '-C', folder, 'config', 'validate', ...files, '--json'];
    const piped = spawnSync('bash', ['-c', script, process.execPath, ...words], {
      encoding: 'utf8',
    });
    const lines = piped.stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).file)).toEqual(files);
    expect(piped.stdout.length).toBeGreaterThan(2 ** 17);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test.each([
  ['version: 1\nkeys: []\n', 0, 'ok'],
  ['keys: []\n', 5, 'lacks "version"'],
])('a list of trusted keys is checked like every other document: %j', (text, status, says) => {
  const folder = mkdtempSync(join(tmpdir(), 'arbiter-process-'));
  try {
    mkdirSync(join(folder, '.caws'));
    writeFileSync(join(folder, '.caws/trusted-keys.yaml'), text);
    const args = [main, '-C', folder, 'config', 'validate'];
    const checked = spawnSync(process.execPath, args, { encoding: 'utf8', env: { PATH: '' } });
    expect(checked.stdout).toContain(says);
    expect(checked.status).toBe(status);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
