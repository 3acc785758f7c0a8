import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { code, coverageGate, lcov, policy, spec } from '../stories/documents.ts';
import { arbiter } from '../stories/people.ts';
import { rows } from './refusals-rows.ts';
import {
  arbiterIn,
  main,
  readVerdict,
  runs,
  type Scene,
  sceneAt,
  verify,
} from './refusals-scene.ts';

const root = mkdtempSync(join(tmpdir(), 'arbiter-refusals-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const template = join(root, 'template');

beforeAll(async () => {
  mkdirSync(join(template, 'shop'), { recursive: true });
  const scene = sceneAt(template);
  scene.git('init', '-q', '-b', 'main');
  scene.write('.caws/policy.yaml', policy());
  scene.write('.caws/specs/CART-1.yaml', spec({ id: 'CART-1' }));
  scene.write('src/cart/total.ts', code(5));
  scene.commit('A shop');
  scene.git('switch', '-q', '-c', 'feature');
  scene.write('src/cart/tax.ts', code(5, 'tax'));
  scene.commit('Tax');
  const first = await arbiterIn(scene, 'verify', 'main...feature');
  if (first.status !== 0) throw new Error(first.err);
});

let scenes = 0;
function newScene(): Scene {
  scenes += 1;
  const home = join(root, `home-${scenes}`);
  cpSync(template, home, { recursive: true, preserveTimestamps: true });
  return sceneAt(home);
}

/** Everything the ledger holds; a ledger that is not there holds nothing. */
function held(file: string): string {
  if (!existsSync(file)) return '[]';
  try {
    using database = new DatabaseSync(file, { readOnly: true });
    return JSON.stringify(database.prepare('SELECT sequence, digest FROM entries').all());
  } catch {
    return 'unreadable';
  }
}

/** A command to copy, to where its first argument ends; one that itself names a folder is another matter. */
const commands = /(?<=[:;] )(?:arbiter|git) (?!-C DIR)(?!config )\S+ \S+/g;

const nothing = () => undefined;

const covered = policy(coverageGate);

describe.concurrent('a verdict with its reason, and no crash, when', () => {
  test.each<{ when: string; law?: string; args: readonly string[]; exit: number; rule: string }>([
    { when: 'two specs cover the change', args: [], exit: 1, rule: 'spec.several' },
    {
      when: 'the plea does not parse',
      args: ['--spec', 'CART-1', '--plea', '../plea.yaml'],
      exit: 3,
      rule: 'plea.unreadable',
    },
    {
      when: 'the folder of evidence is not there',
      law: covered,
      args: ['--spec', 'CART-1', '--evidence', '../nowhere'],
      exit: 3,
      rule: 'gate.missing',
    },
    {
      when: 'evidence is not the file that was pleaded',
      law: covered,
      args: ['--spec', 'CART-1', '--evidence', '../reports', '--plea', '../forged.yaml'],
      exit: 1,
      rule: 'plea.evidence-digest-differs',
    },
  ])('$when', async ({ law = policy(), args, exit, rule }) => {
    const scene = newScene();
    scene.git('switch', '-q', 'main');
    scene.write('.caws/policy.yaml', law);
    scene.write('.caws/specs/TAX-2.yaml', spec({ id: 'TAX-2', in: ['src/cart'] }));
    scene.commit('Two specs');
    scene.git('switch', '-q', 'feature');
    scene.write('../plea.yaml', 'rationale: [\n');
    scene.write('../reports/lcov.info', lcov(100));
    scene.write(
      '../forged.yaml',
      `evidence:\n  - { name: coverage, file: lcov.info, digest: 'sha256:${'0'.repeat(64)}' }\n`,
    );
    const judged = await arbiterIn(scene, ...verify, ...args, '--json');
    expect(judged.status, judged.err).toBe(exit);
    const { findings } = JSON.parse(judged.out) as { findings: readonly { rule: string }[] };
    expect(findings.map((finding) => finding.rule)).toContain(rule);
  });
});

describe.concurrent('one clear error with a way out, and nothing lost, when', () => {
  test.each(rows)('$when', async ({ prepare = nothing, args, exit, kind, says }) => {
    const scene = newScene();
    const release = prepare(scene);
    const before = held(scene.ledger);
    const [text, json] = await Promise.all([
      arbiterIn(scene, ...args),
      arbiterIn(scene, ...args.slice(0, 1), ...jsonAfter(args)),
    ]);
    release?.();

    expect(text).toMatchObject({ status: exit, out: '' });
    const said = text.err.split('\n').filter((line) => !/^(?:[✓◆✗] |Note: |$)/.test(line));
    // Whoever named the folder is told commands that name it, too; apart from that they are the same.
    const there = ` -C ${scene.repository}`;
    for (const command of said.join('\n').match(commands) ?? []) expect(command).toContain(there);
    const asInThere = said.join('\n').replaceAll(there, '');
    for (const words of says) expect(asInThere).toMatch(words);
    expect(text.err).not.toMatch(/^ +at |internal error|undefined|\[object/m);
    expect(said.length, text.err).toBeLessThanOrEqual(5);

    expect(json.status).toBe(exit);
    expect(json.err.replaceAll(/^Note: .*\n/gm, '')).toBe('');
    expect(JSON.parse(json.out)).toMatchObject({
      schema: 'caws-arbiter/error@1',
      fault: { kind },
      message: expect.stringContaining('\n'),
    });
    expect(held(scene.ledger)).toBe(before);
  });
});

/** `verdict show` takes its options after the second word, `verify -- X` before the dashes. */
function jsonAfter([, ...rest]: readonly string[]): readonly string[] {
  return rest.includes('--') ? ['--json', ...rest] : [...rest, '--json'];
}

test('a key of another user is not used, and whose it is can be seen', async () => {
  const scene = newScene();
  let key = '/etc/passwd';
  // Root owns that one, and may give away a file; nobody else may.
  if (process.getuid?.() === 0) {
    key = join(scene.home, 'theirs.pem');
    writeFileSync(key, arbiter.privateKey, { mode: 0o644 });
    chownSync(key, 12_345, 12_345);
  }
  const as = ['unshare', '--user', '--map-user=1000'];
  const ended = await runs(
    [...as, process.execPath, main, '-C', scene.repository, ...verify, '--key', key],
    scene.env,
  );
  expect([ended.status, ended.out]).toEqual([4, '']);
  expect(ended.err).toContain('it belongs to another user');
  expect(ended.err).toContain(`ls -l ${key}`);
});

test('a full disk announces nothing and leaves what was recorded', async () => {
  const scene = newScene();
  const folder = join(scene.ledger, '..');
  // A user namespace may mount a small disk without being root; what is in it goes with the shell.
  const script = `mv "$1" "$1.kept" && mkdir "$1" && mount -t tmpfs -o size=400k tmpfs "$1" && cp "$1.kept/"* "$1" || exit 99
head -c 9999999 /dev/zero >"$1/filler" 2>"$5/filled"
"$2" "$3" -C "$4" verify main...feature >"$5/out" 2>"$5/err"
status=$?
rm "$1/filler"
"$2" "$3" -C "$4" ledger verify >"$5/proof" 2>&1
"$2" "$3" -C "$4" verdict list >"$5/list" 2>&1
exit $status`;
  const shell = ['unshare', '--map-root-user', '--mount', 'sh', '-c', script, 'sh'];
  const ended = await runs(
    [...shell, folder, process.execPath, main, scene.repository, scene.home],
    scene.env,
  );
  const said = (name: string) => readFileSync(join(scene.home, name), 'utf8');
  expect(ended.out + ended.err).toBe('');
  expect(ended.status).toBe(4);
  expect(said('out')).toBe('');
  expect(said('err')).toContain('There is no room for the ledger');
  expect(said('err')).toContain('nothing was announced');
  expect(said('proof')).toContain('The ledger holds.');
  expect(said('list').trim().split('\n')).toHaveLength(1);
});

test('on a full disk neither a key nor a copy is half there, and the next try finds nothing in its way', async () => {
  const scene = newScene();
  const script = `mkdir "$1" && mount -t tmpfs -o size=200k tmpfs "$1" || exit 99
cd "$4"
for words in "keys create" "keys create" "ledger export -o $1/x.jsonl" "ledger backup $1/x.db" "verdict export $5 --out $1/bundle"; do
  head -c 9999999 /dev/zero >"$1/filler" 2>/dev/null; truncate -s -4k "$1/filler"
  XDG_CONFIG_HOME="$1" "$2" "$3" $words >/dev/null 2>"$1.err"; echo "$? $(grep -c 'room' "$1.err")"
  rm "$1/filler"; find "$1" -type f
  XDG_CONFIG_HOME="$1" "$2" "$3" $words >/dev/null 2>&1; echo "then $?"
  find "$1" -mindepth 1 -delete
done`;
  const shell = ['unshare', '--map-root-user', '--mount', 'sh', '-c', script, 'sh'];
  const verdict = readVerdict(scene);
  const ended = await runs(
    [...shell, join(scene.home, 'small'), process.execPath, main, scene.repository, verdict],
    scene.env,
  );
  expect(ended).toMatchObject({ err: '', out: '4 1\nthen 0\n'.repeat(5) });
});

test('what recorded an entry says whom it could not tell of it', async () => {
  const scene = newScene();
  // A file stands where the state folder was, so that nobody may write there.
  const state = scene.env['XDG_STATE_HOME'] ?? '';
  rmSync(state, { recursive: true });
  writeFileSync(state, '');
  scene.write('src/cart/tax.ts', code(6, 'tax'));
  scene.commit('More tax');
  const calls: (readonly string[])[] = [[...verify], ['keys', 'rotate', '--reason', 'a new year']];
  for (const call of calls) {
    const before = held(scene.ledger);
    const { err } = await arbiterIn(scene, ...call);
    expect(held(scene.ledger), err).not.toBe(before);
    expect(err).toMatch(/Note: the newest entry stands in the ledger.*anchors.*ENOTDIR/);
    expect(err).toContain('See who may write there');
  }
});

test('a disk that is mounted read-only is called so, and what it holds is still read', async () => {
  const scene = newScene();
  const script = `mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" || exit 99
for words in "verify main...feature" "verdict list" "ledger verify"; do
  "$2" "$3" -C "$1" $words 2>&1; echo "ended $?"
done`;
  const shell = ['unshare', '--map-root-user', '--mount', 'sh', '-c', script, 'sh'];
  const inside = (repository: string) =>
    runs([...shell, repository, process.execPath, main], scene.env);
  const { out } = await inside(scene.repository);
  const [verified = '', listed = '', proof = ''] = out.split(/(?<=ended \d+)\n/);
  expect(verified).toContain('its disk is mounted read-only');
  expect(verified).not.toContain('chmod');
  expect(verified).toMatch(/ended 4$/);
  expect(listed).toMatch(/PASS[\s\S]*ended 0$/);
  expect(proof).toContain('The ledger holds.');
  rmSync(join(scene.ledger, '..'), { recursive: true });
  scene.git('update-ref', '-d', 'refs/caws-arbiter/ledger');
  rmSync(scene.env['XDG_STATE_HOME'] ?? '', { recursive: true, force: true });
  expect((await inside(scene.repository)).out).toMatch(
    /its disk is mounted read-only[\s\S]*?ended 4/,
  );
});

test.each<readonly [string, readonly string[]]>([
  ['people', []],
  ['a program', ['--json']],
])(
  'stopped while a gate runs, it says so to %s, leaves nothing running and records nothing',
  async (_whom, json) => {
    const scene = newScene();
    // In its sandbox a gate can tell nobody that it runs; its arguments are seen from outside.
    const seconds = String(10_000 + randomInt(80_000));
    scene.git('switch', '-q', 'main');
    scene.write(
      '.caws/policy.yaml',
      policy(
        `gates:\n  slow: { mode: block, measures: exit-code, min_trust: local, answer: { by: command, command: [sleep, '${seconds}'] } }\n`,
      ),
    );
    scene.commit('A slow gate');
    scene.git('switch', '-q', 'feature');
    const before = held(scene.ledger);
    const command = [
      process.execPath,
      main,
      '-C',
      scene.repository,
      ...verify,
      '--run-gates',
      ...json,
    ];
    const ended = await runs(command, scene.env, (kill) => {
      const look = setInterval(() => {
        if (!sleeping(seconds)) return;
        clearInterval(look);
        kill('SIGINT');
      }, 100);
    });
    expect(ended.status).toBe(130);
    if (json.length === 0) expect(ended.out).toBe('');
    else
      expect(JSON.parse(ended.out)).toMatchObject({
        schema: 'caws-arbiter/error@1',
        error: 'interrupted',
      });
    expect(json.length === 0 ? ended.err : ended.out).toContain('Interrupted.');
    expect(ended.err).not.toMatch(/^ +at /m);
    expect(held(scene.ledger)).toBe(before);
    await expect.poll(() => sleeping(seconds)).toBe(false);
  },
);

function sleeping(seconds: string): boolean {
  const listed = execFileSync('ps', ['-A', '-ww', '-o', 'args='], { encoding: 'utf8' });
  return listed.split('\n').includes(`sleep ${seconds}`);
}
