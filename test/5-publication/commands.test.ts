import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { command as check } from '../../src/cli/check.ts';
import { command as config } from '../../src/cli/config.ts';
import { command as demo } from '../../src/cli/demo.ts';
import { command as explain } from '../../src/cli/explain.ts';
import { command as init } from '../../src/cli/init.ts';
import { command as keys } from '../../src/cli/keys.ts';
import { command as ledger } from '../../src/cli/ledger.ts';
import { command as verdict } from '../../src/cli/verdict.ts';
import { command as verify } from '../../src/cli/verify.ts';
import { command as waiver } from '../../src/cli/waiver.ts';
import { rehearsal } from '../cli/rehearsal.ts';

const { world } = rehearsal('/');
const commands: Readonly<Record<string, Command>> = Object.fromEntries(
  [check, config, demo, explain, init, keys, ledger, verdict, verify, waiver]
    .map((make) => make(world))
    .map((command) => [command.name(), command]),
);

const source = join(import.meta.dirname, '../../src');
/** `arbiter waiver request ${gate} --reason "…"`, to where a sentence or a line goes on. */
const named = new RegExp(
  String.raw`\barbiter (?:-C DIR )?(${Object.keys(commands).join('|')})\b((?: [^\s;,)\\'\x60]+)*)`,
  'g',
);

/** Without comments, which speak of commands in their own way. */
const textOf = (file: string): string =>
  readFileSync(join(source, file), 'utf8').replaceAll(/\/\*\*.*?\*\//gs, '');

/** Every command that some text of the program has people type, with the file it stands in. */
const told = ['5-publication', 'cli', 'ledger']
  .flatMap((folder) =>
    readdirSync(join(source, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => join(folder, name)),
  )
  .flatMap((file) =>
    [...textOf(file).matchAll(named)].map(
      ([, name = '', rest = '']) =>
        [
          file,
          name,
          rest
            .trim()
            .replaceAll(/"(?= |$)/g, '')
            .split(' '),
        ] as const,
    ),
  );

test('every command that people are told to type is one, with options that it has', () => {
  expect(told.length).toBeGreaterThan(100);
  const unknown = told.flatMap(([file, name, words]) => {
    const group = commands[name];
    const [word = ''] = words;
    // What a sentence fills in is one of the group's own.
    if (word.startsWith('${')) return [];
    const first = word.replace(/\$\{.*/, '');
    const inner = group?.commands.find((each) => each.name() === first);
    if ((group?.commands.length ?? 0) > 0 && inner === undefined)
      return [`${file}: ${name} ${first}`];
    const known = [...((inner ?? group)?.options.map(({ long }) => long) ?? []), '--help'];
    return words
      .filter((word) => word.startsWith('--') && !known.includes(word))
      .map((option) => `${file}: ${name} ${first} ${option}`);
  });
  expect(unknown).toEqual([]);
});
