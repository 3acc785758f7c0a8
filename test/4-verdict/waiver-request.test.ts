import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type WeighContext, weighFindings } from '../../src/2-examination/waivers.ts';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import { waiversOf } from '../../src/4-verdict/waiver-events.ts';
import {
  DAY_MS,
  WAIVER_EVENT_SCHEMA,
  type WaiverDecision,
} from '../../src/4-verdict/waivers/event.ts';
import { expiryOf } from '../../src/4-verdict/waivers/expiry.ts';
import {
  fitsEnvelope,
  openEvent,
  signEvent,
  waiverIdOf,
} from '../../src/4-verdict/waivers/open-event.ts';
import { readPayload } from '../../src/4-verdict/waivers/read-payload.ts';
import { type Asked, requestStandsOn, requestWaiver } from '../../src/4-verdict/waivers/request.ts';
import type { WeighedFinding } from '../../src/caws/findings.ts';
import type { Waiver } from '../../src/caws/waiver.ts';
import { readPublicKey } from '../../src/ledger/key.ts';
import type { CommitSha, Digest, Instant, ObjectId, VerdictId } from '../../src/primitives.ts';
import { aGate, aPolicy } from '../2-examination/case.ts';
import { anyText } from '../texts.ts';

const digestOf = (letter: string) => `sha256:${letter.repeat(64)}` as Digest;
const sha = (letter: string) => letter.repeat(40) as CommitSha;
const now = Date.parse('2027-03-01T10:00:00Z') as Instant;

const lines: WeighedFinding = {
  rule: 'budget.lines',
  gate: 'budget_limit',
  subject: 'tier',
  measured: { value: 412, unit: 'lines' },
  limit: { value: 250, unit: 'lines' },
  places: [{ file: 'src/store.ts', line: null, column: null }],
  placesTotal: 1,
  detail: {},
  standing: 'needs-waiver',
  waivedBy: null,
  waiversRefused: [],
};
const scope: WeighedFinding = {
  ...lines,
  rule: 'scope.outside',
  gate: 'scope_boundary',
  subject: '',
  measured: null,
  limit: null,
  places: ['b.ts', 'a.ts', 'a.ts'].map((file) => ({ file, line: 1, column: null })),
  placesTotal: 3,
};

function verdict(
  findings: readonly WeighedFinding[],
  changes: Partial<VerdictRecord> = {},
): VerdictRecord {
  return {
    schema: 'caws-arbiter/verdict@1',
    id: '01890a5d-ac96-774b-bcce-b302099a8057' as VerdictId,
    verdict: 'WAIVER_REQUIRED',
    decidedAt: '2027-03-01T09:00:00.000Z',
    tool: { name: 'caws-arbiter', version: '0.1.0', rules: '1' },
    mode: 'enforce',
    subject: {
      repository: 'https://example.org/acme/widgets',
      baseRef: 'refs/heads/main',
      branches: ['feature/router'],
      base: sha('a'),
      mergeBase: sha('a'),
      head: sha('b'),
      headTree: 'c'.repeat(40) as ObjectId,
      change: digestOf('d'),
    },
    law: {
      policy: { file: '.caws/policy.yaml', kind: 'base', digest: digestOf('e') },
      spec: { id: 'FEAT-012', digest: digestOf('f'), standing: false },
      waivers: [],
      trustedKeys: null,
      waiving: ['budget_limit', 'scope_boundary'].map((gate) => ({
        gate,
        approvers: ['@mia'],
        approversMin: 1,
        longestDays: 14,
      })),
    },
    totals: { files: 1, added: 412, deleted: 0, lines: 412, bytes: 9000, commits: 1 },
    examination: { changeClass: 'code', tier: 2, budgets: [], findings },
    deliberation: { gates: [], findings: [], score: { e: 0, b: 0, g: 0, p: 0, s: 0 } },
    validUntil: null,
    caseDigest: digestOf('0'),
    ...changes,
  };
}

const asked: Asked = {
  gate: 'budget_limit',
  reason: 'legacy adapter, goes away with the next release',
  expires: '7d',
  requestedBy: 'key:0123',
  requesterKey: `${'A'.repeat(59)}=`,
  branch: 'feature/router',
};

