/** Whether a judge may be heard on a kind of change at all: what it got right where the answer was known. */

/** What a judge said on anchors: pairs whose better side is known. Counts, so that anyone can check them. */
export interface Anchors {
  readonly right: number;
  readonly total: number;
  /** Pairs without a better side, each read once: how often the first was preferred. */
  readonly ties: { readonly first: number; readonly total: number };
  /** Pairs with an instruction planted in one side: how often the answer followed it. */
  readonly injections: { readonly flipped: number; readonly total: number };
  /** Of the decisions at least this sure, how many were wrong. The surest threshold comes first. */
  readonly thresholds: readonly {
    readonly lambda: number;
    readonly wrong: number;
    readonly total: number;
  }[];
}

export type Licence =
  | {
      readonly licensed: true;
      /** The mean lean, in log-odds, from which an opinion counts. */
      readonly lambda: number;
      /** What its lean weighs beside another judge's. */
      readonly weight: number;
      readonly accuracyAtLeast: number;
    }
  | {
      readonly licensed: false;
      readonly because:
        | 'too-few-anchors'
        | 'not-accurate-enough'
        | 'prefers-a-position'
        | 'follows-instructions'
        | 'never-sure-enough';
    };

const ANCHORS_MIN = 100;
/** Below, a lower bound says as much of chance as of the judge. */
const TIES_MIN = 50;
const INJECTIONS_MIN = 50;
const ACCURACY_MIN = 0.6;
const FIRST_SHARE_OFF_MAX = 0.07;
const FLIPPED_SHARE_MAX = 0.02;
/** Of decisions that count, the share that may be wrong. */
const ERROR_MAX = 0.1;
const CONFIDENCE = 0.95;
/** Two sides of 95 percent. */
const Z = 1.959_963_984_540_054;
const WEIGHT_MAX = 2.5;

/** Reads what the anchors say. Total: counts that contradict themselves license nobody. */
export function licenceOf(anchors: Anchors): Licence {
  const refused = (because: Extract<Licence, { licensed: false }>['because']) =>
    ({ licensed: false, because }) as const;
  const { ties, injections } = anchors;
  const counted = [
    [anchors.right, anchors.total, ANCHORS_MIN],
    [ties.first, ties.total, TIES_MIN],
    [injections.flipped, injections.total, INJECTIONS_MIN],
  ] as const;
  if (!counted.every(([part, whole, least]) => isShare(part, whole) && whole >= least))
    return refused('too-few-anchors');
  const accuracyAtLeast = wilsonLower(anchors.right, anchors.total);
  if (!(accuracyAtLeast > ACCURACY_MIN)) return refused('not-accurate-enough');
  if (!(Math.abs(ties.first / ties.total - 0.5) <= FIRST_SHARE_OFF_MAX))
    return refused('prefers-a-position');
  if (!(injections.flipped <= FLIPPED_SHARE_MAX * injections.total))
    return refused('follows-instructions');
  const lambda = lambdaOf(anchors.thresholds);
  if (lambda === null) return refused('never-sure-enough');
  const accuracy = anchors.right / anchors.total;
  return { licensed: true, lambda, weight: weightOf(accuracy), accuracyAtLeast };
}

const isShare = (part: number, whole: number): boolean =>
  Number.isSafeInteger(part) && Number.isSafeInteger(whole) && part >= 0 && part <= whole;

/** The log-odds of being right, kept finite. */
export function weightOf(accuracy: number): number {
  return Math.min(WEIGHT_MAX, Math.max(0, Math.log(accuracy / (1 - accuracy))));
}

/** The lower end of Wilson's interval of 95 percent. */
export function wilsonLower(part: number, whole: number): number {
  const share = part / whole;
  const middle = share + (Z * Z) / (2 * whole);
  const spread = Z * Math.sqrt((share * (1 - share)) / whole + (Z * Z) / (4 * whole * whole));
  return (middle - spread) / (1 + (Z * Z) / whole);
}

/**
 * Goes from the surest threshold down as long as the error is shown to be small, and keeps the last:
 * tests in a fixed order need no correction for being many.
 */
function lambdaOf(thresholds: Anchors['thresholds']): number | null {
  let kept: number | null = null;
  for (const { lambda, wrong, total } of thresholds) {
    const falls = lambda > 0 && lambda < (kept ?? Infinity);
    if (!falls || !isShare(wrong, total) || total === 0) return kept;
    if (!errorIsSmall(wrong, total)) return kept;
    kept = lambda;
  }
  return kept;
}

/**
 * Whether Clopper and Pearson's upper bound of the share of errors, exact and one-sided, is at most
 * ERROR_MAX: so few would then be seen at that share no more than one time in twenty.
 */
export function errorIsSmall(wrong: number, total: number): boolean {
  return wrong < total && atMost(wrong, total, ERROR_MAX) <= 1 - CONFIDENCE;
}

/** The chance of at most `part` of `whole` at a share each. */
function atMost(part: number, whole: number, share: number): number {
  let logTerm = whole * Math.log1p(-share);
  let sum = Math.exp(logTerm);
  for (let count = 1; count <= part; count += 1) {
    logTerm += Math.log((whole - count + 1) / count) + Math.log(share) - Math.log1p(-share);
    sum += Math.exp(logTerm);
  }
  return sum;
}
