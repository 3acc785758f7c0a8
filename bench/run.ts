/**
 * Every benchmark, one after another and each in a process of its own, and one table of what they
 * found. Ends with 1 where a limit is missed or a benchmark gives no figure.
 *
 * Run: npm run bench
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { printTable, type Row, rowsIn } from './rows.ts';

const benches = [
  'spec-validate',
  'change-set',
  'examine',
  'verify-start',
  'ledger',
  'sandbox',
  'runner',
  'llama',
];

function rowsOf(name: string): readonly Row[] {
  console.error(`${name} …`);
  const file = join(import.meta.dirname, `${name}.ts`);
  const { status, stdout } = spawnSync(process.execPath, [file], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 16 * 1024 * 1024,
  });
  const rows = status === 0 ? rowsIn(stdout) : null;
  if (rows !== null) return rows;
  console.error(stdout);
  return [
    { what: name, measured: `exit ${status}`, floor: '', ratio: '', bar: 'figures', ok: false },
  ];
}

const rows = benches.flatMap(rowsOf);
printTable(rows);
process.exitCode = rows.some(({ ok }) => ok === false) ? 1 : 0;
