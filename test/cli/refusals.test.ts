import { execFileSync, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gitNow } from '../git-now.ts';
import { compiledCode, publishedCommand } from '../published.ts';
import { code, coverageGate, lcov, policy, spec } from '../stories/documents.ts';
import { arbiter } from '../stories/people.ts';

const main = publishedCommand();
const root = mkdtempSync(join(tmpdir(), 'arbiter-refusals-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A user's home with a repository in it, as every row finds it. */
interface Scene {
  readonly home: string;
  readonly repository: string;
  readonly ledger: string;
  readonly env: Record<string, string>;
  readonly git: (...args: readonly string[]) => string;
  readonly write: (path: string, text: string) => void;
  readonly commit: (message: string) => void;
}

function sceneAt(home: string): Scene {
  const repository = join(home, 'shop');
  const path = (name: string) => join(repository, name);
  const git = (...args: readonly string[]) =>
    gitNow({
      args: ['-C', repository, '-c', 'user.name=Ada', ...args],
      env: { PATH: process.env['PATH'], HOME: home, EMAIL: 'ada@example.org' },
    });
  return {
    home,
    repository,
    ledger: join(repository, '.git', 'caws-arbiter', 'ledger.db'),
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      XDG_CONFIG_HOME: join(home, 'config'),
      XDG_STATE_HOME: join(home, 'state'),
      NODE_COMPILE_CACHE: compiledCode,
    },
    git,
    write: (name, text) => {
      mkdirSync(join(path(name), '..'), { recursive: true });
      writeFileSync(path(name), text);
    },
    commit: (message) => {
      git('add', '-A');
      git('commit', '-q', '-m', message);
    },
  };
}

interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
}

/** The id of the newest verdict of the scene. */
const readVerdict = (scene: Scene): string =>
  execFileSync(process.execPath, [main, '-C', scene.repository, 'verdict', 'list'], {
    encoding: 'utf8',
    env: scene.env,
  }).match(/[0-9a-f]{8}-[0-9a-f-]{27}/)?.[0] ?? '';

function runs(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  started?: (kill: (signal: NodeJS.Signals) => void) => void,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const [program = '', ...args] = command;
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk) => {
      out += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      err += String(chunk);
    });
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal, out, err }));
    started?.((signal) => child.kill(signal));
  });
}

const arbiterIn = ({ repository, env }: Scene, ...args: readonly string[]) =>
  runs([process.execPath, main, '-C', repository, ...args], env);

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

interface Row {
  readonly when: string;
  readonly prepare?: (scene: Scene) => (() => void) | undefined;
  readonly args: readonly string[];
  readonly exit: number;
  readonly kind: string;
  /** What the sentences must hold: the place or name, and the way out. */
  readonly says: readonly (string | RegExp)[];
}

/** A command to copy, to where its first argument ends; one that itself names a folder is another matter. */
const commands = /(?<=[:;] )(?:arbiter|git) (?!-C DIR)(?!config )\S+ \S+/g;

const verify = ['verify', 'main...feature'];
const nothing = () => undefined;