describe('a request', () => {
  test('carries what the verdict measured and everything it was bound to', () => {
    const request = requestWaiver(verdict([lines, scope]), asked, now);
    expect(request).toMatchObject({
      ok: true,
      value: {
        gate: 'budget_limit',
        floors: [{ rule: 'budget.lines', subject: 'tier', value: 412, unit: 'lines', files: null }],
        spec: { id: 'FEAT-012', digest: digestOf('f') },
        policy: digestOf('e'),
        repository: 'https://example.org/acme/widgets',
        baseRef: 'refs/heads/main',
        branch: 'feature/router',
        head: sha('b'),
        at: '2027-03-01T10:00:00.000Z',
        expiresAt: '2027-03-08T10:00:00.000Z',
      },
    });
    if (request.ok) expect(request.value.waiver).toBe(waiverIdOf(request.value));
  });

  test('names every place of a finding without a quantity', () => {
    const request = requestWaiver(
      verdict([lines, scope]),
      { ...asked, gate: 'scope_boundary' },
      now,
    );
    const files = request.ok ? request.value.floors[0]?.files?.toSorted() : undefined;
    expect(files).toEqual(['a.ts', 'b.ts']);
  });

  test.each<[string, VerdictRecord, Partial<Asked>, object]>([
    ['a verdict that passes', verdict([], { verdict: 'PASS' }), {}, { kind: 'nothing-to-waive' }],
    [
      'a gate that is not there',
      verdict([lines]),
      { gate: 'budget' },
      { kind: 'gate-unknown', gates: { waivable: ['budget_limit'] } },
    ],
    ['every gate at once', verdict([lines]), { gate: '*' }, { kind: 'gate-unknown' }],
    ['a gate that holds', verdict([lines]), { gate: 'scope_boundary' }, { kind: 'gate-holds' }],
    [
      'findings that fail for good',
      verdict([{ ...lines, standing: 'fails' }]),
      {},
      { kind: 'gate-not-waivable' },
    ],
    [
      'a gate that the policy lets nobody waive',
      verdict([lines], { law: { ...verdict([]).law, waiving: [] } }),
      {},
      { kind: 'gate-not-waivable' },
    ],
    [
      'a list of places that was cut',
      verdict([{ ...scope, placesTotal: 400 }]),
      { gate: 'scope_boundary' },
      { kind: 'not-whole', places: 400 },
    ],
    [
      'more places than an event holds',
      verdict([
        { ...scope, holds: Array.from({ length: 1900 }, (_, at) => `${at}/${'x'.repeat(200)}`) },
      ]),
      { gate: 'scope_boundary' },
      { kind: 'too-many-places' },
    ],
    [
      'more findings than one waiver covers',
      verdict(Array.from({ length: 101 }, (_, at) => ({ ...lines, subject: `${at}` }))),
      {},
      { kind: 'too-many-findings', found: 101 },
    ],
    [
      'a short reason',
      verdict([lines]),
      { reason: '  because     I    said    so  ' },
      { kind: 'reason-too-short', length: 17 },
    ],
    [
      'a reason that nobody sees',
      verdict([lines]),
      { reason: `\u200b${'x'.repeat(30)}` },
      { kind: 'reason-unreadable' },
    ],
    [
      'a reason of pages',
      verdict([lines]),
      { reason: 'x'.repeat(501) },
      { kind: 'reason-too-long' },
    ],
    [
      'longer than the policy allows',
      verdict([lines]),
      { expires: '15d' },
      { kind: 'expiry-too-late', longestDays: 14 },
    ],
  ])('is refused for %s', (_, record, changes, fault) => {
    expect(requestWaiver(record, { ...asked, ...changes }, now)).toMatchObject({
      ok: false,
      fault,
    });
  });

  test('stands on its verdict, and not with one figure changed', () => {
    const record = verdict([lines, scope]);
    const request = requestWaiver(record, asked, now);
    if (!request.ok) throw new Error(request.fault.kind);
    expect(requestStandsOn(request.value, record)).toBe(true);
    const wider = request.value.floors.map((floor) => ({ ...floor, value: 9000 }));
    expect(requestStandsOn({ ...request.value, floors: wider }, record)).toBe(false);
    expect(requestStandsOn({ ...request.value, policy: digestOf('9') }, record)).toBe(false);
    expect(requestStandsOn({ ...request.value, head: sha('9') }, record)).toBe(false);
  });

  test('is readable by whoever gets it, whatever was typed', () => {
    fc.assert(
      fc.property(anyText(60), fc.string({ maxLength: 12 }), (reason, expires) => {
        const typed = { ...asked, reason: `${asked.reason} ${reason}`, expires };
        const request = requestWaiver(verdict([lines]), typed, now);
        if (request.ok) expect(readPayload(request.value).ok).toBe(true);
      }),
    );
  });
});

