import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import mutationSchema from 'mutation-testing-report-schema/mutation-testing-report-schema.json' with {
  type: 'json',
};
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evidenceBounds, type Share } from '../../src/3-deliberation/evidence/measured.ts';
import { readEvidence } from '../../src/3-deliberation/evidence/read-evidence.ts';
import type { EvidenceFormat } from '../../src/caws/policy.ts';

const read = (format: EvidenceFormat, text: string) => readEvidence(format, { name: 'r', text });
const faultOf = (format: EvidenceFormat, text: string) => {
  const result = read(format, text);
  return result.ok ? 'read' : result.fault.kind;
};
const value = (format: EvidenceFormat, text: string) => {
  const result = read(format, text);
  return result.ok ? result.value : result.fault;
};

const formats: readonly EvidenceFormat[] = [
  'junit',
  'lcov',
  'cobertura',
  'istanbul-summary',
  'stryker',
  'sarif',
];

const suite = (cases: string, attributes = '') => `<testsuite ${attributes}>${cases}</testsuite>`;
const pass = '<testcase name="a"/>';
const failing = '<testcase name="b"><failure/></testcase>';
const section = (records: readonly string[], found: number, hit: number) =>
  ['TN:', 'SF:a.ts', ...records, `BRF:${found}`, `BRH:${hit}`, 'end_of_record', ''].join('\n');
const cobertura = (lines: string, attributes = '') =>
  `<coverage ${attributes}><packages><package><classes><class name="a"><methods/><lines>${lines}</lines></class></classes></package></packages></coverage>`;
const branch = (covered: number, total: number) =>
  `<line number="1" hits="1" branch="true" condition-coverage="${Math.floor((100 * covered) / total)}% (${covered}/${total})"/>`;
const branches = (covered: number, total: number) => ({
  branches: {
    total,
    covered,
    skipped: 0,
    pct: total === 0 ? 100 : Math.floor((10_000 * covered) / total) / 100,
  },
});
const stryker = (...statuses: readonly string[]) =>
  JSON.stringify({
    schemaVersion: '2',
    thresholds: { high: 80, low: 60 },
    files: {
      'a.ts': {
        language: 'typescript',
        source: 'x',
        mutants: statuses.map((status, id) => ({
          id: String(id),
          mutatorName: 'm',
          location: { start: { line: 1, column: 1 }, end: { line: 1, column: 2 } },
          status,
        })),
      },
    },
  });
const sarif = (results: unknown, more: object = {}) =>
  JSON.stringify({
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 't' } }, results, ...more }],
  });
const result = (more: object) => ({ ruleId: 'R', message: { text: 'm' }, ...more });

