import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { openLedger } from '../../src/adapters/store-sqlite/ledger.ts';
import type { Instant } from '../../src/primitives.ts';
import { newSigner } from '../ledger/kit.ts';
import { policy, spec } from '../stories/documents.ts';
import { arbiterListed, kim, robin, sam, trustedKeys } from '../stories/people.ts';
import { Branch, trailer } from './audit-kit.ts';

// A story starts git dozens of times, and a busy machine takes its time.

const law = (more: string) => ({ '.caws/policy.yaml': policy(more) });

test('a commit that nobody judged is unverified, whatever stands in its message', async () => {
  using branch = new Branch();
  await branch.passed();
  const bare = branch.pushes('src/evil.ts', 'export const evil = 1;\n');
  const forged = branch.pushes('src/evil.ts', '1;\n', trailer('forged'));
  const made = branch.pushes(
    'src/evil.ts',
    '2;\n',
    trailer('0199a3f2-0000-7000-8000-000000000000'),
  );
  const { rows, code } = await branch.audit();
  const faultOf = (sha: string) => rows.find(({ commit }) => commit === sha)?.fault;
  expect(faultOf(bare)).toBe('no-verdict-named');
  expect(faultOf(forged)).toBe('verdict-unknown');
  expect(faultOf(made)).toBe('verdict-unknown');
  expect(code).toBe(1);
});

test('the trailer of another verdict covers nothing', async () => {
  using branch = new Branch();
  const { id } = await branch.passed();
  branch.pushes('src/evil.ts', '1;\n', trailer(id));
  expect((await branch.audit()).newest.fault).toBe('tree-differs');
  const other = branch.change();
  branch.merge(other, trailer(id));
  expect((await branch.audit()).newest.fault).toBe('verdict-of-another-head');
});

test('two trailers are none, also where one of them is true', async () => {
  using branch = new Branch();
  const { name, id } = await branch.passed();
  branch.squash(name, `${trailer(id)}\ncaws-verdict-id: 0199a3f2-0000-7000-8000-000000000000`);
  expect((await branch.audit()).newest.fault).toBe('several-verdicts-named');
});

test('a trailer in the middle of a message is found as a line, and said to be one', async () => {
  using branch = new Branch();
  const { name, id } = await branch.passed();
  branch.squash(
    name,
    `${trailer(id)}\n\n---------\n\nCo-authored-by: Robin <r@example.org>\nand prose`,
  );
  expect((await branch.audit()).newest).toMatchObject({ state: 'verified', namedBy: 'line' });
  expect((await branch.shows()).out).toContain('where git finds no trailer');
});

test('a note is a pointer that anybody may write: it makes no verdict fit, and unmakes none', async () => {
  using branch = new Branch();
  const other = await branch.passed();
  branch.note(branch.pushes('src/evil.ts', '1;\n'), `CAWS-VERDICT-ID: ${other.id}`);
  expect((await branch.audit()).newest).toMatchObject({ fault: 'tree-differs', namedBy: 'note' });
  const { name, id } = await branch.passed();
  branch.note(branch.squash(name, trailer(id)), `CAWS-VERDICT-ID: ${other.id}`);
  expect((await branch.audit()).newest).toMatchObject({ state: 'verified', noteSays: other.id });
  const third = await branch.passed();
  branch.note(
    branch.squash(third.name, 'Lost'),
    `CAWS-VERDICT-ID: ${id}\nCAWS-VERDICT-ID: ${third.id}`,
  );
  expect((await branch.audit()).newest.fault).toBe('several-verdicts-named');
});

test('a verdict about another branch, or of a repository of another name, does not count', async () => {
  using branch = new Branch();
  branch.git('branch', 'release', 'main');
  const name = branch.change();
  branch.story.git(sam, 'switch', '-q', name);
  const { command: verify } = await import('../../src/cli/verify.ts');
  await branch.story.runs(verify, `release...${name}`);
  const { id } = await branch.story.record();
  branch.squash(name, trailer(id));
  expect((await branch.audit()).newest.fault).toBe('verdict-of-another-branch');
  expect((await branch.audit('main', '--ref', 'release')).newest.state).toBe('verified');
  branch.git('config', 'remote.origin.url', 'https://example.org/mallory/shop.git');
  const { newest } = await branch.audit('main', '--ref', 'release');
  expect(newest.fault).toBe('verdict-of-another-repository');
  const renamed = ['--former-name', 'https://example.org/acme/shop'];
  const again = await branch.audit('main', '--ref', 'release', ...renamed);
  expect(again.newest.state).toBe('verified');
});

