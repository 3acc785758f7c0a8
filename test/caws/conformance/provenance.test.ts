import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  eventDialectOf,
  logFaultsMax,
  readChain2025,
  readEventLog,
} from '../../../src/caws/provenance.ts';
import { files, heldBy, inspectText, strictBy } from './documents.ts';

type Entry = Record<string, unknown>;

/** A chain as the tools of 2025 wrote it. */
function chain2025(length: number): Entry[] {
  const entries: Entry[] = [];
  let previous = '';
  for (let at = 0; at < length; at += 1) {
    const entry: Entry = {
      id: `prov-${at}`,
      timestamp: `2025-10-0${at + 1}T00:00:00.000Z`,
      commit: { hash: `c${at}`, message: 'm', author: 'Ada' },
      working_spec: { id: 'FEAT-1', risk_tier: 1 },
      previous_hash: previous,
    };
    const text = JSON.stringify(entry, Object.keys(entry).sort());
    previous = createHash('sha256').update(text).digest('hex');
    entries.push({ ...entry, hash: previous });
  }
  return entries;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

function eventLog(genesis: '' | null, length: number): string {
  let previous: string | null = genesis;
  const lines: string[] = [];
  for (let seq = 1; seq <= length; seq += 1) {
    const event = {
      seq,
      ts: '2026-05-01T00:00:00Z',
      event: 'gate',
      data: { z: [1, { b: 'ü', a: null }] },
      prev_hash: previous,
    };
    const text = `caws.events.v1\0${JSON.stringify(sorted(event))}`;
    previous = `sha256:${createHash('sha256').update(text).digest('hex')}`;
    lines.push(JSON.stringify({ ...event, event_hash: previous }));
  }
  return `${lines.join('\n')}\n`;
}

describe('a 2025 chain', () => {
  test('holds as it was written, and covers no commit', () => {
    const reading = readChain2025(chain2025(3));
    expect(reading.faults).toEqual([]);
    expect(reading.uncovered).toContain('commit.author');
    expect(reading.uncovered).toContain('working_spec.risk_tier');
    expect(reading.uncovered).not.toContain('working_spec.id');
  });
  test('still holds after somebody changed who committed what', () => {
    const forged = chain2025(3).map((entry) => ({
      ...entry,
      commit: { hash: 'evil', author: 'Eve' },
    }));
    expect(readChain2025(forged).faults).toEqual([]);
    const report = inspectText(files.chain, JSON.stringify(forged));
    expect(report.conforms).toEqual({ '2025': true, '10': true, '11': false });
    expect(strictBy(report)).toEqual(['strict.chain.uncovered']);
  });
  test.each([
    [
      'a changed time',
      (all: Entry[]) => all.with(1, { ...all[1], timestamp: 'x' }),
      1,
      'hash-mismatch',
    ],
    ['a dropped entry', (all: Entry[]) => all.toSpliced(1, 1), 1, 'link-mismatch'],
    [
      'a changed link',
      (all: Entry[]) => all.with(2, { ...all[2], previous_hash: '' }),
      2,
      'hash-mismatch',
    ],
    ['no hash', (all: Entry[]) => all.with(2, { id: 'x' }), 2, 'hash-missing'],
    [
      'an entry that is none',
      (all: Entry[]) => all.with(1, 7 as unknown as Entry),
      1,
      'not-an-entry',
    ],
  ] as const)('with %s is broken there', (_, tamper, index, kind) => {
    expect(readChain2025(tamper(chain2025(3))).faults[0]).toEqual({ index, kind });
    const report = inspectText(files.chain, JSON.stringify(tamper(chain2025(3))));
    expect(heldBy(report)[0]).toBe('provenance.2025.chain');
    expect(report.conforms['2025']).toBe(false);
  });
});

describe('an event log', () => {
  test.each([
    ['10', ''],
    ['11', null],
  ] as const)('of dialect %s holds as it was written', (dialect, genesis) => {
    const text = eventLog(genesis, 4);
    expect(eventDialectOf(text)).toBe(dialect);
    expect(readEventLog(text, dialect)).toEqual({ entries: 4, faults: [], uncovered: [] });
    const report = inspectText(files.events, text);
    expect(report.conforms).toEqual({
      '2025': false,
      '10': dialect === '10',
      '11': dialect === '11',
    });
    expect(report.findings.map(({ rule }) => rule)).toEqual(['strict.chain.unsigned']);
  });
  test('names the line of any single change', () => {
    const lines = eventLog(null, 4).trimEnd().split('\n');
    const edits: ((line: string) => string)[] = [
      (line) => line.replace('"ü"', '"u"'),
      (line) => line.replace(/"seq":\d/, '"seq":9'),
      (line) => line.replace(/sha256:[0-9a-f]{4}/g, 'sha256:0000'),
      () => '{"seq": 2',
      () => '[]',
    ];
    fc.assert(
      fc.property(fc.nat(3), fc.constantFrom(...edits), (at, edit) => {
        const text = `${lines.with(at, edit(lines[at] ?? '')).join('\n')}\n`;
        const report = inspectText(files.events, text, '11');
        expect(report.conforms['11']).toBe(false);
        expect(report.findings.map(({ line }) => line)).toContain(at + 1);
      }),
    );
  });
  test('without events says nothing about signatures', () => {
    expect(inspectText(files.events, '').findings).toEqual([]);
  });
});

test('nesting without end is no entry and no crash', () => {
  const deep = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`;
  expect(readEventLog(deep, '11').faults).toEqual([{ index: 0, kind: 'not-an-entry' }]);
  expect(readChain2025(JSON.parse(`[${deep}]`)).faults[0]?.kind).toBe('not-an-entry');
});

test('a log of nothing but broken lines is read up to a bound', () => {
  const text = '{\n'.repeat(logFaultsMax * 3);
  const { entries, faults } = readEventLog(text, '11');
  expect(entries).toBe(logFaultsMax * 3);
  expect(faults).toHaveLength(logFaultsMax);
  const { conforms, findings } = inspectText(files.events, text);
  expect(conforms).toEqual({ '2025': false, '10': false, '11': false });
  expect(findings[1]?.line).toBe(1);
});
