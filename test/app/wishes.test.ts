/** Wishes to merge that something has overtaken: whatever came after the word is not merged by it. */
import { execFileSync } from 'node:child_process';
import { channel } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { PullHandle } from '../hub/handles.ts';
import { judge } from '../hub/testing.ts';
import { CHECK, policyOf } from './guarded.ts';
import { openTown, type Town } from './town.ts';
import { lines } from './waived.ts';

const small = (name: string) => ({ [`src/cart/${name}.ts`]: lines(3, name) });
const said = (pull: PullHandle, words: string) =>
  pull.comments.some(({ body }) => body.includes(words));

describe('what was said before the app heard of anything', () => {
  /** GitHub's clock is five seconds ahead of the app's. */
  let town: Town;
  let passedMs = 0;
  beforeAll(async () => {
    const clock = () => Date.now() + passedMs;
    let ours = clock;
    town = await openTown({ clock, hub: { now: () => ours() + 5_000 } });
    ours = () => town.now();
    await town.hub
      .person('ada')
      .push(town.repository, 'dev', small('dev'), 'Dev', { from: 'main' });
  });
  afterEach(() => {
    town.hub.faults.clear();
    judge(town.hub);
  });
  afterAll(() => town[Symbol.asyncDispose]());
  const unheard = async (deeds: () => unknown) => {
    town.hub.faults.delivery({}, { kind: 'late' });
    await deeds();
    town.hub.faults.clear();
    town.hub.faults.release();
    await town.rest();
  };
  const max = () => town.hub.person('max');
  const kim = () => town.hub.person('kim');
  const opened = async (branch: string) => {
    const pull = await town.opens(branch, small(branch));
    await town.rest();
    return pull;
  };

  test('a merge that was asked for before any verdict is not carried out into another branch', async () => {
    town.hub.faults.delivery({}, { kind: 'late' });
    const pull = await town.opens('unjudged', small('unjudged'), 'dev');
    max().comments(pull, `/caws merge sha:${pull.head.slice(0, 12)}`);
    await unheard(() => kim().changes(pull, { base: 'main' }));
    expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
    expect(pull.state).toMatchObject({ state: 'open', base: { ref: 'main' } });
    await town.passes(60_000);
    expect(said(pull, 'led into `dev`, and it leads into `main` now')).toBe(true);
  });

  test('a merge does not follow a pull request that was aimed elsewhere more often than the forge shows', async () => {
    town.hub.faults.delivery({}, { kind: 'late' });
    const pull = await town.opens('aimed', small('aimed'), 'dev');
    max().comments(pull, `/caws merge sha:${pull.head.slice(0, 12)}`);
    passedMs += 2_000;
    await unheard(async () => {
      for (let at = 0; at < 101; at += 1)
        await kim().changes(pull, { base: at % 2 === 0 ? 'main' : 'dev' });
    });
    expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
    expect(pull.state).toMatchObject({ state: 'open', base: { ref: 'main' } });
    expect(said(pull, 'more often since than the forge lists')).toBe(true);
  });

  test('a merge that was asked for while it was closed is not carried out once it is open', async () => {
    const pull = await opened('reopened');
    await unheard(async () => {
      await kim().closes(pull);
      max().comments(pull, '/caws merge');
      await kim().reopens(pull);
    });
    expect(pull.state.state).toBe('open');
    expect(said(pull, 'before this pull request was opened again')).toBe(true);
  });

  test('a head that came after the word is not merged by it', async () => {
    const pull = await opened('pushed');
    const seen = pull.head;
    await unheard(async () => {
      max().comments(pull, '/caws merge');
      passedMs += 2_500;
      await kim().push(town.repository, 'pushed', small('later'));
    });
    expect(pull.head).not.toBe(seen);
    expect(pull.state.state).toBe('open');
    max().comments(pull, '/caws merge');
    await town.rest();
    expect(pull.state.state).toBe('closed');
  });

  test.each(['/caws cancel', '/caws hold'])(
    '%s ends every merge that was asked for before it',
    async (word) => {
      const branch = word.slice(6);
      const pull = await opened(branch);
      await unheard(() => {
        max().comments(pull, '/caws merge');
        max().comments(pull, word);
      });
      kim().comments(pull, '/caws unhold');
      await town.rest();
      const other = await opened(`${branch}-same`);
      await unheard(() => max().comments(other, `/caws merge\n${word}`));
      for (const each of [pull, other]) {
        expect(each.state.state).toBe('open');
        expect(said(each, 'nothing goes on here')).toBe(false);
      }
      max().comments(pull, '/caws merge');
      await town.rest();
      expect(pull.state.state).toBe('closed');
    },
  );
});

