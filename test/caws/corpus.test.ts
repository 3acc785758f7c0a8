import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type DocumentReport, inspectDocument } from '../../src/caws/conformance/inspect.ts';

/** What real command lines answered about real documents; the folder is kept outside the project. */
interface Entry {
  readonly file: string;
  readonly kind: string;
  readonly era: 'A' | 'B' | 'C';
  readonly verdicts?: Readonly<Record<string, boolean>>;
  readonly why?: string;
  readonly expected?: boolean;
}

const corpus = process.env['CAWS_CORPUS'] ?? '';
const present = existsSync(join(corpus, 'manifest.json'));
if (!present)
  console.log('skipped: the corpus of published documents (CAWS_CORPUS names no folder with one)');

const entries = present
  ? (JSON.parse(readFileSync(join(corpus, 'manifest.json'), 'utf8')) as readonly Entry[])
  : [];
const eraDialects = { A: '2025', B: '10', C: '11' } as const;
const versions = { '2025': '4.0.0', '10': '10.2.0', '11': '12.0.0' } as const;

function report(entry: Entry, dialect: 'auto' | '2025' | '10' | '11'): DocumentReport {
  const bytes = readFileSync(join(corpus, entry.file));
  return inspectDocument({ file: entry.file, bytes, dialect });
}

/** `rule@/pointer`, `rule` alone, or `/pointer: words`; an entry of a list may be named by its index. */
function reasonOf(reason: string): { readonly rule: RegExp; readonly message: RegExp } | undefined {
  const [, rule, at] = /^(spec\.[\w.]+)(?:@(\/\S*))?$/.exec(reason) ?? [];
  const place = at ?? /^(\/[\w/]+): /.exec(reason)?.[1];
  if (rule === undefined && place === undefined) return undefined;
  return {
    rule: new RegExp(rule === undefined ? '' : `^${rule}$`),
    message: new RegExp(place === undefined ? '' : `^${place}(/\\d+)*:`),
  };
}

describe.skipIf(!present)('documents of public repositories', () => {
  test('conform to exactly the dialects whose command line accepted them', () => {
    const differing: string[] = [];
    let compared = 0;
    for (const entry of entries) {
      const { conforms } = report(entry, 'auto');
      for (const dialect of ['2025', '10', '11'] as const) {
        const version = versions[dialect];
        const verdict = entry.verdicts?.[`cli-${version}`] ?? entry.verdicts?.[version];
        if (verdict === undefined) continue;
        compared += 1;
        if (conforms[dialect] !== verdict) differing.push(`${entry.file} ${dialect}`);
      }
    }
    expect(differing).toEqual([]);
    expect(compared).toBeGreaterThan(200);
  });

  test('are refused by the rules, at the places, that the command line named', () => {
    const unnamed: string[] = [];
    let named = 0;
    for (const entry of entries) {
      const { findings } = report(entry, eraDialects[entry.era]);
      const held = findings.filter(({ rule }) => !rule.startsWith('strict.'));
      for (const reason of (entry.why ?? '').split('; ')) {
        const said = reasonOf(reason);
        if (said === undefined) continue;
        named += 1;
        if (!held.some((one) => said.rule.test(one.rule) && said.message.test(one.message)))
          unnamed.push(`${entry.file} ${reason}`);
      }
    }
    expect(unnamed).toEqual([]);
    expect(named).toBeGreaterThan(30);
  });

  test('all have places inside their text', () => {
    for (const entry of entries) {
      const lines = readFileSync(join(corpus, entry.file), 'utf8').split('\n').length;
      for (const { line, column } of report(entry, 'auto').findings) {
        expect(line).toBeGreaterThanOrEqual(1);
        expect(line).toBeLessThanOrEqual(lines + 1);
        expect(column).toBeGreaterThanOrEqual(1);
      }
    }
  });
});
