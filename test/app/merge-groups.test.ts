import { channel } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { gitNow } from '../git-now.ts';
import type { PullHandle } from '../hub/handles.ts';
import { dequeue, slipIn } from '../hub/queue.ts';
import { exclusively } from '../hub/refs.ts';
import { judge } from '../hub/testing.ts';
import { checkAt, enqueues, green, groupOf, passing, queueTown } from './merge-queue.ts';
import { law, type Town } from './town.ts';
import { ask, lines } from './waived.ts';

const git = (town: Town, ...args: readonly string[]) =>
  gitNow({ args: ['-C', town.repository.folder, ...args] });

/** The same files but for one. */
function treeWith(town: Town, from: string, path: string, content: string): string {
  const env = { PATH: process.env['PATH'], GIT_INDEX_FILE: `${town.repository.folder}/slipped` };
  const run = (args: readonly string[], input = '') =>
    gitNow({ args: ['-C', town.repository.folder, ...args], env, input });
  run(['read-tree', from]);
  const blob = run(['hash-object', '-w', '--stdin'], content);
  run(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`]);
  return run(['write-tree']);
}

const commit = (town: Town, tree: string, parent: string, message = 'Slipped in') =>
  git(
    town,
    ...['-c', 'user.name=lee', '-c', 'user.email=lee@example.com'],
    ...['commit-tree', tree, '-p', parent, '-m', message],
  );

/** Puts a commit where the queue has its own, as whoever may write there could. @returns its check. */
async function slips(town: Town, pull: PullHandle, sha: string) {
  const { state, world } = town.repository;
  await exclusively(state, () => slipIn(world, state, pull.number, sha));
  await town.rest();
  return checkAt(town, sha);
}

/** kim asks, max approves; then it passes. @returns what revokes it. */
async function waived(town: Town, pull: PullHandle, gate: string): Promise<string> {
  const reason = 'reason:"generated once, read by nobody, goes with #418"';
  town.hub.person('kim').comments(pull, `/caws waive ${gate} ${reason} expires:7d`);
  await town.rest();
  const waiver = /W-[0-9a-f]{16}/.exec(town.check(pull)?.summary ?? '')?.[0];
  town.hub.person('max').comments(pull, `/caws approve ${waiver}`);
  await town.rest();
  expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
  return `/caws revoke ${waiver} reason:"it was not generated at all"`;
}

describe('two pull requests in a merge queue', () => {
  test.each(['SQUASH', 'REBASE'] as const)(
    'land by %s, each proven by the verdict of its own head',
    async (method) => {
      await using town = await queueTown(method, { min_entries_to_merge: 2 });
      const one = await passing(town, 'one');
      const two = await passing(town, 'two');
      await enqueues(town, one, two);
      const [first, second] = [groupOf(town, one), groupOf(town, two)];
      expect([checkAt(town, first), checkAt(town, second)]).toMatchObject([
        { conclusion: 'success', title: 'PASS · #1 as it lands' },
        { conclusion: 'success', title: 'PASS · #1, #2 on top of each other' },
      ]);
      green(town, first);
      green(town, second);
      await town.rest();
      expect(town.repository.tip()).toBe(second);
      const verdicts = [one, two].map((pull) => town.check(pull)?.externalId);
      const notes = [first, second].map((sha) =>
        git(town, 'notes', '--ref=refs/notes/caws', 'show', sha),
      );
      expect(notes).toEqual(verdicts.map((id) => `CAWS-VERDICT-ID: ${id}`));
      const named = [first, second].map((sha) =>
        git(town, 'log', '-1', '--format=%(trailers:key=CAWS-VERDICT-ID,valueonly)', sha),
      );
      expect(named).toEqual(method === 'REBASE' ? ['', ''] : verdicts);
      await town.passes(180_000);
      expect(town.log.filter((line) => line.includes('without its verdict'))).toEqual([]);
      judge(town.hub);
    },
  );
});

describe('a group is refused by name', () => {
  test('where a commit is not what a judged head gives on the commit before', async () => {
    await using town = await queueTown('SQUASH', {}, { referee: false });
    const one = await passing(town, 'one');
    const main = town.repository.tip();
    await enqueues(town, one);
    const byte = treeWith(town, groupOf(town, one), 'src/cart/one.ts', `${lines(3, 'one')}\n`);
    const altered = await slips(town, one, commit(town, byte, main));
    expect(altered).toMatchObject({
      conclusion: 'failure',
      title: 'FAIL · #1: not the files that its head gives',
    });
    expect(altered?.summary).toContain(byte.slice(0, 12));
    expect(altered?.summary).toContain(git(town, 'rev-parse', `${one.head}^{tree}`).slice(0, 12));

    await enqueues(town, one);
    const foreign = commit(town, treeWith(town, main, 'src/pay.ts', 'evil\n'), main);
    const above = treeWith(town, foreign, 'src/cart/one.ts', lines(3, 'one'));
    const covered = await slips(town, one, commit(town, above, foreign));
    expect(covered).toMatchObject({ conclusion: 'failure' });
    expect(covered?.title).toBe(`FAIL · commit ${foreign.slice(0, 7)} is of no pull request`);

    expect(town.repository.tip()).toBe(main);
    judge(town.hub);
  });

  test('where it brings in a head without a pass, or one that was left', async () => {
    await using town = await queueTown('SQUASH', {}, { referee: false });
    const [one, two] = [await passing(town, 'one'), await passing(town, 'two')];
    const main = town.repository.tip();
    const bad = await town.opens('bad', { 'src/payment/pay.ts': 'export const pay = 1;\n' });
    await town.rest();
    expect(town.check(bad)).toMatchObject({ conclusion: 'failure' });
    await enqueues(town, one);
    const failing = treeWith(town, main, 'src/payment/pay.ts', 'export const pay = 1;\n');
    const fails = await slips(town, one, commit(town, failing, main));
    expect(fails).toMatchObject({ conclusion: 'failure' });
    expect(fails?.title).toMatch(/^FAIL · #3: /);

    await enqueues(town, two);
    const old = git(town, 'rev-parse', `${groupOf(town, two)}^{tree}`);
    await town.hub
      .person('kim')
      .push(town.repository, 'two', { 'src/cart/two.ts': lines(4, 'two') });
    green(town, two.head);
    await town.rest();
    expect(town.repository.state.queue).toEqual([]);
    await enqueues(town, two);
    expect(await slips(town, two, commit(town, old, main))).toMatchObject({
      conclusion: 'failure',
      title: 'FAIL · #2: not the files that its head gives',
    });
    expect(town.repository.tip()).toBe(main);
    judge(town.hub);
  });

  test('where a waiver is revoked while it is queued, or the first member tightens the law', async () => {
    await using town = await queueTown('SQUASH', {}, { referee: false });
    const large = await town.opens('large', { 'src/cart/total.ts': lines(300) });
    green(town, large.head);
    await town.rest();
    const revocation = await waived(town, large, 'budget_limit');
    await enqueues(town, large);
    const group = groupOf(town, large);
    expect(checkAt(town, group)).toMatchObject({ conclusion: 'success' });
    town.hub.person('max').comments(large, revocation);
    await town.rest();
    expect(checkAt(town, group)).toMatchObject({ conclusion: 'failure' });
    expect(checkAt(town, group)?.title).toMatch(/^FAIL · #1: .*300/);

    const strict = law['.caws/policy.yaml']?.replaceAll('max_loc: 200', 'max_loc: 5') ?? '';
    const tighter = await town.opens('law', { '.caws/policy.yaml': strict });
    green(town, tighter.head);
    await town.rest();
    await waived(town, tighter, 'governance');
    const small = await passing(town, 'small', { 'src/cart/small.ts': lines(30, 'small') });
    await enqueues(town, tighter);
    const first = groupOf(town, tighter);
    expect(checkAt(town, first)).toMatchObject({ conclusion: 'success' });
    town.hub.person('kim').comments(small, '/caws merge');
    await town.rest();
    const judged = [...town.repository.state.checks.values()].filter(({ title }) =>
      /^FAIL · #3: .*30 lines, limit 5/.test(title ?? ''),
    );
    expect(judged).toHaveLength(1);
    expect(judged[0]?.summary).toContain(first.slice(0, 12));
    green(town, first);
    await town.rest();
    expect(town.repository.tip()).toBe(first);
    judge(town.hub);
  });

  test('where two names collide only together, or the author names a verdict in the description', async () => {
    await using town = await queueTown('MERGE', {}, { referee: false });
    const lower = await passing(town, 'lower', { 'src/cart/sum.ts': lines(3, 'sum') });
    const upper = await passing(town, 'upper', { 'src/cart/Sum.ts': lines(3, 'Sum') });
    await enqueues(town, lower);
    town.hub.person('kim').comments(upper, '/caws merge');
    await town.rest();
    const titles = [...town.repository.state.checks.values()].map(({ title }) => title);
    expect(titles).toContain('FAIL · #2: two names collide');

    const kept = upper.state.body ?? '';
    expect(kept).toContain(`CAWS-VERDICT-ID: ${town.check(upper)?.externalId}`);
    const forged = 'CAWS-VERDICT-ID: 019b1d2e-8a00-7000-8000-00000000bad0';
    await town.hub.person('kim').changes(upper, { body: `${forged}\n\n${kept}` });
    await town.rest();
    town.hub.person('kim').comments(upper, '/caws merge');
    await town.rest();
    expect(upper.comments.at(-1)?.body).toContain('Take that line out');
    green(town, groupOf(town, lower));
    await town.rest();
    expect(lower.state.mergedAt).not.toBeNull();
    expect(
      git(town, 'log', '-1', '--format=%(trailers:key=CAWS-VERDICT-ID,valueonly)', 'main'),
    ).toBe(town.check(lower)?.externalId);
    await town.hub.person('kim').push(town.repository, 'upper', {
      'src/cart/Sum.ts': null,
      'src/cart/other.ts': lines(3, 'other'),
    });
    green(town, upper.head);
    await town.rest();
    await town.hub.person('max').enablesAutoMerge(upper);
    await town.rest();
    const last = [...town.repository.state.checks.values()].at(-1);
    expect(last?.title).toBe('FAIL · #2: its commit would not be proven');
    expect(upper.state.mergedAt).toBeNull();
    judge(town.hub);
  });
});

test('what cannot be read whole is waited for, given up in the end, and left alone once it is gone', async () => {
  await using town = await queueTown();
  const one = await passing(town, 'one');
  town.hub.faults.request(
    { route: '/repos/{owner}/{repo}/pulls', method: 'GET' },
    { kind: 'status', status: 502 },
  );
  await enqueues(town, one);
  const dropped = groupOf(town, one);
  expect(checkAt(town, dropped)).toMatchObject({ status: 'in_progress' });
  expect(checkAt(town, dropped)?.title).toMatch(/^WAITING · for GitHub: /);
  const { state, world } = town.repository;
  await exclusively(state, () => dequeue(world, state, one.number, 'MANUAL'));
  await town.rest();
  expect(checkAt(town, dropped)).toMatchObject({ conclusion: 'cancelled' });

  await enqueues(town, one);
  const stuck = groupOf(town, one);
  await town.passes(31 * 60_000);
  expect(checkAt(town, stuck)).toMatchObject({ conclusion: 'timed_out' });
  expect(one.state.mergedAt).toBeNull();
  judge(town.hub);
});

test('a waiver that ends while its pull request is queued takes the pass of its group, and a law that only loosens keeps the next one out', async () => {
  await using town = await queueTown('SQUASH', {}, { referee: false });
  const loose = law['.caws/policy.yaml']?.replaceAll('max_loc: 200', 'max_loc: 900') ?? '';
  const looser = await town.opens('law', { '.caws/policy.yaml': loose });
  green(town, looser.head);
  await town.rest();
  await waived(town, looser, 'governance');
  const small = await passing(town, 'small');
  await enqueues(town, looser);
  const group = groupOf(town, looser);
  expect(checkAt(town, group)).toMatchObject({ conclusion: 'success' });
  expect(checkAt(town, group)?.summary).toContain('It holds until');

  town.hub.person('kim').comments(small, '/caws merge');
  await town.rest();
  const onTop = [...town.repository.state.checks.values()].filter(
    ({ title }) =>
      title === `FAIL · #${small.number}: another law or beginning on the commit before`,
  );
  expect(onTop).toHaveLength(1);
  expect(onTop[0]?.summary).toContain(group.slice(0, 12));
  expect(town.repository.state.queue.map(({ number }) => number)).toEqual([looser.number]);

  await town.restart(8 * 86_400_000);
  await town.rest();
  expect(checkAt(town, group)).toMatchObject({ conclusion: 'failure' });
  expect(checkAt(town, group)?.title).toMatch(/^FAIL · #1: /);
  green(town, group);
  await town.rest();
  expect(looser.state.mergedAt).toBeNull();
  judge(town.hub);
});

