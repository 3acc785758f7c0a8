import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FileChange } from '../../src/1-pleading/change.ts';
import { byText, leading } from '../../src/2-examination/finding.ts';
import { examinePathNames } from '../../src/2-examination/paths.ts';
import { PLACES_MAX } from '../../src/caws/findings.ts';
import { rules } from '../../src/caws/rules.ts';
import { ok } from '../../src/primitives.ts';
import { anyText } from '../texts.ts';
import {
  aChange,
  aFile,
  aPolicy,
  aSpec,
  aWaiver,
  type Case,
  examined,
  later,
  sha,
  verdictOf,
} from './case.ts';

const path = fc.constantFrom(
  'src/a.ts',
  'src/b.ts',
  'src/deep/c.ts',
  'lib/d.ts',
  'README.md',
  '.caws/policy.yaml',
  '.caws/specs/FEAT-1.yaml',
  'infra/x.tf',
  'AGENTS.md',
  'package-lock.json',
  'src/aux.ts',
  'src/x\u0001',
  '.github/workflows/ci.yml',
  'package.json',
  'docs/f.md',
);
const file: fc.Arbitrary<FileChange> = fc
  .record({
    path,
    pathBefore: fc.option(path, { freq: 2 }),
    status: fc.constantFrom('added', 'deleted', 'modified', 'renamed', 'copied') as fc.Arbitrary<
      FileChange['status']
    >,
    kind: fc.constantFrom('text', 'text', 'text', 'binary', 'symlink', 'submodule') as fc.Arbitrary<
      FileChange['kind']
    >,
    linkTarget: fc.option(fc.constantFrom('a', '..', '/x', '../lib')),
    lines: fc.nat(150),
    deleted: fc.nat(20),
    stubLines: fc.subarray([1, 2]),
  })
  .map(({ path: name, ...facts }) => aFile(name, facts));
const files = fc.uniqueArray(file, { minLength: 1, maxLength: 8, selector: (each) => each.path });
const specs = fc.subarray([
  aSpec(),
  aSpec({ id: 'LIB-1', scopeIn: ['lib'], tier: 1 }),
  aSpec({ id: 'DOC-1', scopeIn: ['docs', 'README.md'], tier: 3 }),
  aSpec({ id: 'DEEP-1', scopeIn: ['src/deep'] }),
]);
const policy = fc.record({
  severalSpecsPerChange: fc.boolean(),
  linesCounted: fc.constantFrom('added', 'changed') as fc.Arbitrary<'added'>,
  history: fc.constantFrom('net', 'each-commit') as fc.Arbitrary<'net'>,
  standingSpecs: fc.subarray([
    {
      id: 'DEPS',
      title: '',
      tier: 3 as const,
      paths: ['package.json', 'package-lock.json'],
      authors: [],
    },
  ]),
  editRules: fc
    .boolean()
    .map((policyAndCodeSamePr) => ({ ...aPolicy().editRules, policyAndCodeSamePr })),
});
const named = fc.option(fc.constantFrom('FEAT-1', 'LIB-1', 'NONE-1'));
const change: fc.Arbitrary<Case & { readonly files: readonly FileChange[] }> = fc
  .record({ files, specs, policy, named })
  .map((facts) => ({ ...facts, specs: facts.specs.map((spec) => ok(spec)) }));

test('the order of files, specs and waivers never shows in an examination', () => {
  const waivers = [
    aWaiver(),
    aWaiver({ id: 'W-2', gates: ['scope_boundary'], expiresAt: later(2) }),
  ];
  fc.assert(
    fc.property(change, (facts) => {
      const turned = {
        ...facts,
        files: facts.files.toReversed(),
        specs: facts.specs?.toReversed() ?? [],
        waivers: waivers.toReversed(),
      };
      expect(examined(turned)).toEqual(examined({ ...facts, waivers }));
    }),
    { numRuns: 300 },
  );
});

