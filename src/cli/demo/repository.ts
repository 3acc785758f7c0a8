import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../adapters/new-file.ts';

/** A real repository that the demo fills; every step goes through stock git. */
export interface DemoRepository {
  readonly directory: string;
  write(file: string, text: string): void;
  remove(file: string): void;
  git(...args: readonly string[]): string;
  commit(message: string): void;
  /** A branch from main with what `fill` does, as one commit. */
  branch(name: string, message: string, fill: () => void): void;
}

/** The machine's own git settings must not change what the demo shows. */
const gitEnvironment = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Robin Worker',
  GIT_AUTHOR_EMAIL: 'robin@example.org',
  GIT_COMMITTER_NAME: 'Robin Worker',
  GIT_COMMITTER_EMAIL: 'robin@example.org',
};

export function demoRepository(directory: string): DemoRepository {
  makeFolder(directory);
  const git = (...args: readonly string[]): string => {
    const done = spawnSync('git', args, {
      cwd: directory,
      env: { PATH: process.env['PATH'], ...gitEnvironment },
      encoding: 'utf8',
    });
    if (done.status !== 0)
      throw new Error(`git ${args.join(' ')}: ${done.stderr || done.error?.message}`);
    return done.stdout;
  };
  const write = (file: string, text: string): void => {
    makeFolder(dirname(join(directory, file)));
    writeFileSync(join(directory, file), text);
  };
  const commit = (message: string): void => {
    git('add', '--all');
    git('commit', '--quiet', '--message', message);
  };
  git('init', '--quiet', '--initial-branch=main');
  return {
    directory,
    write,
    remove: (file) => rmSync(join(directory, file)),
    git,
    commit,
    branch: (name, message, fill) => {
      git('switch', '--quiet', '--create', name, 'main');
      fill();
      commit(message);
    },
  };
}

const numbered = (count: number, line: (at: number) => string): string =>
  `${Array.from({ length: count }, (_, at) => line(at + 1)).join('\n')}\n`;

/** A module with that many one-line functions. */
export const moduleOf = (lines: number, name: string): string =>
  numbered(lines, (at) => `export const ${name}${at} = (price: number) => price + ${at};`);

/**
 * The law and the code that the demo's changes start from.
 *
 * @param trustedKeys the text of .caws/trusted-keys.yaml.
 */
export function layDown(repository: DemoRepository, trustedKeys: string): void {
  repository.write('.caws/policy.yaml', policy);
  repository.write('.caws/specs/CART-1.yaml', spec);
  repository.write('.caws/trusted-keys.yaml', trustedKeys);
  repository.write('src/cart/total.ts', moduleOf(20, 'total'));
  repository.write('src/payment/charge.ts', moduleOf(20, 'charge'));
  repository.write('.github/workflows/release.yml', workflow);
  repository.write('README.md', '# A shop\n');
  repository.commit('A shop with a cart, its policy and a working spec');
}

const policy = `version: 1
risk_tiers:
  1: { max_files: 5, max_loc: 100 }
  2: { max_files: 10, max_loc: 200, coverage_threshold: 80 }
  3: { max_files: 20, max_loc: 400 }
waivers:
  approvers: ['@sam']
gates:
  budget_limit: { mode: block }
  scope_boundary: { mode: block }
  spec_completeness: { mode: block }
  coverage:
    mode: block
    measures: coverage
    answer: { by: evidence, format: lcov, file: lcov.info }
    min_trust: local
`;

const workflow = `name: release
on: { push: { tags: ['v*'] } }
permissions: { contents: read }
jobs:
  release:
    runs-on: ubuntu-latest
    steps:
      - run: npm publish --provenance
`;

const spec = `id: CART-1
title: Prices in the cart are right to the cent
risk_tier: 2
mode: feature
lifecycle_state: active
blast_radius:
  modules: [src/cart]
  data_migration: false
scope:
  in: [src/cart, test/cart]
  out: [src/payment]
invariants:
  - A total is never negative
acceptance:
  - id: A1
    given: a cart with two items
    when: the total is asked for
    then: it is the sum of their prices
non_functional: {}
contracts:
  - { name: cart-api, type: api, path: src/cart/total.ts }
`;

/** An lcov report with 100 branches, of which this many were taken. */
export const lcovOf = (taken: number): string =>
  `TN:\nSF:src/cart/total.ts\n${numbered(100, (at) => `BRDA:${at},0,0,${at <= taken ? 1 : 0}`)}BRF:100\nBRH:${taken}\nend_of_record\n`;
