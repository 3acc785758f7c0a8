/** The law that stories start from; a story says only what is different. */

/** Budgets small enough that a change of a few lines tells something. */
export const policy = (more = ''): string => `version: 1
risk_tiers:
  '1': { max_files: 3, max_loc: 40, manual_review_required: false, contracts_required: false }
  '2': { max_files: 5, max_loc: 60 }
  '3': { max_files: 8, max_loc: 120 }
waivers: { max_duration_days: 14 }
${more}`;

export interface SpecWish {
  readonly id: string;
  readonly tier?: 1 | 2 | 3;
  readonly in?: readonly string[];
  readonly out?: readonly string[];
  readonly lifecycle?: string;
  readonly acceptance?: boolean;
}

/** A spec in the published dialect of version 11. */
export function spec(wish: SpecWish): string {
  const { id, tier = 2, lifecycle = 'active' } = wish;
  const scope = wish.in ?? ['src/cart', 'test/cart'];
  const acceptance =
    wish.acceptance === false
      ? '[]'
      : '[{ id: A1, given: a cart with two items, when: the total is asked for, then: it is their sum }]';
  return `id: ${id}
title: Prices in the cart are right to the cent
risk_tier: ${tier}
mode: feature
lifecycle_state: ${lifecycle}
blast_radius: { modules: [${scope[0]}], data_migration: false }
operational_rollback_slo: 30m
scope: { in: [${scope.join(', ')}], out: [${(wish.out ?? ['src/payment']).join(', ')}] }
invariants: [A total is never negative]
acceptance: ${acceptance}
non_functional: {}
contracts: [{ name: cart-api, type: api, path: src/cart/total.ts }]
`;
}

/** A gate that asks for coverage of the tier, from a file that anyone may bring. */
export const coverageGate = `gates:
  coverage:
    mode: block
    measures: coverage
    answer: { by: evidence, format: lcov, file: lcov.info }
    min_trust: local
`;

/** A report in which this many of 100 branches were taken. */
export function lcov(taken: number): string {
  const branches = Array.from(
    { length: 100 },
    (_, at) => `BRDA:${(at % 5) + 1},0,${at},${at < taken ? 1 : 0}\n`,
  );
  return `TN:\nSF:src/cart/total.ts\n${branches.join('')}BRF:100\nBRH:${taken}\nend_of_record\n`;
}

/** Lines that look like code, each different. */
export function code(lines: number, name = 'price'): string {
  return Array.from(
    { length: lines },
    (_, at) => `export const ${name}${at + 1} = (net: number) => net + ${at + 1};\n`,
  ).join('');
}
