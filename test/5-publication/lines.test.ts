import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { CaseFile } from '../../src/4-verdict/case.ts';
import { hear } from '../../src/4-verdict/hearing.ts';
import { judge } from '../../src/4-verdict/judge.ts';
import { checkFace } from '../../src/5-publication/check/face.ts';
import { budgetsSection } from '../../src/5-publication/pages/measured-sections.ts';
import { examinationText } from '../../src/5-publication/progress.ts';
import { report } from '../../src/5-publication/report.ts';
import type { Digest, VerdictId } from '../../src/primitives.ts';
import { context, decided } from './check/kit.ts';

const kept = (): CaseFile =>
  JSON.parse(
    readFileSync(new URL('../precedents/too-many-lines/case.json', import.meta.url), 'utf8'),
  );
const identity = {
  id: '01a40088-0000-7000-8000-000000000001' as VerdictId,
  caseDigest: `sha256:${'c'.repeat(64)}` as Digest,
};

/** The kept case with seven deleted lines in it, judged by a policy that counts lines so. */
function counting(lines: 'added' | 'changed', cap: number) {
  const file = kept();
  const text = `${file.law.policy?.text}`.replaceAll(/max_loc: \d+/g, `max_loc: ${cap}`);
  const files = file.change.files.map((each, at) =>
    at > 0 ? each : { ...each, deleted: 7, ownDeleted: 7, lines: each.linesAdded + 7 },
  );
  const policy = { file: '.caws/policy.yaml', text: `${text}\nlines: ${lines}\n` };
  const changed: CaseFile = {
    ...file,
    recordForm: 2,
    change: { ...file.change, files },
    law: { ...file.law, policy },
  };
  const heard = hear(changed);
  const judged = judge(changed, identity);
  if (!heard.ok || !judged.ok) throw new Error(JSON.stringify([heard, judged]));
  const added = files.reduce((sum, each) => sum + each.linesAdded, 0);
  return { record: judged.value, examination: heard.value.examination, added };
}

test.each(['added', 'changed'] as const)(
  'where lines %s count, the finding, the bar, the row, the stage and the record say the same number',
  (lines) => {
    const { added } = counting(lines, 1);
    const counted = lines === 'added' ? added : added + 7;
    const over = counting(lines, counted - 1);
    const [finding] = over.record.examination.findings.filter(
      ({ rule }) => rule === 'budget.lines',
    );
    expect(finding?.measured).toEqual({ value: counted, unit: 'lines' });
    expect(over.record.examination.linesCounted).toBe(lines);
    expect(budgetsSection(over.record)?.toString()).toContain(
      `${counted} of ${counted - 1} lines, 1 over`,
    );
    expect(examinationText(over.examination)).toContain(`${counted} of ${counted - 1} lines`);
    const said = `counts ${counted} lines${lines === 'added' ? ' added' : ''} (+${added} −7)`;
    expect(checkFace(decided(over.record), context).summary).toContain(said);
    expect(report(over.record, (_, text) => text)).toContain(said);

    const within = counting(lines, counted);
    const row =
      lines === 'added'
        ? `| Budget, tier 2: lines added | ✓ pass | ${counted} lines (${counted + 7} changed) | ${counted} lines |`
        : `| Budget, tier 2: lines | ✓ pass | ${counted} lines | ${counted} lines |`;
    expect(checkFace(decided(within.record), context).summary).toContain(row);
  },
);

test('a case of before records said it is decided to the same record as then', () => {
  const judged = judge(kept(), identity);
  expect(judged.ok && 'linesCounted' in judged.value.examination).toBe(false);
});
