import { readdirSync, readFileSync } from 'node:fs';
import { judge } from '../../../src/4-verdict/judge.ts';
import type { VerdictRecord } from '../../../src/4-verdict/verdict.ts';
import { after, begun, type Progress } from '../../../src/5-publication/check/progress.ts';
import type { CheckContext, Decided } from '../../../src/5-publication/check/state.ts';
import type { CommitSha, Digest, Instant, VerdictId } from '../../../src/primitives.ts';

const precedents = new URL('../../precedents/', import.meta.url);

export const precedentNames = readdirSync(precedents, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .toSorted();

/** The record that a kept case gives, with an id and a digest of its own. */
export function recordOf(name: string): VerdictRecord {
  const file = JSON.parse(readFileSync(new URL(`${name}/case.json`, precedents), 'utf8'));
  const judged = judge(file, {
    id: '01a40088-0000-7000-8000-000000000001' as VerdictId,
    caseDigest: `sha256:${'c'.repeat(64)}` as Digest,
  });
  if (!judged.ok) throw new Error(name);
  return judged.value;
}

export const at = (iso: string): Instant => Date.parse(iso) as Instant;

export const context: CheckContext = {
  site: 'https://arbiter.example',
  repository: { owner: 'acme', name: 'shop' },
  id: '01a40088-0000-7000-8000-00000000000a',
  now: at('2027-03-01T10:01:00Z'),
  mode: 'enforce',
};

export function decided(record: VerdictRecord, more: Partial<Decided> = {}): Decided {
  const findings = [...record.examination.findings, ...record.deliberation.findings];
  return {
    kind: 'decided',
    record,
    entry: { sequence: 1842, digest: `sha256:4e0f${'a'.repeat(60)}` as Digest },
    tookMs: 3_200,
    annotatable: new Set(findings.flatMap(({ places }) => places.map(({ file }) => file))),
    pending: [],
    ...more,
  };
}

export const sha = (letter: string): CommitSha => letter.repeat(40) as CommitSha;

/** Two stages done, the third asks coverage. */
export function midway(): Progress {
  const record = recordOf('coverage-below-the-tier');
  const examined = after(begun(at('2027-03-01T10:00:00Z'), 200_000), {
    kind: 'pleaded',
    change: { files: [{ added: 5, deleted: 0 }], commits: [{}] } as never,
    at: at('2027-03-01T10:00:00.400Z'),
  });
  const asked = after(examined, {
    kind: 'examined',
    examination: {
      ...record.examination,
      spec: { id: 'CART-1', tier: 2, standing: false },
    } as never,
    at: at('2027-03-01T10:00:01.300Z'),
  });
  return after(asked, {
    kind: 'gate',
    gate: 'coverage',
    state: 'started',
    at: at('2027-03-01T10:00:18Z'),
  });
}
