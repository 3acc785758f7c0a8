/**
 * Examination and decision of a change in one process: p50 and p99 by number of files, and the exponent of growth.
 * Limits: p99 at 3,000 files 20 ms; exponent 1.1.
 *
 * Run: node bench/examine.ts
 */
import { bindSpec } from '../src/1-pleading/binding.ts';
import { type ExaminationInput, examine } from '../src/2-examination/examine.ts';
import { decide } from '../src/4-verdict/decide.ts';
import { ok } from '../src/primitives.ts';
import { aCase, aCommit, aFile, aSpec, aWaiver, now } from '../test/2-examination/case.ts';
import { report } from './rows.ts';

const runs = 300;
const P99_MS_MAX = 20;
const EXPONENT_MAX = 1.1;
const sizes = [750, 1_500, 3_000, 6_000];

/** Files of many folders, a third of them outside the scope and some guarded, in 250 commits, under forty specs and waivers. */
function inputOf(count: number): ExaminationInput {
  const folder = (index: number) => ['src', 'lib', 'docs'][index % 3] ?? 'src';
  const files = Array.from({ length: count }, (_, index) =>
    aFile(`${folder(index)}/part${index % 97}/module-${index}.ts`, {
      lines: 20,
      ...(index % 50 === 0 ? { status: 'renamed', pathBefore: `old/${index}.ts` } : {}),
    }),
  );
  const specs = Array.from({ length: 40 }, (_, index) =>
    ok(aSpec({ id: `FEAT-${index}`, scopeIn: [`src/part${index}/**`, 'src/**/*.ts', 'docs'] })),
  );
  const waivers = Array.from({ length: 40 }, (_, index) => aWaiver({ id: `W-${index}` }));
  const commits = Array.from({ length: 250 }, (_, index) =>
    aCommit({ authorEmail: `dev${index % 20}@example.org`, paths: [`src/part${index}/a.ts`] }),
  );
  return aCase({ files, specs, named: 'FEAT-1', waivers, change: { commits } });
}

function judge(input: ExaminationInput): string {
  const { change, policy } = input;
  const specs = Array.from({ length: 40 }, (_, index) => ok(aSpec({ id: `FEAT-${index}` })));
  const binding = bindSpec({ named: 'FEAT-1', trailers: [], specs, change, policy, now });
  const { findings } = examine({ ...input, binding });
  return decide({ standings: findings.map(({ standing }) => standing), measured: true });
}

const percentile = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

const rows = sizes.map((count) => {
  const input = inputOf(count);
  for (let run = 0; run < 30; run += 1) judge(input);
  const times = Array.from({ length: runs }, () => {
    const start = performance.now();
    judge(input);
    return performance.now() - start;
  }).toSorted((one, other) => one - other);
  return { files: count, p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
});

const [first, last] = [rows[0], rows.at(-1)];
const exponent =
  first === undefined || last === undefined
    ? Number.NaN
    : Math.log(last.p50 / first.p50) / Math.log(last.files / first.files);
report([
  ...rows.map(({ files, p50, p99 }) => ({
    what: `examine and decide, ${files} files, p99`,
    measured: `${p99.toFixed(1)} ms`,
    floor: `p50 ${p50.toFixed(1)} ms`,
    ratio: '',
    bar: files === 3_000 ? `<= ${P99_MS_MAX} ms` : '',
    ok: files === 3_000 ? p99 <= P99_MS_MAX : null,
  })),
  {
    what: '  growth exponent in files',
    measured: exponent.toFixed(2),
    floor: '',
    ratio: '',
    bar: `<= ${EXPONENT_MAX}`,
    ok: exponent <= EXPONENT_MAX,
  },
]);
