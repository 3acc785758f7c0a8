import type { WaiverRefusal } from '../caws/findings.ts';
import { unreachable } from '../primitives.ts';
import { visible } from './escape.ts';
import { type Marked, marked, plain } from './marked.ts';

/** Why a waiver that names the gate does not count here, as a sentence. */
export function waiverRefusalWords(refusal: WaiverRefusal): string {
  return plain(markedWaiverRefusalWords(refusal));
}

/** The same, with the name of the waiver set apart for faces that show it so. */
export function markedWaiverRefusalWords(refusal: WaiverRefusal): Marked {
  return `${marked(visible(refusal.waiver))} does not count: ${refusalReason(refusal)}.`;
}

function refusalReason({ because: reason, detail }: WaiverRefusal): string {
  const told = (key: string): string => visible(String(detail[key] ?? ''));
  switch (reason) {
    case 'expired':
      return 'it has expired';
    case 'not-yet-valid':
      return 'it is not valid yet';
    case 'revoked':
      return 'it was revoked';
    case 'rejected':
      return 'it was rejected';
    case 'not-granted':
      return 'nobody has approved it yet';
    case 'not-bounded':
      return 'it names no bound, and an unbounded waiver covers nothing';
    case 'too-few-approvers':
      return `of ${told('needed') || 'several'} approvers it has ${told('people') || 'too few'}`;
    case 'approver-is-author':
      return 'its approver took part in the change';
    case 'approver-not-allowed':
      return 'its approver is not among those whom the policy names';
    case 'approver-unverified':
      return 'nothing proves who approved it';
    case 'approver-unknown-now':
      return 'the forge does not say who its approver is now, and doubt grants nothing';
    case 'approver-not-a-person':
      return 'its approver is an app or a bot';
    case 'approver-is-requester':
      return 'its approver is who asked for it';
    case 'other-spec':
      return 'it is for another spec';
    case 'other-repository':
      return 'it is for another repository';
    case 'other-branch':
      return 'it is for another branch';
    case 'other-change':
      return 'it was given for another change, or for this one before it was rewritten';
    case 'worse-than-floor':
      return detail['floor'] === 'none'
        ? 'it says nothing of this'
        : 'the change has become worse than what was approved';
    case 'spec-changed':
      return 'the spec has changed since';
    case 'policy-changed':
      return 'the policy has changed since';
    case 'longer-than-policy-allows':
      return 'it runs longer than the policy allows';
    case 'files-are-not-approvals':
      return 'the policy does not take files as approvals';
    case 'gate-not-waivable':
      return 'this cannot be waived';
    case 'too-many-active-waivers':
      return 'more waivers are active for the gate than the policy allows';
    case 'id-of-several':
      return 'another waiver of the same id allows something else, and nobody can tell which is meant';
    case 'used-up':
      return 'it was used as often as it allows';
    case 'unreadable':
      return 'it cannot be read';
    default:
      return unreachable(reason);
  }
}
