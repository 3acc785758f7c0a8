import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, expect, test } from 'vitest';
import { mergeMessage } from '../../src/5-publication/merge-message.ts';
import { writeNote } from '../../src/adapters/github/notes.ts';
import { command as audit } from '../../src/cli/audit.ts';
import { command as verify } from '../../src/cli/verify.ts';
import type { World } from '../../src/cli/world.ts';
import type { CommitSha, Instant, VerdictId } from '../../src/primitives.ts';
import { rehearsal } from '../cli/rehearsal.ts';
import { startHub } from '../hub/hub.ts';
import type { MergeMethod } from '../hub/state.ts';
import { gitWith } from '../hub/testing.ts';
import { code, policy, spec } from '../stories/documents.ts';
import { arbiter, arbiterListed, kim, sam, trustedKeys } from '../stories/people.ts';

const root = mkdtempSync(join(tmpdir(), 'arbiter-audit-hub-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('what the forge itself merged, squashed and rebased is proven in a clone; what it let past is not', async () => {
  const clock = { now: Date.parse('2027-03-01T10:00:00Z') };
  await using hub = await startHub({ now: () => clock.now });
  const [ann, bob] = [hub.person('ann'), hub.person('bob')];
  const files = {
    '.caws/policy.yaml': policy(),
    '.caws/specs/CART-1.yaml': spec({ id: 'CART-1' }),
    '.caws/trusted-keys.yaml': trustedKeys([sam, kim]) + arbiterListed,
    'src/cart/total.ts': code(10, 'total'),
  };
  const repo = await hub.repository({ owner: ann, name: 'shop', files });
  hub.collaborator(repo, bob, 'write');
  await gitWith(ann.token, root, 'clone', '--quiet', repo.gitUrl, 'work');
  const work = join(root, 'work');
  const git = (...args: string[]) => gitWith(ann.token, work, ...args);
  let ids = 0;
  const runs = async (command: (world: World) => Command, ...args: string[]) => {
    const { world, out, code: ended } = rehearsal(work);
    ids += 1;
    const env = { PATH: process.env['PATH'], HOME: root, CAWS_ARBITER_KEY: arbiter.privateKey };
    const random = (count: number) => new Uint8Array(count).fill(ids);
    await command({ ...world, env, random, now: () => clock.now as Instant }).parseAsync(args, {
      from: 'user',
    });
    return { out: JSON.parse(out()) as Record<string, unknown>, code: ended() };
  };
  for (const method of ['merge', 'squash', 'rebase'] as const satisfies readonly MergeMethod[]) {
    for (const [by, part] of [
      [ann, 1],
      [bob, 2],
    ] as const) {
      clock.now += 60_000;
      const file = { [`src/cart/${method}${part}.ts`]: code(2, `${method}${part}_`) };
      await by.push(repo, `by-${method}`, file, `Part ${part}`);
    }
    const pull = await ann.opens(repo, { head: `by-${method}`, title: `By ${method}` });
    // The target moves on meanwhile, so that nothing lands where it was judged.
    await git('fetch', '--quiet', 'origin');
    const { out } = await runs(verify, `origin/main...origin/by-${method}`, '--json');
    expect(out['verdict']).toBe('PASS');
    const verdict = out['id'] as VerdictId;
    await ann.push(repo, 'main', { [`${method}.md`]: 'Past everybody.\n' }, `Past ${method}`);
    clock.now += 60_000;
    const message = mergeMessage({
      ...{ title: `By ${method}`, body: 'Because.', fallbackTitle: '', verdict },
      coAuthors: [],
    });
    const merged = await ann.merges(pull, { method, ...(method === 'rebase' ? {} : message) });
    if (!merged.ok) throw new Error(JSON.stringify(merged));
    const to = { directory: join(work, '.git'), url: repo.gitUrl, token: ann.token };
    await git('fetch', '--quiet', 'origin');
    expect(await writeNote(to, merged.sha as CommitSha, verdict)).toMatchObject({ ok: true });
  }
  const { out, code: ended } = await runs(audit, 'origin/main', '--json');
  const rows = out['commits'] as readonly Record<string, string | null>[];
  expect(
    rows.map(({ title, state, way, namedBy }) => `${title}: ${state} ${way} ${namedBy}`),
  ).toEqual([
    'Part 2: verified rebase note',
    'Part 1: verified rebase null',
    'Past rebase: unverified null null',
    'By squash: verified squash line',
    'Past squash: unverified null null',
    'By merge: verified merge trailer',
    'Past merge: unverified null null',
    expect.stringMatching(/: before-policy null null$/),
  ]);
  expect(ended).toBe(1);
});
