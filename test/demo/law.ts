import type { Signer } from '../../src/ports.ts';
import { shopPolicy, shopSpec } from '../shop.ts';

/** What the shop begins with: a policy, a working spec, the app's key, and a little code. */
export function lawOf({ keyId, publicKey }: Signer): Readonly<Record<string, string>> {
  const spki = publicKey.replaceAll(/-----[^-]+-----|\s/g, '');
  // A minute back: the key is older than anything it signs, also by a clock of whole seconds.
  const validFrom = new Date(Date.now() - 60_000).toISOString();
  return {
    '.caws/policy.yaml': shopPolicy,
    '.caws/specs/CART-1.yaml': shopSpec,
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
export const laxPolicy = shopPolicy.replace('max_loc: 200', 'max_loc: 9000');
