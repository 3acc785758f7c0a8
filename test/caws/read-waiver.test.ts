import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readWaivers } from '../../src/caws/read-waiver.ts';
import type { Waiver } from '../../src/caws/waiver.ts';

const read = (text: string) => readWaivers({ file: '.caws/waivers/W.yaml', text });

function waivers(text: string): readonly Waiver[] {
  const result = read(text);
  if (!result.ok) throw new Error(JSON.stringify(result.fault.problems));
  return result.value;
}

function problems(text: string): readonly string[] {
  const result = read(text);
  if (result.ok) return [];
  return result.fault.problems.map(({ rule, line, column }) => `${rule} ${line}:${column}`);
}

const iso = (instant: number | null | undefined) =>
  instant === null || instant === undefined ? null : new Date(instant).toISOString();

test.each([
  [
    'S1',
    'id: WV-0001\napplies_to: FEAT-1\ngates: [budget_limit]\ndelta: {max_files: 5, max_loc: 7}\nreason_code: other\nexpires_at: "2030-01-01T00:00:00Z"\nrisk_owner: me\napprovers: [{handle: "@a", approved_at: "2029-12-01T00:00:00Z"}]\nstatus: active',
  ],
  [
    'S2',
    'id: WV-0002\ntitle: t\nreason: other\ngates: [budget_limit]\nexpires_at: 2030-01-01T00:00:00Z\napprovers: ["@a"]\nstatus: active',
  ],
  [
    'S3',
    'id: WV-0003\ntitle: t\nreason: other\nimpact_level: low\nmitigation_plan: m\ngates: [naming]\nexpires_at: 2030-01-01\napproved_by: "@a"\nstatus: active',
  ],
  [
    'v11',
    'id: FEAT-1-W-1\ntitle: title\nstatus: active\ngates: [scope_boundary]\nreason: because\napproved_by: "@a"\ncreated_at: 2029-12-01T00:00:00Z\nexpires_at: 2030-01-01T00:00:00Z\nscope: {spec_id: FEAT-1}\nconstraints: {max_uses: 3}',
  ],
] as const)('the shape %s is read into the one model', (shape, text) => {
  const [waiver] = waivers(text);
  expect(waiver).toMatchObject({ shape, status: 'active' });
  expect(waiver?.approvals).toMatchObject([{ by: '@a', proof: 'file-on-base' }]);
  expect(iso(waiver?.expiresAt)).toBe(
    shape === 'S3' ? '2030-01-02T00:00:00.000Z' : '2030-01-01T00:00:00.000Z',
  );
});

test('what a shape bounds is kept', () => {
  const [first] = waivers('id: WV-0001\napplies_to: FEAT-1\nreason_code: x\ndelta: {max_files: 5}');
  expect(first).toMatchObject({ delta: { files: 5, lines: null }, scope: { spec: 'FEAT-1' } });
  const [v11] = waivers(
    'id: A-1\nscope: {spec_id: FEAT-2}\nconstraints: {max_uses: 3}\nstatus: active',
  );
  expect(v11).toMatchObject({
    scope: { spec: 'FEAT-2' },
    usesMax: 3,
    delta: null,
    expiresAt: null,
  });
});

test('registries hold several, as a map or as a list', () => {
  const entry = '{approved_by: "@a", gates: [budget_limit], expires_at: 2030-01-01T00:00:00Z}';
  const map = waivers(`waivers:\n  WV-0001: ${entry}\n  WV-0002: ${entry}`);
  expect(map.map(({ id, shape, status }) => [id, shape, status])).toEqual([
    ['WV-0001', 'S4', 'active'],
    ['WV-0002', 'S4', 'active'],
  ]);
  expect(waivers(`waivers: [{id: WV-1, gates: [a]}]`)).toHaveLength(1);
  expect(waivers(`- {id: WV-1, gates: [a]}`)).toHaveLength(1);
  expect(waivers('waivers: {}')).toEqual([]);
});

test('what is not said is never a permission', () => {
  const [bare] = waivers('id: WV-1\napproved_by: "  "');
  expect(bare).toMatchObject({ status: 'proposed', gates: [], approvals: [], expiresAt: null });
  const [revoked] = waivers('id: A-1\nstatus: active\nrevocation: {revoked_by: x}\napproved_by: a');
  expect(revoked?.status).toBe('revoked');
});

const ours = `version: 1
id: WV-1
title: budget of the import
reason: generated client
gates: [budget_limit]
status: active
granted_at: "2029-12-01T00:00:00Z"
expires_at: "2029-12-08T00:00:00Z"
requested_by: "@worker"
approvals: [{by: "@lead", at: "2029-12-01T00:00:00Z"}]
scope: {spec_id: FEAT-1, branch: "12", head: ${'a'.repeat(40)}, policy_digest: "sha256:${'b'.repeat(64)}"}
floors: [{rule: budget.lines, subject: tier, value: 1200, unit: lines}]
`;

