import type { WaivingRule } from '../4-verdict/verdict.ts';
import type { Rule, RuleId } from '../caws/rules.ts';
import { counted } from './quantity.ts';
import { wordsOf } from './sentences.ts';
import { approversText } from './waiver-words.ts';

const classes: Readonly<Record<Rule['class'], string>> = {
  hard: 'FAIL; nobody can waive it',
  waivable: 'WAIVER REQUIRED until people allow it',
  warn: 'said, and never decides',
};

/** The way out of what a rule finds, whatever it found. */
export function wayOut(id: RuleId, { gate }: Rule): string {
  const nothing = { subject: '', measured: null, limit: null, places: [], placesTotal: 0 };
  return wordsOf({ rule: id, gate, ...nothing, detail: {} }).fix;
}

/**
 * One rule whole.
 *
 * @param waiving who may waive it by the shipped policy; null where nobody can.
 */
export function ruleText(id: RuleId, rule: Rule, waiving: WaivingRule | null): string {
  const lines = [
    id,
    `  enforces  ${rule.clause}`,
    `  gives     ${classes[rule.class]}`,
    `  gate      ${rule.gate === '*' ? 'the gate that it is about' : rule.gate}`,
    `  policy    ${rule.policyMayChange ? 'may make it a warning, skip it, or refuse waivers of it' : 'cannot soften it'}`,
    ...(waiving === null ? [] : whoLines(waiving)),
    ...(rule.waiverHolds === 'content'
      ? ['  waiver    holds for these very file contents only']
      : []),
    `  way out   ${wayOut(id, rule)}`,
  ];
  return `${lines.join('\n')}\n`;
}

function whoLines(waiving: WaivingRule): readonly string[] {
  const several = waiving.approversMin > 1 ? `${waiving.approversMin} of them, ` : '';
  return [
    `  who       ${approversText(waiving)}, ${several}not the author; at most ${counted(waiving.longestDays, 'day')}`,
    "            by the shipped policy; a repository's own may name others:",
    '            arbiter config show --base',
  ];
}