describe('reports of real tools', () => {
  let folder = '';
  const at = (name: string) => join(folder, name);
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'caws-reports-'));
    writeFileSync(
      at('a.mjs'),
      'export const f = (x) => { if (x > 1) { return 1; } return x ? 2 : 3; };',
    );
    writeFileSync(
      at('a.test.mjs'),
      `import { test, describe } from 'node:test'; import { f } from './a.mjs';
       describe('s', () => { test('one', () => { f(2); }); test('off', { skip: true }, () => {});
         test('fails', () => { throw new Error('x < y ]]>'); });
         describe('inner', () => { test('two', () => {}); test('three', () => {}); }); });
       test('todo', { todo: true }, () => {});`,
    );
    writeFileSync(
      at('v.test.js'),
      `describe('s', () => { it('a', () => {}); it.skip('b', () => {}); it('c <', () => { expect(1).toBe(2); });
         describe('i', () => { it.todo('d'); }); });`,
    );
    writeFileSync(at('b.js'), 'var x = 1; if (x == 2) { debugger; }');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const bin = (name: string) => join(import.meta.dirname, '../../node_modules/.bin', name);
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] };

  test('the JUnit and lcov reports of node:test, suites within suites', () => {
    spawnSync(
      process.execPath,
      [
        '--test',
        '--experimental-test-coverage',
        '--test-reporter=junit',
        '--test-reporter-destination=j.xml',
        '--test-reporter=lcov',
        '--test-reporter-destination=c.info',
        'a.test.mjs',
      ],
      { cwd: folder, env },
    );
    expect(value('junit', readFileSync(at('j.xml'), 'utf8'))).toEqual({
      kind: 'tests',
      total: 6,
      passed: 3,
      failed: 1,
      skipped: 2,
    });
    const lcov = readFileSync(at('c.info'), 'utf8');
    const said = (tag: string) => Number(new RegExp(`^${tag}:(\\d+)$`, 'm').exec(lcov)?.[1]);
    expect(said('BRF')).toBeGreaterThan(0);
    expect(value('lcov', lcov)).toEqual({
      kind: 'coverage',
      covered: said('BRH'),
      total: said('BRF'),
      lines: { covered: said('LH'), total: said('LF') },
      functions: { covered: said('FNH'), total: said('FNF') },
    });
  });

  test('the JUnit report of vitest', () => {
    const cli = join(import.meta.dirname, '../../node_modules/vitest/vitest.mjs');
    const words = [
      cli,
      'run',
      '--globals',
      '--root',
      folder,
      '--reporter=junit',
      '--outputFile=v.xml',
      'v.test.js',
    ];
    spawnSync(process.execPath, words, { cwd: folder, env });
    expect(value('junit', readFileSync(at('v.xml'), 'utf8'))).toEqual({
      kind: 'tests',
      total: 4,
      passed: 1,
      failed: 1,
      skipped: 2,
    });
  });

  test('the SARIF reports of two linters', () => {
    for (const [name, ...words] of [
      ['biome', 'lint', '--reporter=sarif', 'b.js'],
      ['oxlint', '--format=sarif', 'b.js'],
    ] as const) {
      const { stdout } = spawnSync(bin(name), words, { cwd: folder, env, encoding: 'utf8' });
      expect({ name, ...value('sarif', stdout) }).toMatchObject({
        name,
        kind: 'security',
        suppressed: 0,
        runs: 1,
      });
      expect(value('sarif', stdout)).not.toMatchObject({ findings: 0 });
    }
  });

  test('the mutation report used here keeps the published schema', () => {
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(mutationSchema);
    expect(validate(JSON.parse(stryker('Killed', 'Survived', 'Timeout', 'Ignored')))).toBe(true);
  });
});

