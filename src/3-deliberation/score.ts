import { type BudgetSpent, linesSpent } from '../2-examination/examination.ts';
import type { WeighedFinding } from '../caws/findings.ts';
import type { Claim } from '../caws/plea.ts';
import type { Policy } from '../caws/policy.ts';
import { fail, ok, type Result } from '../primitives.ts';
import type { GateOutcome, Score } from './deliberation.ts';

export interface ScoreFault {
  readonly kind: 'part-out-of-range';
  readonly part: 'e' | 'b' | 'g' | 'p';
}

/**
 * S = 0.4E + 0.3B + 0.2G + 0.1P. All five are rounded to six decimals, half up, so that no two
 * machines differ in the last bit of a double.
 *
 * @returns the fault for a part that is NaN, infinite or outside 0..1.
 */
export function score(parts: {
  readonly e: number;
  readonly b: number;
  readonly g: number;
  readonly p: number;
}): Result<Score, ScoreFault> {
  for (const part of ['e', 'b', 'g', 'p'] as const)
    if (!(parts[part] >= 0 && parts[part] <= 1)) return fail({ kind: 'part-out-of-range', part });
  const { e, b, g, p } = parts;
  return ok({
    e: rounded(e),
    b: rounded(b),
    g: rounded(g),
    p: rounded(p),
    s: rounded((4 * e + 3 * b + 2 * g + p) / 10),
  });
}

/** Adding 0 turns -0, which canonical JSON would write as 0 all the same, into 0. */
const rounded = (share: number): number => Math.round(share * 1e6) / 1e6 + 0;

/** What the parts of S are computed from. */
export interface ScoreGrounds {
  readonly policy: Pick<Policy, 'gates' | 'linesCounted'>;
  readonly gates: readonly GateOutcome[];
  readonly budgets: readonly BudgetSpent[];
  /** Of examination and deliberation. */
  readonly findings: readonly WeighedFinding[];
  readonly claims: readonly Claim[];
  /** What a claim may rest on. */
  readonly known: {
    /** Names of plea evidence whose digest a gate's record holds. */
    readonly evidence: ReadonlySet<string>;
    /** Both paths of every file of the change. */
    readonly paths: ReadonlySet<string>;
    readonly acceptance: ReadonlySet<string>;
  };
  /** A judge's opinion of the rationale, 0..1; null where none was heard, which leaves P as computed. */
  readonly judge: number | null;
}

/**
 * The score of one change. The order of gates, budgets, findings and claims never shows, and one more
 * required gate that passes never lowers it.
 */
export function scoreOf(grounds: ScoreGrounds): Result<Score, ScoreFault> {
  const det = claimShare(grounds);
  // Checked here: half of a judge's 2 would be a share again.
  if (grounds.judge !== null && !(grounds.judge >= 0 && grounds.judge <= 1))
    return fail({ kind: 'part-out-of-range', part: 'p' });
  return score({
    e: proofShare(grounds),
    b: budgetShare(grounds),
    g: gateShare(grounds),
    p: grounds.judge === null ? det : (det + grounds.judge) / 2,
  });
}

/**
 * E: of the gates that block and that the world answers, the share whose proof was read, trusted and
 * met its limit. None required gives 0: nothing was proven.
 */
function proofShare({ gates }: ScoreGrounds): number {
  const required = gates.filter(({ mode }) => mode === 'block');
  return share(required.filter(({ outcome }) => outcome === 'passed').length, required.length);
}

/**
 * B: 1 less half of the fullest budget, by files and lines against the caps that waivers leave in
 * force; 0 once any cap is exceeded. A budget without caps weighs nothing.
 */
function budgetShare({ budgets, policy }: ScoreGrounds): number {
  let fullest = 0;
  for (const { effective, spent } of budgets) {
    const lines = linesSpent(spent, policy.linesCounted);
    const uses = [
      { spent: spent.files, cap: effective.files, fills: true },
      { spent: lines, cap: effective.lines, fills: true },
      { spent: spent.bytes, cap: effective.bytes, fills: false },
      { spent: spent.longestLineBytes, cap: effective.longestLineBytes, fills: false },
    ];
    for (const { spent: used, cap, fills } of uses) {
      if (cap === null) continue;
      if (!(used <= cap)) return 0;
      if (fills && cap > 0) fullest = Math.max(fullest, used / cap);
    }
  }
  return Math.min(1, Math.max(0, 1 - fullest / 2));
}

/**
 * G: of the gates that block, the share that holds; a gate that the arbiter answers holds where no
 * finding of it is left unwaived. 0 once anything fails, and 0 where no gate blocks.
 */
function gateShare({ policy, gates, findings }: ScoreGrounds): number {
  if (findings.some(({ standing }) => standing === 'fails')) return 0;
  const open = new Set(
    findings.filter(({ standing }) => standing === 'needs-waiver').map(({ gate }) => gate),
  );
  const passed = new Set(
    gates.filter(({ outcome }) => outcome === 'passed').map(({ gate }) => gate),
  );
  const waived = new Set(
    findings.filter(({ standing }) => standing === 'waived').map(({ gate }) => gate),
  );
  const mandatory = policy.gates.filter(({ mode }) => mode === 'block');
  const holding = mandatory.filter(
    ({ id, answer }) =>
      !open.has(id) && (answer.by === 'arbiter' || passed.has(id) || waived.has(id)),
  );
  return share(holding.length, mandatory.length);
}

/** P: the share of claims that rest on something, and on nothing that is not there. */
function claimShare({ claims, known }: ScoreGrounds): number {
  const resolved = claims.filter(
    ({ rests }) => rests.length > 0 && rests.every((ground) => resolves(ground, known)),
  );
  return share(resolved.length, claims.length);
}

function resolves(ground: string, known: ScoreGrounds['known']): boolean {
  if (known.evidence.has(ground) || known.paths.has(ground) || known.acceptance.has(ground))
    return true;
  const path = /^(.+):[1-9]\d{0,8}$/.exec(ground)?.[1];
  return path !== undefined && known.paths.has(path);
}

const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
