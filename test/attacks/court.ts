import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Command } from 'commander';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import { command as ledgerCommand } from '../../src/cli/ledger.ts';
import { command as verifyCommand } from '../../src/cli/verify.ts';
import type { World } from '../../src/cli/world.ts';
import type { Instant } from '../../src/primitives.ts';
import { gitEnv, lines, NOW, newYard, type Yard } from './yard.ts';

export interface Said {
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

/** A yard with the program in it: its own keys, its own ledger, its own memory of that ledger. */
export interface Court extends Disposable {
  readonly yard: Yard;
  readonly ledger: string;
  /** A folder beside the repository. */
  readonly folder: string;
  verify(...args: readonly string[]): Promise<Said>;
  /** Judges and gives the record that was written. */
  judge(...args: readonly string[]): Promise<VerdictRecord>;
  audit(...args: readonly string[]): Promise<Said>;
}

export function newCourt(): Court {
  const yard = newYard();
  const folder = mkdtempSync(join(tmpdir(), 'caws-attack-court-'));
  mkdirSync(join(folder, 'home'));
  let now: number = NOW;
  const run = async (make: (world: World) => Command, args: readonly string[]): Promise<Said> => {
    let [out, err, code] = ['', '', -1];
    now += 1_000;
    const at = now as Instant;
    const world: World = {
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      env: { PATH: gitEnv['PATH'], HOME: join(folder, 'home') },
      directory: yard.directory,
      terminal: false,
      color: false,
      now: () => at,
      random: (count) => randomBytes(count),
      finish: (given) => {
        code = given;
      },
    };
    await make(world).parseAsync([...args], { from: 'user' });
    return { out, err, code };
  };
  const verify = (...args: readonly string[]) => run(verifyCommand, args);
  return {
    yard,
    folder,
    ledger: join(yard.directory, '.git', 'caws-arbiter', 'ledger.db'),
    verify,
    async judge(...args) {
      const said = await verify(...args, '--json');
      const json = JSON.parse(said.out) as { readonly record?: VerdictRecord };
      if (json.record === undefined) throw new Error(`no verdict: ${said.out.slice(0, 400)}`);
      return json.record;
    },
    audit: (...args) => run(ledgerCommand, ['verify', ...args]),
    [Symbol.dispose]: () => {
      yard[Symbol.dispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A branch of its own with so many new lines in one file. */
export function branchOf(yard: Yard, name: string, count: number): void {
  yard.git('checkout', '-q', '-B', name, 'main');
  yard.write(`src/${name}.ts`, lines(count));
  yard.commit(name);
}

/** Writes behind the program's back, as someone who holds the file can; the file's own guards are put back. */
export function tamper(file: string, statement: string): void {
  const database = new DatabaseSync(file);
  const guards = database
    .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
    .all();
  for (const guard of guards) database.exec(`DROP TRIGGER ${String(guard['name'])}`);
  database.exec(statement);
  for (const guard of guards) database.exec(String(guard['sql']));
  database.close();
}
