import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DECISIONS_MAX, decisionOf } from '../../../src/models/routing/outcomes.ts';
import { policyNames } from '../../../src/models/routing/policies.ts';
import {
  chosenAgain,
  type Routed,
  type RouteRequest,
  route,
} from '../../../src/models/routing/route.ts';
import {
  learn,
  newRouterState,
  type RouterState,
} from '../../../src/models/routing/router-state.ts';
import { standing, task } from './kit.ts';

const models = ['a', 'b', 'c'].map((id) => standing(id));
const request = (id: string, given: Partial<RouteRequest> = {}): RouteRequest => ({
  ...{ id, task: task(), models, policy: 'thompson-reset', seed: 42 },
  ...given,
});
const stopped = () => 0;

function routed(state: RouterState, asked: RouteRequest, clock = stopped) {
  const answer = route(state, asked, clock);
  if (!answer.ok) throw new Error(answer.fault.kind);
  return answer.value;
}

/** Decisions with outcomes that the model's name decides. */
function busy(policy: RouteRequest['policy'], decisions: number) {
  let state = newRouterState(0.01);
  const log: Routed[] = [];
  for (let at = 0; at < decisions; at += 1) {
    const made = routed(state, request(`task-${at}`, { policy, seed: 9 }));
    log.push(made.routed);
    const reward = made.routed.model === 'b' ? 0.9 : (at % 10) / 20;
    const learned = learn(made.state, { decision: `task-${at}`, reward, usd: 0 });
    if (!learned.ok) throw new Error(learned.fault.kind);
    ({ state } = learned.value);
  }
  return { state, log };
}

describe.each(policyNames)('%s', (policy) => {
  test('every logged decision is made again from its log entry alone', () => {
    const { log } = busy(policy, 60);
    // What is written and read again is what is repeated.
    for (const entry of JSON.parse(JSON.stringify(log)) as readonly Routed[]) {
      expect(chosenAgain(entry)).toEqual(entry.choice);
      expect(entry.choice.arm).toBe(`${entry.model}@1`);
    }
  });

  test('the same seed and history give the same decisions', () => {
    expect(busy(policy, 30).log).toEqual(busy(policy, 30).log);
  });
});

test('what is learned decides: most tasks go to the model that does best', () => {
  const { log } = busy('thompson-reset', 200);
  expect(log.slice(100).filter(({ model }) => model === 'b').length).toBeGreaterThan(85);
});

test('each step is timed by the clock that is given', () => {
  let now = 0;
  const steps = [1, 2, 4, 8];
  const { milliseconds } = routed(newRouterState(null), request('t'), () => {
    now += steps.shift() ?? 0;
    return now;
  }).routed;
  expect(milliseconds).toEqual({ classify: 2, eligible: 4, choose: 8 });
});

test('surfaces learn apart', () => {
  const { state } = busy('ucb1', 40);
  const elsewhere = task({ surface: 'data-analysis' });
  const { candidates } = routed(state, request('t', { task: elsewhere })).routed;
  expect(candidates.map(({ outcomes }) => outcomes)).toEqual([0, 0, 0]);
  // … but a stranger is no stranger where it is known elsewhere.
  const [a, b] = candidates.map(({ belief }) => belief.alpha / (belief.alpha + belief.beta));
  expect(b).toBeGreaterThan(a ?? 1);
});

describe('what cannot be routed is refused', () => {
  const state = newRouterState(null);
  const down = [standing('a', { health: 'down' }), standing('b', { status: 'retired' })];
  const open = routed(state, request('t')).state;
  test.each<[string, RouterState, Partial<RouteRequest>, object]>([
    ['an empty roster', state, { models: [] }, { kind: 'roster-empty' }],
    [
      'two models with one id',
      state,
      { models: [standing('a'), standing('a')] },
      { kind: 'model-twice', id: 'a' },
    ],
    [
      'nobody is fit',
      state,
      { models: down },
      {
        kind: 'no-model-eligible',
        leftOut: [
          { id: 'a', because: { kind: 'health', health: 'down' } },
          { id: 'b', because: { kind: 'status', status: 'retired' } },
        ],
      },
    ],
    ['a decision of that name is open', open, {}, { kind: 'decision-twice', id: 't' }],
  ])('%s', (_, from, given, fault) => {
    expect(route(from, request('t', given), stopped)).toEqual({ ok: false, fault });
  });
});

describe('an outcome that teaches nothing is refused', () => {
  const { state } = routed(newRouterState(null), request('t'));
  const heardOnce = learn(state, { decision: 't', reward: 1, usd: null });
  if (!heardOnce.ok) throw new Error(heardOnce.fault.kind);

  test.each([Number.NaN, -0.01, 1.01, Number.POSITIVE_INFINITY, '1', null])(
    'reward %s',
    (reward) => {
      const outcome = { decision: 't', reward: reward as number, usd: null };
      expect(learn(state, outcome)).toMatchObject({ fault: { kind: 'reward-out-of-range' } });
    },
  );

  test.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('cost %s', (usd) => {
    const outcome = { decision: 't', reward: 1, usd };
    expect(learn(state, outcome)).toMatchObject({ fault: { kind: 'cost-out-of-range' } });
  });

  test('an unknown decision, and one whose outcome is known', () => {
    expect(learn(state, { decision: 'other', reward: 1, usd: null })).toMatchObject({
      fault: { kind: 'decision-unknown', decision: 'other' },
    });
    expect(learn(heardOnce.value.state, { decision: 't', reward: 0, usd: null })).toMatchObject({
      fault: { kind: 'outcome-twice', decision: 't' },
    });
  });
});

test('outcomes may come late and in any order, and each counts once', () => {
  const order = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7], { minLength: 8 });
  fc.assert(
    fc.property(order, (places) => {
      let state = newRouterState(null);
      const arms: string[] = [];
      for (const at of places.keys()) {
        const made = routed(state, request(`task-${at}`));
        ({ state } = made);
        arms.push(made.routed.choice.arm);
      }
      for (const at of places) {
        const learned = learn(state, { decision: `task-${at}`, reward: 1, usd: null });
        if (learned.ok) ({ state } = learned.value);
      }
      const record = state.records.get('code-editing');
      for (const arm of new Set(arms))
        expect(record?.arms.get(arm)?.outcomes).toBe(arms.filter((each) => each === arm).length);
      expect(record?.step).toBe(8);
    }),
    { numRuns: 25 },
  );
});

test('decisions without outcome are kept up to a bound; the oldest goes first', () => {
  let state = newRouterState(null);
  for (let at = 0; at <= DECISIONS_MAX; at += 1)
    ({ state } = routed(state, request(`task-${at}`, { policy: 'best-single' })));
  const kept = (at: number) => decisionOf(state.decisions, `task-${at}`) !== undefined;
  expect([kept(0), kept(DECISIONS_MAX / 2), kept(DECISIONS_MAX)]).toEqual([false, true, true]);
  const late = learn(state, { decision: 'task-0', reward: 1, usd: null });
  expect(late).toMatchObject({ fault: { kind: 'decision-unknown' } });
});
