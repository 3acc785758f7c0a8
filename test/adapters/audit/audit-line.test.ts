import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { auditCounts } from '../../../src/4-verdict/audited.ts';
import type { VerdictRecord } from '../../../src/4-verdict/verdict.ts';
import { auditLine } from '../../../src/adapters/audit/audit-line.ts';
import { namedKeys } from '../../../src/adapters/audit/branch-keys.ts';
import { type Landings, openLandings } from '../../../src/adapters/git/landings.ts';
import { openLedger, type SqliteLedger } from '../../../src/adapters/store-sqlite/ledger.ts';
import { canonicalJson } from '../../../src/ledger/canonical.ts';
import { envelop, IN_TOTO_PAYLOAD_TYPE } from '../../../src/ledger/dsse.ts';
import { sha256Of } from '../../../src/ledger/entry.ts';
import { verdictStatement } from '../../../src/ledger/statement.ts';
import { verdictEntryBody } from '../../../src/ledger/verdict-entry.ts';
import type { Signer } from '../../../src/ports.ts';
import { type CommitSha, commitSha, type Instant, isoOf } from '../../../src/primitives.ts';
import { newSigner, START } from '../../ledger/kit.ts';
import { plainEnv, scratchRepository } from '../git/scratch-repository.ts';

const idOf = (at: number) => `0199a3f2-0000-7000-8000-${String(at).padStart(12, '0')}`;

/** Every tenth change was judged from the first commit, so that it has to be merged again. */
const isLate = (at: number): boolean => at % 10 === 0;

/** A branch on which so many changes landed as squashes. */
function history(changes: number): string {
  const person = (at: number) => `Ada <ada@example.org> ${START / 1_000 + at * 3_600} +0000`;
  const commit = (mark: number, at: number, message: string, from: number | null, file: string) =>
    `commit refs/heads/${mark % 2 === 0 ? 'main' : `head-${at}`}\nmark :${mark}\nauthor ${person(at)}\ncommitter ${person(at)}\ndata ${Buffer.byteLength(message)}\n${message}\n${from === null ? '' : `from :${from}\n`}M 100644 inline ${file}\ndata 2\nx\n\n`;
  const all = [commit(2, 0, 'Policy', null, '.caws/policy.yaml')];
  for (let at = 1; at <= changes; at += 1) {
    const file = `src/${at % 40}/${at}.ts`;
    all.push(commit(2 * at + 1, at, 'Work', isLate(at) ? 2 : 2 * at, file));
    all.push(commit(2 * at + 2, at, `Work\n\nCAWS-VERDICT-ID: ${idOf(at)}`, 2 * at, file));
  }
  return `${all.join('')}done\n`;
}

function passed(signer: Signer, subject: Partial<VerdictRecord['subject']>, at: number) {
  const decidedAt = isoOf((START + at * 3_600_000 - 1_000) as Instant);
  const nothing = sha256Of('');
  const record = {
    id: idOf(at),
    verdict: 'PASS',
    mode: 'enforce',
    decidedAt,
    subject: {
      repository: 'https://example.org/acme/shop',
      baseRef: 'refs/heads/main',
      ...subject,
    },
    law: { spec: null },
    totals: { commits: 1 },
    validUntil: null,
    caseDigest: nothing,
  };
  const canonical = canonicalJson(record);
  if (!canonical.ok) throw new Error('not canonical');
  const digest = sha256Of(canonical.value);
  const { head, headTree, base } = record.subject;
  const facts = {
    ...{ verdictId: record.id, verdict: 'PASS' as const, decidedAt, base: base ?? '' },
    ...{ repository: record.subject.repository, baseRef: record.subject.baseRef },
    ...{ head: head ?? '', headTree: headTree ?? '', record: digest, caseFile: nothing },
    policy: { uri: 'policy', digest: nothing },
    tool: { name: 'caws-arbiter', version: '0.1.0' },
  };
  const envelope = envelop(IN_TOTO_PAYLOAD_TYPE, verdictStatement(facts), signer);
  return { about: record.id, body: verdictEntryBody(record, digest, envelope) };
}

async function audited(changes: number) {
  using repository = scratchRepository();
  const signer = newSigner();
  repository.git('config', 'remote.origin.url', 'https://example.org/acme/shop.git');
  repository.gitWith(history(changes), 'fast-import', '--quiet', '--done');
  const objects = repository
    .git('for-each-ref', '--format=%(refname:short) %(objectname) %(tree)', 'refs/heads')
    .split('\n')
    .map((line) => line.split(' '));
  const heads = new Map(objects.map(([name, ...ids]) => [name, ids] as const));
  const line = repository.git('rev-list', '--reverse', 'main').split('\n') as CommitSha[];
  const opened = await openLedger({
    file: `${repository.directory}/ledger.db`,
    access: 'create',
    anchors: [],
  });
  if (!opened.ok) throw new Error(opened.fault.kind);
  await using ledger: SqliteLedger = opened.value;
  for (let at = 1; at <= changes; at += 1) {
    const [head, headTree] = (heads.get(`head-${at}`) ?? []) as [CommitSha, CommitSha];
    const base = line[isLate(at) ? 0 : at - 1] as CommitSha;
    const draft = passed(signer, { base, mergeBase: base, head, headTree }, at);
    const now = (START + at * 1_000) as Instant;
    ledger.appendWith({ at: now, kind: 'verdict', blobs: [], ...draft }, signer, () => undefined);
  }
  const asked: Record<string, number> = {};
  const found = await openLandings(repository.directory, plainEnv);
  if (!found.ok) throw new Error(found.fault.kind);
  using landings = found.value;
  const until = commitSha(repository.git('rev-parse', 'main')) as CommitSha;
  const trusted = {
    publicKey: signer.publicKey,
    role: 'arbiter' as const,
    validFrom: 0 as Instant,
  };
  const audit = await auditLine({
    landings: counting(landings, asked),
    ledger,
    keys: namedKeys([
      { ...trusted, id: 'a', algorithm: 'ed25519', holder: '@a', validUntil: null, revoked: null },
    ]),
    ...{ ref: 'refs/heads/main', formerNames: [], since: null, until, countMax: 1_000_000 },
  });
  if (!audit.ok) throw new Error(JSON.stringify(audit.fault));
  rmSync(`${repository.directory}/ledger.db`);
  return { counts: auditCounts(audit.value), asked };
}

/** The same landings, and how often each question was asked. */
function counting(landings: Landings, asked: Record<string, number>): Landings {
  return new Proxy(landings, {
    get(target, name: keyof Landings) {
      const value: unknown = target[name];
      if (typeof value !== 'function') return value;
      return (...args: readonly unknown[]) => {
        asked[name as string] = (asked[name as string] ?? 0) + 1;
        return (value as (...given: readonly unknown[]) => unknown).apply(target, [...args]);
      };
    },
  });
}

test('a thousand landings are proven with questions in proportion to their number', async () => {
  const [few, many] = [await audited(100), await audited(1_000)];
  expect(many.counts).toEqual({ verified: 1_000, unverified: 0, beforePolicy: 1, broken: 0 });
  expect(few.asked['merged']).toBe(10);
  expect(many.asked['merged']).toBe(100);
  const all = ({ asked }: typeof few) =>
    Object.values(asked).reduce((sum, count) => sum + count, 0);
  expect(all(many)).toBeLessThan(11 * all(few));
});