test('a merge that is asked for in the second in which its pull request is touched, or approved, is carried out', async () => {
  // The clock stands, but for the seconds that people take.
  const start = Date.now();
  await using town = await queueTown('SQUASH', {}, { referee: false }, { clock: () => start });
  const large = await town.opens('large', { 'src/cart/large.ts': lines(300) });
  green(town, large.head);
  await town.rest();
  const waiver = await ask(town, large);
  const two = await passing(town, 'two');
  town.hub.person('max').comments(large, `/caws approve ${waiver}\n/caws merge`);
  // Whatever touches a pull request dates it anew.
  await town.hub.person('kim').changes(two, { title: 'Two, better named' });
  town.hub.person('kim').comments(two, '/caws merge');
  await town.rest();
  expect(town.check(large)).toMatchObject({ conclusion: 'success' });
  expect(large.state.body).toContain('CAWS-VERDICT-ID');
  expect(new Set(town.repository.state.queue.map(({ number }) => number))).toEqual(new Set([1, 2]));
  judge(town.hub);
});

test('a merge that waits in a queue is taken back by /caws cancel and by /caws hold', async () => {
  await using town = await queueTown();
  const pull = await passing(town, 'one');
  const kim = town.hub.person('kim');
  kim.comments(pull, '/caws cancel');
  await town.rest();
  const told = pull.comments.map(({ body }) => body).join();
  expect(told).toContain('nothing goes on here that could be stopped');
  for (const word of ['/caws cancel', '/caws hold']) {
    await enqueues(town, pull);
    const group = groupOf(town, pull);
    const said = kim.comments(pull, word);
    await town.rest();
    expect(town.repository.state.queue).toEqual([]);
    const heard = pull.comments.find(({ id }) => id === said.id);
    expect(heard?.reactions.map(({ content }) => content)).toEqual(['+1']);
    green(town, group);
    await town.rest();
    expect(pull.state.state).toBe('open');
  }
  expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
  judge(town.hub);
});