test('the first of many are those that sorting all of them puts first', () => {
  const item = fc.record({ weight: fc.nat(5), path: fc.string({ maxLength: 2 }) });
  fc.assert(
    fc.property(
      fc.array(item, { maxLength: 60 }),
      fc.integer({ min: 1, max: 25 }),
      (items, count) => {
        const compare = (one: (typeof items)[0], other: (typeof items)[0]) =>
          other.weight - one.weight || byText(one.path, other.path);
        const sorted = items.toSorted(compare).slice(0, count);
        const found = leading(items, count, compare);
        expect(found.length).toBe(sorted.length);
        expect(found.every((each, at) => each === sorted[at])).toBe(true);
      },
    ),
  );
});

test('what is said of an ordinary name is said of it below a folder of another alphabet', () => {
  const piece = fc.constantFrom(
    ...['a', 'B', '_', '-', '.', '/', '7', 'con', 'aux', 'x'.repeat(200), 'git~1', '.git', 'com1'],
  );
  const name = fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(name, (path) => {
      const said = (at: string) =>
        examinePathNames(aChange({ files: [aFile(at)] })).map(({ rule, subject }) => [
          rule,
          subject,
        ]);
      expect(said(path)).toEqual(said(`\u00e9/${path}`));
    }),
    { numRuns: 5_000 },
  );
});

test('one more file never turns a change that does not pass into one that does', () => {
  const rank = { FAIL: 0, WAIVER_REQUIRED: 1, PASS: 2 };
  fc.assert(
    fc.property(change, file, (facts, more) => {
      const before = rank[verdictOf(examined(facts).findings)];
      const others = facts.files.filter((each) => each.path !== more.path);
      fc.pre(others.length === facts.files.length);
      const after = rank[verdictOf(examined({ ...facts, files: [...others, more] }).findings)];
      if (before < rank.PASS) expect(after).toBeLessThan(rank.PASS);
    }),
    { numRuns: 400 },
  );
});

test('every finding is plain, bounded data under a known rule', () => {
  fc.assert(
    fc.property(change, (facts) => {
      for (const found of examined(facts).findings) {
        expect(Object.hasOwn(rules, found.rule)).toBe(true);
        expect(found.gate).not.toBe('*');
        expect(found.places.length).toBe(Math.min(found.placesTotal, PLACES_MAX));
        expect(JSON.parse(JSON.stringify(found))).toEqual(found);
      }
    }),
  );
});

test('any texts in the law and the change give an examination', () => {
  const text = anyText(60);
  const texts = fc.array(text, { maxLength: 3 });
  fc.assert(
    fc.property(texts, texts, text, text, (patterns, paths, target, body) => {
      const names = ['.github/workflows/a.yml', 'package.json', '.gitattributes', ...paths];
      const facts: Case = {
        files: names.map((name) =>
          aFile(name, { kind: name === target ? 'symlink' : 'text', linkTarget: target }),
        ),
        specs: [ok(aSpec({ scopeIn: patterns, scopeOut: patterns }))],
        policy: {
          protectedPaths: patterns,
          governancePaths: patterns,
          nonGovernedZones: patterns,
          excluded: { paths: patterns, caps: aPolicy().excluded.caps },
        },
        change: { inspected: names.map((name) => ({ path: name, before: target, after: body })) },
        trailers: [target],
        waivers: [aWaiver({ id: target, gates: patterns })],
      };
      expect(['FAIL', 'WAIVER_REQUIRED', 'PASS']).toContain(verdictOf(examined(facts).findings));
    }),
  );
});

test('an approval never carries over to other content of a guarded file', () => {
  const swapped = fc.string({ minLength: 1 }).map((seed) => sha(seed));
  fc.assert(
    fc.property(swapped, (blobAfter) => {
      const facts = { specs: [ok(aSpec({ scopeIn: ['infra'] }))] };
      const own = examined({ ...facts, files: [aFile('infra/x.tf')] }).findings[0];
      const floors = [
        { rule: 'path.protected', subject: '', value: null, unit: null, files: own?.holds ?? [] },
      ];
      const waivers = [aWaiver({ gates: ['protected_paths'], floors })];
      expect(
        verdictOf(examined({ ...facts, waivers, files: [aFile('infra/x.tf')] }).findings),
      ).toBe('PASS');
      const other = examined({ ...facts, waivers, files: [aFile('infra/x.tf', { blobAfter })] });
      expect(verdictOf(other.findings)).toBe('WAIVER_REQUIRED');
    }),
  );
});