describe('a grant on a request', () => {
  const pair = () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const text = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    const keyId = readPublicKey(text)?.id ?? '';
    return { text, keyId, sign: (bytes: Uint8Array) => sign(null, bytes, privateKey) };
  };
  const worker = pair();
  const mia = pair();
  const trusted = {
    keys: [
      {
        publicKey: mia.text,
        role: 'maintainer',
        holder: '@mia',
        validFrom: null,
        validUntil: null,
        revoked: null,
      },
    ],
  };
  const granted = (record: VerdictRecord, gate: string) => {
    const request = requestWaiver(record, { ...asked, gate, requesterKey: worker.text }, now);
    if (!request.ok) throw new Error(request.fault.kind);
    const asking = signEvent(request.value, worker);
    const opened = openEvent(asking);
    if (!opened.ok) throw new Error(opened.fault.because);
    const approval: WaiverDecision = {
      schema: WAIVER_EVENT_SCHEMA,
      event: 'approved',
      waiver: request.value.waiver,
      request: opened.value.digest,
      at: request.value.at,
    };
    return waiversOf([asking, signEvent(approval, mia)], trusted, now).waivers;
  };
  test.each([
    [45, true],
    [48, false],
  ])('a request of %i long names fits an envelope: %s, and what fits opens', (names, fits) => {
    const request = requestWaiver(
      verdict([scope]),
      { ...asked, gate: 'scope_boundary', requesterKey: worker.text },
      now,
    );
    if (!request.ok) throw new Error(request.fault.kind);
    const files = Array.from({ length: names }, (_, at) => `${at}`.padEnd(4_100, 'x'));
    const floors = request.value.floors.map((floor) => ({ ...floor, files }));
    const content = { ...request.value, floors };
    const long = { ...content, waiver: waiverIdOf(content) };
    expect(fitsEnvelope(long)).toBe(fits);
    if (fits) expect(openEvent(signEvent(long, worker)).ok).toBe(true);
  });
  test('no event is signed that nobody could open', () => {
    const request = requestWaiver(verdict([lines]), { ...asked, requesterKey: worker.text }, now);
    if (!request.ok) throw new Error(request.fault.kind);
    const other = { ...request.value, reason: 'Another reason, which the id does not stand for.' };
    expect(() => signEvent(other, worker)).toThrow('id-differs');
  });

  const standing = (
    waivers: readonly Waiver[],
    finding: WeighedFinding,
    changes: Partial<WeighContext> = {},
  ) => {
    const context: WeighContext = {
      now,
      policy: aPolicy({ gates: [aGate('budget_limit'), aGate('scope_boundary')] }),
      policyDigest: digestOf('e'),
      spec: { id: 'FEAT-012', digest: digestOf('f'), waiverIds: [] },
      repository: 'https://example.org/acme/widgets',
      branches: ['feature/router'],
      commits: new Set(waivers.flatMap(({ scope: { head } }) => (head === null ? [] : [head]))),
      participants: ['kim@example.org'],
      waiverUses: null,
      waivers: [{ ok: true, value: waivers }],
      ...changes,
    };
    return weighFindings([finding], context)[0]?.standing;
  };
  const onLines = granted(verdict([lines]), 'budget_limit');
  const onPlaces = granted(verdict([scope]), 'scope_boundary');
  const measuring = (value: number) => ({ ...lines, measured: { value, unit: 'lines' as const } });

  test('lets pass what was measured or less, and nothing more', () => {
    expect(standing(onLines, lines)).toBe('waived');
    expect(standing(onLines, measuring(300))).toBe('waived');
    expect(standing(onLines, measuring(413))).toBe('needs-waiver');
    expect(standing(onLines, lines, { commits: new Set() })).toBe('needs-waiver');
    expect(standing(onPlaces, scope)).toBe('waived');
    const another = { file: 'c.ts', line: 1, column: null };
    const more = { ...scope, places: [...scope.places, another], placesTotal: 4 };
    expect(standing(onPlaces, more)).toBe('needs-waiver');
    expect(standing(onPlaces, lines)).toBe('needs-waiver');
  });

  test.each<[string, Partial<WeighContext>]>([
    ['repository', { repository: 'https://example.org/acme/other' }],
    ['branch', { branches: ['feature/other'] }],
    ['spec', { spec: { id: 'FEAT-013', digest: digestOf('f'), waiverIds: [] } }],
    ['text of the spec', { spec: { id: 'FEAT-012', digest: digestOf('9'), waiverIds: [] } }],
    ['policy', { policyDigest: digestOf('9') }],
    ['day, after its end', { now: (now + 7 * DAY_MS) as Instant }],
    ['author, who is the approver', { participants: ['1+mia@users.noreply.github.com'] }],
  ])('lets nothing pass for another %s', (_, changes) => {
    expect(standing(onLines, lines, changes)).toBe('needs-waiver');
  });
});

