import type { GateLost, GateRunning } from '../3-deliberation/deliberation.ts';
import type { CaseFault } from '../4-verdict/hearing.ts';
import { unreachable } from '../primitives.ts';
import { type FaultWords, stopped } from './ending.ts';
import { visible } from './escape.ts';
import type { ReportUnread } from './faults.ts';
import { groupDigits } from './quantity.ts';

/** Why a case whose documents can be read was not decided. */
export type Undecided =
  | Extract<CaseFault, { readonly kind: 'other-rules' }>
  | {
      readonly kind: 'waiver-events-too-many';
      readonly max: number;
      readonly of: 'ledger' | 'change';
    }
  | { readonly kind: 'line-too-long'; readonly max: number }
  | {
      readonly kind: 'signer-not-valid';
      readonly keyId: string;
      readonly standing: 'revoked' | 'expired' | 'not-valid-then';
    }
  | { readonly kind: 'gates-running'; readonly gates: readonly GateRunning[] }
  | { readonly kind: 'runner-lost'; readonly lost: GateLost }
  | ReportUnread
  | { readonly kind: 'not-canonical' };

const shown = (text: string): string => visible(text, 300);

/** What kept a case from its verdict, and what lets it go on. */
export function caseWords(fault: Undecided): FaultWords {
  switch (fault.kind) {
    case 'other-rules':
      return stopped(
        `The case was judged by rule set ${fault.needed}; this version has ${fault.have} and cannot answer for the other.`,
        'Replay it with the version that the record names.',
      );
    case 'waiver-events-too-many':
      return fault.of === 'change'
        ? stopped(
            `More than ${groupDigits(fault.max)} waiver events bear on this change: those of its own and of all that were approved and have not ended. Reading a part could miss a revocation.`,
            'Ask for shorter waivers; judge again when some have ended.',
          )
        : stopped(
            `The ledger holds more than ${groupDigits(fault.max)} waiver events; reading a part could miss a revocation.`,
            'Keep a ledger for each repository.',
          );
    case 'gates-running':
      return stopped(
        `Still waiting: ${fault.gates.map(({ gate, detail }) => `${shown(gate)} (${shown(detail)})`).join(', ')}.`,
        'Judge again when they have answered.',
      );
    case 'runner-lost':
      return stopped(
        `${shown(fault.lost.runner)} gave no evidence: ${shown(fault.lost.because)}.`,
        'Look at the run, then judge again.',
      );
    case 'report-unread':
      return stopped(
        `The report ${shown(fault.report)} of gate ${shown(fault.gate)} could not be read: ${unreadBecause(fault)}.`,
        'Have the gate write a smaller report, then comment: /caws recheck',
      );
    case 'line-too-long':
      return stopped(
        `The line holds more than ${groupDigits(fault.max)} commits; a part of it could hide a verdict that was used before.`,
        'The bound is of this version; ask for a higher one.',
      );
    case 'signer-not-valid':
      return stopped(
        `The signing key ${fault.keyId.slice(0, 12)} does not count: .caws/trusted-keys.yaml of the target says it ${signerWords[fault.standing]}.`,
        'Sign with a key that it names: --key FILE; what the old one signed since: arbiter keys doubt',
      );
    case 'not-canonical':
      return stopped(
        'The case holds text that has no canonical form.',
        'Please report this with the command you ran.',
      );
    default:
      return unreachable(fault);
  }
}

const signerWords = {
  revoked: 'was revoked',
  expired: 'is no longer valid',
  'not-valid-then': 'is not valid yet',
} as const;

function unreadBecause({ because, limit }: ReportUnread): string {
  switch (because) {
    case 'time':
      return `that took more than ${groupDigits(limit / 1_000)} s`;
    case 'memory':
      return `that took more than ${groupDigits(limit / 1024 ** 2)} MB of memory`;
    case 'ended':
      return 'what read it ended before it was done';
  }
}
