/** Chance that can be repeated: a seed gives the same numbers on every machine. */

/** A number in [0, 1); each call moves on. */
export type Chance = () => number;

/** The generator forgets how its seeds were related. */
const WARM_UP_CALLS = 15;

/**
 * sfc32 of Chris Doty-Humphrey's PractRand (public domain): 128 bits of state, 32 bits a number.
 *
 * @param seed an integer; its lowest 32 bits count.
 * @param stream tells generators of one seed apart; its lowest 32 bits count.
 */
export function chanceFrom(seed: number, stream = 0): Chance {
  let a = stream | 0;
  let b = seed | 0;
  let c = 0x9e_37_79_b9 | 0;
  let counter = 1;
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let call = 0; call < WARM_UP_CALLS; call += 1) next();
  return next;
}

/** A draw from Beta(alpha, beta), both above 0. */
export function drawBeta(alpha: number, beta: number, chance: Chance): number {
  const one = drawGamma(alpha, chance);
  const other = drawGamma(beta, chance);
  // Both underflow only for shapes far below any that evidence gives; then the two ends are all there is.
  return one + other > 0 ? one / (one + other) : chance() < alpha / (alpha + beta) ? 1 : 0;
}

/** Marsaglia and Tsang, "A simple method for generating gamma variables" (2000); scale 1. */
function drawGamma(shape: number, chance: Chance): number {
  if (shape < 1) return drawGamma(shape + 1, chance) * (1 - chance()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = drawNormal(chance);
    const root = 1 + c * x;
    if (root <= 0) continue;
    const v = root * root * root;
    const u = 1 - chance();
    const square = x * x;
    // Their squeeze: nearly every draw is taken without a logarithm.
    if (u < 1 - 0.0331 * square * square) return d * v;
    if (Math.log(u) < 0.5 * square + d - d * v + d * Math.log(v)) return d * v;
  }
}

/** Marsaglia's polar method; the second number is dropped, so that nothing is kept between calls. */
function drawNormal(chance: Chance): number {
  for (;;) {
    const u = 2 * chance() - 1;
    const v = 2 * chance() - 1;
    const s = u * u + v * v;
    if (s > 0 && s < 1) return u * Math.sqrt((-2 * Math.log(s)) / s);
  }
}
