import { createRemoteJWKSet, customFetch, errors, type JWTPayload, jwtVerify } from 'jose';
import type { Claims } from '../../src/3-deliberation/runner/claims.ts';
import type { TokenFault } from '../../src/5-publication/run-words.ts';
import { boundedFetch } from '../../src/adapters/github/bounded-fetch.ts';
import { fail, type Instant, ok, type Result } from '../../src/primitives.ts';

/** GitHub's have some 2,000 characters. */
const TOKEN_CHARACTERS_MAX = 16_384;
/** Machines whose clocks NTP keeps differ by less. */
const SKEW_SECONDS = 30;
/** GitHub's tokens run out after five minutes: one that is older was kept for something. */
const AGE_SECONDS_MAX = 15 * 60;
const KEYS = { limitMs: 5_000, bytesMax: 256 * 1024 } as const;
/** Keys are believed so long; one that is not among them is asked for at most twice a minute. */
const KEYS_MS = 10 * 60_000;
const COOLDOWN_MS = 30_000;
const ALGORITHMS = ['RS256'];

export interface VerifiedToken {
  readonly claims: Claims;
  /** Of this token alone. */
  readonly jti: string;
  readonly audience: unknown;
  readonly expiresAt: Instant;
}

export type VerifyToken = (
  authorization: string | undefined,
) => Promise<
  Result<VerifiedToken, TokenFault | { readonly kind: 'keys-unreachable'; readonly detail: string }>
>;

/**
 * Verifies identity tokens of one issuer: its signature, by keys that are read from it alone, and its times.
 * What a token claims is for others to weigh.
 *
 * @param issuer pinned by the operator; nothing in a token says where keys are read.
 */
export function tokenVerifier(issuer: string, now: () => Instant): VerifyToken {
  const address = new URL(`${issuer}/.well-known/jwks`);
  const keys = createRemoteJWKSet(address, {
    cacheMaxAge: KEYS_MS,
    cooldownDuration: COOLDOWN_MS,
    timeoutDuration: KEYS.limitMs,
    [customFetch]: (url, options) => boundedFetch(issuer, KEYS)(url, options as RequestInit),
  });
  return async (authorization) => {
    const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/.exec(
      (authorization ?? '').slice(0, TOKEN_CHARACTERS_MAX),
    )?.[1];
    if (token === undefined)
      return fail({
        kind: 'token-refused',
        because: authorization === undefined ? 'missing' : 'malformed',
      });
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        algorithms: ALGORITHMS,
        clockTolerance: SKEW_SECONDS,
        currentDate: new Date(now()),
        maxTokenAge: AGE_SECONDS_MAX,
        requiredClaims: ['exp', 'iat', 'jti', 'aud'],
      });
      return verified(payload);
    } catch (error) {
      return fail(faultOf(error));
    }
  };
}

function verified(payload: JWTPayload): Result<VerifiedToken, TokenFault> {
  const { jti, aud, exp } = payload;
  if (typeof jti !== 'string' || jti === '' || jti.length > 200 || exp === undefined)
    return fail({ kind: 'token-refused', because: 'malformed' });
  return ok({
    claims: payload,
    jti,
    audience: aud,
    // Remembered until nobody could use it any more, whatever the clocks.
    expiresAt: ((exp + 2 * SKEW_SECONDS) * 1_000) as Instant,
  });
}

function faultOf(
  error: unknown,
): TokenFault | { readonly kind: 'keys-unreachable'; readonly detail: string } {
  const refused = (because: TokenFault['because']) => ({ kind: 'token-refused', because }) as const;
  if (error instanceof errors.JWTExpired)
    return refused(error.claim === 'iat' ? 'too-old' : 'expired');
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'iss') return refused('issuer');
    return refused(error.claim === 'nbf' || error.claim === 'iat' ? 'not-yet-valid' : 'malformed');
  }
  if (error instanceof errors.JOSEAlgNotAllowed) return refused('algorithm');
  if (
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys
  )
    return refused('signature');
  // Whoever writes a token chooses its header: one that asks for what nobody knows says nothing of the issuer.
  if (
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JOSENotSupported
  )
    return refused('malformed');
  const detail = error instanceof Error ? error.message : String(error);
  return { kind: 'keys-unreachable', detail: detail.replaceAll(/\s+/g, ' ').slice(0, 200) };
}
