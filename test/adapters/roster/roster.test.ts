import { describe, expect, test } from 'vitest';
import { applyEvents } from '../../../src/adapters/roster/applying.ts';
import { eventsOf, recordsBetween, refusalsOf } from '../../../src/adapters/roster/history.ts';
import { heartbeat, register, restatus } from '../../../src/adapters/roster/registering.ts';
import { openRoster, type Roster } from '../../../src/adapters/roster/roster.ts';
import type { ModelEvent } from '../../../src/models/events.ts';
import { DAY_MS } from '../../../src/models/events.ts';
import type { ModelProfile, Status } from '../../../src/models/profile.ts';
import { isStale, STALE_AFTER_MS } from '../../../src/models/roster.ts';
import type { Instant } from '../../../src/primitives.ts';
import { decisionOf, executionOf, later, must, NOON, newFile, opened, profileOf } from './kit.ts';

const because = 'first of its kind';
const put = (roster: Roster, profile: ModelProfile, status: Status = 'active', at = NOON) =>
  register(roster, { profile, at, because, replace: false, status });
const head = 'c'.repeat(40);

/** A task from its decision to its verdict. */
function task(roster: Roster, model: string, name: string, score = 1): void {
  const events: readonly ModelEvent[] = [
    decisionOf(name, model),
    executionOf(name, { completion: score, efficiency: score, tools: score, head }),
    {
      kind: 'verdict',
      at: later(90_000),
      decision: name,
      verdict: score >= 0.5 ? 'PASS' : 'FAIL',
      id: `verdict-${name}`,
      waivers: [],
      brokenGlass: false,
    },
  ];
  for (const applied of must(applyEvents(roster, events))) must(applied);
}

const idsOf = (found: ReturnType<Roster['find']>) => must(found).map(({ profile }) => profile.id);

describe('a query', () => {
  test('gives the models that can do it, best record first and unknown ones last', () => {
    using roster = opened();
    for (const id of ['fair', 'good', 'new']) must(put(roster, profileOf(id)));
    for (let at = 0; at < 12; at += 1) {
      task(roster, 'good', `good-${at}`);
      task(roster, 'fair', `fair-${at}`, at % 3 === 0 ? 0 : 1);
    }
    expect(idsOf(roster.find({ surface: 'code-editing' }))).toEqual(['good', 'fair', 'new']);
    expect(idsOf(roster.find({ surface: 'code-editing', limit: 1 }))).toEqual(['good']);
  });

  test.each([
    ['another surface', { surface: 'data-analysis' }],
    ['another role', { surface: 'code-editing', role: 'judge' }],
    ['another kind of task', { surface: 'code-editing', task: 'statistics' }],
    ['another language', { surface: 'code-editing', language: 'rust' }],
    ['a tool it lacks', { surface: 'code-editing', tools: ['shell', 'browser'] }],
    ['more context than it has', { surface: 'code-editing', contextTokens: 32_769 }],
    ['a later sign of life', { surface: 'code-editing', seenSince: later(1) }],
    ['candidates alone', { surface: 'code-editing', statuses: ['candidate'] }],
  ] as const)('leaves a model out that is asked for %s', (_, need) => {
    using roster = opened();
    must(put(roster, profileOf('one')));
    expect(idsOf(roster.find(need))).toEqual([]);
    const able = { surface: 'code-editing', task: 'bug-fix', language: 'typescript' } as const;
    expect(idsOf(roster.find({ ...able, tools: ['shell'], contextTokens: 32_768 }))).toEqual([
      'one',
    ]);
  });

  test('a model that names no language knows any', () => {
    using roster = opened();
    const { capabilities } = profileOf('one');
    must(put(roster, profileOf('one', { capabilities: { ...capabilities, languages: [] } })));
    expect(idsOf(roster.find({ surface: 'code-editing', language: 'cobol' }))).toEqual(['one']);
  });

  test('an empty roster has nobody, and a missing one says so', () => {
    using roster = opened();
    expect(must(roster.find({ surface: 'code-editing' }))).toEqual([]);
    const missing = openRoster({ file: newFile(), access: 'open' });
    expect(missing).toMatchObject({ ok: false, fault: { problem: 'missing' } });
  });

  test.each(['candidate', 'retired'] as const)('a %s is given no work', (status) => {
    using roster = opened();
    must(put(roster, profileOf('one'), status));
    expect(idsOf(roster.find({ surface: 'code-editing' }))).toEqual([]);
  });
});

