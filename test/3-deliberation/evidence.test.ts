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
import type { Share } from '../../src/3-deliberation/evidence/measured.ts';
import type { EvidenceFormat } from '../../src/caws/policy.ts';
import {
  branch,
  branches,
  cobertura,
  failing,
  formats,
  pass,
  read,
  result,
  sarif,
  section,
  stryker,
  suite,
  value,
} from './report-kit.ts';

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
