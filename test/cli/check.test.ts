import { expect, test } from 'vitest';
import { command as check } from '../../src/cli/check.ts';
import { command as verdict } from '../../src/cli/verdict.ts';
import { code } from '../stories/documents.ts';
import { Story } from '../stories/story.ts';

// A story starts git dozens of times, and a busy machine takes its time.

test('a look at the branch says what verify would, signs nothing and makes no ledger', async () => {
  using story = new Story();
  story.worker.exceeds('lines');
  const looked = await story.runs(check);
  expect(looked.code).toBe(3);
  expect(looked.out).toContain('budget.lines');
  expect(looked.out).toContain('a preview: not signed, not recorded, no gate was asked');
  expect(looked.out).not.toContain('arbiter waiver request');
  expect((await story.runs(verdict, 'list')).code).toBe(4);
});

test('what is staged is judged, what is only in the work tree is not', async () => {
  using story = new Story();
  story.worker.stays();
  const hands = story.handsOf(story.author);
  hands.writes('src/cart/big.ts', code(70));
  expect((await story.look('--staged')).verdict).toBe('PASS');
  hands.git('add', '-A');
  expect((await story.look('--staged')).verdict).toBe('WAIVER_REQUIRED');
});

test('a waiver that was granted counts in a look as well', async () => {
  using story = new Story();
  story.worker.exceeds('lines');
  await story.verdict();
  await story.maintainer.waives('budget_limit');
  expect((await story.look()).verdict).toBe('PASS');
});
