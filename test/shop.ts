/** The law of the shop that the app's stories and the demo play in. */
export const shopPolicy = `version: 1
risk_tiers:
  1: { max_files: 5, max_loc: 100 }
  2: { max_files: 10, max_loc: 200 }
  3: { max_files: 20, max_loc: 400 }
gates:
  budget_limit: { mode: block }
  scope_boundary: { mode: block }
  spec_completeness: { mode: block }
`;

export const shopSpec = `id: CART-1
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
