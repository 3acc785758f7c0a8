/**
 * `npm run attacks`: every case of the catalogue of attacks, what is expected, and what happened, with
 * a generated variant beside each. `--prove` switches each row's defence off in a copy of the tree and
 * shows that the row then fails. `--only ID` runs the rows whose id starts so.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openRows } from './open-rows.ts';
import type { Row } from './row.ts';
import { rows } from './rows.ts';

const root = join(import.meta.dirname, '..', '..');
/** What rows read, and what their defences stand in. */
const copied = [
  ...['.github', 'action', 'app', 'package-lock.json', 'package.json', 'policies', 'runner-setup'],
  ...['src', 'test'],
];
/** A switched-off bound may loop; the same row takes seconds otherwise. */
const proofLimitMs = 60_000;

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    exactly: { type: 'string', default: '' },
    prove: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '2' },
  },
});

const chosen = rows.filter(({ id }) =>
  options.exactly === '' ? id.startsWith(options.only) : id === options.exactly,
);
await (options.prove ? prove() : attack());

async function attack(): Promise<void> {
  const failures: string[] = [];
  print(['case', 'attack', 'expected', 'result', 'variants', 'defence']);
  for (const row of chosen) {
    const result = await outcomeOf(row.holds);
    const variants = await outcomeOf(row.variants);
    print([row.id, row.name, row.expected, wordOf(result), wordOf(variants), row.defence.file]);
    for (const [kind, said] of [
      ['case', result],
      ['variants', variants],
    ] as const)
      if (said !== null) failures.push(`${row.id} ${kind}: ${said}`);
  }
  if (options.exactly === '')
    for (const { id, name, because } of openRows) print([id, name, because, 'open', 'open', '-']);
  const answered = chosen.length - new Set(failures.map((each) => each.split(' ')[0])).size;
  process.stdout.write(
    `\n${answered} of ${chosen.length} rows hold; ${openRows.length} are open, each with its reason.\n`,
  );
  for (const failure of failures) process.stdout.write(`\n${failure}\n`);
  if (failures.length > 0) process.exitCode = 1;
}

async function prove(): Promise<void> {
  const queue = [...chosen];
  let red = 0;
  print(['case', 'attack', 'defence switched off', '', '', 'row']);
  const worker = async () => {
    const copy = mkdtempSync(join(tmpdir(), 'caws-attack-proof-'));
    try {
      for (const name of copied) cpSync(join(root, name), join(copy, name), { recursive: true });
      symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
      for (let row = queue.shift(); row !== undefined; row = queue.shift()) {
        const failed = await failsWithout(copy, row);
        red += failed ? 1 : 0;
        const word = failed ? 'red' : 'STILL GREEN';
        print([row.id, row.name, row.defence.file, '', '', word]);
      }
    } finally {
      rmSync(copy, { recursive: true, force: true });
    }
  };
  await Promise.all(Array.from({ length: Number(options.jobs) }, worker));
  process.stdout.write(`\n${red} of ${chosen.length} rows turn red without their defence.\n`);
  if (red < chosen.length) process.exitCode = 1;
}

async function failsWithout(copy: string, { id, defence }: Row): Promise<boolean> {
  const file = join(copy, defence.file);
  const text = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    text.replace(defence.from, () => defence.to),
  );
  const failed = await runFails(copy, id);
  writeFileSync(file, text);
  return failed;
}

/** Red is a row that failed as a row: a source that no longer loads proves nothing. */
function runFails(copy: string, id: string): Promise<boolean> {
  return new Promise((resolve) => {
    const words = [join(copy, 'test', 'attacks', 'run.ts'), '--exactly', id];
    const child = spawn(process.execPath, words, { cwd: copy, stdio: ['ignore', 'pipe', 'pipe'] });
    const timer = setTimeout(() => child.kill('SIGKILL'), proofLimitMs);
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve(code === null || (code === 1 && said.includes(' of 1 rows hold')));
    });
  });
}

async function outcomeOf(check: () => Promise<void>): Promise<string | null> {
  try {
    await check();
    return null;
  } catch (error) {
    if (!(error instanceof Error)) return String(error);
    const cause = error.cause instanceof Error ? `\n${error.cause.message}` : '';
    return `${error.message}${cause}`;
  }
}

function wordOf(failure: string | null): string {
  return failure === null ? 'held' : 'BROKEN';
}

function print(cells: readonly string[]): void {
  const widths = [6, 52, 58, 7, 9, 0];
  const line = cells.map((cell, at) =>
    cell.slice(0, widths[at] || undefined).padEnd(widths[at] ?? 0),
  );
  process.stdout.write(`${line.join(' ').trimEnd()}\n`);
}
