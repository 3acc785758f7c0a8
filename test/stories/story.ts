import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { expect } from 'vitest';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import { findingsOf } from '../../src/5-publication/report.ts';
import { command as check } from '../../src/cli/check.ts';
import { command as ledger } from '../../src/cli/ledger.ts';
import { command as verdict } from '../../src/cli/verdict.ts';
import { command as verify } from '../../src/cli/verify.ts';
import { command as waiver } from '../../src/cli/waiver.ts';
import type { World } from '../../src/cli/world.ts';
import type { Instant } from '../../src/primitives.ts';
import { gitNow } from '../git-now.ts';
import { code, policy, spec } from './documents.ts';
import { arbiter, kim, type Person, robin, sam, trustedKeys } from './people.ts';

/** How a command ended and what it said. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** What a change does to its files; nothing is committed yet. */
export interface Hands {
  readonly writes: (path: string, text: string) => void;
  readonly removes: (path: string) => void;
  readonly renames: (from: string, to: string) => void;
  readonly git: (...args: readonly string[]) => string;
}

export interface Start {
  /** What stands on the target branch; the default is a policy, one spec, keys of sam and kim, and code. */
  readonly law?: Readonly<Record<string, string>>;
  readonly without?: readonly string[];
}

const START = Date.parse('2027-03-01T10:00:00Z');
const DAY_MS = 86_400_000;
const COMMIT_MS = 1_000;

const shops = new Map<string, string>();
process.on('exit', () => {
  for (const folder of shops.values()) rmSync(folder, { recursive: true, force: true });
});

/** A repository, its people, and a clock that only moves when the story says so. */
export class Story implements Disposable {
  readonly directory: string;
  readonly #root: string;
  readonly env: Record<string, string>;
  now = START;
  #branch = 'feature';
  #random = 0;
  #last: Said = { code: -1, out: '', err: '' };

