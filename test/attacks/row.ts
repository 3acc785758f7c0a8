import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import type { WeighedFinding } from '../../src/caws/findings.ts';
import type { RuleId } from '../../src/caws/rules.ts';

/** What stands between the attack and a PASS, and how it is switched off to prove that the row needs it. */
export interface Defence {
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly from: string;
  readonly to: string;
}

/** One class of attack: a case that is caught, a generated family of it, and an honest change that passes. */
export interface Row {
  /** Letter and number of the case in the catalogue of attacks. */
  readonly id: string;
  readonly name: string;
  readonly expected: string;
  readonly defence: Defence;
  /** The honest change passes and the attack is caught; throws where either is not so. */
  readonly holds: () => Promise<void>;
  /** The same of generated attacks. */
  readonly variants: () => Promise<void>;
}

/** A case of the catalogue that these parts cannot answer; it counts as open, never as passed. */
export interface OpenRow {
  readonly id: string;
  readonly name: string;
  readonly because: string;
}

/** Seeded, so that a red row is the same row tomorrow. */
const SEED = 20_261_123;

/** Runs a property over generated attacks, one after the other. */
export async function forEvery<Input>(
  runs: number,
  inputs: fc.Arbitrary<Input>,
  check: (input: Input) => Promise<void>,
): Promise<void> {
  await fc.assert(fc.asyncProperty(inputs, check), {
    numRuns: runs,
    seed: SEED,
    endOnFailure: true,
  });
}

/** Checks every one of a family, in an order that no case may rely on. */
export async function everyOf<Input>(
  family: readonly Input[],
  check: (input: Input) => Promise<void>,
): Promise<void> {
  const whole = fc.shuffledSubarray([...family], { minLength: family.length });
  await forEvery(1, whole, async (all) => {
    for (const each of all) await check(each);
  });
}

export function mustEqual(found: unknown, wanted: unknown, what: string): void {
  if (!isDeepStrictEqual(found, wanted))
    throw new Error(`${what}: wanted ${JSON.stringify(wanted)}, found ${JSON.stringify(found)}`);
}

export function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

export const findingsOf = (record: VerdictRecord): readonly WeighedFinding[] => [
  ...record.examination.findings,
  ...record.deliberation.findings,
];

/** The record has this verdict and, where it does not pass, this rule holds it down. @returns the finding. */
export function mustCatch(
  record: VerdictRecord,
  verdict: 'FAIL' | 'WAIVER_REQUIRED',
  rule: RuleId,
): WeighedFinding {
  const all = findingsOf(record);
  const standing = verdict === 'FAIL' ? 'fails' : 'needs-waiver';
  const found = all.find((each) => each.rule === rule && each.standing === standing);
  if (found === undefined || record.verdict !== verdict)
    throw new Error(`wanted ${verdict} by ${rule}, found ${summary(record)}`);
  return found;
}

export function mustPass(record: VerdictRecord): void {
  if (record.verdict !== 'PASS') throw new Error(`wanted PASS, found ${summary(record)}`);
}

function summary(record: VerdictRecord): string {
  const said = findingsOf(record).map(
    ({ rule, subject, standing, measured }) =>
      `${rule}(${subject}) ${standing} ${measured?.value ?? ''}`,
  );
  return `${record.verdict} [${said.join(', ')}]`;
}
