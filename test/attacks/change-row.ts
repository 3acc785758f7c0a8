import type fc from 'fast-check';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import type { WeighedFinding } from '../../src/caws/findings.ts';
import type { RuleId } from '../../src/caws/rules.ts';
import { forEvery, mustCatch, mustPass, type Row } from './row.ts';
import { type Hearing, judging, type Yard } from './yard.ts';

/** What must be so of the finding that caught the attack. */
type Also = (finding: WeighedFinding, record: VerdictRecord) => void;

/** An attack by what a change holds, judged whole. `Input` is what varies. */
export interface ChangeAttack<Input> extends Pick<Row, 'id' | 'name' | 'expected' | 'defence'> {
  readonly verdict: 'FAIL' | 'WAIVER_REQUIRED';
  readonly rule: RuleId;
  /** An honest change of the same kind. */
  readonly control: (yard: Yard) => void;
  readonly attack: (yard: Yard) => void;
  readonly asked?: Hearing;
  readonly also?: Also;
  readonly runs: number;
  readonly inputs: fc.Arbitrary<Input>;
  readonly variant: (yard: Yard, input: Input) => void;
  readonly variantAsked?: (input: Input) => Hearing;
  readonly variantRule?: (input: Input) => RuleId;
}

export function changeRow<Input>(given: ChangeAttack<Input>): Row {
  const { id, name, expected, defence, verdict, rule, also, asked } = given;
  return {
    id,
    name,
    expected,
    defence,
    async holds() {
      mustPass(await judging(given.control));
      const record = await judging(given.attack, asked);
      also?.(mustCatch(record, verdict, rule), record);
    },
    variants: () =>
      forEvery(given.runs, given.inputs, async (input) => {
        const record = await judging(
          (yard) => given.variant(yard, input),
          given.variantAsked?.(input) ?? asked,
        );
        mustCatch(record, verdict, given.variantRule?.(input) ?? rule);
      }),
  };
}
