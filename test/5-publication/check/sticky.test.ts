import { describe, expect, test } from 'vitest';
import type { SingleState } from '../../../src/5-publication/check/state.ts';
import {
  type StickyCase,
  type StickyStep,
  stickySteps,
} from '../../../src/5-publication/check/sticky.ts';
import type { LiveComment } from '../../../src/forge.ts';
import { context, decided, midway, recordOf, sha } from './kit.ts';

const APP = 4711;
const needsWaiver = decided(recordOf('too-many-lines'));
const fails = decided(recordOf('policy-and-code-together'));
const passes = decided(recordOf('coverage-that-holds'));
const observed = decided(recordOf('observed-only'));

const comment = (id: number, body: string, appId: number | null = APP): LiveComment => ({
  id,
  nodeId: `IC_${id}`,
  author: { id: 1, login: 'caws-arbiter[bot]', kind: 'bot' },
  body,
  createdAt: context.now,
  updatedAt: context.now,
  appId,
});

const given = (state: SingleState, more: Partial<StickyCase> = {}): StickyCase => ({
  state,
  comments: 'action-needed',
  authorIsOutside: false,
  standing: [],
  appId: APP,
  ...more,
});
const steps = (state: SingleState, more: Partial<StickyCase> = {}) =>
  stickySteps(given(state, more), context);

function bodyOf(step: StickyStep | undefined): string {
  if (step === undefined) throw new Error('no step');
  return step.body;
}
const textOf = (state: SingleState) => bodyOf(steps(state, { comments: 'always' })[0]);
/** What stands after the steps were taken. */
function taken(
  standing: readonly LiveComment[],
  done: readonly StickyStep[],
): readonly LiveComment[] {
  const edits = new Map(
    done.flatMap((step) => (step.kind === 'edit' ? [[step.id, step.body]] : [])),
  );
  const made = done.flatMap((step) => (step.kind === 'create' ? [comment(1, step.body)] : []));
  return [...standing.map((each) => ({ ...each, body: edits.get(each.id) ?? each.body })), ...made];
}

describe('one comment stands while somebody has to act', () => {
  test.each([
    ['a waiver is needed', needsWaiver, {}, ['create']],
    ['it fails, and the author sees the check', fails, {}, []],
    [
      'it fails, and the author is a bot or from outside',
      fails,
      { authorIsOutside: true },
      ['create'],
    ],
    ['it passes', passes, {}, []],
    ['it passes, and comments are always wanted', passes, { comments: 'always' }, ['create']],
    ['comments are off', needsWaiver, { comments: 'off' }, []],
    ['the policy only observes', observed, {}, []],
    ['it is in progress', { kind: 'running', progress: midway() }, {}, []],
    ['it is superseded', { kind: 'superseded', by: sha('8') }, { comments: 'always' }, []],
  ] as const)('%s', (_, state, more, kinds) => {
    expect(steps(state, more).map(({ kind }) => kind)).toEqual(kinds);
  });
});

test('a push edits it, a PASS leaves one line of it folded away, a new need unfolds the same one', () => {
  const first = taken([], steps(needsWaiver));
  expect(steps(needsWaiver, { standing: first })).toEqual([]);

  const failed = steps(fails, { standing: first });
  expect(failed).toMatchObject([{ kind: 'edit', id: 1, folding: null }]);

  const passed = steps(passes, { standing: taken(first, failed) });
  expect(passed).toMatchObject([{ kind: 'edit', id: 1, folding: 'fold' }]);
  expect(bodyOf(passed[0]).split('\n')).toHaveLength(2);
  expect(bodyOf(passed[0])).toContain('nothing to do any more');

  const cleared = taken(first, passed);
  expect(steps(passes, { standing: cleared })).toEqual([]);
  const again = steps(needsWaiver, { standing: cleared });
  expect(again).toMatchObject([{ kind: 'edit', id: 1, folding: 'unfold' }]);
  expect(taken(cleared, again)).toHaveLength(1);
});

test('what is not decided leaves the comment as it stands', () => {
  const standing = taken([], steps(needsWaiver));
  expect(steps({ kind: 'running', progress: midway() }, { standing })).toEqual([]);
});

test('a marker that somebody copied is not ours, and a text of ours without it is no sticky one', () => {
  const body = textOf(needsWaiver);
  for (const standing of [
    [comment(1, body, null)],
    [comment(1, body, 999)],
    [comment(1, `> ${body}`)],
    [comment(1, 'a reply of ours')],
  ])
    expect(steps(needsWaiver, { standing })).toMatchObject([{ kind: 'create' }]);
});

test('of two that a crash left, the older one stays and the other shrinks', () => {
  const body = textOf(needsWaiver);
  const standing = [comment(9, body), comment(5, body)];
  const done = steps(needsWaiver, { standing });
  expect(done).toMatchObject([{ kind: 'edit', id: 9, folding: 'fold' }]);
  expect(steps(needsWaiver, { standing: taken(standing, done) })).toEqual([]);
});

test('what a forge does to line ends is no change, what a person does to the text is', () => {
  const body = textOf(needsWaiver);
  const kept = [comment(1, `${body.replaceAll('\n', '\r\n')}\r\n`)];
  expect(steps(needsWaiver, { standing: kept })).toEqual([]);
  const edited = [comment(1, body.replace('WAIVER REQUIRED', 'PASS'))];
  expect(steps(needsWaiver, { standing: edited })).toMatchObject([{ kind: 'edit', body }]);
});
