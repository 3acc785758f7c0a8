import fc from 'fast-check';
import { changeRow } from './change-row.ts';
import { type Defence, forEvery, must, mustEqual, mustPass, type Row } from './row.ts';
import { hearing, judging, lines, newYard, POLICY, SPEC, type Yard } from './yard.ts';

const small = (yard: Yard) => yard.write('src/cart.ts', lines(24));

interface LawAttack<Input> extends Pick<Row, 'id' | 'name' | 'expected'> {
  readonly defence: Defence;
  /** A policy of the base that nobody may judge by. */
  readonly policy: string;
  /** The problem that is named, and its line. */
  readonly rule: string | null;
  readonly line: number | null;
  readonly hint?: string;
  readonly runs: number;
  readonly inputs: fc.Arbitrary<Input>;
  readonly variant: (input: Input) => string;
}

/** A law that cannot be read as it stands: no verdict at all, and the place is named. */
function lawRow<Input>(given: LawAttack<Input>): Row {
  const refused = async (policy: string) => {
    using yard = newYard();
    yard.onBase({ '.caws/policy.yaml': policy });
    small(yard);
    yard.commit();
    const { fault, record } = await hearing(yard);
    if (record !== null || fault.kind !== 'law-invalid')
      throw new Error(
        `wanted a refused law, found ${record?.verdict ?? fault?.kind} for:\n${policy.slice(0, 400)}`,
      );
    return fault.document.problems;
  };
  return {
    id: given.id,
    name: given.name,
    expected: given.expected,
    defence: given.defence,
    async holds() {
      mustPass(await judging(small));
      const problems = await refused(given.policy);
      const named = problems.find(
        ({ rule, line }) =>
          (given.rule === null || rule === given.rule) &&
          (given.line === null || line === given.line),
      );
      if (named === undefined)
        throw new Error(`wanted ${given.rule}:${given.line}, found ${JSON.stringify(problems)}`);
      must(
        given.hint === undefined || `${named.message} ${named.hint}`.includes(given.hint),
        `no hint: ${named.hint}`,
      );
    },
    variants: () =>
      forEvery(given.runs, given.inputs, async (input) => {
        const problems = await refused(given.variant(input));
        must(problems.length > 0, 'no problem is named');
      }),
  };
}

const numbered = fc.constantFrom(
  'max_files: 5',
  'max_loc: 100',
  'max_bytes: 10000',
  'max_line_bytes: 300',
);
const noCount = fc.constantFrom(
  '.nan',
  '.inf',
  '-.inf',
  '-5',
  '12.5',
  '"500"',
  'null',
  '[]',
  'true',
  '{}',
  '1e999',
  '0x1F',
  '!!float 5',
  "''",
  '9007199254740993',
  '~',
);
const bomb = (levels: number, width: number) =>
  Array.from(
    { length: levels },
    (_, at) =>
      `a${at}: &a${at} [${Array.from({ length: width }, () => (at === 0 ? 'x' : `*a${at - 1}`)).join(', ')}]\n`,
  ).join('');
const braces = (pairs: number) => `${'{a,b}'.repeat(pairs)}`;