  constructor(start: Start = {}) {
    this.#root = mkdtempSync(join(tmpdir(), 'arbiter-story-'));
    this.directory = join(this.#root, 'shop');
    mkdirSync(this.directory);
    this.env = {
      PATH: process.env['PATH'] ?? '',
      HOME: this.#root,
      XDG_CONFIG_HOME: join(this.#root, 'config'),
      XDG_STATE_HOME: join(this.#root, 'state'),
      CAWS_ARBITER_KEY: arbiter.privateKey,
    };
    const law: Record<string, string> = {
      '.caws/policy.yaml': policy(),
      '.caws/specs/CART-1.yaml': spec({ id: 'CART-1' }),
      '.caws/trusted-keys.yaml': trustedKeys([sam, kim]),
      'src/cart/total.ts': code(10, 'total'),
      'src/payment/charge.ts': code(10, 'charge'),
      ...start.law,
    };
    this.#begins(Object.entries(law).filter(([path]) => !start.without?.includes(path)));
    for (const who of [robin, sam, kim])
      writeFileSync(this.keyOf(who), who.privateKey, { mode: 0o600 });
  }

  [Symbol.dispose](): void {
    rmSync(this.#root, { recursive: true, force: true });
  }

  /** Who writes the change. */
  readonly worker = {
    /** One commit on the change's branch. */
    commits: (fill: (hands: Hands) => void, message = 'Prices right to the cent'): void =>
      this.#commit(robin, message, fill),
    stays: (): void => this.worker.commits((hands) => hands.writes('src/cart/tax.ts', code(5))),
    exceeds: (what: 'lines' | 'files', by = 10): void =>
      this.worker.commits((hands) => {
        if (what === 'lines') hands.writes('src/cart/big.ts', code(60 + by));
        else
          for (let at = 0; at < 5 + by; at += 1)
            hands.writes(`src/cart/part${at}.ts`, code(1, `part${at}_`));
      }),
    strays: (): void =>
      this.worker.commits((hands) => hands.writes('docs/price.md', 'What a price is.\n')),
  };

  /** Who answers for the target branch. */
  readonly maintainer = this.#desk(sam);
  readonly secondMaintainer = this.#desk(kim);
  /** The worker with a key in hand, trying what only maintainers may. */
  readonly workerAtTheDesk = this.#desk(robin);

  /** A commit on the target branch; the change's branch stays where it is. */
  lands(fill: (hands: Hands) => void, who: Person = sam): void {
    this.git(who, 'switch', '-q', 'main');
    this.#commit(who, 'On the target', fill);
    this.git(who, 'switch', '-q', this.#branch);
  }

  /** Who wrote the change: for steps that no word above tells. */
  readonly author = robin;

  /** The next change starts from the target again. */
  branches(name: string): void {
    this.git(robin, 'switch', '-q', '-c', name, 'main');
    this.#branch = name;
  }

  passes(days: number): void {
    this.now += days * DAY_MS;
  }

  /** Judges the change as it stands, and says nothing but the word. */
  async verdict(...options: readonly string[]): Promise<string> {
    this.#last = await this.runs(verify, `main...${this.#branch}`, ...options);
    return this.#word();
  }

  /** Looks at what is staged; nothing is recorded. */
  async look(...options: readonly string[]): Promise<VerdictRecord> {
    this.#last = await this.runs(check, '--json', ...options);
    if (this.#last.out === '') throw new Error(this.#last.err);
    return (JSON.parse(this.#last.out) as { record: VerdictRecord }).record;
  }

  get said(): Said {
    return this.#last;
  }

  /** The newest recorded verdict, whole. */
  async record(): Promise<VerdictRecord> {
    const shown = await this.runs(verdict, 'show', '--json');
    return (JSON.parse(shown.out) as { record: VerdictRecord }).record;
  }

  /** `rule standing` of every finding of the newest verdict, those that decide first. */
  async findings(): Promise<readonly string[]> {
    return findingsOf(await this.record()).map(({ rule, standing }) => `${rule} ${standing}`);
  }

  async runs(command: (world: World) => Command, ...argv: readonly string[]): Promise<Said> {
    let [out, err, code] = ['', '', 0];
    this.now += 1_000;
    const world: World = {
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      env: this.env,
      directory: this.directory,
      terminal: false,
      color: false,
      now: () => this.now as Instant,
      random: (count) => {
        this.#random += 1;
        return new Uint8Array(count).fill(this.#random);
      },
      finish: (given) => {
        code = given;
      },
    };
    await command(world)
      .exitOverride()
      .parseAsync([...argv], { from: 'user' });
    return { out, err, code };
  }

  git(who: Person, ...args: readonly string[]): string {
    const seconds = Math.floor(this.now / 1_000);
    return gitNow({
      args: ['-C', this.directory, ...args],
      env: {
        PATH: this.env['PATH'],
        HOME: this.env['HOME'],
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_AUTHOR_NAME: who.handle.slice(1),
        GIT_AUTHOR_EMAIL: who.email,
        GIT_AUTHOR_DATE: `${seconds} +0000`,
        GIT_COMMITTER_NAME: who.handle.slice(1),
        GIT_COMMITTER_EMAIL: who.email,
        GIT_COMMITTER_DATE: `${seconds} +0000`,
      },
    });
  }

  keyOf(who: Person): string {
    return join(this.#root, `${who.handle.slice(1)}.pem`);
  }

  /** A file beside the repository, e.g. a plea or a report. @returns its path. */
  beside(name: string, text: string): string {
    const file = join(this.#root, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  handsOf(who: Person): Hands {
    const at = (path: string) => join(this.directory, path);
    const make = (path: string) => mkdirSync(dirname(at(path)), { recursive: true });
    return {
      writes: (path, text) => {
        make(path);
        writeFileSync(at(path), text);
      },
      removes: (path) => rmSync(at(path)),
      renames: (from, to) => {
        make(to);
        renameSync(at(from), at(to));
      },
      git: (...args) => this.git(who, ...args),
    };
  }

  get ledgerFile(): string {
    return join(this.directory, '.git', 'caws-arbiter', 'ledger.db');
  }

  /** What stands wrong in the ledger or in a replay of it; empty where all of it tells the same. */
  async contradictions(): Promise<readonly string[]> {
    if (!existsSync(this.ledgerFile)) return ['there is no ledger'];
    const proof = await this.runs(ledger, 'verify');
    const listed = await this.runs(verdict, 'list', '--json', '--limit', '100');
    const { verdicts } = JSON.parse(listed.out) as { verdicts: readonly { id: string }[] };
    const wrong = proof.code === 0 ? [] : [proof.err];
    for (const { id } of verdicts) {
      const again = await this.runs(verdict, 'replay', id);
      if (again.code !== 0) wrong.push(again.err);
    }
    return wrong;
  }

  /** Git makes the first shop of each law; what begins with the same is a copy of it. */
  #begins(law: readonly (readonly [path: string, text: string])[]): void {
    const key = JSON.stringify(law);
    const made = shops.get(key);
    if (made !== undefined) {
      cpSync(made, this.directory, { recursive: true });
      this.now += COMMIT_MS;
      return;
    }
    this.git(sam, 'init', '-q', '-b', 'main', '--template=');
    this.git(sam, 'config', 'remote.origin.url', 'https://example.org/acme/shop.git');
    this.#commit(sam, 'A shop', (hands) => {
      for (const [path, text] of law) hands.writes(path, text);
    });
    this.git(robin, 'switch', '-q', '-c', 'feature');
    const shop = mkdtempSync(join(tmpdir(), 'arbiter-shop-'));
    cpSync(this.directory, shop, { recursive: true });
    shops.set(key, shop);
  }

  #commit(who: Person, message: string, fill: (hands: Hands) => void): void {
    this.now += COMMIT_MS;
    fill(this.handsOf(who));
    this.git(who, 'add', '-A');
    this.git(who, 'commit', '-q', '--allow-empty', '-m', message);
  }

  #desk(who: Person) {
    const key = () => ['--key', this.keyOf(who)];
    const reason = ['--reason', 'the old adapter goes away with the next release'];
    return {
      /** Asks for a waiver of a gate. @returns the waiver's id. */
      asks: async (gate: string, expires: string): Promise<string> => {
        const said = await this.runs(
          waiver,
          'request',
          gate,
          ...reason,
          '--expires',
          expires,
          ...key(),
        );
        return /^(W-[0-9a-f]{16}) is requested/.exec(said.out)?.[1] ?? said.err;
      },
      approves: (id: string): Promise<Said> => this.runs(waiver, 'approve', id, ...key()),
      revokes: (id: string): Promise<Said> => this.runs(waiver, 'revoke', id, ...reason, ...key()),
      rejects: (id: string): Promise<Said> => this.runs(waiver, 'reject', id, ...reason, ...key()),
      /** The worker asks, this person approves. @returns the waiver's id. */
      waives: async (gate: string, expires = '7d'): Promise<string> => {
        const id = await this.workerAtTheDesk.asks(gate, expires);
        const approved = await this.runs(waiver, 'approve', id, ...key());
        if (approved.code !== 0) throw new Error(approved.err);
        return id;
      },
    };
  }

  #word(): string {
    const { out, err, code } = this.#last;
    const word = /^(PASS|FAIL|WAIVER REQUIRED|\{)/m.exec(out)?.[1];
    if (word === undefined) return `no verdict (exit ${code}): ${err}`;
    return word === '{' ? (JSON.parse(out) as { verdict: string }).verdict : word.replace(' ', '_');
  }
}

declare module 'vitest' {
  // Declarations are merged only where their parameters are written alike.
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    /** The ledger verifies, and every verdict in it is decided again to the byte. */
    toTellTheSame(): Promise<void>;
  }
}

expect.extend({
  async toTellTheSame(story: Story) {
    const wrong = await story.contradictions();
    return { pass: wrong.length === 0, message: () => wrong.join('\n') };
  },
});
