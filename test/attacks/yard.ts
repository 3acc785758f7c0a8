import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { PleaSource } from '../../src/1-pleading/plea.ts';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import { openRepository } from '../../src/adapters/git/repository.ts';
import { noPrecedents } from '../../src/adapters/precedents.ts';
import { shippedPolicy } from '../../src/adapters/shipped.ts';
import type { CycleFault } from '../../src/cycle/world.ts';
import { rehearse } from '../../src/cycle.ts';
import type { RepositoryFault } from '../../src/ports.ts';
import { type Instant, ok, type VerdictId } from '../../src/primitives.ts';
import { gitBytes } from '../git-now.ts';

export const NOW = Date.parse('2026-11-23T12:00:00Z') as Instant;

export const POLICY = `version: 1
risk_tiers:
  1: { max_files: 5, max_loc: 100, max_bytes: 10000, max_line_bytes: 300 }
  2: { max_files: 10, max_loc: 200, max_bytes: 20000, max_line_bytes: 400 }
  3: { max_files: 20, max_loc: 400 }
waivers: { approvers: ['@mia', '@noor'] }
`;

export const SPEC = `id: FEAT-1
title: Prices are right to the cent
risk_tier: 2
mode: feature
lifecycle_state: active
blast_radius: { modules: [src], data_migration: false }
scope:
  in: [src, docs, lib]
  out: [src/payment]
invariants: [A total is never negative]
acceptance:
  - { id: A1, given: a cart, when: the total is asked for, then: it is the sum }
non_functional: {}
contracts: [{ name: cart, type: api, path: src/cart.ts }]
`;

/** Lines of code that no rule minds. */
export const lines = (count: number, word = 'total'): string =>
  Array.from({ length: count }, (_, at) => `export const ${word}${at} = ${at};\n`).join('');

const base: Readonly<Record<string, string>> = {
  '.caws/policy.yaml': POLICY,
  '.caws/specs/FEAT-1.yaml': SPEC,
  'src/cart.ts': lines(20),
  'src/old/a.ts': lines(30, 'a'),
  'src/payment/charge.ts': lines(10, 'charge'),
  '.github/workflows/ci.yml':
    'name: ci\non: push\npermissions: { contents: read }\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: npm test\n',
  'README.md': '# A shop\n',
};

/** What git of this yard may know of the machine: nothing. */
export const gitEnv: Readonly<Record<string, string>> = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ada Worker',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada Worker',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
  GIT_AUTHOR_DATE: '2026-11-20T00:00:00Z',
  GIT_COMMITTER_DATE: '2026-11-20T00:00:00Z',
};

/** A real repository whose base holds a law, standing on a branch `feature` that changes nothing yet. */
export interface Yard extends Disposable {
  readonly directory: string;
  git(...args: readonly string[]): string;
  gitWith(
    options: { readonly input?: string | Buffer; readonly env?: Readonly<Record<string, string>> },
    ...args: readonly string[]
  ): string;
  write(path: string, content: string | Buffer): void;
  link(path: string, target: string): void;
  remove(path: string): void;
  /** Stages everything and commits it on the current branch. */
  commit(message?: string): void;
  /** Whether something was written since the last commit. */
  holdsMore(): boolean;
  /**
   * Changes files of the base; the feature branch starts from there. Comes first in a yard: one that nothing was
   * done in yet by this interface may be replaced as a whole.
   */
  onBase(files: Readonly<Record<string, string | null>>): void;
}

const templates = new Map<string, string>();
process.on('exit', () => {
  for (const folder of templates.values()) rmSync(folder, { recursive: true, force: true });
});

/** The first repository is made by git; the others are copies of it. */
function template(): string {
  const made = templates.get('');
  if (made !== undefined) return made;
  const folder = mkdtempSync(join(tmpdir(), 'caws-attack-base-'));
  templates.set('', folder);
  const yard = yardAt(folder);
  yard.git('init', '-q', '-b', 'main', '--template=');
  mkdirSync(join(folder, '.git', 'info'), { recursive: true });
  for (const [path, text] of Object.entries(base)) yard.write(path, text);
  yard.commit('base');
  yard.git('remote', 'add', 'origin', 'https://example.org/acme/widgets.git');
  yard.git('checkout', '-q', '-b', 'feature');
  return folder;
}

export function newYard(): Yard {
  const directory = mkdtempSync(join(tmpdir(), 'caws-attack-'));
  cpSync(template(), directory, { recursive: true });
  return yardAt(directory, true);
}

/** What was done once; most of it is not done again, and not worth keeping. */
const doneOnce = new Set<string>();

/** Does to a fresh copy of the first repository what was done to others before: the result is copied, too. */
function asBefore(directory: string, done: string, now: () => void): void {
  const before = templates.get(done);
  if (before === undefined) {
    now();
    if (doneOnce.has(done)) {
      const kept = mkdtempSync(join(tmpdir(), 'caws-attack-base-'));
      cpSync(directory, kept, { recursive: true });
      templates.set(done, kept);
    }
    doneOnce.add(done);
    return;
  }
  for (const name of readdirSync(directory))
    rmSync(join(directory, name), { recursive: true, force: true });
  cpSync(before, directory, { recursive: true });
}

