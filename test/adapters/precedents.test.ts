import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import { DAY_MS } from '../../src/4-verdict/waivers/event.ts';
import { ledgerPrecedents } from '../../src/adapters/precedents.ts';
import type { LawTexts } from '../../src/caws/law.ts';
import type { ResolvedRange } from '../../src/ports.ts';
import { type CommitSha, type Instant, isoOf } from '../../src/primitives.ts';
import { given, newFolder, open, signer } from './store-sqlite/kit.ts';

interface Past {
  readonly branch: string;
  readonly head: string;
  readonly base: string;
  readonly verdict: VerdictRecord['verdict'];
  readonly lines: number;
  readonly waiver?: string;
  /** Days before the change is judged. */
  readonly ago?: number;
}

const law = (policy: string): LawTexts => ({
  policy: { file: '.caws/policy.yaml', text: policy },
  specs: [],
  waivers: [],
  trustedKeys: null,
  allowedSigners: null,
});
const rolling = law('version: 1\nrolling: {days: 7, max_loc: 100}\n');

const NOW = Date.parse('2027-03-01T10:00:00.000Z') as Instant;
const day = (ago: number): Instant => (NOW - ago * DAY_MS) as Instant;

const bodyOf = ({ branch, head, base, verdict, lines, waiver, ago = 1 }: Past) => ({
  record: {
    verdict,
    decidedAt: isoOf(day(ago)),
    subject: { branches: [branch], head, base },
    law: { spec: { id: 'CART-1' }, waivers: waiver === undefined ? [] : [{ id: waiver }] },
    examination: { budgets: [{ id: 'tier', spent: { files: 1, lines, linesAdded: lines } }] },
  },
});

/** What a change on branch `work` against target tip `m2` is told, after these verdicts. */
async function toldAfter(past: readonly Past[], texts: LawTexts = rolling, max?: number) {
  await using ledger = await open(join(newFolder(), 'ledger.db'));
  for (const [at, one] of past.entries())
    given(
      await ledger.append(
        {
          at: day(one.ago ?? 1),
          kind: 'verdict',
          about: `v${at}`,
          body: bodyOf(one),
          blobs: [],
        },
        signer,
      ),
    );
  const range = { head: 'h9', base: 'm2' } as unknown as ResolvedRange;
  return given(
    await ledgerPrecedents(ledger, new Set(), max).known(
      range,
      texts,
      ['work'],
      ['h9' as CommitSha, 'h8' as CommitSha],
      NOW,
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

  test('is known however much was decided before its window, and unknown where more lies in it than is read', async () => {
    const old = Array.from({ length: 9 }, (_, at) => ({ ...passed, branch: `b${at}`, ago: 8 }));
    expect(linesOf(await toldAfter([...old, passed], rolling, 5))).toEqual([40]);
    const held = { ...passed, verdict: 'FAIL' } as const;
    const busy = Array.from({ length: 6 }, (_, at) => ({ ...held, branch: `b${at}` }));
    expect((await toldAfter([...busy, passed], rolling, 5)).history).toBeNull();
  });

  test('is looked for as far back as the longer window of repository and owner', async () => {
    const owners = {
      file: '.caws/policy.yaml',
      text: 'version: 1\nrolling: {days: 30, max_loc: 900}\n',
    };
    const both: LawTexts = {
      ...rolling,
      organization: { repository: 'acme/.github', commit: 'c1' as CommitSha, policy: owners },
    };
    const old = { ...passed, branch: 'old', ago: 20 };
    expect(linesOf(await toldAfter([old, passed], both))).toEqual([40, 40]);
    expect(linesOf(await toldAfter([old, passed]))).toEqual([40]);
  });
});

/** Lets a change through three times within these days. */
const filed = (id: string, from: number, until: number): LawTexts => ({
  ...law('version: 1\nwaivers: {max_duration_days: 90}\n'),
  waivers: [
    {
      file: `.caws/waivers/${id}.yaml`,
      text: `id: ${id}
title: legacy adapter
status: active
gates: [budget_limit]
reason: it goes away with the next release
approved_by: "@mia"
created_at: ${isoOf(day(from))}
expires_at: ${isoOf(day(until))}
scope: {spec_id: CART-1}
constraints: {max_uses: 3}
`,
    },
  ],
});

test('a waiver is used once for each other change that passed with it since it was granted', async () => {
  const past = [
    { ...passed, waiver: 'CART-1-W-1' },
    { ...passed, head: 'h2', waiver: 'CART-1-W-1' },
    { ...passed, branch: 'other', waiver: 'CART-1-W-1', ago: 39 },
    { ...passed, base: 'm2', waiver: 'CART-1-W-1' },
    { ...passed, branch: 'before', waiver: 'CART-1-W-1', ago: 41 },
  ].toReversed();
  const told = await toldAfter(past, filed('CART-1-W-1', 40, -20));
  expect(told).toMatchObject({ waiverUses: { 'CART-1-W-1': 2 }, history: null });
  expect((await toldAfter(past, filed('CART-1-W-1', 40, 2))).waiverUses).toBeNull();
});