describe('the load of a model', () => {
  test('rises with a decision and falls with its end, whatever the end', () => {
    using roster = opened();
    must(put(roster, profileOf('one', { concurrentMax: 2 })));
    const running = () => must(roster.model('one'))?.load.running;
    must(applyEvents(roster, [decisionOf('d1', 'one'), decisionOf('d2', 'one')]));
    expect(running()).toBe(2);
    expect(idsOf(roster.find({ surface: 'code-editing', free: true }))).toEqual([]);
    must(applyEvents(roster, [executionOf('d1', { ended: 'crashed' })]));
    must(applyEvents(roster, [executionOf('d2', { ended: 'cancelled' })]));
    expect(running()).toBe(0);
    expect(idsOf(roster.find({ surface: 'code-editing', free: true }))).toEqual(['one']);
  });

  test('a cancelled task says nothing about the model', () => {
    using roster = opened();
    must(put(roster, profileOf('one')));
    must(applyEvents(roster, [decisionOf('d1', 'one'), executionOf('d1', { ended: 'cancelled' })]));
    expect(must(roster.model('one'))?.performance['code-editing']?.tasks).toBe(0);
  });
});

describe('a sign of life', () => {
  test('keeps a model from being stale, and an outcome is one', () => {
    using roster = opened();
    must(put(roster, profileOf('one')));
    const staleAt = (at: Instant) => {
      const model = must(roster.model('one'));
      return model === null || isStale(model, at);
    };
    const late = later(STALE_AFTER_MS + 1);
    expect(staleAt(late)).toBe(true);
    must(heartbeat(roster, 'one', later(30_000)));
    expect(staleAt(late)).toBe(false);
    must(applyEvents(roster, [decisionOf('d1', 'one'), executionOf('d1', { at: late })]));
    expect(staleAt(later(2 * STALE_AFTER_MS))).toBe(false);
    // A clock that was ahead for a moment does not make a model live for ever.
    must(heartbeat(roster, 'one', later(400 * DAY_MS)));
    expect(staleAt(late)).toBe(true);
  });
});

describe('other weights under a name', () => {
  const other = profileOf('one', { digest: `sha256:${'b'.repeat(64)}` });

  test('are refused unless they are to take the place of the first', () => {
    using roster = opened();
    must(put(roster, profileOf('one')));
    expect(put(roster, other)).toMatchObject({
      ok: false,
      fault: { kind: 'model-digest-changed' },
    });
    expect(must(roster.model('one'))?.profile.digest).toBe(profileOf('one').digest);
  });

  test('start as a candidate with no record, and late outcomes of the first change only its own', () => {
    using roster = opened();
    must(put(roster, profileOf('one')));
    task(roster, 'one', 'd1');
    must(applyEvents(roster, [decisionOf('d2', 'one')]));
    const swap = { profile: other, at: later(100_000), because: 'a better one', replace: true };
    expect(register(roster, swap)).toEqual({ ok: true, value: 'other-weights' });
    must(applyEvents(roster, [executionOf('d2', { at: later(110_000) })]));
    const model = must(roster.model('one'));
    expect(model).toMatchObject({ status: 'candidate', generation: 2, load: { running: 0 } });
    expect(model?.performance['code-editing']?.tasks).toBe(0);
    const days = recordsBetween(roster, { id: 'one', surface: 'code-editing' });
    expect(days.map(({ generation, record }) => [generation, record.tasks])).toEqual([[1, 2]]);
  });

  test('are seen at once by a reader that was there before', () => {
    const file = newFile();
    using reader = opened(file);
    using writer = opened(file);
    must(put(writer, profileOf('one')));
    expect(idsOf(reader.find({ surface: 'code-editing' }))).toEqual(['one']);
    const swap = { profile: other, at: later(1_000), because: 'a better one', replace: true };
    must(register(writer, { ...swap, status: 'active' }));
    const [seen] = must(reader.find({ surface: 'code-editing' }));
    expect(seen?.profile.digest).toBe(other.digest);
    must(restatus(writer, { id: 'one', to: 'retired', at: later(2_000), because: 'unsafe' }));
    expect(idsOf(reader.find({ surface: 'code-editing' }))).toEqual([]);
  });

  test('the same weights with other prices keep status and record', () => {
    using roster = opened();
    must(put(roster, profileOf('one')));
    task(roster, 'one', 'd1');
    const dear = profileOf('one', {
      cost: { inputMillionTokensUsd: 1, outputMillionTokensUsd: 2 },
    });
    expect(put(roster, dear, 'candidate')).toEqual({ ok: true, value: 'changed' });
    expect(put(roster, dear)).toEqual({ ok: true, value: 'unchanged' });
    const model = must(roster.model('one'));
    expect(model?.status).toBe('active');
    expect(model?.performance['code-editing']?.tasks).toBe(1);
  });

  test('a surface that is declared again has the record that it had', () => {
    using roster = opened();
    must(put(roster, profileOf('one')));
    task(roster, 'one', 'd1');
    const { capabilities } = profileOf('one');
    const without = { ...capabilities, surfaces: ['data-analysis' as const] };
    must(put(roster, profileOf('one', { capabilities: without })));
    expect(idsOf(roster.find({ surface: 'code-editing' }))).toEqual([]);
    must(put(roster, profileOf('one')));
    const [found] = must(roster.find({ surface: 'code-editing' }));
    expect(found?.performance['code-editing']?.tallies.composite?.mean).toBe(1);
  });
});

