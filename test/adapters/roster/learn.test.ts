import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { VerdictRecord } from '../../../src/4-verdict/verdict.ts';
import { applyEvents } from '../../../src/adapters/roster/applying.ts';
import { eventsOf } from '../../../src/adapters/roster/history.ts';
import { learn } from '../../../src/adapters/roster/learn.ts';
import { register } from '../../../src/adapters/roster/registering.ts';
import type { Roster } from '../../../src/adapters/roster/roster.ts';
import { sha256Of } from '../../../src/ledger/entry.ts';
import { verdictEntryBody } from '../../../src/ledger/verdict-entry.ts';
import type { Digest, VerdictId } from '../../../src/primitives.ts';
import { aJudgement, played, preferring } from '../../3-deliberation/judge/kit.ts';
import { aJudgedCase, changeSide } from '../../4-verdict/judged-case.ts';
import { given, newFolder, open, signer } from '../store-sqlite/kit.ts';
import { decisionOf, executionOf, later, must, NOON, opened, profileOf } from './kit.ts';

/** A change that a judge doubted: what was decided then, and what people made of it. */
function doubted(): VerdictRecord {
  const { dossier, record } = aJudgedCase({});
  const judgement = aJudgement({ surface: 'change', dossier });
  return record(played(judgement, preferring(changeSide(dossier) === 0 ? 1 : 0)));
}

const idOf = (at: number) => `01a40088-0000-7000-8000-00000000000${at}` as VerdictId;

function waived(record: VerdictRecord): VerdictRecord {
  const findings = record.deliberation.findings.map((finding) =>
    finding.rule === 'judge.concern'
      ? { ...finding, standing: 'waived' as const, waivedBy: 'W-1' }
      : finding,
  );
  const waivers = [{ id: 'W-1', digest: sha256Of('W-1'), expiresAt: null }];
  return {
    ...record,
    id: idOf(2),
    verdict: 'PASS',
    law: { ...record.law, waivers },
    deliberation: { ...record.deliberation, findings },
  };
}

function throughBrokenGlass(record: VerdictRecord): VerdictRecord {
  const breakGlass = {
    ...{ id: 'G-1', digest: sha256Of('G-1'), keyId: signer.keyId, by: '@mia', reason: 'fire' },
    ...{ expiresAt: '2027-01-01T00:00:00.000Z', verdict: record.id, findings: 1 },
  };
  return { ...record, id: idOf(3), verdict: 'PASS', law: { ...record.law, breakGlass } };
}

async function ledgerOf(records: readonly VerdictRecord[]) {
  const ledger = await open(join(newFolder(), 'ledger.db'));
  for (const record of records) {
    const envelope = { payloadType: 'none', payload: '', signatures: [] };
    const body = verdictEntryBody(record, sha256Of(record.id), envelope);
    const draft = { at: NOON, kind: 'verdict', about: record.id, body, blobs: [] } as const;
    given(await ledger.append(draft, signer));
  }
  return ledger;
}

function rosterFor(record: VerdictRecord): Roster {
  const roster = opened();
  const [judge] = record.deliberation.judge?.models ?? [];
  const because = 'first';
  const put = { at: NOON, because, replace: false, status: 'active' } as const;
  must(register(roster, { ...put, profile: profileOf('one') }));
  const digest = (judge?.file ?? null) as Digest | null;
  must(register(roster, { ...put, profile: profileOf('assessor', { role: 'judge', digest }) }));
  const events = [decisionOf('d1', 'one'), executionOf('d1', { head: record.subject.head })];
  for (const applied of must(applyEvents(roster, events))) must(applied);
  return roster;
}

const kindsOf = (roster: Roster, model: string) =>
  must(eventsOf(roster, model, 20))
    .map(({ body }) => body as { readonly kind: string; readonly by?: string })
    .map(({ kind, by }) => (by === undefined ? kind : `${kind} by ${by}`))
    .toReversed();

test('a doubt that people waived is held against the judge, a broken glass against the worker', async () => {
  const first = { ...doubted(), id: idOf(1) };
  expect(first.verdict).toBe('WAIVER_REQUIRED');
  await using ledger = await ledgerOf([first, waived(first), throughBrokenGlass(first)]);
  using roster = rosterFor(first);
  const learned = must(await learn(roster, [ledger], [], later(120_000)));
  expect(learned).toEqual({ verdicts: 3, events: 5, refused: 0 });
  expect(kindsOf(roster, 'assessor')).toEqual(['registered', 'override by waiver']);
  expect(kindsOf(roster, 'one').slice(3)).toEqual([
    'verdict',
    'verdict',
    'verdict',
    'override by break-glass',
  ]);
  const record = must(roster.model('one'))?.performance['code-editing'];
  // What one person alone let through was not in order.
  expect(record?.tallies).toMatchObject({
    compliance: { count: 1, mean: 0 },
    overridden: { count: 1, mean: 1 },
  });
  expect(must(await learn(roster, [ledger], [], later(121_000)))).toEqual({
    verdicts: 0,
    events: 0,
    refused: 0,
  });
});

test('a ledger that was put back to an older copy is read again, and nothing counts twice', async () => {
  const first = { ...doubted(), id: idOf(1) };
  using roster = rosterFor(first);
  await using ledger = await ledgerOf([first]);
  must(await learn(roster, [ledger], [], later(120_000)));
  const before = must(roster.model('one'));
  roster.database.exec('UPDATE cursors SET sequence = 99');
  expect(must(await learn(roster, [ledger], [], later(121_000)))).toMatchObject({
    verdicts: 0,
    events: 0,
  });
  expect(must(roster.model('one'))).toEqual(before);
});