const rows: readonly Row[] = [
  {
    when: 'the folder is in no repository',
    prepare: (scene) => {
      rmSync(join(scene.repository, '.git'), { recursive: true });
      return undefined;
    },
    args: verify,
    exit: 2,
    kind: 'not-a-repository',
    says: ['shop is not in a git repository', 'arbiter -C DIR verify'],
  },
  {
    when: 'a revision is mistyped',
    args: ['verify', 'main...featrue'],
    exit: 2,
    kind: 'unknown-revision',
    says: ['no revision featrue', 'Did you mean: feature?'],
  },
  {
    when: 'a revision looks like an option',
    args: ['verify', '--', '--output=/tmp/x...feature'],
    exit: 2,
    kind: 'unknown-revision',
    says: ['no revision --output=/tmp/x'],
  },
  {
    when: 'the clone is shallow',
    prepare: (scene) => {
      const whole = join(scene.home, 'whole');
      execFileSync('mv', [scene.repository, whole]);
      execFileSync('git', [
        ...['clone', '-q', '--depth', '1', '--no-single-branch', '-b', 'feature'],
        ...[`file://${whole}`, scene.repository],
      ]);
      return undefined;
    },
    args: ['verify', 'origin/main...feature'],
    exit: 4,
    kind: 'shallow',
    says: ['shallow', 'git fetch --unshallow'],
  },
  {
    when: 'the histories have nothing in common',
    prepare: ({ git }) => {
      git('switch', '-q', '--orphan', 'island');
      git('commit', '-q', '--allow-empty', '-m', 'Alone');
      return undefined;
    },
    args: ['verify', 'main...island'],
    exit: 2,
    kind: 'unrelated-histories',
    says: ['no common history'],
  },
  {
    when: 'the range is empty',
    args: ['verify', 'main...main'],
    exit: 2,
    kind: 'empty-range',
    says: [/is the target itself \([0-9a-f]{12}\)/, 'arbiter verify TARGET...HEAD'],
  },
  {
    when: 'nothing is staged',
    prepare: ({ git }) => {
      git('switch', '-q', 'main');
      return undefined;
    },
    args: ['check', '--staged'],
    exit: 2,
    kind: 'nothing-staged',
    says: [/^Nothing is staged that [0-9a-f]{12} does not have\./, 'git add FILE'],
  },
  {
    when: 'a candidate holds no change',
    args: ['arbitrate', 'CART-1', 'feature', 'main'],
    exit: 2,
    kind: 'candidate-without-range',
    says: ['main is no change that could land: there is nothing in', 'or leave it out'],
  },
  {
    when: 'a candidate has another history',
    prepare: ({ git, write, commit }) => {
      git('checkout', '-q', '--orphan', 'island');
      write('src/island.ts', 'x\n');
      commit('Island');
      git('switch', '-q', 'feature');
      return undefined;
    },
    args: ['arbitrate', 'CART-1', 'feature', 'island'],
    exit: 2,
    kind: 'candidate-without-range',
    says: [/^island is no change .*: [0-9a-f]{12} has no common history with the target/],
  },
  {
    when: 'there is no commit yet',
    prepare: ({ repository }) => {
      rmSync(join(repository, '.git'), { recursive: true });
      execFileSync('git', ['init', '-q', repository]);
      return undefined;
    },
    args: ['verify'],
    exit: 2,
    kind: 'no-commits',
    says: ['no commit yet'],
  },
  {
    when: 'no branch is obviously the target',
    prepare: ({ git }) => {
      git('branch', '-m', 'main', 'one');
      return undefined;
    },
    args: ['verify'],
    exit: 2,
    kind: 'no-default-branch',
    says: ['arbiter verify TARGET...HEAD'],
  },
  {
    when: 'an object of the change is gone',
    prepare: ({ git, repository }) => {
      const blob = git('rev-parse', 'feature:src/cart/tax.ts');
      rmSync(join(repository, '.git', 'objects', blob.slice(0, 2), blob.slice(2)));
      return undefined;
    },
    args: verify,
    exit: 4,
    kind: 'object-missing',
    says: ['git fsck'],
  },
  {
    when: 'a folder stands where the ledger should be',
    prepare: ({ ledger }) => {
      rmSync(ledger);
      mkdirSync(ledger);
      return undefined;
    },
    args: verify,
    exit: 6,
    kind: 'ledger-unsafe',
    says: ['ledger.db', 'plain file'],
  },
  {
    when: 'the ledger is other bytes',
    prepare: ({ ledger }) => {
      writeFileSync(
        ledger,
        'not a ledger at all, but long enough to look like a file\n'.repeat(99),
      );
      return undefined;
    },
    args: verify,
    exit: 6,
    kind: 'ledger-broken',
    says: [
      'ledger.db',
      /^Put back a copy that you trust: arbiter ledger restore FILE --reason TEXT$/m,
    ],
  },
  {
    when: 'an entry of the ledger was changed',
    prepare: ({ ledger }) => {
      using database = new DatabaseSync(ledger);
      const guards = database.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'");
      const all = guards.all();
      for (const { name } of all) database.exec(`DROP TRIGGER "${String(name)}"`);
      database.exec("UPDATE entries SET body = replace(body, 'PASS', 'FAIL') WHERE sequence = 1");
      for (const { sql } of all) database.exec(String(sql));
      return undefined;
    },
    args: verify,
    exit: 6,
    kind: 'ledger-broken',
    says: ['entry 1', 'arbiter ledger verify'],
  },
  {
    when: 'an older copy of the ledger was put back',
    prepare: ({ ledger, git, home }) => {
      const older = join(home, 'older.db');
      copyFileSync(ledger, older);
      const env = { ...sceneAt(home).env, PATH: process.env['PATH'] ?? '' };
      execFileSync(process.execPath, [main, '-C', join(home, 'shop'), ...verify], { env });
      git('status');
      for (const side of ['', '-wal', '-shm']) rmSync(`${ledger}${side}`, { force: true });
      copyFileSync(older, ledger);
      return undefined;
    },
    args: verify,
    exit: 6,
    kind: 'ledger-rolled-back',
    says: ['ends at entry 1', 'remembers entry 2', 'arbiter ledger restore FILE'],
  },
  {
    when: 'another process holds the ledger',
    prepare: ({ ledger }) => {
      const other = new DatabaseSync(ledger);
      other.exec('BEGIN IMMEDIATE');
      return () => {
        other.exec('ROLLBACK');
        other.close();
      };
    },
    args: verify,
    exit: 4,
    kind: 'ledger-locked',
    says: ['Another process has held the ledger', 'Run the command again'],
  },
  {
    when: 'the named key is not there',
    args: [...verify, '--key', 'gone.pem'],
    exit: 4,
    kind: 'key-missing',
    says: ['gone.pem', 'arbiter keys create'],
  },
  {
    when: 'others may read the key',
    prepare: ({ repository }) => {
      const file = join(repository, 'open.pem');
      writeFileSync(file, arbiter.privateKey);
      chmodSync(file, 0o644);
      return undefined;
    },
    args: [...verify, '--key', 'open.pem'],
    exit: 4,
    kind: 'key-unsafe',
    says: ['mode 644', /chmod 600 \S+open\.pem/],
  },
  {
    when: 'the key is a link to one',
    prepare: ({ repository }) => {
      const file = join(repository, 'real.pem');
      writeFileSync(file, arbiter.privateKey, { mode: 0o600 });
      symlinkSync(file, join(repository, 'led.pem'));
      return undefined;
    },
    args: [...verify, '--key', 'led.pem'],
    exit: 4,
    kind: 'key-unsafe',
    says: ['a symbolic link', /readlink -f \S+led\.pem/],
  },
  {
    when: 'the key is a folder',
    prepare: ({ repository }) => {
      mkdirSync(join(repository, 'keys'), { mode: 0o700 });
      return undefined;
    },
    args: [...verify, '--key', 'keys'],
    exit: 4,
    kind: 'key-unsafe',
    says: ['not a plain file', 'arbiter keys create'],
  },
  {
    when: 'the key is something else',
    prepare: ({ repository }) => {
      writeFileSync(join(repository, 'odd.pem'), 'hello\n', { mode: 0o600 });
      return undefined;
    },
    args: [...verify, '--key', 'odd.pem'],
    exit: 4,
    kind: 'key-malformed',
    says: ['odd.pem', 'openssl genpkey -algorithm ed25519'],
  },
  {
    when: 'others may write the folder of the keys',
    prepare: ({ home }) => {
      chmodSync(join(home, 'config', 'caws-arbiter', 'keys'), 0o777);
      return undefined;
    },
    args: verify,
    exit: 4,
    kind: 'key-unsafe',
    says: ['others may write the folder', /chmod 700 \S+keys/],
  },
  {
    when: 'the place of the keys cannot be written',
    prepare: ({ home }) => {
      rmSync(join(home, 'config'), { recursive: true });
      writeFileSync(join(home, 'config'), 'a file in the way\n');
      return undefined;
    },
    args: verify,
    exit: 4,
    kind: 'key-unreadable',
    says: ['config', 'Look at the file and its folder'],
  },
  {
    when: 'the backup that is named is not there',
    args: ['ledger', 'restore', 'gone.db', '--reason', 'lost'],
    exit: 2,
    kind: 'backup-missing',
    says: ['There is no backup at', 'gone.db', 'arbiter ledger backup FILE'],
  },
  {
    when: 'the backup that is named is other bytes',
    prepare: ({ repository }) => {
      writeFileSync(join(repository, 'odd.db'), 'not a ledger at all\n'.repeat(300));
      return undefined;
    },
    args: ['ledger', 'restore', 'odd.db', '--reason', 'lost'],
    exit: 6,
    kind: 'backup-broken',
    says: [/^The backup \S+odd\.db is broken as a whole/, 'arbiter ledger restore FILE'],
  },
  {
    when: 'the backup that is named is a folder',
    args: ['ledger', 'restore', '.', '--reason', 'lost'],
    exit: 4,
    kind: 'backup-unreadable',
    says: ['cannot be read (not a plain file)', 'name another copy'],
  },
  {
    when: 'the policy of the target does not parse',
    prepare: ({ git, write, commit }) => {
      git('switch', '-q', 'main');
      write('.caws/policy.yaml', 'version: 1\nmode: enforce\nrisk_teirs: {}\n');
      commit('A typo');
      git('switch', '-q', 'feature');
      return undefined;
    },
    args: verify,
    exit: 5,
    kind: 'law-invalid',
    says: ['.caws/policy.yaml:3:1', 'risk_tiers', 'arbiter config validate'],
  },
  {
    when: 'the trusted keys of the target do not parse',
    prepare: ({ git, write, commit }) => {
      git('switch', '-q', 'main');
      write('.caws/trusted-keys.yaml', 'version: 1\nkeys:\n  - rsa\n');
      commit('Other keys');
      git('switch', '-q', 'feature');
      return undefined;
    },
    args: verify,
    exit: 5,
    kind: 'law-invalid',
    says: [/\.caws\/trusted-keys\.yaml:3:\d+/, 'Mend it on the target branch'],
  },
  {
    when: 'the plea that is named is not there',
    args: [...verify, '--plea', 'gone.yaml'],
    exit: 2,
    kind: 'file-unreadable',
    says: ['gone.yaml, which --plea names, cannot be read.', 'Name a file that is there'],
  },
  {
    when: 'the plan that is named is not there',
    args: ['plan', 'check', 'gone.yaml'],
    exit: 2,
    kind: 'file-unreadable',
    says: ['gone.yaml cannot be read.', 'Name a file that is there; a relative name starts at'],
  },
  {
    when: 'the plea that is named is larger than a plea may be',
    prepare: (scene) => {
      writeFileSync(join(scene.home, 'long.yaml'), ' '.repeat(2_000_000));
      return undefined;
    },
    args: [...verify, '--plea', '../long.yaml'],
    exit: 2,
    kind: 'file-unreadable',
    says: [/long\.yaml, which --plea names, cannot be read \(over \d+ bytes\)/, 'small enough'],
  },
  {
    when: 'the plea that is named is a folder',
    args: [...verify, '--plea', '..'],
    exit: 2,
    kind: 'file-unreadable',
    says: ['cannot be read (not a regular file)', 'Name a plain file'],
  },
  {
    when: 'git is not in PATH',
    prepare: (scene) => {
      scene.env['PATH'] = join(scene.home, 'nowhere');
      return undefined;
    },
    args: verify,
    exit: 4,
    kind: 'git-missing',
    says: ['git is not installed', 'Install git'],
  },
  {
    when: 'the index is unmerged',
    prepare: ({ git, write, commit }) => {
      write('src/cart/total.ts', 'ours\n');
      commit('Ours');
      git('switch', '-q', 'main');
      write('src/cart/total.ts', 'theirs\n');
      commit('Theirs');
      git('switch', '-q', 'feature');
      expect(() => git('merge', '-q', 'main')).toThrow();
      return undefined;
    },
    args: ['check', '--staged'],
    exit: 2,
    kind: 'index-unmerged',
    says: ['unmerged', 'git add'],
  },
  {
    when: 'the verdict that is asked for is not there',
    args: ['verdict', 'show', 'ffff'],
    exit: 2,
    kind: 'verdict-unknown',
    says: ['no verdict ffff', 'arbiter verdict list'],
  },
  {
    when: 'there is no ledger to read',
    prepare: ({ ledger, git, home }) => {
      rmSync(join(ledger, '..'), { recursive: true });
      rmSync(join(home, 'state'), { recursive: true });
      for (const ref of git('for-each-ref', '--format=%(refname)').split('\n'))
        if (ref.includes('caws')) git('update-ref', '-d', ref);
      return undefined;
    },
    args: ['verdict', 'list'],
    exit: 4,
    kind: 'ledger-missing',
    says: ['There is no ledger', 'arbiter verify'],
  },
];

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