describe('what is said later', () => {
  test('a verdict, a waiver and a revert change what a task counts for', () => {
    using roster = opened();
    must(put(roster, profileOf('one')));
    task(roster, 'one', 'd1');
    const record = () => must(roster.model('one'))?.performance['code-editing'];
    expect(record()?.tallies.composite?.mean).toBe(1);
    const waived = {
      id: 'verdict-2',
      verdict: 'PASS',
      waivers: ['W-1'],
      brokenGlass: false,
    } as const;
    must(applyEvents(roster, [{ kind: 'verdict', at: later(91_000), decision: 'd1', ...waived }]));
    expect(record()?.tallies.compliance?.mean).toBe(0.5);
    const taken = { landed: head, by: 'd'.repeat(40) };
    must(applyEvents(roster, [{ kind: 'revert', at: later(92_000), decision: 'd1', ...taken }]));
    expect(record()?.tallies).toMatchObject({
      completion: { count: 1, mean: 0 },
      reverted: { count: 1, mean: 1 },
      waived: { count: 1, mean: 1 },
    });
    expect(record()?.tallies.composite?.mean).toBeCloseTo(0.5 * 0.3 + 0.2 + 0.15);
  });

  test('said twice, counts once', () => {
    using roster = opened();
    must(put(roster, profileOf('one')));
    task(roster, 'one', 'd1');
    const before = must(roster.model('one'));
    const again = { kind: 'verdict', at: later(91_000), decision: 'd1', verdict: 'PASS' } as const;
    const [applied] = must(
      applyEvents(roster, [{ ...again, id: 'verdict-d1', waivers: [], brokenGlass: false }]),
    );
    expect(applied?.ok).toBe(true);
    expect(must(roster.model('one'))).toEqual(before);
    expect(must(eventsOf(roster, 'one', 10))).toHaveLength(4);
  });
});

