/** Samples of what can happen to pull requests, and of what can come of the deliveries that tell of it. */
import { isDeepStrictEqual } from 'node:util';
import type { PullHandle } from '../hub/handles.ts';
import type { Delivery } from '../hub/outbox.ts';
import { judge } from '../hub/testing.ts';
import { law, openTown, type Town } from './town.ts';

/** Told of at once: what is said of one lies between what is said of others. */
const SAMPLES_AT_ONCE = 16;
/** A town that grows old makes every look at its repository longer. */
const SAMPLES_IN_A_TOWN = 64;

export interface Convergence {
  readonly count: number;
  /** How many samples ended in a check of this title. */
  readonly endings: ReadonlyMap<string, number>;
  /** How often the app heard a pull request, as far as the checks were compared. */
  readonly hearings: number;
}

/**
 * Plays samples, each by its number alone, and compares the check that each ends in with what an app says
 * that never heard of anything before.
 *
 * @param first the number of the first sample; the others follow it.
 * @throws where a check differs, with the sample's number and both.
 */
export async function converge(first: number, count: number): Promise<Convergence> {
  const endings = new Map<string, number>();
  let hearings = 0;
  for (let done = 0; done < count; done += SAMPLES_IN_A_TOWN) {
    const samples = numbers(first + done, Math.min(SAMPLES_IN_A_TOWN, count - done));
    const played = await playTown(samples);
    hearings += played.hearings;
    for (const title of played.titles) endings.set(title, (endings.get(title) ?? 0) + 1);
  }
  return { count, endings, hearings };
}

const numbers = (first: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, at) => first + at);

async function playTown(samples: readonly number[]) {
  await using town = await openTown({
    files: { ...law, '.caws/policy.yaml': policyOf(25) },
    hub: { referee: false },
    events: ['pull_request_review'],
  });
  await town.hub.branches(town.repository, { other: { '.caws/policy.yaml': policyOf(40) } });
  const played: Played[] = [];
  for (let at = 0; at < samples.length; at += SAMPLES_AT_ONCE)
    played.push(...(await playTogether(town, samples.slice(at, at + SAMPLES_AT_ONCE))));
  const hearings = town.hub.requests().filter(({ path }) => /\/pulls\/\d+$/.test(path)).length;
  await town.replace();
  for (const alike of Map.groupBy(played, ({ state }) => state).values())
    await compare(town, alike);
  judge(town.hub);
  return { hearings, titles: played.map(({ face }) => `${face.title}`) };
}

/** All end in one state, so that one look without any past says what each of them has to end in. */
async function compare(town: Town, alike: readonly Played[]): Promise<void> {
  const [one] = alike;
  if (one === undefined) return;
  await town.hears(one.pull);
  const wanted = faceOf(town, one.pull);
  for (const { sample, state, face } of alike)
    if (!isDeepStrictEqual(face, wanted))
      throw new Error(
        `sample ${sample}, ${state}, ends in ${JSON.stringify(face)} instead of ${JSON.stringify(wanted)}`,
      );
}

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

const lines = (count: number) =>
  Array.from({ length: count }, (_, at) => `export const total${at} = ${at};\n`).join('');
/** No two samples have a head in common: that is a story of its own. All have one size. */
const changed = (sample: number, count: number) => ({
  'src/cart/total.ts': `${lines(count)}// ${String(sample).padStart(9, '0')}\n`,
});
const policyOf = (lines: number) =>
  law['.caws/policy.yaml']?.replaceAll('max_loc: 200', `max_loc: ${lines}`) ?? '';

interface Playing {
  readonly sample: number;
  readonly pull: PullHandle;
  /** What has happened to it, beside that it was opened. */
  readonly happened: Set<keyof typeof happenings>;
}

/** What can happen to a pull request once it is open; each happens at most once, in any order. */
const happenings = {
  push: ({ hub, repository }, _pull, sample) =>
    hub.person('kim').push(repository, `topic-${sample}`, changed(sample, 30)),
  comment: ({ hub }, pull) => hub.person('kim').comments(pull, '/caws status'),
  review: ({ hub }, pull) => hub.person('max').reviews(pull, 'approved', 'Looks fine.'),
  label: ({ hub }, pull) => hub.person('kim').labels(pull, 'later'),
  base: ({ hub }, pull) => hub.person('kim').changes(pull, { base: 'other' }),
  policy: ({ hub, repository }, _pull, sample) =>
    hub.person('ada').push(repository, `base-${sample}`, { '.caws/policy.yaml': policyOf(5) }),
} satisfies Readonly<Record<string, (town: Town, pull: PullHandle, sample: number) => unknown>>;
const kinds = Object.keys(happenings) as (keyof typeof happenings)[];

/** Each may be left out, and each may be named twice. */
function arranged(held: readonly Delivery[], chance: () => number): readonly Delivery[] {
  const kept = held.filter(() => chance() > 0.3);
  return shuffled([...kept, ...kept.filter(() => chance() > 0.7)], chance);
}

/** Events that no list of the forge will ever tell of. */
const lost = [
  'pull_request',
  'pull_request.edited',
  'pull_request_review',
  'push',
  'issue_comment',
  'check_suite',
];

interface Played {
  readonly sample: number;
  readonly pull: PullHandle;
  /** What decides about it, in words. */
  readonly state: string;
  readonly face: ReturnType<typeof faceOf>;
}

async function playTogether(town: Town, samples: readonly number[]): Promise<readonly Played[]> {
  const { hub, repository } = town;
  const chance = chanceOf(samples[0] ?? 0);
  await hub.branches(
    repository,
    Object.fromEntries(
      samples.flatMap((sample) => [
        [`base-${sample}`, { 'README.md': `${sample}\n` }],
        [`topic-${sample}`, changed(sample, 10)],
      ]),
    ),
  );
  if (chance() < 0.5) {
    const event = lost[Math.floor(chance() * lost.length)] as string;
    hub.faults.delivery({ event, call: 1, times: 5 }, { kind: 'lost' });
  }
  hub.faults.delivery({}, { kind: 'late' });
  const playing: Playing[] = [];
  for (const sample of samples) {
    const place = { head: `topic-${sample}`, base: `base-${sample}`, title: 'T' };
    const pull = await hub.person('kim').opens(repository, place);
    playing.push({ sample, pull, happened: new Set() });
  }
  const all = playing.flatMap((each) => kinds.map((kind) => ({ kind, each })));
  for (const { kind, each } of shuffled(all, chance).filter(() => chance() < 0.5)) {
    await happenings[kind](town, each.pull, each.sample);
    each.happened.add(kind);
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
  return playing.map(({ sample, pull, happened }) => ({
    sample,
    pull,
    state: stateOf(happened),
    face: faceOf(town, pull),
  }));
}

/** Comments, reviews and labels decide nothing; the policy of a base that was left does not, either. */
function stateOf(happened: Playing['happened']): string {
  const head = happened.has('push') ? '30 lines' : '10 lines';
  if (happened.has('base')) return `${head} where 40 are allowed`;
  return `${head} where ${happened.has('policy') ? 5 : 25} are allowed`;
}

/** Without the verdict's own id, time and place in the ledger. */
function faceOf(town: Town, pull: PullHandle) {
  const { status, conclusion, title, summary } = town.check(pull) ?? {};
  const said = summary?.replace(/<sub>[\s\S]*$/, '');
  return { status, conclusion, title, said };
}
