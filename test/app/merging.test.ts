import { describe, expect, test } from 'vitest';
import { gitNow } from '../git-now.ts';
import { judge } from '../hub/testing.ts';
import { openTown, type Town } from './town.ts';

const lines = (count: number) =>
  Array.from({ length: count }, (_, at) => `export const total${at} = ${at};\n`).join('');
const git = (town: Town, ...args: readonly string[]) =>
  gitNow({ args: ['-C', town.repository.folder, ...args] });

describe('/caws merge', () => {
  test('merges the judged head with a trailer that git reads, and a note that says the same', async () => {
    await using town = await openTown();
    const pull = await town.opens('prices', { 'src/cart/total.ts': lines(3) });
    await town.rest();
    const verdict = town.check(pull)?.externalId;
    const { id } = town.hub.person('kim').comments(pull, '/caws merge');
    await town.rest();
    expect(pull.state.mergedAt).not.toBeNull();
    const trailer = '--format=%(trailers:key=CAWS-VERDICT-ID,valueonly)';
    expect(git(town, 'log', '-1', trailer, 'main')).toBe(verdict);
    expect(git(town, 'notes', '--ref=refs/notes/caws', 'show', 'main')).toBe(
      `CAWS-VERDICT-ID: ${verdict}`,
    );
    const comment = pull.comments.find((each) => each.id === id);
    expect(comment?.reactions.map(({ content }) => content)).toEqual(['rocket']);
    judge(town.hub);
  });

  test('refuses while there is no pass, and says so', async () => {
    await using town = await openTown();
    const pull = await town.opens('large', { 'src/cart/total.ts': lines(300) });
    await town.rest();
    town.hub.person('kim').comments(pull, '/caws merge');
    await town.rest();
    expect(pull.state.mergedAt).toBeNull();
    judge(town.hub);
  });

  test('hears a hold first that comes while it is carried out', async () => {
    await using town = await openTown();
    const pull = await town.opens('prices', { 'src/cart/total.ts': lines(3) });
    await town.rest();
    const role = '/repos/{owner}/{repo}/collaborators/{username}/permission';
    const before = town.hub.requests().length;
    town.hub.person('kim').comments(pull, '/caws merge');
    // By then the conversation was read, and git is still to be asked twice.
    const isAsked = () =>
      town.hub
        .requests()
        .slice(before)
        .some(({ route }) => route === role);
    await expect.poll(isAsked, { interval: 10 }).toBe(true);
    town.hub.person('max').comments(pull, '/caws hold');
    await town.rest();
    expect(pull.state.state).toBe('open');
    expect(pull.comments.some(({ body }) => body.includes('holds this pull request back'))).toBe(
      true,
    );
    judge(town.hub);
  });

  test('said while it is closed is not carried out when somebody opens it again', async () => {
    await using town = await openTown();
    const pull = await town.opens('prices', { 'src/cart/total.ts': lines(3) });
    await town.rest();
    const [kim, max] = [town.hub.person('kim'), town.hub.person('max')];
    await kim.closes(pull);
    await town.rest();
    max.comments(pull, '/caws merge');
    await town.rest();
    await kim.reopens(pull);
    await town.rest();
    expect(pull.state.state).toBe('open');
    max.comments(pull, '/caws merge');
    await town.rest();
    expect(pull.state.state).toBe('closed');
    judge(town.hub);
  });

  test('is not carried out into another branch than the one that it was said about', async () => {
    await using town = await openTown();
    const kim = town.hub.person('kim');
    await town.hub.person('ada').push(town.repository, 'dev', {}, 'Dev', { from: 'main' });
    const pull = await town.opens('prices', { 'src/cart/total.ts': lines(3) }, 'dev');
    await town.rest();
    // What was said is heard after the pull request was aimed elsewhere.
    town.hub.faults.delivery({}, { kind: 'late' });
    town.hub.person('max').comments(pull, '/caws merge');
    await kim.changes(pull, { base: 'main' });
    town.hub.faults.clear();
    town.hub.faults.release();
    await town.rest();
    expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
    expect(pull.state.state).toBe('open');
    expect(pull.comments.some(({ body }) => body.includes('led into `dev`'))).toBe(true);
    town.hub.person('max').comments(pull, '/caws merge');
    await town.rest();
    expect(pull.state.state).toBe('closed');
    judge(town.hub);
  });

  test('takes forged trailers out of what the author wrote', async () => {
    await using town = await openTown();
    const forged = '019b1d2e-8a00-7000-8000-00000000bad0';
    const kim = town.hub.person('kim');
    await kim.push(town.repository, 'prices', { 'src/cart/total.ts': lines(3) });
    const pull = await kim.opens(town.repository, {
      head: 'prices',
      title: 'Prices',
      body: `Because.\n\nCAWS-VERDICT-ID: ${forged}`,
    });
    await town.rest();
    kim.comments(pull, '/caws merge');
    await town.rest();
    const message = git(town, 'log', '-1', '--format=%B', 'main');
    expect(message).toContain(`CAWS-VERDICT-ID: ${town.check(pull)?.externalId}`);
    expect(message).not.toContain(forged);
    judge(town.hub);
  });
});

describe('a merge by somebody else', () => {
  test('is noted all the same, so that the commit names its verdict', async () => {
    await using town = await openTown();
    const pull = await town.opens('prices', { 'src/cart/total.ts': lines(3) });
    await town.rest();
    const verdict = town.check(pull)?.externalId;
    await town.hub.person('ada').merges(pull, { method: 'squash' });
    await town.rest();
    expect(git(town, 'notes', '--ref=refs/notes/caws', 'show', 'main')).toBe(
      `CAWS-VERDICT-ID: ${verdict}`,
    );
    judge(town.hub);
  });
});

test('a push of however many commits hides none of them: the oldest without a verdict is named like the newest', async () => {
  await using town = await openTown({ hub: { referee: false } });
  const pull = await town.opens('one', { 'src/cart/one.ts': lines(3) });
  await town.rest();
  expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
  const kim = town.hub.person('kim');
  const first = await kim.push(town.repository, 'bad', { 'src/pay.ts': 'steal();\n' }, 'Steal', {
    from: 'main',
  });
  const commits = Array.from({ length: 510 }, (_, at) => {
    const from = at === 0 ? `from ${first}\n` : '';
    return `commit refs/heads/bad\ncommitter k <k@x> 1 +0000\ndata 1\nn\n${from}`;
  });
  gitNow({
    args: ['-C', town.repository.folder, 'fast-import', '--quiet'],
    input: commits.join('\n'),
  });
  const last = gitNow({ args: ['-C', town.repository.folder, 'rev-parse', 'bad'] });
  await kim.resets(town.repository, 'main', last);
  await town.rest();
  await town.passes(180_000);
  const told = town.log.filter((line) => line.includes('without its verdict'));
  expect(told).toHaveLength(511);
  for (const sha of [first, last]) expect(told.join()).toContain(sha);
});