describe('an expiry', () => {
  test.each([
    ['12h', '2027-03-01T22:00:00.000Z'],
    ['7d', '2027-03-08T10:00:00.000Z'],
    ['2w', '2027-03-15T10:00:00.000Z'],
    ['14d', '2027-03-15T10:00:00.000Z'],
    ['2027-03-01', '2027-03-02T00:00:00.000Z'],
    ['2027-03-14', '2027-03-15T00:00:00.000Z'],
  ])('of %s ends at %s', (text, end) => {
    expect(expiryOf(text, now, 14)).toEqual({ ok: true, value: Date.parse(end) });
  });

  test('of the leap day is the end of the leap day', () => {
    const eve = Date.parse('2028-02-28T10:00:00Z') as Instant;
    expect(expiryOf('2028-02-29', eve, 14)).toEqual({
      ok: true,
      value: Date.parse('2028-03-01T00:00:00Z'),
    });
  });

  test.each([
    ['15d', 'expiry-too-late'],
    ['3w', 'expiry-too-late'],
    ['2027-03-15', 'expiry-too-late'],
    ['9999-12-31', 'expiry-too-late'],
    ['2027-02-28', 'expiry-in-the-past'],
    ['1970-01-01', 'expiry-in-the-past'],
    ['0d', 'expiry-unreadable'],
    ['-7d', 'expiry-unreadable'],
    ['7', 'expiry-unreadable'],
    ['7D', 'expiry-unreadable'],
    ['1000d', 'expiry-unreadable'],
    ['1e3d', 'expiry-unreadable'],
    ['7 d', 'expiry-unreadable'],
    ['7d\n', 'expiry-unreadable'],
    ['2027-02-29', 'expiry-unreadable'],
    ['2027-13-01', 'expiry-unreadable'],
    ['2027-03-08T10:00:00', 'expiry-unreadable'],
    ['tomorrow', 'expiry-unreadable'],
    ['', 'expiry-unreadable'],
  ])('of %j is refused: %s', (text, kind) => {
    expect(expiryOf(text, now, 14)).toMatchObject({ ok: false, fault: { kind } });
  });

  test('of a long text that is none, the first forty characters are told', () => {
    expect(expiryOf('x'.repeat(41), now, 14)).toMatchObject({ fault: { text: 'x'.repeat(40) } });
  });

  test('that is too late names the last date that would do', () => {
    const refused = expiryOf('2027-12-31', now, 14);
    expect(refused).toMatchObject({ fault: { lastDay: '2027-03-14' } });
    expect(expiryOf('2027-03-14', now, 14).ok).toBe(true);
    expect(expiryOf('3d', now, 0.25)).toMatchObject({ fault: { lastDay: null } });
  });

  test('never lies beyond the longest or in the past', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 999 }),
        fc.constantFrom('h', 'd', 'w'),
        fc.integer({ min: 0, max: 400 }),
        (count, unit, days) => {
          const end = expiryOf(`${count}${unit}`, now, days);
          if (end.ok) expect(end.value > now && end.value - now <= days * DAY_MS).toBe(true);
          else expect(end.fault.kind).toBe('expiry-too-late');
        },
      ),
    );
  });
});
