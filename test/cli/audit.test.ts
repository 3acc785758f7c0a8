import { expect, test } from 'vitest';
import { Branch, trailer } from './audit-kit.ts';

// A story starts git dozens of times, and a busy machine takes its time.

test('a merge, a squash, a rebase and a fast-forward of judged heads all hold, each said by its way', async () => {
  using branch = new Branch();
  const merged = await branch.passed();
  branch.merge(merged.name, trailer(merged.id));
  const squashed = await branch.passed();
  branch.squash(squashed.name, trailer(squashed.id));
  const rebased = await branch.passed(3);
  branch.pushes('README.md', 'A shop.\n');
  branch.note(branch.rebase(rebased.name), `CAWS-VERDICT-ID: ${rebased.id}`);
  const forwarded = await branch.passed(2);
  branch.git('switch', '-q', 'main');
  branch.git('merge', '-q', '--ff-only', forwarded.name);
  branch.note('main', `CAWS-VERDICT-ID: ${forwarded.id}`);
  const { rows, code } = await branch.audit();
  expect(rows.map(({ state, way, namedBy }) => `${state} ${way} ${namedBy}`)).toEqual([
    'verified fast-forward note',
    'verified fast-forward null',
    'verified rebase note',
    'verified rebase null',
    'verified rebase null',
    'unverified null null',
    'verified squash trailer',
    'verified merge trailer',
    'before-policy null null',
  ]);
  expect(code).toBe(1);
  expect(await branch.audit('--last', '5')).toMatchObject({ code: 0 });
});

test('a line of only what was allowed ends well', async () => {
  using branch = new Branch();
  const { name, id } = await branch.passed();
  branch.squash(name, trailer(id));
  const said = await branch.shows();
  expect(said).toMatchObject({ code: 0, err: '' });
  expect(said.out).toContain(
    '1 verified, 0 unverified, 1 before the first policy: all of it holds.',
  );
  expect(Math.max(...said.out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});