describe('what is counted', () => {
  test.each<[string, EvidenceFormat, string, object]>([
    ['a suite without attributes', 'junit', suite(pass + pass), { total: 2, passed: 2, failed: 0 }],
    ['a skip', 'junit', suite('<testcase><skipped/></testcase>'), { passed: 0, skipped: 1 }],
    [
      'failure before skip',
      'junit',
      suite('<testcase><skipped/><failure/></testcase>'),
      { failed: 1, skipped: 0 },
    ],
    [
      'a failure that stands as status',
      'junit',
      suite('<testcase status="failed"/>'),
      { failed: 1 },
    ],
    [
      'a case that was not run',
      'junit',
      suite('<testcase status="notrun"/>'),
      { passed: 0, skipped: 1 },
    ],
    [
      'a failure of the whole suite',
      'junit',
      suite(`${pass}<error/>`),
      { total: 1, passed: 1, failed: 1 },
    ],
    [
      'suites within suites',
      'junit',
      `<testsuites>${suite(pass + suite(failing))}</testsuites>`,
      { total: 2, passed: 1, failed: 1 },
    ],
    [
      'errors counted as failures',
      'junit',
      suite('<testcase><error/></testcase>', 'tests="1" failures="1" errors="1"'),
      { failed: 1 },
    ],
    [
      'markup inside CDATA and comments',
      'junit',
      suite(
        `${pass}<!-- <testcase/> --><system-out><![CDATA[<!DOCTYPE x [<testcase/>]]></system-out>`,
      ),
      { total: 1 },
    ],
    [
      'names that mean something to JavaScript',
      'junit',
      suite('<testcase name="__proto__" classname="constructor"/>'),
      { passed: 1 },
    ],
    [
      'a byte order mark',
      'junit',
      `\ufeff<?xml version="1.0" encoding="UTF-8"?>\n${suite(pass)}\n`,
      { passed: 1 },
    ],
    ['a namespace', 'junit', `<j:testsuite xmlns:j="u">${pass}</j:testsuite>`, { passed: 1 }],
    [
      'branches taken and not',
      'lcov',
      section(['BRDA:1,0,0,1', 'BRDA:1,0,1,-', 'BRDA:2,e0,0,0'], 3, 1),
      { covered: 1, total: 3 },
    ],
    [
      'one file under two tests',
      'lcov',
      section(['BRDA:1,0,0,1', 'BRDA:1,0,1,0'], 2, 1) +
        section(['BRDA:1,0,0,0', 'BRDA:1,0,1,2'], 2, 1),
      { covered: 2, total: 2 },
    ],
    [
      'lines and functions of a file under two tests',
      'lcov',
      section(
        ['BRDA:1,0,0,1', 'DA:1,1', 'DA:2,0', 'FN:1,f', 'FNDA:1,f', 'FN:2,f', 'FNDA:0,f'],
        1,
        1,
      ) + section(['BRDA:1,0,0,1', 'DA:1,0', 'DA:3,2,sum', 'FN:1,f', 'FNDA:0,f'], 1, 1),
      { lines: { covered: 2, total: 3 }, functions: { covered: 1, total: 2 } },
    ],
    [
      'functions with a range and names of their own',
      'lcov',
      section(['BRDA:1,0,0,1', 'FNL:0,1,3', 'FNA:0,2,f', 'FNL:1,5', 'FNA:1,0,g'], 1, 1),
      { lines: null, functions: { covered: 1, total: 2 } },
    ],
    [
      'lines and functions whose numbers are written with zeros before them, each once',
      'lcov',
      section(
        [
          'BRDA:1,0,0,1',
          'DA:1,1',
          'DA:01,1',
          'DA:001,1',
          'DA:2,0',
          'FNA:0,1,f',
          'FNA:00,1,f',
          'FNA:1,0,g',
        ],
        1,
        1,
      ),
      { lines: { covered: 1, total: 2 }, functions: { covered: 1, total: 2 } },
    ],
    [
      'line ends of another system',
      'lcov',
      section(['BRDA:1,0,0,1'], 1, 1).replaceAll('\n', '\r\n'),
      { covered: 1, total: 1 },
    ],
    [
      'lines repeated under methods, once',
      'cobertura',
      cobertura(branch(1, 2)).replace(
        '<methods/>',
        `<methods><method><lines>${branch(1, 2)}</lines></method></methods>`,
      ),
      { covered: 1, total: 2 },
    ],
    [
      'lines that ran',
      'cobertura',
      cobertura(`${branch(1, 2)}<line number="2" hits="0"/>`),
      { lines: { covered: 1, total: 2 }, functions: null },
    ],
    [
      'an external DTD, which is not fetched',
      'cobertura',
      `<!DOCTYPE coverage SYSTEM "http://nowhere.invalid/coverage-04.dtd">${cobertura(branch(1, 2))}`,
      { covered: 1, total: 2 },
    ],
    [
      'a header with misses of its own',
      'cobertura',
      cobertura(branch(2, 2), 'branches-covered="3" branches-valid="6"'),
      { covered: 3, total: 6 },
    ],
    [
      'a summary',
      'istanbul-summary',
      JSON.stringify({ total: branches(3, 4), a: branches(1, 2), b: branches(2, 2) }),
      { covered: 3, total: 4 },
    ],
    [
      'lines and functions of a summary',
      'istanbul-summary',
      JSON.stringify({
        total: {
          ...branches(3, 4),
          lines: { total: 9, covered: 8 },
          functions: { total: 2, covered: 3 },
        },
      }),
      { lines: { covered: 8, total: 9 }, functions: null },
    ],
    [
      'a file named like a prototype',
      'istanbul-summary',
      '{"total":{"branches":{"total":1,"covered":1,"pct":100}},"__proto__":{"branches":{"total":1,"covered":1,"pct":100}}}',
      { covered: 1, total: 1 },
    ],
    [
      'mutants by state',
      'stryker',
      stryker(
        'Killed',
        'Timeout',
        'Survived',
        'NoCoverage',
        'Ignored',
        'CompileError',
        'RuntimeError',
      ),
      { detected: 2, total: 4, ignored: 1 },
    ],
    [
      'results by level',
      'sarif',
      sarif([
        result({ level: 'error' }),
        result({ level: 'warning' }),
        result({ level: 'note' }),
        result({ level: 'none' }),
        result({}),
      ]),
      { findings: 3 },
    ],
    [
      'suppressed results too',
      'sarif',
      sarif([
        result({ suppressions: [{ kind: 'inSource' }] }),
        result({ suppressions: [{ kind: 'external', status: 'accepted' }] }),
      ]),
      { findings: 2, suppressed: 2 },
    ],
    [
      'results that were there before',
      'sarif',
      sarif([result({ baselineState: 'unchanged' }), result({ baselineState: 'absent' })]),
      { findings: 1 },
    ],
    [
      "the rule's own level",
      'sarif',
      sarif([result({ ruleId: 'N' }), result({ ruleIndex: 0 })], {
        tool: {
          driver: { name: 't', rules: [{ id: 'N', defaultConfiguration: { level: 'note' } }] },
        },
      }),
      { findings: 0 },
    ],
    [
      'what needs a review',
      'sarif',
      sarif([result({ kind: 'review' }), result({ kind: 'pass' })]),
      { findings: 1 },
    ],
    ['a run that found nothing', 'sarif', sarif([]), { findings: 0, runs: 1 }],
  ])('%s', (_, format, text, expected) => {
    expect(value(format, text)).toMatchObject(expected);
  });
});

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
    ['a case below a case', 'junit', suite(`<testcase>${failing}</testcase>`), 'wrong-shape'],
    [
      'cases where none are counted',
      'junit',
      suite(`${pass}<group>${failing}</group>`),
      'wrong-shape',
    ],
    [
      'a failure where none is counted',
      'junit',
      suite('<testcase><properties><failure/></properties></testcase>'),
      'wrong-shape',
    ],
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

