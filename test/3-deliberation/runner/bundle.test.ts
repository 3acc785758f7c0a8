import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BUNDLE_BYTES_MAX,
  type EvidenceBundle,
  readBundle,
} from '../../../src/3-deliberation/runner/bundle.ts';
import { readRunCase } from '../../../src/3-deliberation/runner/run-case.ts';
import { textDigest } from '../../../src/caws/text-digest.ts';
import { bundle, bytesOf, junit, run, runCase } from './kit.ts';

const read = (value: unknown) => readBundle(bytesOf(value), runCase, run);
const faultOf = (value: unknown) => {
  const result = read(value);
  return result.ok ? null : result.fault;
};
const [types, tests] = bundle().gates;
const [file] = bundle().files;
if (types === undefined || tests === undefined || file === undefined) throw new Error('no bundle');

test('a bundle answers each gate of its plan, in the order of the plan and at the trust of a runner', () => {
  const result = read(bundle());
  expect(result).toMatchObject({
    ok: true,
    value: [
      {
        ...{ gate: 'tests', state: 'answered', trust: 'runner', exitCode: 0 },
        outputTail: '1 passed\n',
        evidence: [{ name: 'out/junit.xml', trust: 'runner', digest: textDigest(junit) }],
      },
      { gate: 'types', state: 'answered', trust: 'runner', evidence: [] },
    ],
  });
});

test('a gate that did not come to an end is answered so', () => {
  const late = {
    gate: 'tests',
    state: 'timed-out',
    detail: 'still\u001b[2J running',
    durationMs: 5,
  };
  const result = read(bundle({ gates: [types, late as typeof tests], files: [] }));
  expect(result).toMatchObject({
    ok: true,
    value: [{ gate: 'tests', state: 'timed-out', detail: 'still[2J running' }, { gate: 'types' }],
  });
});

describe('evidence about something else is refused by the name of what differs', () => {
  const others: readonly [string, Partial<EvidenceBundle>][] = [
    ['case', { case: '0198f0a0-0000-7000-8000-000000000002' }],
    ['nonce', { nonce: 'f'.repeat(32) }],
    ['repository', { repository: 42 }],
    ['head', { head: 'c'.repeat(40) }],
    ['base', { base: 'c'.repeat(40) }],
    ['policy', { policy: textDigest('a laxer policy') }],
    ['plan', { plan: textDigest('another plan') }],
    ['run', { run: { id: 902, attempt: 1 } }],
    ['run', { run: { id: 901, attempt: 2 } }],
  ];
  test.each(others)('another %s', (what, changed) => {
    expect(faultOf(bundle(changed))).toEqual({ kind: 'bundle-of-another', what });
  });
});

describe('a bundle is refused that', () => {
  const refused: readonly [string, Partial<EvidenceBundle>, object][] = [
    ['leaves a gate out', { gates: [tests] }, { kind: 'gates-differ', what: 'left-out' }],
    ['has a gate twice', { gates: [types, tests, types] }, { gate: 'types', what: 'twice' }],
    [
      'answers a gate that nobody asked for',
      { gates: [types, tests, { ...types, gate: 'lint' }] },
      { gate: 'lint', what: 'unplanned' },
    ],
    [
      'ran a gate without isolation',
      { gates: [{ ...types, isolation: 'none (there was no sandbox)' } as typeof types, tests] },
      { kind: 'not-isolated', gate: 'types' },
    ],
    [
      'brings a file that is not of its digest',
      { files: [{ ...file, text: junit.replace('"a"', '"b"') }] },
      { kind: 'file-digest-differs', path: 'out/junit.xml' },
    ],
    [
      'brings a file under another name',
      { files: [{ ...file, path: '../../junit.xml' }] },
      { kind: 'file-unplanned', path: '../../junit.xml' },
    ],
    [
      'found a kept folder that the plan does not name',
      {
        gates: [
          types,
          { ...tests, caches: [{ path: 'a', digest: textDigest('') }] } as typeof tests,
        ],
      },
      { kind: 'cache-unplanned', gate: 'tests', path: 'a' },
    ],
    ['brings a file twice', { files: [file, file] }, { kind: 'file-unplanned' }],
    [
      'brings a report for a gate that has none',
      { files: [{ ...file, gate: 'types' }] },
      { kind: 'file-unplanned', gate: 'types' },
    ],
    [
      'says that a file is of another format',
      { files: [{ ...file, format: 'lcov' }] },
      { kind: 'file-unplanned' },
    ],
    [
      'brings a report of a gate that did not end',
      {
        gates: [types, { gate: 'tests', state: 'timed-out', detail: '', durationMs: 1 }],
      },
      { kind: 'file-unplanned', gate: 'tests' },
    ],
    [
      'holds half a character',
      { files: [{ ...file, text: '\ud800', digest: textDigest('\ud800') }] },
      { kind: 'bundle-unreadable' },
    ],
    [
      'holds an exit code that none is',
      { gates: [{ ...types, exitCode: 1e9 } as typeof types, tests] },
      { kind: 'bundle-unreadable' },
    ],
    [
      'has a key that it does not know',
      { verdict: 'PASS' } as object,
      { kind: 'bundle-unreadable' },
    ],
    [
      'says that it is of another form',
      { schema: 'caws-arbiter/evidence@2' } as object,
      { kind: 'bundle-unreadable' },
    ],
    [
      'holds a log past its bound',
      { gates: [{ ...types, outputTail: 'x'.repeat(8_193) } as typeof types, tests] },
      { kind: 'bundle-unreadable' },
    ],
  ];
  test.each(refused)('%s', (_, changed, fault) => {
    expect(faultOf(bundle(changed))).toMatchObject(fault);
  });

  test('says something twice, is larger than its bound, or is no text', () => {
    const twice = JSON.stringify(bundle()).replace('"case":', '"head":"x","case":');
    for (const bytes of [Buffer.from(twice), Buffer.alloc(BUNDLE_BYTES_MAX + 1), Buffer.of(0xff)])
      expect(readBundle(bytes, runCase, run)).toMatchObject({
        ok: false,
        fault: { kind: 'bundle-unreadable' },
      });
  });

  test('is anything at all, without a throw', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          expect(readBundle(bytes, runCase, run).ok).toBe(false);
        },
      ),
    );
  });
});

describe('a case file', () => {
  test('is read as it was written', () => {
    expect(readRunCase(JSON.stringify(runCase))).toEqual({ ok: true, value: runCase });
  });

  test('with a command that its plan does not name is not run', () => {
    const [first, ...rest] = runCase.gates;
    const changed = { ...runCase, gates: [{ ...first, command: ['curl', 'evil'] }, ...rest] };
    expect(readRunCase(JSON.stringify(changed))).toMatchObject({ ok: false });
    expect(readRunCase('{}')).toMatchObject({ ok: false });
    expect(readRunCase('')).toMatchObject({ ok: false });
  });
});
