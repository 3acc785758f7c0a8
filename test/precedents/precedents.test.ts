import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CaseFile } from '../../src/4-verdict/case.ts';
import { RULE_SET, rules } from '../../src/caws/rules.ts';
import { canonicalJson } from '../../src/ledger/canonical.ts';
import { precedents } from './cases.ts';
import { type Outcome, outcomeOf } from './judged.ts';

const folder = import.meta.dirname;
const names = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .toSorted();

function read(name: string) {
  const text = readFileSync(join(folder, name, 'case.json'), 'utf8');
  return {
    text,
    file: JSON.parse(text) as CaseFile,
    expected: JSON.parse(readFileSync(join(folder, name, 'expected.json'), 'utf8')) as Outcome,
  };
}

describe('a decided case comes out the same to the byte as long as RULE_SET is not raised', () => {
  test.each(names)('%s', (name) => {
    const { file, expected } = read(name);
    // One object, so that a changed digest shows beside what changed with it.
    expect(outcomeOf(file)).toEqual(expected);
  });
});

test('every precedent was decided by the rule set in force, so none is out of use unseen', () => {
  expect(names.map((name) => [name, read(name).expected.rules])).toEqual(
    names.map((name) => [name, RULE_SET]),
  );
});

test('every precedent is written by a story, and every story has its precedent', () => {
  expect(names).toEqual(precedents.map(({ name }) => name).toSorted());
});

test('case files are canonical, so that a digest over them is theirs', () => {
  for (const name of names) {
    const { text, file } = read(name);
    const canonical = canonicalJson(file);
    expect(canonical.ok && `${canonical.value}\n` === text, name).toBe(true);
  }
});

test('precedents hold all three verdicts and every class of rule', () => {
  const outcomes = names.map((name) => read(name).expected);
  expect(new Set(outcomes.map(({ verdict }) => verdict))).toEqual(
    new Set(['PASS', 'FAIL', 'WAIVER_REQUIRED']),
  );
  const found = outcomes.flatMap(({ findings }) =>
    findings.map((line) => line.split(/ +/)[1] as keyof typeof rules),
  );
  expect(new Set(found.map((rule) => rules[rule].class))).toEqual(
    new Set(['hard', 'waivable', 'warn']),
  );
});