test('files that were changed after the verdict are seen: an evil merge, one more line in a squash', async () => {
  using branch = new Branch();
  const one = await branch.passed();
  const add = () => branch.story.handsOf(sam).writes('src/cart/extra.ts', 'export const x = 1;\n');
  branch.squash(one.name, trailer(one.id), add);
  expect((await branch.audit()).newest).toMatchObject({
    fault: 'tree-differs',
    next: expect.stringMatching(/^git diff [0-9a-f]{12} [0-9a-f]{12}$/),
  });
  const two = await branch.passed();
  branch.merge(two.name, trailer(two.id));
  add();
  branch.git('rm', '-q', '--cached', 'src/cart/total.ts');
  branch.git('commit', '-q', '-a', '--amend', '--no-edit');
  expect((await branch.audit()).newest.fault).toBe('tree-differs');
});

test('only an enforced PASS lets a change land', async () => {
  using branch = new Branch();
  const name = branch.change();
  branch.story.worker.exceeds('lines');
  branch.squash(name, trailer(await branch.judged('WAIVER_REQUIRED')));
  expect((await branch.audit()).newest.fault).toBe('verdict-does-not-pass');
  using observing = new Branch(law('mode: observe\n'));
  const seen = await observing.passed();
  observing.squash(seen.name, trailer(seen.id));
  expect((await observing.audit()).newest.fault).toBe('verdict-observes-only');
});

test('a verdict that rests on a waiver lets nothing land after its end, whatever the commit dates say', async () => {
  using branch = new Branch();
  const lapsed = branch.change();
  branch.story.worker.exceeds('lines');
  await branch.judged('WAIVER_REQUIRED');
  await branch.story.maintainer.waives('budget_limit', '2d');
  const id = await branch.judged();
  const decided = branch.story.now;
  branch.story.passes(3);
  branch.git('switch', '-q', 'main');
  branch.squash(lapsed, trailer(id));
  expect((await branch.audit()).newest.fault).toBe('verdict-had-ended');
  branch.git('reset', '-q', '--hard', 'HEAD~1');

  const honest = await branch.passed();
  branch.squash(honest.name, trailer(honest.id));
  const later = branch.story.now;
  branch.story.now = decided;
  branch.squash(lapsed, trailer(id));
  branch.story.now = later;
  const { newest } = await branch.audit();
  expect(newest.fault).toBe('verdict-had-ended');
});

test('a verdict that was given after the landing does not count, whatever the commit dates say', async () => {
  using branch = new Branch();
  const { name, id } = await branch.passed();
  branch.story.passes(-1);
  branch.squash(name, trailer(id));
  expect((await branch.audit()).newest.fault).toBe('verdict-came-later');
  branch.story.passes(1);

  // Landed first, with a date of next week; then its branch is judged against what came of it.
  const early = branch.change();
  branch.story.passes(7);
  const landed = branch.squash(early, 'Landed before anyone looked');
  branch.story.passes(-7);
  branch.pushes('README.md', 'A shop.\n');
  branch.git('revert', '--no-edit', landed);
  branch.git('switch', '-q', early);
  branch.note(landed, `CAWS-VERDICT-ID: ${await branch.judged()}`);
  const { rows } = await branch.audit('main');
  expect(rows.find(({ commit }) => commit === landed)?.fault).toBe('verdict-came-later');
});

test('one verdict lets one landing in: what was reverted does not come back by it', async () => {
  using branch = new Branch();
  const { name, id } = await branch.passed();
  branch.squash(name, trailer(id));
  branch.git('revert', '--no-edit', 'HEAD');
  branch.squash(name, trailer(id));
  const [again, revert, first] = (await branch.audit()).rows;
  expect(first?.state).toBe('verified');
  expect(revert?.fault).toBe('no-verdict-named');
  expect(again?.fault).toBe('verdict-used-before');
  expect((await branch.audit('--last', '1')).newest.fault).toBe('verdict-used-before');
});

