import type { Digest } from '../primitives.ts';
import { textDigest } from './text-digest.ts';

/**
 * What a waiver or an emergency is bound to: the policy of the base, together with its owner's where there is
 * one. A change of either asks again.
 *
 * @param source of a policy in force, or what a record says of it.
 */
export function boundPolicy(source: {
  readonly digest: Digest;
  readonly organization?: { readonly digest: Digest } | undefined;
}): Digest {
  const { digest, organization } = source;
  return organization === undefined ? digest : textDigest(`${digest} ${organization.digest}`);
}

/** The same of a record's law. */
export function boundPolicyOf(law: {
  readonly policy: { readonly digest: Digest };
  readonly organization?: { readonly digest: Digest };
}): Digest {
  return boundPolicy({ digest: law.policy.digest, organization: law.organization });
}
