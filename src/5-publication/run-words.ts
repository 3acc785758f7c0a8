/** What a runner is told that brings something else than the evidence that is waited for. */
import type { BundleFault } from '../3-deliberation/runner/bundle.ts';
import type { ClaimFault } from '../3-deliberation/runner/claims.ts';
import { unreachable } from '../primitives.ts';
import { visible } from './escape.ts';

/** Why a token says nothing, whoever sent it. */
export interface TokenFault {
  readonly kind: 'token-refused';
  readonly because:
    | 'missing'
    | 'malformed'
    | 'algorithm'
    | 'signature'
    | 'issuer'
    | 'expired'
    | 'not-yet-valid'
    | 'too-old';
}

/** Why a runner's request was not answered as it wishes. None of these says anything about a change. */
export type RunRefusal =
  | TokenFault
  | ClaimFault
  | BundleFault
  /** The issuer's keys could not be read. */
  | { readonly kind: 'keys-unreachable'; readonly detail: string }
  | { readonly kind: 'no-such-case' }
  /** Its run is not known at the forge yet. */
  | { readonly kind: 'not-started' }
  | { readonly kind: 'wrong-audience' }
  | { readonly kind: 'token-used' }
  | { readonly kind: 'answered-before' }
  | { readonly kind: 'nobody-waits'; readonly because: string }
  | { readonly kind: 'digest-differs'; readonly wanted: string; readonly found: string }
  | { readonly kind: 'not-received'; readonly because: string }
  | { readonly kind: 'progress-unreadable'; readonly detail: string }
  | { readonly kind: 'wrong-method' }
  | { readonly kind: 'not-recorded' };

export interface RefusalWords {
  readonly status: number;
  readonly text: string;
}

const said = (text: string): string => visible(text, 200);

export function runRefusalWords(fault: RunRefusal): RefusalWords {
  switch (fault.kind) {
    case 'token-refused':
      return { status: 401, text: `The token is refused: ${tokenWords[fault.because]}.` };
    case 'claim-differs':
      return {
        status: 403,
        text: `The token is of another run: ${fault.claim} is ${said(fault.found)}, and ${said(fault.wanted)} is waited for.`,
      };
    case 'keys-unreachable':
      return { status: 503, text: `The issuer's keys cannot be read now (${said(fault.detail)}).` };
    case 'no-such-case':
      return { status: 404, text: 'There is no such case.' };
    case 'not-started':
      return { status: 409, text: 'GitHub does not show the run of this case yet. Ask again.' };
    case 'wrong-audience':
      return { status: 403, text: 'The token is for another address, or for other bytes.' };
    case 'token-used':
      return { status: 409, text: 'This token was used before; each is good for one request.' };
    case 'answered-before':
      return { status: 409, text: 'The evidence of this run is recorded already.' };
    case 'nobody-waits':
      return { status: 410, text: `Nobody waits for this run any more: ${said(fault.because)}.` };
    case 'digest-differs':
      return {
        status: 400,
        text: `The bundle is ${fault.found}, and the token is for ${fault.wanted}.`,
      };
    case 'not-received':
      return {
        status: fault.because === 'busy' ? 503 : fault.because === 'too-large' ? 413 : 400,
        text: `The bundle did not arrive: ${fault.because}.`,
      };
    case 'progress-unreadable':
      return { status: 422, text: `This says nothing of the gates: ${said(fault.detail)}.` };
    case 'wrong-method':
      return {
        status: 405,
        text: 'A case is read with GET; evidence and progress are sent with POST.',
      };
    case 'not-recorded':
      return { status: 503, text: 'The ledger did not take the evidence. Send it again.' };
    default:
      return { status: 422, text: `This is no evidence: ${bundleFaultText(fault)}.` };
  }
}

const tokenWords: Readonly<Record<TokenFault['because'], string>> = {
  missing: 'there is none',
  malformed: 'it is no token',
  algorithm: 'it is not signed with RS256',
  signature: 'no key of the issuer has signed it',
  issuer: 'another issuer made it',
  expired: 'it has run out',
  'not-yet-valid': 'it is not valid yet',
  'too-old': 'it was made too long ago',
};

/** One phrase, to stand in a sentence. */
export function bundleFaultText(fault: BundleFault): string {
  switch (fault.kind) {
    case 'bundle-unreadable':
      return `the bundle cannot be read (${said(fault.detail)})`;
    case 'bundle-of-another':
      return `it is about another ${fault.what}`;
    case 'gates-differ':
      return `gate ${said(fault.gate)} is ${gateWords[fault.what]}`;
    case 'file-digest-differs':
      return `${said(fault.path)} is not of digest ${fault.digest}`;
    case 'file-unplanned':
      return `${said(fault.path)} of gate ${said(fault.gate)} is not what its plan asks for`;
    case 'cache-unplanned':
      return `gate ${said(fault.gate)} found a kept folder ${said(fault.path)} that its plan does not name`;
    case 'not-isolated':
      return `gate ${said(fault.gate)} ran beside the token without isolation`;
    default:
      return unreachable(fault);
  }
}

const gateWords = {
  unplanned: 'none of the plan',
  twice: 'answered twice',
  'left-out': 'not answered',
} as const;
