/** Deliveries come in any order, twice or never: the same state ends in the same check. */
import { expect, test } from 'vitest';
import type { PullHandle } from '../hub/handles.ts';
import type { Delivery } from '../hub/outbox.ts';
import { judge } from '../hub/testing.ts';
import { law, openTown, type Town } from './town.ts';

/** A few at every run; CONVERGENCE_SAMPLES=2000 takes about an hour. */
const SAMPLES = Number(process.env['CONVERGENCE_SAMPLES'] ?? 16);
const isWhole = process.env['CONVERGENCE_SAMPLES'] !== undefined;
const SEED = Number(process.env['CONVERGENCE_SEED'] ?? 1);

const lines = (count: number) =>
  Array.from({ length: count }, (_, at) => `export const total${at} = ${at};\n`).join('');
/** No two samples have a head in common: that is a story of its own. */
const changed = (sample: number, count: number) => ({
  'src/cart/total.ts': `${lines(count)}// ${sample}\n`,
});
const policyOf = (lines: number) =>
  law['.caws/policy.yaml']?.replaceAll('max_loc: 200', `max_loc: ${lines}`) ?? '';

/** mulberry32: small, and the same everywhere. */
function chanceOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function shuffled<Item>(items: readonly Item[], chance: () => number): readonly Item[] {
  return items
    .map((item) => [chance(), item] as const)
    .toSorted(([one], [other]) => one - other)
    .map(([, item]) => item);
}

type Happening = (town: Town, pull: PullHandle, sample: number) => unknown;

/** What can happen to a pull request; each happens at most once, in any order. */
const happenings: readonly Happening[] = [
  ({ hub, repository }, _pull, sample) =>
    hub.person('kim').push(repository, `topic-${sample}`, changed(sample, 30)),
  ({ hub }, pull) => hub.person('kim').comments(pull, '/caws status'),
  ({ hub }, pull) => hub.person('kim').labels(pull, 'later'),
  ({ hub }, pull) => hub.person('kim').changes(pull, { base: 'other' }),
  ({ hub, repository }, _pull, sample) =>
    hub.person('ada').push(repository, `base-${sample}`, { '.caws/policy.yaml': policyOf(5) }),
];

/** Each may be left out, and each may be named twice. */
function arranged(held: readonly Delivery[], chance: () => number): readonly Delivery[] {
  const kept = held.filter(() => chance() > 0.3);
  return shuffled([...kept, ...kept.filter(() => chance() > 0.7)], chance);
}

/** Events that no list of the forge will ever tell of. */
const lost = ['pull_request', 'pull_request.edited', 'push', 'issue_comment', 'check_suite'];

/** Several at once: what is told of one lies between what is told of another. */
async function sampled(town: Town, samples: readonly number[]): Promise<readonly PullHandle[]> {
  const { hub, repository } = town;
  const [kim, ada] = [hub.person('kim'), hub.person('ada')];
  const chance = chanceOf(samples[0] ?? 0);
  for (const sample of samples)
    await ada.push(repository, `base-${sample}`, { 'README.md': `${sample}\n` }, 'B', {
      from: 'main',
    });
  await town.rest();
  if (chance() < 0.5) {
    const event = lost[Math.floor(chance() * lost.length)] as string;
    hub.faults.delivery({ event, call: 1, times: 5 }, { kind: 'lost' });
  }
  hub.faults.delivery({}, { kind: 'late' });
  const pulls: PullHandle[] = [];
  for (const sample of samples) {
    await kim.push(repository, `topic-${sample}`, changed(sample, 10), 'T', { from: 'main' });
    const place = { head: `topic-${sample}`, base: `base-${sample}`, title: 'T' };
    pulls.push(await kim.opens(repository, place));
  }
  const all = pulls.flatMap((pull, at) => happenings.map((each) => ({ each, pull, at })));
  for (const { each, pull, at } of shuffled(all, chance).filter(() => chance() < 0.5)) {
    await each(town, pull, samples[at] ?? 0);
    if (chance() < 0.2) hub.faults.release((held) => arranged(held, chance));
    if (chance() < 0.1) await town.rest();
  }
  hub.faults.release((held) => arranged(held, chance));
  await town.rest();
  hub.faults.clear();
  // Deliveries so young may still be on their way, and are not asked for again.
  await town.passes(31_000);
  await town.app.reconcile();
  await town.rest();
  return pulls;
}

/** Without the verdict's own id, time and place in the ledger. */
function faceOf(town: Town, pull: PullHandle): object {
  const { status, conclusion, title, summary } = town.check(pull) ?? {};
  const said = summary?.replace(/<sub>[\s\S]*$/, '');
  return { base: pull.state.base.ref, head: pull.head, status, conclusion, title, said };
}

test(
  'the same state ends in the same check, whatever came of its deliveries',
  async () => {
    const endings = new Map<string, number>();
    let count = 0;
    while (count < SAMPLES) {
      await using town = await openTown({
        files: { ...law, '.caws/policy.yaml': policyOf(25) },
        hub: { referee: false },
      });
      await town.hub
        .person('ada')
        .push(town.repository, 'other', { '.caws/policy.yaml': policyOf(40) });
      const faces = new Map<PullHandle, { readonly sample: number; readonly face: object }>();
      for (let at = 0; at < 4 && count < SAMPLES; at += 1) {
        const first = SEED * 100_000 + count;
        const samples = Array.from({ length: 8 }, (_, each) => first + each);
        count += samples.length;
        for (const [each, pull] of (await sampled(town, samples)).entries())
          faces.set(pull, { sample: samples[each] ?? 0, face: faceOf(town, pull) });
      }
      await town.replace();
      for (const [pull, { sample, face }] of faces) {
        await town.hears(pull);
        expect({ sample, ...face }).toEqual({ sample, ...faceOf(town, pull) });
        const word = String(town.check(pull)?.title);
        endings.set(word, (endings.get(word) ?? 0) + 1);
      }
      judge(town.hub);
    }
    // Ways that all end alike would show nothing.
    expect(endings.size).toBeGreaterThan(1);
    process.stdout.write(
      `convergence: ${count} ways end in the check of their last state: ${endings.size} different ones\n`,
    );
  },
  isWhole ? 24 * 3_600_000 : 120_000,
);