describe('whatever the text', () => {
  const samples = [
    suite(pass + failing, 'tests="2"'),
    section(['BRDA:1,0,0,1', 'BRDA:1,0,1,0'], 2, 1),
    cobertura(branch(1, 2), 'branches-covered="1" branches-valid="2"'),
    JSON.stringify({ total: branches(1, 2), a: branches(1, 2) }),
    stryker('Killed', 'Survived'),
    sarif([result({ level: 'error' })]),
  ];
  test('a report with a piece cut out or put in gives a value in range or a fault', () => {
    const pieces = [
      '<',
      '>',
      '"',
      '&a;',
      ']]>',
      '<![CDATA[',
      '<!--',
      '{',
      '}',
      ',',
      '\n',
      '-1',
      'NaN',
      '1e999',
      '\0',
      '\u2028',
    ];
    fc.assert(
      fc.property(
        fc.nat(samples.length - 1),
        fc.nat(),
        fc.nat(8),
        fc.constantFrom('', ...pieces),
        (which, where, cut, put) => {
          const sample = samples[which] ?? '';
          const at = where % (sample.length + 1);
          const text = sample.slice(0, at) + put + sample.slice(at + cut);
          for (const format of formats) {
            const found = read(format, text);
            if (!found.ok) continue;
            const { kind, ...counts } = found.value;
            const numbers = Object.values(counts).flatMap((count: number | Share | null) =>
              typeof count === 'object' ? Object.values(count ?? {}) : [count],
            );
            for (const count of numbers)
              expect(Number.isSafeInteger(count) && count >= 0).toBe(true);
            if (found.value.kind === 'coverage')
              expect(found.value.covered).toBeLessThanOrEqual(found.value.total);
            if (found.value.kind === 'tests')
              expect(found.value.passed + found.value.skipped).toBeLessThanOrEqual(
                found.value.total,
              );
            expect(kind).toBeDefined();
          }
        },
      ),
      { numRuns: 1500 },
    );
  });
});