test('a rebase covers the commits that were judged, and no other', async () => {
  using branch = new Branch();
  const { name, id } = await branch.passed(3);
  const commits = branch.git('rev-list', '--reverse', `main..${name}`).split('\n');
  branch.git('switch', '-q', 'main');
  // As many commits as were judged: a foreign one, its undoing, and all of the change in one.
  branch.pushes('src/evil.ts', '1;\n');
  rmSync(`${branch.story.directory}/src/evil.ts`);
  branch.git('commit', '-q', '-a', '-m', 'Undo');
  branch.note(branch.squash(name, 'All of it'), `CAWS-VERDICT-ID: ${id}`);
  const squashed = await branch.audit();
  expect(squashed.rows.slice(0, 3).map(({ state }) => state)).toEqual([
    'verified',
    'unverified',
    'unverified',
  ]);

  // The same hidden between the rebased ones, under the name of one of them.
  branch.git('reset', '-q', '--hard', 'HEAD~3');
  branch.git('cherry-pick', commits[0] as string);
  branch.story.handsOf(robin).writes('src/evil.ts', '1;\n');
  branch.git('add', '-A');
  branch.git('commit', '-q', '--amend', '--no-edit');
  branch.git('cherry-pick', '-n', commits[1] as string);
  rmSync(`${branch.story.directory}/src/evil.ts`);
  branch.git('add', '-A');
  branch.git('commit', '-q', '-C', commits[1] as string);
  branch.git('cherry-pick', commits[2] as string);
  branch.note('main', `CAWS-VERDICT-ID: ${id}`);
  const { rows } = await branch.audit();
  expect(rows.slice(1, 3).map(({ fault }) => fault)).toEqual([
    'no-verdict-named',
    'no-verdict-named',
  ]);
});

test('a fast-forward covers what was judged down to where the change began, and hides no line', async () => {
  using branch = new Branch();
  const name = branch.change();
  // Pushed past everybody, then merged into a change that is fast-forwarded to: off the line it would be unseen.
  branch.pushes('src/cart/evil.ts', 'export const evil = 1;\n');
  branch.git('switch', '-q', name);
  branch.git('merge', '-q', '-m', 'Up to date', 'main');
  branch.note(name, `CAWS-VERDICT-ID: ${await branch.judged()}`);
  branch.git('switch', '-q', 'main');
  branch.git('merge', '-q', '--ff-only', name);
  const { rows } = await branch.audit();
  expect(rows[0]?.fault).toBe('line-was-left');
  expect(rows[1]?.fault).toBe('no-verdict-named');
});

test('a policy that changed meanwhile asks for a new verdict', async () => {
  using branch = new Branch();
  const { name, id } = await branch.passed();
  branch.pushes('.caws/policy.yaml', policy('# stricter\n'));
  branch.squash(name, trailer(id));
  expect((await branch.audit()).newest.fault).toBe('policy-had-changed');
});

test('a change that brings in a key is not passed by that key', async () => {
  using branch = new Branch();
  const own = arbiterListed.replace(/publicKey: \S+/, `publicKey: ${robin.publicKey},`);
  const both = `${trustedKeys([sam, kim])}${arbiterListed}${own.replace('arbiter-1', 'arbiter-2')}`;
  const name = branch.change();
  const { command: verify } = await import('../../src/cli/verify.ts');
  await branch.story.runs(verify, `main...${name}`, '--key', branch.story.keyOf(robin));
  const { id } = await branch.story.record();
  branch.squash(name, trailer(id));
  branch.pushes('.caws/trusted-keys.yaml', both);
  const { rows } = await branch.audit();
  expect(rows[1]?.fault).toBe('key-untrusted');
});

test('a broken record ends as a broken ledger does', async () => {
  using branch = new Branch();
  const { name, id } = await branch.passed();
  branch.squash(name, trailer(id));
  using database = new DatabaseSync(branch.story.ledgerFile);
  const guards = database
    .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
    .all();
  for (const { name: guard } of guards) database.exec(`DROP TRIGGER "${String(guard)}"`);
  database.exec(`UPDATE entries SET body = replace(body, 'PASS', 'FAIL')`);
  for (const { sql } of guards) database.exec(String(sql));
  expect(await branch.shows()).toMatchObject({ code: 6, out: '' });
});