/** @param isFresh nothing has been done in it since it was copied. */
function yardAt(directory: string, isFresh = false): Yard {
  let fresh = isFresh;
  const gitWith: Yard['gitWith'] = ({ input, env }, ...args) => {
    fresh = false;
    return gitBytes({ args: ['-C', directory, ...args], env: { ...gitEnv, ...env }, input })
      .toString('utf8')
      .trimEnd();
  };
  let written = false;
  const git: Yard['git'] = (...args) => {
    written ||= args[0] === 'mv';
    return gitWith({}, ...args);
  };
  const parent = (path: string) => {
    written = true;
    fresh = false;
    mkdirSync(dirname(join(directory, path)), { recursive: true });
  };
  const yard: Yard = {
    directory,
    git,
    gitWith,
    write(path, content) {
      parent(path);
      writeFileSync(join(directory, path), content);
    },
    link(path, target) {
      parent(path);
      symlinkSync(target, join(directory, path));
    },
    remove(path) {
      written = true;
      fresh = false;
      rmSync(join(directory, path), { recursive: true, force: true });
    },
    commit(message = 'change') {
      git('add', '-A');
      gitWith({ input: message }, 'commit', '-q', '--allow-empty', '--cleanup=verbatim', '-F', '-');
      written = false;
    },
    holdsMore: () => written,
    onBase(files) {
      const now = () => {
        git('checkout', '-q', 'main');
        for (const [path, text] of Object.entries(files))
          if (text === null) yard.remove(path);
          else yard.write(path, text);
        yard.commit('law');
        git('checkout', '-q', '-B', 'feature');
      };
      if (!fresh) return now();
      fresh = false;
      asBefore(directory, JSON.stringify(files), now);
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
  return yard;
}

/** A commit of a tree that no porcelain would make: any mode, any bytes as a name. */
export function commitEntries(
  yard: Yard,
  entries: readonly {
    readonly mode: string;
    readonly name: string | Buffer;
    readonly id: string;
  }[],
): string {
  const listing = Buffer.concat(
    entries.map(({ mode, name, id }) =>
      Buffer.concat([
        Buffer.from(`${mode} ${mode === '160000' ? 'commit' : 'blob'} ${id}\t`),
        Buffer.from(name),
        Buffer.from([0]),
      ]),
    ),
  );
  const lax = ['-c', 'core.protectNTFS=false', '-c', 'core.protectHFS=false'];
  yard.gitWith({ input: listing }, ...lax, 'update-index', '-z', '--index-info');
  const tree = yard.git('write-tree');
  const commit = yard.git('commit-tree', '-p', 'HEAD', '-m', 'crafted', tree);
  yard.git('update-ref', 'refs/heads/feature', commit);
  // The work tree stays on the base: it could not hold such names.
  yard.git('symbolic-ref', 'HEAD', 'refs/heads/main');
  yard.git('read-tree', 'main');
  return commit;
}

export const blobOf = (yard: Yard, content: string | Buffer): string =>
  yard.gitWith({ input: content }, 'hash-object', '-w', '--stdin');

export interface Hearing {
  readonly range?: string;
  readonly at?: Instant;
  readonly spec?: string;
  readonly plea?: PleaSource;
  readonly branches?: readonly string[];
  readonly waiverEvents?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

type Outcome =
  | { readonly record: VerdictRecord; readonly fault: null }
  | { readonly record: null; readonly fault: CycleFault | RepositoryFault };

/** Judges by the real repository and the real stages; nothing is asked of gates. */
export async function hearing(yard: Yard, asked: Hearing = {}): Promise<Outcome> {
  const at = asked.at ?? NOW;
  const opened = await openRepository(yard.directory, { env: asked.env ?? gitEnv });
  if (!opened.ok) return { record: null, fault: opened.fault };
  using repository = opened.value;
  const range = await repository.resolve(asked.range ?? 'main...feature');
  if (!range.ok) return { record: null, fault: range.fault };
  const waiverEvents = asked.waiverEvents ?? [];
  const judged = await rehearse(
    {
      range: range.value,
      plea: asked.plea ?? null,
      pleaFile: async () => null,
      specNamed: asked.spec ?? null,
      branches: asked.branches ?? range.value.branches,
    },
    {
      clock: { now: () => at },
      newId: () => '01890a5d-ac96-774b-bcce-b302099a8057' as VerdictId,
      version: '0.0.0',
      shippedPolicy: shippedPolicy(),
      repository,
      precedents:
        waiverEvents.length === 0
          ? noPrecedents
          : { known: async () => ok({ waiverEvents, waiverUses: {}, history: { changes: [] } }) },
    },
    () => {},
  );
  return judged.ok ? { record: judged.value, fault: null } : { record: null, fault: judged.fault };
}

/** The record; throws where no verdict was given. */
export async function judged(yard: Yard, asked: Hearing = {}): Promise<VerdictRecord> {
  const { record, fault } = await hearing(yard, asked);
  if (record === null) throw new Error(`no verdict: ${JSON.stringify(fault).slice(0, 500)}`);
  return record;
}

/** Judges what `fill` does to a fresh yard. It commits what it leaves uncommitted. */
export async function judging(
  fill: (yard: Yard) => void,
  asked: Hearing = {},
): Promise<VerdictRecord> {
  using yard = newYard();
  fill(yard);
  if (yard.holdsMore()) yard.commit();
  // Awaited here: the yard goes when this returns.
  return await judged(yard, asked);
}
