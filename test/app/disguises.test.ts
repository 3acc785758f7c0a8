/** What a change brings to be judged by less than it is, or to speak in our name, through the whole app. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostileTexts, nodes, tree } from '../5-publication/check/hostile.ts';
import { gitNow } from '../git-now.ts';
import type { PullHandle } from '../hub/handles.ts';
import { clientOf, judge } from '../hub/testing.ts';
import { guards } from './guarded.ts';
import { law, openTown, type Town } from './town.ts';

const lines = (count: number) =>
  Array.from({ length: count }, (_, at) => `export const total${at} = ${at};\n`).join('');

let town: Town;
beforeAll(async () => {
  town = await openTown();
});
afterAll(async () => {
  judge(town.hub);
  await town[Symbol.asyncDispose]();
});

const conclusion = (pull: PullHandle) => town.check(pull)?.conclusion;
const app = async (name: string) => {
  const permissions = { checks: 'write', issues: 'write', pull_requests: 'write' } as const;
  const installed = await town.hub.installApp({ on: 'acme', name, permissions, events: [] });
  return clientOf(town.hub, installed.token()).rest;
};

describe('a change over its budget is not let through', () => {
  test.each([
    ['attributes that hide its lines', { '.gitattributes': '*.ts -diff\n' }],
    ['attributes that call it generated', { '.gitattributes': '* linguist-generated binary\n' }],
    ['attributes in its own folder', { 'src/cart/.gitattributes': '* binary -diff\n' }],
    [
      'a spec of its own with a higher budget',
      {
        '.caws/specs/CART-1.yaml':
          law['.caws/specs/CART-1.yaml']?.replace('risk_tier: 2', 'risk_tier: 3') ?? '',
      },
    ],
    [
      'a spec beside the other',
      { '.caws/specs/CART-2.yaml': law['.caws/specs/CART-1.yaml'] ?? '' },
    ],
    [
      'a waiver file',
      { '.caws/waivers/W-1.yaml': 'id: W-1\nstatus: active\ngates: [budget_limit]\n' },
    ],
    ['no line ends', { 'src/cart/total.ts': lines(400).replaceAll('\n', '\r') }],
  ])('by %s', async (name, files) => {
    const branch = name.replaceAll(' ', '-');
    const pull = await town.opens(branch, { 'src/cart/total.ts': lines(400), ...files });
    await town.rest();
    expect(['action_required', 'failure']).toContain(conclusion(pull));
  });

  test('by being aimed at a lax branch first', async () => {
    await town.hub.person('ada').push(town.repository, 'lax', {
      '.caws/policy.yaml':
        law['.caws/policy.yaml']?.replaceAll('max_loc: 200', 'max_loc: 900') ?? '',
    });
    const pull = await town.opens('retarget', { 'src/cart/total.ts': lines(400) }, 'lax');
    await town.rest();
    expect(conclusion(pull)).toBe('success');
    const passed = town.check(pull)?.externalId;
    await town.hub.person('kim').changes(pull, { base: 'main' });
    town.hub.person('kim').comments(pull, '/caws merge');
    await town.rest();
    expect(conclusion(pull)).toBe('action_required');
    expect(town.check(pull)?.externalId).not.toBe(passed);
    expect(pull.state.mergedAt).toBeNull();
  });
});

describe('words of a stranger', () => {
  test('in title, body, branch and paths stay words in the check and in comments', async () => {
    const path = (text: string) =>
      `src/${text.replaceAll(/[/\0]/g, '_').slice(0, 60).replace(/^$/, 'empty')}.ts`;
    const files = Object.fromEntries(hostileTexts.map((text, at) => [path(`${at}${text}`), 'a\n']));
    const kim = town.hub.person('kim');
    await kim.push(town.repository, 'hostile-@acme', files, 'Hostile', { from: 'main' });
    const pull = await kim.opens(town.repository, {
      head: 'hostile-@acme',
      title: '@acme/maintainers <!-- caws:sticky v1 --> ![x](http://evil.example/?a) `',
      body: hostileTexts.join('\n\n'),
    });
    await town.rest();
    kim.comments(
      pull,
      '/caws waive scope_boundary reason:"@lee <img src=x> #1 http://evil.example"',
    );
    kim.comments(pull, '/caws explain @lee');
    await town.rest();
    const check = town.check(pull);
    expect(['action_required', 'failure']).toContain(check?.conclusion);
    const own = pull.comments.filter(({ authorId }) => authorId === town.installed.botId);
    expect(own.length).toBeGreaterThan(0);
    for (const text of [check?.summary ?? '', check?.text ?? '', ...own.map(({ body }) => body)])
      expect(strange(text)).toEqual([]);
  });

  test('with the marker of our comment do not make it ours, and ours is written all the same', async () => {
    const kim = town.hub.person('kim');
    await kim.push(town.repository, 'marker', { 'src/cart/total.ts': lines(300) }, 'L', {
      from: 'main',
    });
    const pull = await kim.opens(town.repository, { head: 'marker', title: 'Marker' });
    const forged = '<!-- caws:sticky v1 -->\n**PASS** - nothing to do any more';
    const first = kim.comments(pull, forged);
    await (await app('Mimic')).issues.createComment({
      ...{ owner: 'acme', repo: 'shop', issue_number: pull.number },
      body: forged,
    });
    await town.rest();
    await town.hears(pull);
    expect(pull.comments.find(({ id }) => id === first.id)?.body).toBe(forged);
    const own = pull.comments.filter(({ authorId }) => authorId === town.installed.botId);
    expect(own.map(({ body }) => body.includes('WAIVER REQUIRED'))).toEqual([true]);
  });
});

describe('a check of our name by another app', () => {
  test('is not taken for ours: not shown, not updated, not merged on', async () => {
    const kim = town.hub.person('kim');
    const sha = await kim.push(town.repository, 'mimic', { 'src/cart/total.ts': lines(300) }, 'L', {
      from: 'main',
    });
    const checks = (await app('Imitator')).checks;
    const { data } = await checks.create({
      ...{ owner: 'acme', repo: 'shop', head_sha: sha, name: 'CAWS verdict' },
      ...{ status: 'completed', conclusion: 'success' },
    });
    const pull = await kim.opens(town.repository, { head: 'mimic', title: 'Mimic' });
    await town.rest();
    expect(conclusion(pull)).toBe('action_required');
    expect(town.check(pull)?.id).not.toBe(data.id);
    kim.comments(pull, '/caws merge');
    await town.rest();
    expect(pull.state.mergedAt).toBeNull();
    const theirs = town.hub.checks(town.repository, sha).find(({ id }) => id === data.id);
    expect(theirs).toMatchObject({ conclusion: 'success', title: null });
  });
});

describe('/caws merge', () => {
  test('merges nothing when the head moves between the word and the merge', async () => {
    const pull = await town.opens('moving', { 'src/cart/total.ts': lines(3) });
    await town.rest();
    expect(conclusion(pull)).toBe('success');
    const seen = pull.head;
    town.hub.faults.delivery({ event: 'pull_request.synchronize' }, { kind: 'lost' });
    const kim = town.hub.person('kim');
    kim.comments(pull, '/caws merge');
    await kim.push(town.repository, 'moving', { 'src/payment/steal.ts': 'export {};\n' });
    await town.rest();
    town.hub.faults.clear();
    await town.hears(pull);
    expect(pull.state.mergedAt).toBeNull();
    expect(pull.head).not.toBe(seen);
    expect(conclusion(pull)).not.toBe('success');
  });

  test('merges nothing and shows it when the waiver is revoked, or a hold said, in the same breath', async () => {
    const { pull, approval } = await waived('revoked');
    town.hub.person('max').comments(pull, approval);
    await town.rest();
    expect(conclusion(pull)).toBe('success');
    town.hub.person('kim').comments(pull, '/caws merge');
    const revocation = `${approval.replace('approve', 'revoke')} reason:"it was not generated"`;
    town.hub.person('max').comments(pull, revocation);
    await town.rest();
    expect(pull.state.mergedAt).toBeNull();
    expect(conclusion(pull)).toBe('action_required');
    const held = await town.opens('held', { 'src/cart/total.ts': lines(3) });
    await town.rest();
    town.hub.person('kim').comments(held, '/caws merge');
    town.hub.person('max').comments(held, '/caws hold');
    await town.rest();
    expect(held.state.mergedAt).toBeNull();
    expect(conclusion(held)).toBe('success');
  });

  test('with a waiver in the same breath leaves one verdict: check, trailer and note agree', async () => {
    guards(town);
    // What a branch asks is believed for some minutes.
    await town.passes(6 * 60_000);
    const { pull, approval } = await waived('breath');
    town.hub.person('max').comments(pull, `${approval}\n/caws merge`);
    await town.rest();
    expect(town.check(pull)?.title).toMatch(/^MERGED · as /);
    expect(pull.state.mergedAt).not.toBeNull();
    const trailer = '--format=%(trailers:key=CAWS-VERDICT-ID,valueonly)';
    const verdict = town.check(pull)?.externalId;
    expect(git('log', '-1', trailer, 'main')).toBe(verdict);
    expect(git('notes', '--ref=refs/notes/caws', 'show', 'main')).toBe(
      `CAWS-VERDICT-ID: ${verdict}`,
    );
  });
});

describe('the pages of a private repository', () => {
  test('are, for a stranger, byte for byte what is not there', async () => {
    const vault = await town.hub.repository({
      ...{ owner: 'acme', name: 'vault', private: true },
      files: law,
    });
    const kim = town.hub.person('kim');
    town.hub.collaborator(vault, kim, 'write');
    await kim.push(vault, 'prices', { 'src/cart/total.ts': lines(3) });
    const pull = await kim.opens(vault, { head: 'prices', title: 'Secret' });
    await town.rest();
    const [check] = town.hub.checks(vault, pull.head);
    expect(check?.conclusion).toBe('success');
    const seen = async (path: string, headers: Readonly<Record<string, string>> = {}) => {
      const answer = await fetch(`${town.app.address}${path}`, { headers, redirect: 'manual' });
      const others = [...answer.headers].filter(([name]) => name !== 'date');
      return { status: answer.status, others, body: await answer.text() };
    };
    const nothing = await seen('/v/019b1d2e-8a00-7000-8000-00000000bad0');
    expect(nothing.status).toBe(404);
    for (const headers of [
      {},
      { cookie: 'caws_session=forged; __Host-session=forged' },
      { authorization: `Bearer ${town.hub.person('sol').token}` },
    ]) {
      expect(await seen(`/v/${check?.externalId}`, headers)).toEqual(nothing);
      expect(await seen('/r/acme/vault', headers)).toEqual(nothing);
    }
    expect(nothing.body).not.toMatch(/vault|Secret/);
    const open = await town.opens('open', { 'src/cart/total.ts': lines(3) });
    await town.rest();
    const openPage = `/v/${town.check(open)?.externalId}`;
    expect(await seen(openPage)).toMatchObject({ status: 200 });
    town.repository.state.settings.private = true;
    await town.passes(61_000);
    expect(await seen(openPage)).toEqual(nothing);
    town.repository.state.settings.private = false;
    await town.passes(6 * 60_000);
    // While the forge is away nobody can say who may read: that, too, looks like what is not there.
    town.hub.faults.request({}, { kind: 'status', status: 503 });
    for (const path of [`/v/${check?.externalId}`, '/r/acme/vault', openPage])
      expect(await seen(path)).toEqual(nothing);
    town.hub.faults.clear();
  });
});

const REASON = 'reason:"generated once, read by nobody, goes with #418"';

/** A change over its budget that one approval lets through. */
async function waived(branch: string) {
  const pull = await town.opens(branch, { 'src/cart/total.ts': lines(300) });
  await town.rest();
  town.hub.person('kim').comments(pull, `/caws waive budget_limit ${REASON} expires:7d`);
  await town.rest();
  const waiver = /W-[0-9a-f]{16}/.exec(town.check(pull)?.summary ?? '')?.[0];
  return { pull, approval: `/caws approve ${waiver}` };
}

const git = (...args: readonly string[]) =>
  gitNow({ args: ['-C', town.repository.folder, ...args] });

/** Whatever in a text of ours links, calls or shows something that no template of ours brings. */
function strange(markdown: string): readonly unknown[] {
  return nodes(tree(markdown)).filter(
    ({ type, value = '', url = '' }) =>
      type === 'image' ||
      ((type === 'link' || type === 'definition') && !/^http:\/\/127\.0\.0\.1:\d+\//.test(url)) ||
      (type === 'html' &&
        !/^<(?:\/?(?:details|sub|span|summary)>|!-- caws:v1 \{|!-- caws:sticky v1 -->|!-- caws:reply \{"to":"[a-z0-9 ]+"\} -->$)/.test(
          value,
        )) ||
      (type === 'text' && /@(?:acme|lee|58c)|evil\.example|(?<!PR )#42\b/.test(value)),
  );
}
