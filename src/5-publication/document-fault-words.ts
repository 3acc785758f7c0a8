import type { CaseFault } from '../4-verdict/hearing.ts';
import type { DocumentFault } from '../caws/law.ts';
import { unreachable } from '../primitives.ts';
import { type FaultWords, unread } from './ending.ts';
import { shellWord, visible } from './escape.ts';
import type { OrganizationLawUnreadable } from './faults.ts';
import type { ModelFault } from './model-faults.ts';
import { counted } from './quantity.ts';
import { lawReason } from './repository-fault-words.ts';
import { atFolder } from './weights-words.ts';

/** A document that is needed and cannot be read: of the target, of its owner, or named by a person. */
export type UnreadDocument =
  | Exclude<CaseFault, { readonly kind: 'other-rules' }>
  | OrganizationLawUnreadable
  | Extract<ModelFault, { readonly kind: 'lock-unreadable' }>
  /** A document that was named on the command line, not one of the target. */
  | { readonly kind: 'document-invalid'; readonly document: DocumentFault }
  /** A plan that was named on the command line. */
  | { readonly kind: 'plan-invalid'; readonly document: DocumentFault }
  /** A model's profile that was named on the command line. */
  | { readonly kind: 'profile-invalid'; readonly document: DocumentFault };

const shown = (text: string): string => visible(text, 300);

/** What is wrong with a document, line by line, and where it is mended. */
export function documentWords(fault: UnreadDocument): FaultWords {
  switch (fault.kind) {
    case 'law-invalid':
      return unread(
        documentText(fault.document),
        'Mend it on the target branch; check with: arbiter config validate',
      );
    case 'organization-law-invalid':
      return unread(
        documentText(fault.document),
        `It binds every repository of its owner. Mend it on the default branch of ${shown(fault.repository)}; check there with: arbiter config validate`,
      );
    case 'organization-law-unreadable':
      return unread(
        `${shown(fault.law.file)} of ${shown(fault.repository)} cannot be taken as law: ${lawReason(fault.law)}.`,
        `It binds every repository of its owner. Mend it on the default branch of ${shown(fault.repository)}.`,
      );
    case 'document-invalid':
      return unread(
        documentText(fault.document),
        `Mend it; check with: arbiter config validate ${shellWord(shown(fault.document.file))}`,
      );
    case 'plan-invalid':
      return unread(
        documentText(fault.document),
        `Mend it as policies/schema/plan.schema.json says; check with: arbiter plan check ${shellWord(shown(fault.document.file))}`,
      );
    case 'profile-invalid':
      return unread(
        documentText(fault.document),
        'Mend the profile and register it again: arbiter models register FILE --reason TEXT',
        'The roster is as it was.',
      );
    case 'lock-unreadable':
      return unread(
        documentText(fault.document),
        `Mend it, or take it away and pin each model again: arbiter models add FILE --as NAME${atFolderOf(fault.document.file)}`,
      );
    default:
      return unreachable(fault);
  }
}

/** Of a lock, where its place is known. */
const atFolderOf = (lock: string): string =>
  lock.includes('/') ? atFolder(lock.slice(0, Math.max(1, lock.lastIndexOf('/')))) : '';

/** Problems of one document that a person is shown; a broken file can have hundreds. */
const PROBLEMS_SHOWN = 8;

/** The problems of a document, each with its place and what to do; the first of many. */
function documentText({ file, problems }: DocumentFault): string {
  const lines = problems.slice(0, PROBLEMS_SHOWN).map(({ line, column, message, hint }) => {
    const at = [shown(file), line, column].filter((part) => part !== null).join(':');
    return `${at}  ${shown(message)}${hint === '' ? '' : `\n    ${shown(hint)}`}`;
  });
  const rest = problems.length - lines.length;
  if (rest > 0) lines.push(`and ${counted(rest, 'more problem')}`);
  return lines.length === 0 ? `${shown(file)} cannot be read.` : lines.join('\n');
}