describe('what the forge is to merge as soon as its rules allow', () => {
  let town: Town;
  beforeAll(async () => {
    town = await openTown();
    await town.hub
      .person('ada')
      .push(town.repository, 'dev', small('dev'), 'Dev', { from: 'main' });
    const verdict = { context: CHECK, appId: town.installed.appId };
    for (const branch of ['main', 'dev'])
      town.hub.ruleset(town.repository, {
        branches: [branch],
        requires: branch === 'dev' ? [verdict, { context: 'tests' }] : [verdict],
      });
  });
  afterEach(() => judge(town.hub));
  afterAll(() => town[Symbol.asyncDispose]());
  const waiting = async (branch: string) => {
    const pull = await town.opens(branch, small(branch), 'dev');
    await town.rest();
    town.hub.person('max').comments(pull, '/caws merge');
    await town.rest();
    expect(pull.state.autoMerge).not.toBeNull();
    return pull;
  };

  test('does not follow the pull request into another branch', async () => {
    const pull = await waiting('elsewhere');
    await town.hub.person('kim').changes(pull, { base: 'main' });
    await town.rest();
    expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
    expect(pull.state).toMatchObject({ state: 'open', autoMerge: null });
  });

  test('is asked for again by whoever is told that it was taken back and could not be renewed', async () => {
    const pull = await waiting('unrenewed');
    town.hub.faults.request(
      { method: 'PUT', route: '/repos/{owner}/{repo}/pulls/{pull_number}/merge', call: 1 },
      { kind: 'status', status: 502 },
    );
    const ada = town.hub.person('ada');
    const law = await ada.push(town.repository, 'laxer', policyOf(160), 'Law', { from: 'dev' });
    await ada.resets(town.repository, 'dev', law);
    await town.rest();
    await town.passes(60_000);
    expect(pull.state).toMatchObject({ state: 'open', autoMerge: null });
    expect(said(pull, 'The merge that waited here was taken back')).toBe(true);
    town.hub.person('max').comments(pull, '/caws merge');
    await town.rest();
    expect(pull.state.autoMerge).not.toBeNull();
    await town.hub.person('kim').closes(pull);
    await town.rest();
  });

  test('lands by the verdict that stands then, not by the one that stood when it was asked for', async () => {
    const pull = await waiting('renewed');
    const before = town.check(pull)?.externalId;
    const ada = town.hub.person('ada');
    const law = await ada.push(town.repository, 'law', policyOf(150), 'Law', { from: 'dev' });
    await ada.resets(town.repository, 'dev', law);
    await town.rest();
    const stands = town.check(pull)?.externalId;
    expect(stands).not.toBe(before);
    town.hub
      .person('max')
      .setsStatus(town.repository, pull.head, { context: 'tests', state: 'success' });
    await town.rest();
    const args = ['log', '-1', '--format=%(trailers:key=CAWS-VERDICT-ID,valueonly)', 'dev'];
    const landed = execFileSync('git', ['-C', town.repository.folder, ...args], {
      encoding: 'utf8',
    });
    expect(landed.trim()).toBe(stands);
    expect(said(pull, 'The merge that waited here was taken back')).toBe(false);
  });

  test('stays off where somebody switches it off while the change is heard anew', async () => {
    const pull = await waiting('switched');
    const before = town.check(pull)?.externalId;
    const requests = channel('http.server.request.start');
    let isOff = false;
    // The pull request was read by then, and said that it waits.
    const switchesOff = (message: unknown) => {
      const { url = '' } = (message as { readonly request: IncomingMessage }).request;
      if (isOff || !url.includes(`/commits/${pull.head}/check-runs`)) return;
      isOff = true;
      pull.state.autoMerge = null;
    };
    await town.hub.settle();
    requests.subscribe(switchesOff);
    const ada = town.hub.person('ada');
    const law = await ada.push(town.repository, 'off', policyOf(140), 'Law', { from: 'dev' });
    await ada.resets(town.repository, 'dev', law);
    await town.rest().finally(() => requests.unsubscribe(switchesOff));
    expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
    expect(isOff).toBe(true);
    expect(town.check(pull)?.externalId).not.toBe(before);
    expect(pull.state).toMatchObject({ state: 'open', autoMerge: null });
    expect(said(pull, 'The merge that waited here was taken back')).toBe(false);
  });
});
