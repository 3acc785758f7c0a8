import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'vitest';
import { arbiter } from '../stories/people.ts';
import { main, type Scene, sceneAt, verify } from './refusals-scene.ts';

export interface Row {
  readonly when: string;
  readonly prepare?: (scene: Scene) => (() => void) | undefined;
  readonly args: readonly string[];
  readonly exit: number;
  readonly kind: string;
  /** What the sentences must hold: the place or name, and the way out. */
  readonly says: readonly (string | RegExp)[];
}

export const rows: readonly Row[] = [
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