/** Law that would judge by nonsense. */
export const lawfulRows: readonly Row[] = [
  lawRow({
    id: 'G93',
    name: 'budgets that are no number',
    expected: 'no verdict: the policy is refused with its place',
    defence: {
      file: 'src/caws/read-policy.ts',
      from: 'if (checked.problems.length > 0) return fail({ file, problems: checked.problems });',
      to: '',
    },
    policy: POLICY.replace('max_loc: 200', 'max_loc: 50'),
    rule: 'policy.tiers-shrink',
    line: null,
    runs: 4,
    inputs: fc.record({ key: numbered, value: noCount }),
    variant: ({ key, value }) => POLICY.replace(key, `${key.replace(/:.*/, '')}: ${value}`),
  }),
  lawRow({
    id: 'G93b',
    name: 'a budget of no number at all',
    expected: 'no verdict: refused at line and column',
    defence: {
      file: 'src/caws/read-policy.ts',
      from: 'if (!yaml.ok) return yaml;\n  const root',
      to: 'if (!yaml.ok) return readDocument({ file, text: text.split("\\n").slice(0, 1).join("\\n") });\n  const root',
    },
    policy: POLICY.replace('max_loc: 200', 'max_loc: .nan'),
    rule: null,
    line: 4,
    runs: 4,
    inputs: fc.record({
      key: fc.constantFrom(
        'min_approvers',
        'max_duration_days',
        'default_expiry_days',
        'max_active_waivers_per_gate',
      ),
      value: noCount.filter((value) => !['null', '~'].includes(value)),
    }),
    variant: ({ key, value }) => POLICY.replace("'@noor'] }", `'@noor'], ${key}: ${value} }`),
  }),
  lawRow({
    id: 'G94',
    name: 'aliases that multiply',
    expected: 'no verdict: the policy is refused',
    defence: {
      file: 'src/caws/yaml.ts',
      from: 'aliasesMax: 64,',
      to: 'aliasesMax: 64_000_000,',
    },
    policy: `${POLICY}x-note: [&x y${', *x'.repeat(80)}]\n`,
    rule: 'yaml.too-many-aliases',
    line: null,
    runs: 4,
    inputs: fc.record({
      levels: fc.integer({ min: 4, max: 9 }),
      width: fc.integer({ min: 6, max: 12 }),
    }),
    variant: ({ levels, width }) => `${POLICY}${bomb(levels, width)}`,
  }),
  lawRow({
    id: 'G96',
    name: 'patterns that take for ever',
    expected: 'no verdict: the policy is refused',
    defence: {
      file: 'src/caws/glob.ts',
      from: 'alternativesPerPatternMax: 64,',
      to: 'alternativesPerPatternMax: 3_000,',
    },
    policy: `${POLICY}protected_paths: ['${braces(7)}/x']\n`,
    rule: null,
    line: 7,
    runs: 4,
    inputs: fc.constantFrom(
      braces(18),
      '{1..3000000}',
      '*'.repeat(300),
      '{'.repeat(200),
      '+(a|a)+(b|b)',
      `${'a/'.repeat(300)}b`,
      '**/*a'.repeat(30),
      '../x',
      '/etc',
      '!src',
      'a\\b',
    ),
    variant: (pattern) => `${POLICY}protected_paths: ['${pattern}']\n`,
  }),
  changeRow({
    id: 'G96b',
    name: 'a spec whose scope takes for ever',
    expected: 'FAIL spec.unreadable',
    defence: {
      file: 'src/1-pleading/binding.ts',
      from: 'else unreadable.push(reading.ok ? reading.value.file : reading.fault.file);',
      to: 'else if (reading.ok) unreadable.push(reading.value.file);',
    },
    verdict: 'FAIL',
    rule: 'spec.unreadable',
    control: small,
    attack: (yard) => {
      yard.onBase({
        '.caws/specs/FEAT-1.yaml': SPEC.replace('[src, docs, lib]', `['${braces(18)}']`),
      });
      small(yard);
    },
    runs: 4,
    inputs: fc.constantFrom('../x', '/src', braces(9), '*'.repeat(200), '[a'),
    variant: (yard, pattern) => {
      yard.onBase({
        '.caws/specs/FEAT-1.yaml': SPEC.replace('[src, docs, lib]', `['${pattern}']`),
      });
      small(yard);
    },
  }),
  lawRow({
    id: 'G97',
    name: 'a key with a typing error',
    expected: 'no verdict: refused with the nearest key and its line',
    defence: {
      file: 'src/caws/read-policy.ts',
      from: '...schemaProblems(validate, checked),',
      to: "...schemaProblems(validate, checked).filter(({ rule }) => !rule.includes('unknown')),",
    },
    policy: POLICY.replace('max_files: 5', 'max_file: 5'),
    rule: null,
    line: 3,
    hint: 'max_files',
    runs: 4,
    inputs: fc.constantFrom(
      'risk_teirs',
      'protected_pathes',
      'gatez',
      'edit_rule',
      'waiver',
      'exclude',
      'historic',
      'constructor',
      '__proto__x',
    ),
    variant: (key) => `${POLICY}${key}: {}\n`,
  }),
  {
    id: 'G98',
    name: 'every gate is skipped',
    expected: 'WAIVER_REQUIRED: nothing measured is no pass',
    defence: {
      file: 'src/4-verdict/judge.ts',
      from: 'measured: isMeasured(examination, reading.policy) || weighed.measured,',
      to: 'measured: true,',
    },
    async holds() {
      mustPass(await judging(small));
      await nothingMeasured(['budget_limit', 'scope_boundary', 'spec_completeness'], small);
    },
    variants: () =>
      forEvery(
        4,
        fc.record({ count: fc.integer({ min: 30, max: 900 }), outside: fc.boolean() }),
        ({ count, outside }) =>
          nothingMeasured(
            ['budget_limit', 'scope_boundary', 'spec_completeness', 'tests'],
            (yard) => {
              yard.write('src/cart.ts', lines(count));
              if (outside) yard.write('other/x.ts', lines(3));
            },
          ),
      ),
  },
];

async function nothingMeasured(
  gates: readonly string[],
  fill: (yard: Yard) => void,
): Promise<void> {
  const record = await judging((yard) => {
    const skips = gates.map((gate) => `  ${gate}: { mode: skip }\n`).join('');
    yard.onBase({ '.caws/policy.yaml': `${POLICY}gates:\n${skips}` });
    fill(yard);
  });
  mustEqual(record.verdict, 'WAIVER_REQUIRED', 'the verdict where nothing was measured');
}
