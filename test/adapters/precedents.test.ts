import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import { ledgerPrecedents } from '../../src/adapters/precedents.ts';
import type { LawTexts } from '../../src/caws/law.ts';
import type { ResolvedRange } from '../../src/ports.ts';
import type { CommitSha, Instant } from '../../src/primitives.ts';
import { given, newFolder, open, signer } from './store-sqlite/kit.ts';

interface Past {
  readonly branch: string;
  readonly head: string;
  readonly base: string;
  readonly verdict: VerdictRecord['verdict'];
  readonly lines: number;
  readonly waiver?: string;
}

const law = (policy: string): LawTexts => ({
  policy: { file: '.caws/policy.yaml', text: policy },
  specs: [],
  waivers: [],
  trustedKeys: null,
  allowedSigners: null,
});
const rolling = law('version: 1\nrolling: {days: 7, max_loc: 100}\n');

const bodyOf = ({ branch, head, base, verdict, lines, waiver }: Past) => ({
  record: {
    verdict,
    decidedAt: '2027-03-01T10:00:00.000Z',
    subject: { branches: [branch], head, base },
    law: { spec: { id: 'CART-1' }, waivers: waiver === undefined ? [] : [{ id: waiver }] },
    examination: { budgets: [{ id: 'tier', spent: { files: 1, lines, linesAdded: lines } }] },
  },
});

/** What a change on branch `work` against target tip `m2` is told, after these verdicts. */
async function toldAfter(past: readonly Past[], texts: LawTexts = rolling) {
  await using ledger = await open(join(newFolder(), 'ledger.db'));
  for (const [at, one] of past.entries())
    given(
      await ledger.append(
        { at: at as Instant, kind: 'verdict', about: `v${at}`, body: bodyOf(one), blobs: [] },
        signer,
      ),
    );
  const range = { head: 'h9', base: 'm2' } as unknown as ResolvedRange;
  return given(
    await ledgerPrecedents(ledger).known(
      range,
      texts,
      ['work'],
      ['h9' as CommitSha, 'h8' as CommitSha],
    ),
  );
}

const linesOf = (told: Awaited<ReturnType<typeof toldAfter>>) =>
  told.history?.changes.map(({ lines }) => lines).toSorted((one, other) => one - other);

const passed = { branch: 'work', head: 'h1', base: 'm1', verdict: 'PASS', lines: 40 } as const;

describe('what earlier changes spent', () => {
  test('counts a branch that is used again, from whatever base, once the target has moved', async () => {
    expect(linesOf(await toldAfter([passed]))).toEqual([40]);
  });

  test('leaves out earlier pushes of the change itself', async () => {
    expect(linesOf(await toldAfter([{ ...passed, base: 'm2' }]))).toEqual([]);
    expect(linesOf(await toldAfter([{ ...passed, head: 'h8' }]))).toEqual([]);
  });

  test('counts each change once, by its newest PASS', async () => {
    const pushes = [passed, { ...passed, head: 'h2', lines: 60 }];
    expect(linesOf(await toldAfter(pushes))).toEqual([60]);
  });

  test('is not taken off the account by a later push that fails', async () => {
    const failing = { ...passed, head: 'h3', verdict: 'FAIL', lines: 900 } as const;
    expect(linesOf(await toldAfter([passed, failing]))).toEqual([40]);
  });

  test('counts nothing that never passed', async () => {
    const held = { ...passed, verdict: 'WAIVER_REQUIRED' } as const;
    expect(linesOf(await toldAfter([held]))).toEqual([]);
  });

  test('is unknown where the law does not ask for it', async () => {
    expect((await toldAfter([passed], law('version: 1\n'))).history).toBeNull();
  });
});

test('a waiver is used once for each other change that passed with it', async () => {
  const told = await toldAfter([
    { ...passed, waiver: 'W-1' },
    { ...passed, head: 'h2', waiver: 'W-1' },
    { ...passed, branch: 'other', waiver: 'W-1' },
    { ...passed, base: 'm2', waiver: 'W-1' },
  ]);
  expect(told.waiverUses).toEqual({ 'W-1': 2 });
});