describe('what cannot be is refused, the refusal is kept, and nothing else changes', () => {
  const nan = Number.NaN;
  const passed = { verdict: 'PASS', id: 'v', waivers: [], brokenGlass: false } as const;
  const cases: readonly (readonly [string, ModelEvent, string])[] = [
    ['a NaN', executionOf('open', { completion: nan }), 'event-malformed'],
    ['a share above 1', executionOf('open', { efficiency: 1.01 }), 'event-malformed'],
    ['a share below 0', executionOf('open', { tools: -0.01 }), 'event-malformed'],
    ['an endless latency', executionOf('open', { latencyMs: Infinity }), 'event-malformed'],
    [
      'more claims that did not resolve than were made',
      executionOf('open', { claims: { made: 1, unresolved: 2 } }),
      'event-malformed',
    ],
    ['a time that is none', executionOf('open', { at: nan as Instant }), 'event-malformed'],
    ['an outcome of no decision', executionOf('nowhere'), 'decision-unknown'],
    ['a second outcome', executionOf('done'), 'outcome-doubled'],
    ['an outcome after 31 days', executionOf('open', { at: later(31 * DAY_MS) }), 'outcome-late'],
    [
      'an outcome before its decision',
      executionOf('open', { at: later(-60_001) }),
      'clock-went-back',
    ],
    [
      'a verdict on what is not done',
      { kind: 'verdict', at: later(1), decision: 'open', ...passed },
      'outcome-missing',
    ],
    ['a decision that was taken', decisionOf('open', 'one'), 'decision-doubled'],
    ['a decision for a model that nobody knows', decisionOf('d9', 'onne'), 'model-unknown'],
    ['a decision for a retired model', decisionOf('d9', 'gone'), 'model-retired'],
    [
      'a decision on a surface that it does not have',
      decisionOf('d9', 'one', { surface: 'data-analysis' }),
      'surface-undeclared',
    ],
    [
      'a choice that was not among the candidates',
      decisionOf('d9', 'one', { candidates: [{ model: 'two', propensity: 1 }] }),
      'event-malformed',
    ],
    [
      'a propensity of nothing',
      decisionOf('d9', 'one', { candidates: [{ model: 'one', propensity: 0 }] }),
      'event-malformed',
    ],
    [
      'a reason that holds NaN',
      decisionOf('d9', 'one', { reason: { drawn: nan } }),
      'event-malformed',
    ],
  ];

  test.each(cases)('%s', (_, event, kind) => {
    using roster = opened();
    must(put(roster, profileOf('one')));
    must(put(roster, profileOf('gone'), 'retired'));
    must(applyEvents(roster, [decisionOf('open', 'one'), decisionOf('done', 'one')]));
    must(applyEvents(roster, [executionOf('done')]));
    const state = () => [must(roster.all()), must(eventsOf(roster, 'one', 100))];
    const before = state();
    const fine = decisionOf('beside', 'one');
    const [refused, beside] = must(applyEvents(roster, [event, fine]));
    expect(refused).toMatchObject({ ok: false, fault: { kind } });
    expect(beside?.ok).toBe(true);
    must(applyEvents(roster, [executionOf('beside', { ended: 'cancelled' })]));
    expect(must(refusalsOf(roster, null, 5)).map(({ body }) => body)).toMatchObject([{ kind }]);
    // But for the event beside it, which is not held up.
    const [models, events] = state();
    expect([models, events?.slice(2)]).toMatchObject(JSON.parse(JSON.stringify(before)));
  });

  test.each([
    ['another family', profileOf('one', { family: 'llama' }), 'model-id-taken'],
    ['another role', profileOf('one', { role: 'judge' }), 'model-id-taken'],
    ['another version', profileOf('one', { version: '2' }), 'model-digest-changed'],
  ])('two models with one id: %s', (_, profile, kind) => {
    using roster = opened();
    must(put(roster, profileOf('one')));
    const before = must(roster.all());
    expect(put(roster, profile)).toMatchObject({ ok: false, fault: { kind } });
    expect(must(roster.all())).toEqual(before);
    expect(must(refusalsOf(roster, 'one', 5))).toHaveLength(1);
  });

  test('a clock that went back registers, retires and revives nothing', () => {
    using roster = opened();
    must(put(roster, profileOf('one')));
    const before = must(roster.all());
    const past = later(-60_001);
    const back = { ok: false, fault: { kind: 'clock-went-back' } };
    const dear = profileOf('one', { concurrentMax: 9 });
    expect(put(roster, dear, 'active', past)).toMatchObject(back);
    const retire = { id: 'one', to: 'retired', at: past, because } as const;
    expect(restatus(roster, retire)).toMatchObject(back);
    expect(heartbeat(roster, 'one', past)).toMatchObject(back);
    expect(must(roster.all())).toEqual(before);
    expect(must(refusalsOf(roster, 'one', 5))).toHaveLength(3);
  });

  test('a retired model comes back only with new weights', () => {
    using roster = opened();
    must(put(roster, profileOf('one')));
    const change = (to: Status) =>
      restatus(roster, { id: 'one', to, at: later(1), because: 'unsafe' });
    expect(change('retired')).toEqual({ ok: true, value: true });
    expect(change('retired')).toEqual({ ok: true, value: false });
    expect(change('active')).toMatchObject({ ok: false, fault: { kind: 'model-retired' } });
    expect(put(roster, profileOf('one'))).toMatchObject({ fault: { kind: 'model-retired' } });
  });

  test('a change of status that rests on another one', () => {
    using roster = opened();
    must(put(roster, profileOf('one')));
    const change = { id: 'one', from: 'canary', to: 'active', at: later(1), because } as const;
    expect(restatus(roster, change)).toMatchObject({ fault: { kind: 'model-status-differs' } });
    expect(restatus(roster, { ...change, id: 'on' })).toMatchObject({
      fault: { kind: 'model-unknown', near: 'one' },
    });
  });
});
