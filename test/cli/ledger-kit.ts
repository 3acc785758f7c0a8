import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { CommanderError } from 'commander';
import type { World } from '../../src/cli/world.ts';
import type { Instant } from '../../src/primitives.ts';
import { gitNow } from '../git-now.ts';
import { START } from '../ledger/kit.ts';

export interface Desk {
  readonly folder: string;
  readonly env: Record<string, string>;
  readonly file: string;
  /** Lets time pass. */
  later(milliseconds: number): void;
  /** Runs one command line and gives what a person would see. */
  run(
    command: (world: World) => Command,
    ...args: readonly string[]
  ): Promise<{ readonly out: string; readonly err: string; readonly code: number }>;
}

/** A user with a home of their own in a fresh repository. */
export function newDesk(): Desk {
  const folder = mkdtempSync(join(tmpdir(), 'arbiter-desk-'));
  gitNow({ args: ['init', '-q', folder] });
  const env = { HOME: join(folder, 'home'), PATH: process.env['PATH'] ?? '' };
  let now = START;
  return {
    folder,
    env,
    file: join(folder, '.git', 'caws-arbiter', 'ledger.db'),
    later(milliseconds) {
      now = (now + milliseconds) as Instant;
    },
    async run(command, ...args) {
      let [out, err, code] = ['', '', -1];
      now = (now + 1_000) as Instant;
      const world: World = {
        out: (text) => {
          out += text;
        },
        err: (text) => {
          err += text;
        },
        env,
        directory: folder,
        terminal: false,
        color: false,
        now: () => now,
        random: (count) => randomBytes(count),
        finish: (given) => {
          code = given;
        },
      };
      const program = command(world);
      for (const each of [program, ...program.commands]) {
        each.exitOverride().configureOutput({ writeOut: world.out, writeErr: world.err });
      }
      try {
        await program.parseAsync([...args], { from: 'user' });
      } catch (thrown) {
        if (!(thrown instanceof CommanderError)) throw thrown;
        code = 2;
      }
      return { out, err, code };
    },
  };
}