test('our own form keeps every bound', () => {
  expect(waivers(ours)[0]).toMatchObject({
    shape: 'arbiter',
    requestedBy: '@worker',
    scope: {
      spec: 'FEAT-1',
      branch: '12',
      head: 'a'.repeat(40),
      policyDigest: `sha256:${'b'.repeat(64)}`,
    },
    floors: [{ rule: 'budget.lines', subject: 'tier', value: 1200, unit: 'lines', files: null }],
  });
});

test.each([
  [ours.replace('gates: [budget_limit]', 'gates: []'), 'waiver.wrong-count 5:8'],
  [ours.replace('"2029-12-08T00:00:00Z"', '"2029-12-08"'), 'waiver.malformed 8:13'],
  [ours.replace('2029-12-08', '2029-02-30'), 'waiver.date 8:13'],
  [ours.replace('value: 1200', 'value: -1'), 'waiver.out-of-range 12:53'],
  [`${ours}deltas: {}`, 'waiver.unknown-key 13:1'],
  ['id: WV-1\nexpires_at: tomorrow', 'waiver.date 2:13'],
  ['id: WV-1\nexpires_at: 2025-02-30', 'waiver.date 2:13'],
  ['id: WV-1\nexpires_at: 99', 'waiver.date 2:13'],
  ['id: WV-1\nexpires_at: 2025-01-01T25:00:00Z', 'waiver.date 2:13'],
  ['id: WV-1\nexpires_at: +275000-01-01T00:00:00Z', 'waiver.date 2:13'],
  ['id: WV-1\ngates: 7', 'waiver.gates 2:8'],
  ['id: WV-1\ngates: [a, 7]', 'waiver.gates 2:8'],
  ['id: WV-1\nstatus: Active', 'waiver.status 2:9'],
  ['id: WV-1\ndelta: {max_loc: "9"}', 'waiver.count 2:18'],
  ['id: WV-1\ndelta: {max_loc: 1.5}', 'waiver.count 2:18'],
  ['id: WV-1\ndelta: {max_loc: 1e9}', 'waiver.count 2:18'],
  ['id: WV-1\ndelta: 5', 'waiver.delta 2:8'],
  ['title: no id', 'waiver.id 1:1'],
  ['id: "WV-1\\n"', 'waiver.id 1:5'],
  ['id: WV-1\napprovers: ["@a\u202e"]', 'waiver.approver 2:13'],
  [`id: WV-1\nreason: ${'x'.repeat(4_001)}`, 'waiver.too-long 2:9'],
  [`id: WV-1\napprovers: [${'a,'.repeat(51)}]`, 'waiver.too-many 2:12'],
  [`id: WV-1\ngates: [${'a,'.repeat(51)}]`, 'waiver.gates 2:8'],
  ['waivers: 5', 'waiver.shape 1:1'],
  ['waivers: [5]', 'waiver.shape 1:1'],
  ['', 'waiver.shape 1:1'],
  [`[${'{id: W-1},'.repeat(201)}]`, 'waiver.shape 1:1'],
])('one waiver that cannot be understood refuses the file: %#', (text, problem) => {
  expect(problems(text)).toContain(problem);
});

test('any text gives waivers or a located fault', () => {
  const line = fc.constantFrom(
    'id: WV-1',
    'gates: [a]',
    'status: active',
    'expires_at: 2030-01-01',
    'approvers: [{}]',
    'scope: 1',
    'waivers:',
    '  - 1',
    'approvals: 3',
    'floors: []',
    '__proto__: {status: active}',
    'delta: {a: 1}',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(line, fc.string()), { maxLength: 8 }), (lines) => {
      const result = read(lines.join('\n'));
      if (!result.ok) expect(result.fault.problems.length).toBeGreaterThan(0);
    }),
    { numRuns: 600 },
  );
});

const corpus = process.env['CAWS_CORPUS'];
if (corpus === undefined) console.log('corpus waivers skipped: CAWS_CORPUS is not set');
test.skipIf(corpus === undefined)(
  'every waiver file of the corpus is read, whatever its shape',
  () => {
    const manifest: unknown = JSON.parse(readFileSync(`${corpus}/manifest.json`, 'utf8'));
    const entries = Object.values(manifest as Record<string, Record<string, unknown>>);
    const files = entries.filter(({ kind }) => kind === 'waiver').map(({ file }) => String(file));
    expect(files.length).toBeGreaterThan(0);
    const shapes = new Set<string>();
    for (const file of files) {
      const result = readWaivers({ file, text: readFileSync(`${corpus}/${file}`, 'utf8') });
      expect([file, result.ok ? [] : result.fault.problems]).toEqual([file, []]);
      for (const { shape } of result.ok ? result.value : []) shapes.add(shape);
    }
    expect([...shapes].toSorted()).toEqual(['S1', 'S2', 'S3', 'S4', 'v11']);
  },
);
