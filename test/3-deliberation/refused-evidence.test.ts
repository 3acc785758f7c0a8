import { describe, expect, test } from 'vitest';
import { evidenceBounds } from '../../src/3-deliberation/evidence/measured.ts';
import type { EvidenceFormat } from '../../src/caws/policy.ts';
import {
  branch,
  branches,
  cobertura,
  failing,
  faultOf,
  formats,
  pass,
  read,
  result,
  sarif,
  section,
  stryker,
  suite,
} from './report-kit.ts';

describe('a report is refused', () => {
  const bomb = `<!DOCTYPE t [<!ENTITY a "ha">${Array.from({ length: 9 }, (_, i) => `<!ENTITY a${i} "${`&a${i - 1};`.repeat(10)}">`).join('')}]><testsuite>&a8;</testsuite>`;
  test.each<[string, EvidenceFormat, string, string]>([
    ['entities that expand without end', 'junit', bomb, 'forbidden'],
    [
      'an entity that reads a file',
      'junit',
      '<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuite>&x;</testsuite>',
      'forbidden',
    ],
    ['a DTD of parameters', 'junit', `<!DOCTYPE t [ %x; ]>${suite(pass)}`, 'forbidden'],
    ['an entity after the root', 'junit', `${suite(pass)}<!ENTITY a "b">`, 'forbidden'],
    ['suites nested without end', 'junit', '<testsuite>'.repeat(100_000), 'too-large'],
    [
      'elements without end',
      'junit',
      suite('<p/>'.repeat(evidenceBounds.elementsMax + 1)),
      'too-large',
    ],
    [
      'attributes without end',
      'junit',
      `<testsuite ${Array.from({ length: 65 }, (_, at) => `a${at}=""`).join(' ')}/>`,
      'too-large',
    ],
    [
      'an attribute without end',
      'cobertura',
      `<coverage line-rate="1" x="${'y'.repeat(evidenceBounds.tagCharactersMax)}"/>`,
      'too-large',
    ],
    ['blanks without end', 'junit', `<testsuite${' '.repeat(2 ** 21)}/>`, 'too-large'],
    ['text cut off', 'junit', suite(pass).slice(0, -4), 'not-well-formed'],
    ['an attribute cut off', 'junit', '<testsuite name="a', 'not-well-formed'],
    ['a comment cut off', 'junit', `${suite(pass)}<!-- `, 'not-well-formed'],
    ['a second root', 'junit', suite(pass) + suite(failing), 'not-well-formed'],
    ['trailing text', 'junit', `${suite(pass)}x`, 'not-well-formed'],
    ['leading text', 'junit', `x${suite(pass)}`, 'not-well-formed'],
    ['a repeated attribute', 'junit', suite(pass, 'tests="1" tests="2"'), 'not-well-formed'],
    ['tags that cross', 'junit', '<testsuite><testcase></testsuite></testcase>', 'not-well-formed'],
    [
      'another encoding',
      'junit',
      `<?xml version="1.0" encoding="UTF-16"?>${suite(pass)}`,
      'not-well-formed',
    ],
    ['a NUL', 'junit', suite(`${pass}\0`), 'not-well-formed'],
    ['another root', 'junit', '<html/>', 'wrong-shape'],
    ['a total that its cases do not give', 'junit', suite(pass, 'tests="100"'), 'contradiction'],
    ['failures that no case shows', 'junit', suite(pass, 'failures="1"'), 'contradiction'],
    ['failures that it does not admit', 'junit', suite(failing, 'failures="0"'), 'contradiction'],
    ['a negative total', 'junit', suite(pass, 'tests="-1"'), 'contradiction'],
    ['a total that an entity spells', 'junit', suite(pass, 'tests="&#49;"'), 'contradiction'],
    ['a total that is no number', 'junit', suite(pass, 'tests="NaN"'), 'contradiction'],
    [
      'a section without end',
      'lcov',
      section(['BRDA:1,0,0,1'], 1, 1).replace('end_of_record\n', ''),
      'not-well-formed',
    ],
    ['a record outside a section', 'lcov', `BRDA:1,0,0,1\n${section([], 0, 0)}`, 'not-well-formed'],
    ['a negative hit', 'lcov', section(['BRDA:1,0,0,-1'], 1, 1), 'not-well-formed'],
    ['a hit that is no number', 'lcov', section(['BRDA:1,0,0,NaN'], 1, 1), 'not-well-formed'],
    [
      'a line whose hits are negative',
      'lcov',
      section(['BRDA:1,0,0,1', 'DA:1,-1'], 1, 1),
      'not-well-formed',
    ],
    ['a line without hits', 'lcov', section(['BRDA:1,0,0,1', 'DA:1'], 1, 1), 'not-well-formed'],
    [
      'calls that are no number',
      'lcov',
      section(['BRDA:1,0,0,1', 'FNDA:x,f'], 1, 1),
      'not-well-formed',
    ],
    [
      'numbered calls that are no number',
      'lcov',
      section(['BRDA:1,0,0,1', 'FNA:0,x,f'], 1, 1),
      'not-well-formed',
    ],
    [
      'a record that a lax reader finds inside a line',
      'lcov',
      section(['xBRDA:1,0,0,1'], 1, 1),
      'not-well-formed',
    ],
    ['more hits than its records', 'lcov', section(['BRDA:1,0,0,0'], 1, 1), 'contradiction'],
    [
      'a branch hidden from its total',
      'lcov',
      section(['BRDA:1,0,0,1', 'BRDA:1,0,1,0'], 1, 1),
      'contradiction',
    ],
    ['branches without totals', 'lcov', 'SF:a\nBRDA:1,0,0,1\nend_of_record\n', 'not-well-formed'],
    ['two totals', 'lcov', section(['BRDA:1,0,0,1', 'BRH:0'], 1, 1), 'not-well-formed'],
    ['lines alone', 'lcov', 'SF:a\nDA:1,1\nLF:1\nLH:1\nend_of_record\n', 'nothing-measured'],
    ['nothing', 'lcov', '', 'wrong-shape'],
    ['no branch', 'cobertura', cobertura('<line number="1" hits="1"/>'), 'nothing-measured'],
    [
      'a header better than its lines',
      'cobertura',
      cobertura(branch(1, 2), 'branches-covered="2" branches-valid="2"'),
      'contradiction',
    ],
    [
      'a rate better than its lines',
      'cobertura',
      cobertura(branch(1, 2), 'branch-rate="1"'),
      'contradiction',
    ],
    [
      'a header above itself',
      'cobertura',
      cobertura(branch(1, 2), 'branches-covered="9" branches-valid="2"'),
      'wrong-shape',
    ],
    [
      'a header that is no number',
      'cobertura',
      cobertura(branch(1, 2), 'branches-covered="NaN" branches-valid="2"'),
      'wrong-shape',
    ],
    [
      'a line above itself',
      'cobertura',
      cobertura('<line branch="true" condition-coverage="200% (2/1)"/>'),
      'wrong-shape',
    ],
    [
      'a line without hits',
      'cobertura',
      cobertura(`${branch(1, 2)}<line number="2"/>`),
      'wrong-shape',
    ],
    [
      'hits that are no number',
      'cobertura',
      cobertura(`${branch(1, 2)}<line number="2" hits="many"/>`),
      'wrong-shape',
    ],
    [
      'negative hits',
      'cobertura',
      cobertura(`${branch(1, 2)}<line number="2" hits="-1"/>`),
      'wrong-shape',
    ],
    ['a branch without its count', 'cobertura', cobertura('<line branch="true"/>'), 'wrong-shape'],
    [
      'zero of zero',
      'istanbul-summary',
      JSON.stringify({ total: branches(0, 0) }),
      'nothing-measured',
    ],
    [
      'a total above its files',
      'istanbul-summary',
      JSON.stringify({ total: branches(2, 2), a: branches(1, 2) }),
      'contradiction',
    ],
    [
      'a percentage its counts do not give',
      'istanbul-summary',
      '{"total":{"branches":{"total":4,"covered":1,"pct":100}}}',
      'wrong-shape',
    ],
    [
      'more covered than there is',
      'istanbul-summary',
      '{"total":{"branches":{"total":1,"covered":2,"pct":200}}}',
      'wrong-shape',
    ],
    [
      'a negative count',
      'istanbul-summary',
      '{"total":{"branches":{"total":-1,"covered":-1,"pct":100}}}',
      'wrong-shape',
    ],
    [
      'an infinite count',
      'istanbul-summary',
      '{"total":{"branches":{"total":1e999,"covered":1e999,"pct":100}}}',
      'wrong-shape',
    ],
    [
      'a key that stands twice',
      'istanbul-summary',
      '{"total":{"branches":{"total":4,"covered":1,"covered":4,"pct":100}}}',
      'not-well-formed',
    ],
    [
      'trailing text',
      'istanbul-summary',
      `${JSON.stringify({ total: branches(1, 1) })} x`,
      'not-well-formed',
    ],
    [
      'a prototype for a document',
      'istanbul-summary',
      '{"__proto__":{"total":{"branches":{"total":1,"covered":1,"pct":100}}}}',
      'wrong-shape',
    ],
    ['nesting without end', 'stryker', `${'{"a":'.repeat(200)}1${'}'.repeat(200)}`, 'too-large'],
    ['mutants still pending', 'stryker', stryker('Killed', 'Pending'), 'incomplete'],
    ['a state that nobody knows', 'stryker', stryker('Killed', 'Vanished'), 'wrong-shape'],
    ['a state from the prototype', 'stryker', stryker('constructor'), 'wrong-shape'],
    [
      'a mutant told twice',
      'stryker',
      stryker('Killed', 'Killed').replace('"id":"1"', '"id":"0"'),
      'contradiction',
    ],
    ['mutants ignored to the last', 'stryker', stryker('Ignored', 'Ignored'), 'nothing-measured'],
    ['no mutant', 'stryker', stryker(), 'nothing-measured'],
    ['another version', 'sarif', '{"version":"2.0.0","runs":[]}', 'wrong-shape'],
    ['no run', 'sarif', '{"version":"2.1.0","runs":[]}', 'nothing-measured'],
    ['a run without results', 'sarif', sarif(undefined), 'incomplete'],
    ['a run whose results are null', 'sarif', sarif(null), 'incomplete'],
    [
      'results kept elsewhere',
      'sarif',
      sarif([], { externalPropertyFileReferences: { results: [{}] } }),
      'incomplete',
    ],
    [
      'a tool that failed',
      'sarif',
      sarif([], { invocations: [{ executionSuccessful: false }] }),
      'incomplete',
    ],
    [
      'a tool with errors of its own',
      'sarif',
      sarif([], {
        invocations: [
          { executionSuccessful: true, toolExecutionNotifications: [{ level: 'error' }] },
        ],
      }),
      'incomplete',
    ],
    ['a level that nobody knows', 'sarif', sarif([result({ level: 'fine' })]), 'wrong-shape'],
    [
      'a level from the prototype',
      'sarif',
      sarif([result({ level: 'constructor' })]),
      'wrong-shape',
    ],
  ])('%s', (_, format, text, fault) => {
    expect(faultOf(format, text)).toBe(fault);
  });

  test('over the bound of characters, in every format', () => {
    const text = ' '.repeat(evidenceBounds.charactersMax + 1);
    for (const format of formats)
      expect({ format, fault: faultOf(format, text) }).toEqual({ format, fault: 'too-large' });
  });

  test('of a count that is none, with its line', () => {
    const text = cobertura(`${branch(1, 2)}<line number="2" hits="many"/>`);
    expect(read('cobertura', text)).toMatchObject({ fault: { detail: 'hits "many" at line 2' } });
  });

  test('over a bound of nesting, with the bound', () => {
    const deep = `${'{"a":'.repeat(200)}1${'}'.repeat(200)}`;
    expect(read('sarif', deep)).toMatchObject({
      fault: { detail: `over ${evidenceBounds.depthMax} levels`, at: { line: 1 } },
    });
  });

  test('with its place', () => {
    expect(read('junit', `<testsuite>\n  <testcase>\n</testsuite>`)).toMatchObject({
      fault: { at: { file: 'r', line: 3 } },
    });
    expect(read('lcov', 'TN:\nSF:a\nnonsense\n')).toMatchObject({
      fault: { at: { file: 'r', line: 3, column: 1 } },
    });
  });
});
