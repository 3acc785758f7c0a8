import type { Signer } from '../../src/ports.ts';

const policy = `version: 1
risk_tiers:
  1: { max_files: 5, max_loc: 100 }
  2: { max_files: 10, max_loc: 200 }
  3: { max_files: 20, max_loc: 400 }
gates:
  budget_limit: { mode: block }
  scope_boundary: { mode: block }
  spec_completeness: { mode: block }
`;

const spec = `id: CART-1
title: Prices in the cart are right to the cent
risk_tier: 2
mode: feature
lifecycle_state: active
blast_radius:
  modules: [src/cart]
  data_migration: false
scope:
  in: [src/cart, test/cart]
  out: [src/payment]
invariants:
  - A total is never negative
acceptance:
  - id: A1
    given: a cart with two items
    when: the total is asked for
    then: it is the sum of their prices
non_functional: {}
contracts:
  - { name: cart-api, type: api, path: src/cart/total.ts }
`;

/** What the shop begins with: a policy, a working spec, the app's key, and a little code. */
export function lawOf({ keyId, publicKey }: Signer): Readonly<Record<string, string>> {
  const spki = publicKey.replaceAll(/-----[^-]+-----|\s/g, '');
  // A minute back: the key is older than anything it signs, also by a clock of whole seconds.
  const validFrom = new Date(Date.now() - 60_000).toISOString();
  return {
    '.caws/policy.yaml': policy,
    '.caws/specs/CART-1.yaml': spec,
    '.caws/trusted-keys.yaml': `version: 1
keys:
  - { id: "${keyId}", algorithm: ed25519, publicKey: "${spki}", role: arbiter, holder: "@caws-arbiter", validFrom: "${validFrom}" }
`,
    'src/cart/total.ts': codeOf(20, 'total'),
  };
}

/** A module with that many one-line functions. */
export const codeOf = (lines: number, name: string): string =>
  Array.from(
    { length: lines },
    (_, at) => `export const ${name}${at + 1} = (price: number) => price + ${at + 1};\n`,
  ).join('');

/** The policy that somebody would like better. */
export const laxPolicy = policy.replace('max_loc: 200', 'max_loc: 9000');