/** Far more than a minute of talk, whoever is heard first: a group that waited for the end of it would never pass. */
const LINES_MAX = 60;

test('a group passes though somebody never stops talking on its pull request, and a hold among it still takes it out', async () => {
  let lines = 0;
  let passedAt: number | null = null;
  const start = Date.now();
  // Whenever the conversation is read, the next line is there already: one every ten seconds.
  const clock = () => start + lines * 10_000;
  await using town = await queueTown('SQUASH', {}, { referee: false }, { clock });
  const pull = await passing(town, 'one');
  const sol = town.hub.person('sol');
  const talks = ({ request }: { readonly request: IncomingMessage }) => {
    const isRead = request.method === 'GET' && request.url?.includes('/issues/1/comments');
    if (isRead !== true || passedAt !== null || lines >= LINES_MAX) return;
    if (checkAt(town, groupOf(town, pull))?.conclusion === 'success') passedAt = lines;
    lines += 1;
    sol.comments(pull, '/caws status');
  };
  const requests = channel('http.server.request.start');
  const listener = (message: unknown) => talks(message as Parameters<typeof talks>[0]);
  await town.hub.settle();
  requests.subscribe(listener);
  await enqueues(town, pull).finally(() => requests.unsubscribe(listener));
  expect(passedAt).toBeLessThan(LINES_MAX);
  town.hub.person('kim').comments(pull, '/caws hold');
  await town.rest();
  expect(town.repository.state.queue).toEqual([]);
  judge(town.hub);
});
