/**
 * One spec, inspected in this process: median over the specs of a corpus, warm, beside js-yaml's
 * bare load of the same bytes. `CAWS_CORPUS` names the corpus; without it a built-in spec is used.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { inspectDocument } from '../src/caws/conformance/inspect.ts';
import { median, report } from './rows.ts';

const limitMs = 0.5;
const runs = 7;
const warmUps = 20;
const repeats = 20;

interface Sample {
  readonly file: string;
  readonly bytes: Uint8Array;
}

function samples(): readonly Sample[] {
  const corpus = process.env['CAWS_CORPUS'];
  if (corpus === undefined) return [{ file: '.caws/specs/BENCH-1.yaml', bytes: builtIn() }];
  const entries = JSON.parse(readFileSync(join(corpus, 'manifest.json'), 'utf8')) as readonly {
    readonly file: string;
    readonly kind: string;
  }[];
  return entries
    .filter(({ kind }) => kind === 'spec' || kind === 'working-spec')
    .map(({ file }) => ({ file, bytes: readFileSync(join(corpus, file)) }));
}

function builtIn(): Uint8Array {
  const criteria = Array.from(
    { length: 12 },
    (_, at) =>
      `  - id: A${at + 1}\n    given: the gate is open\n    when: change ${at} arrives\n    then: it is judged`,
  );
  return new TextEncoder().encode(
    `id: BENCH-001\ntitle: A spec of usual size\nrisk_tier: 2\nmode: feature\nlifecycle_state: active\n` +
      `blast_radius:\n  modules: [core]\nscope:\n  in: [src/core/, test/core/]\n  out: [dist/]\n` +
      `invariants:\n  - nothing else changes\nacceptance:\n${criteria.join('\n')}\n` +
      `non_functional: {}\ncontracts:\n  - name: core\n    type: behavior\n`,
  );
}

/** Milliseconds for one sample: the median of all samples and repeats in one run. */
function measure(work: (sample: Sample) => void, all: readonly Sample[]): number {
  const times: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    for (const sample of all) {
      const begun = performance.now();
      work(sample);
      times.push(performance.now() - begun);
    }
  }
  return median(times);
}

const all = samples();
const decoder = new TextDecoder();
const inspect = ({ file, bytes }: Sample): void =>
  void inspectDocument({ file, bytes, dialect: 'auto' });
const bare = ({ bytes }: Sample): void => {
  try {
    load(decoder.decode(bytes));
  } catch {
    // A spec that does not parse costs the parser its time, too.
  }
};
for (let warm = 0; warm < warmUps; warm += 1) all.forEach(inspect);
for (let warm = 0; warm < warmUps; warm += 1) all.forEach(bare);
const inspected: number[] = [];
const loaded: number[] = [];
for (let run = 0; run < runs; run += 1) {
  inspected.push(measure(inspect, all));
  loaded.push(measure(bare, all));
}
const [ours, floor] = [median(inspected), median(loaded)];
report([
  {
    what: `validate one spec, in-process (${all.length} specs)`,
    measured: `${ours.toFixed(3)} ms`,
    floor: `${floor.toFixed(3)} ms (js-yaml load)`,
    ratio: (ours / floor).toFixed(1),
    bar: `<= ${limitMs} ms`,
    ok: ours <= limitMs,
  },
]);