test('an entry that somebody appended with a key of their own proves nothing, and breaks nothing', async () => {
  using branch = new Branch();
  await branch.passed();
  const { file, signer } = { file: branch.story.ledgerFile, signer: newSigner() };
  const id = '0199a3f2-0000-7000-8000-000000000001';
  const opened = await openLedger({ file, access: 'write', anchors: [] });
  if (!opened.ok) throw new Error(opened.fault.kind);
  const bodies = [{}, { record: { id }, envelope: { signatures: [null] } }];
  for (const [at, body] of bodies.entries()) {
    const about = at === 0 ? id : id.replace(/1$/, '2');
    const draft = { at: branch.story.now as Instant, kind: 'verdict' as const, about, body };
    const appended = await opened.value.append({ ...draft, blobs: [] }, signer);
    expect(appended.ok).toBe(true);
  }
  await opened.value[Symbol.asyncDispose]();
  branch.pushes('src/evil.ts', '1;\n', trailer(id));
  branch.pushes('src/evil.ts', '2;\n', trailer(id.replace(/1$/, '2')));
  const { rows, code } = await branch.audit();
  expect(rows.slice(0, 2).map(({ fault }) => fault)).toEqual(['proof-broken', 'proof-broken']);
  expect(code).toBe(6);
});

test('where a branch trusts no key, nothing on it is proven until somebody names one', async () => {
  using branch = new Branch({ '.caws/trusted-keys.yaml': trustedKeys([sam, kim]) });
  const { name, id } = await branch.passed();
  branch.squash(name, trailer(id));
  const untrusted = await branch.audit();
  expect(untrusted).toMatchObject({ code: 1, newest: { fault: 'key-untrusted' } });
  const file = branch.story.beside('trust.yaml', trustedKeys([sam]) + arbiterListed);
  expect(await branch.audit('--trust', file)).toMatchObject({ code: 0 });
});

test('a head that is not here is fetched before anything is said of the tree', async () => {
  using branch = new Branch();
  const { name, id } = await branch.passed();
  const { name: other, id: first } = await branch.passed();
  branch.squash(other, trailer(first));
  branch.squash(name, trailer(id));
  const head = branch.tip(name);
  branch.git('branch', '-D', '-q', name);
  branch.git('reflog', 'expire', '--expire=now', '--all');
  branch.git('gc', '-q', '--prune=now');
  expect((await branch.audit()).newest).toMatchObject({
    fault: 'head-missing',
    next: `git fetch origin ${head}`,
  });
});

test('before the first policy nothing was asked; after it was taken away, everything still is', async () => {
  using branch = new Branch({}, ['.caws/policy.yaml', '.caws/trusted-keys.yaml']);
  branch.change();
  await branch.story.verdict();
  branch.pushes('README.md', 'A shop.\n');
  expect(await branch.audit()).toMatchObject({ code: 0, newest: { state: 'before-policy' } });
  branch.pushes('.caws/policy.yaml', policy());
  branch.pushes('.caws/specs/CART-2.yaml', spec({ id: 'CART-2' }));
  rmSync(`${branch.story.directory}/.caws/policy.yaml`);
  branch.git('commit', '-q', '-a', '-m', 'No law');
  branch.pushes('src/evil.ts', '1;\n');
  const { rows } = await branch.audit();
  expect(rows.map(({ state }) => state)).toEqual([
    'unverified',
    'unverified',
    'unverified',
    'before-policy',
    'before-policy',
    'before-policy',
  ]);
});

test('an older part of a line is not taken for a rewritten one', async () => {
  using branch = new Branch();
  const { name, id } = await branch.passed();
  branch.squash(name, trailer(id));
  const later = await branch.passed();
  branch.squash(later.name, trailer(later.id));
  const said = await branch.shows('main~2', '--ref', 'main');
  expect(said).toMatchObject({ code: 0 });
  expect(said.out).toContain('1 before the first policy');
  expect(said.out).not.toContain('rewrote');
});

test('a line that was rewritten to have had no policy is not believed', async () => {
  using branch = new Branch();
  const { name, id } = await branch.passed();
  branch.squash(name, trailer(id));
  branch.git('switch', '-q', '--orphan', 'anew');
  branch.story.handsOf(sam).writes('src/evil.ts', '1;\n');
  branch.git('add', '-A');
  branch.git('commit', '-q', '-m', 'As if it had always been so');
  branch.git('branch', '-f', 'main', 'anew');
  const { rows, code } = await branch.audit('main');
  expect(code).toBe(1);
  expect(rows.map(({ fault }) => fault)).toEqual(['no-verdict-named']);
  expect((await branch.shows('main')).out).toContain('somebody rewrote it');
});
