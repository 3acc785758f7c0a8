import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openRepository } from '../../../src/adapters/git/repository.ts';
import type { LawTexts } from '../../../src/caws/law.ts';
import type { RepositoryFault } from '../../../src/ports.ts';
import {
  measured,
  plainEnv,
  type ScratchRepository,
  scratchRepository,
} from './scratch-repository.ts';

/** The law of main for a change on a branch that `edit` makes. */
async function lawOf(
  setUp: (repository: ScratchRepository) => void,
  edit: (repository: ScratchRepository) => void = () => undefined,
): Promise<LawTexts | RepositoryFault> {
  using repository = scratchRepository();
  repository.write('a', 'a\n');
  setUp(repository);
  repository.commit('law');
  repository.git('checkout', '-q', '-b', 'feature');
  repository.write('b', 'b\n');
  edit(repository);
  repository.commit('change');
  const opened = await openRepository(repository.directory, { env: plainEnv });
  if (!opened.ok) return opened.fault;
  using open = opened.value;
  const range = await open.resolve('main');
  if (!range.ok) return range.fault;
  const law = await open.law(range.value);
  return law.ok ? law.value : law.fault;
}

test('the law is what the target says, whatever the head writes', async () => {
  const law = await lawOf(
    (repository) => {
      repository.write('.caws/policy.yaml', 'version: 1\n');
      repository.write('.caws/working-spec.yaml', 'id: A-1\n');
      repository.write('.caws/specs/B-2.yml', 'id: B-2\n');
      repository.write('.caws/specs/.archive/C-3.yaml', 'id: C-3\n');
      repository.write('.caws/specs/registry.json', '{}\n');
      repository.write('.caws/waivers/WV-1.yaml', 'id: WV-1\n');
      repository.write('.caws/trusted-keys.yaml', 'keys: []\n');
      repository.write('.caws/allowed_signers', 'a@b ssh-ed25519 AAAA\n');
    },
    (repository) => {
      repository.write('.caws/policy.yaml', 'version: 2\n');
      repository.write('.caws/waivers/WV-2.yaml', 'id: WV-2\n');
    },
  );
  expect(law).toEqual({
    policy: { file: '.caws/policy.yaml', text: 'version: 1\n' },
    specs: [
      { file: '.caws/working-spec.yaml', text: 'id: A-1\n' },
      { file: '.caws/specs/B-2.yml', text: 'id: B-2\n' },
    ],
    waivers: [{ file: '.caws/waivers/WV-1.yaml', text: 'id: WV-1\n' }],
    trustedKeys: { file: '.caws/trusted-keys.yaml', text: 'keys: []\n' },
    allowedSigners: { file: '.caws/allowed_signers', text: 'a@b ssh-ed25519 AAAA\n' },
  });
});

test('an older policy file binds where there is no other', async () => {
  const law = await lawOf((repository) =>
    repository.write('.caws/policy/tier-policy.json', '{}\n'),
  );
  expect(law).toMatchObject({ policy: { file: '.caws/policy/tier-policy.json', text: '{}\n' } });
});

test('no law at all is no fault', async () => {
  expect(await lawOf(() => undefined)).toEqual({
    policy: null,
    specs: [],
    waivers: [],
    trustedKeys: null,
    allowedSigners: null,
  });
});

test.each<[string, (repository: ScratchRepository) => void, string]>([
  ['symlink', (r) => r.link('.caws/policy.yaml', '../a'), '.caws/policy.yaml'],
  ['symlink', (r) => r.link('.caws/waivers', '../a'), '.caws/waivers'],
  ['symlink', (r) => r.link('.caws', 'elsewhere'), '.caws'],
  [
    'not-utf-8',
    (r) => r.write('.caws/specs/a.yaml', Buffer.from([0xff, 0xfe])),
    '.caws/specs/a.yaml',
  ],
  [
    'too-large',
    (r) => r.write('.caws/policy.yaml', ' '.repeat(1024 * 1024 + 1)),
    '.caws/policy.yaml',
  ],
  [
    'twice',
    (r) => {
      r.write('.caws/policy.yaml', 'a\n');
      r.write('.caws/policy.yml', 'b\n');
    },
    '.caws/policy.yml',
  ],
])('law that cannot be taken at its word is a fault: %s', async (reason, setUp, file) => {
  expect(await lawOf(setUp)).toMatchObject({ kind: 'law-unreadable', reason, file });
});

test('signatures count by the signers of the target alone', async () => {
  using repository = scratchRepository();
  const keys = mkdtempSync(join(tmpdir(), 'caws-keys-'));
  try {
    const keyOf = (name: string) => {
      execFileSync('ssh-keygen', [
        '-q',
        '-t',
        'ed25519',
        '-N',
        '',
        '-C',
        '',
        '-f',
        join(keys, name),
      ]);
      return readFileSync(join(keys, `${name}.pub`), 'utf8').trim();
    };
    const [known, stranger] = [keyOf('known'), keyOf('stranger')];
    repository.write('.caws/allowed_signers', `ada@example.org ${known}\n`);
    repository.commit('law');
    repository.git('checkout', '-q', '-b', 'feature');
    const signWith = (name: string, path: string) => {
      repository.write(path, 'x\n');
      repository.git('add', '-A');
      const key = join(keys, name);
      repository.git(
        '-c',
        'gpg.format=ssh',
        '-c',
        `user.signingKey=${key}`,
        'commit',
        '-qS',
        '-m',
        path,
      );
    };
    signWith('known', 'one');
    repository.write(
      '.caws/allowed_signers',
      `ada@example.org ${known}\neve@example.org ${stranger}\n`,
    );
    signWith('stranger', 'two');
    repository.write('three', 'x\n');
    repository.commit('three');
    const change = await measured(repository.directory, 'main');
    expect(change.commits.map((commit) => commit.signature)).toEqual([
      { state: 'good', signer: 'ada@example.org' },
      { state: 'unknown-signer' },
      { state: 'none' },
    ]);
  } finally {
    rmSync(keys, { recursive: true });
  }
});
