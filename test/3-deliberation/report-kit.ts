import { readEvidence } from '../../src/3-deliberation/evidence/read-evidence.ts';
import type { EvidenceFormat } from '../../src/caws/policy.ts';

export const read = (format: EvidenceFormat, text: string) =>
  readEvidence(format, { name: 'r', text });
export const faultOf = (format: EvidenceFormat, text: string) => {
  const result = read(format, text);
  return result.ok ? 'read' : result.fault.kind;
};
export const value = (format: EvidenceFormat, text: string) => {
  const result = read(format, text);
  return result.ok ? result.value : result.fault;
};

export const formats: readonly EvidenceFormat[] = [
  'junit',
  'lcov',
  'cobertura',
  'istanbul-summary',
  'stryker',
  'sarif',
];

export const suite = (cases: string, attributes = '') =>
  `<testsuite ${attributes}>${cases}</testsuite>`;
export const pass = '<testcase name="a"/>';
export const failing = '<testcase name="b"><failure/></testcase>';
export const section = (records: readonly string[], found: number, hit: number) =>
  ['TN:', 'SF:a.ts', ...records, `BRF:${found}`, `BRH:${hit}`, 'end_of_record', ''].join('\n');
export const cobertura = (lines: string, attributes = '') =>
  `<coverage ${attributes}><packages><package><classes><class name="a"><methods/><lines>${lines}</lines></class></classes></package></packages></coverage>`;
export const branch = (covered: number, total: number) =>
  `<line number="1" hits="1" branch="true" condition-coverage="${Math.floor((100 * covered) / total)}% (${covered}/${total})"/>`;
export const branches = (covered: number, total: number) => ({
  branches: {
    total,
    covered,
    skipped: 0,
    pct: total === 0 ? 100 : Math.floor((10_000 * covered) / total) / 100,
  },
});
export const stryker = (...statuses: readonly string[]) =>
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
export const sarif = (results: unknown, more: object = {}) =>
  JSON.stringify({
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 't' } }, results, ...more }],
  });
export const result = (more: object) => ({ ruleId: 'R', message: { text: 'm' }, ...more });
