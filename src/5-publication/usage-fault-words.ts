import { unreachable } from '../primitives.ts';
import { type FaultWords, misused } from './ending.ts';
import { shellWord, visible } from './escape.ts';
import type { UsageFault } from './faults.ts';
import { groupDigits } from './quantity.ts';

const nothingDone = 'Nothing was done.';

/** What was typed that cannot be meant, and how it is meant. */
export function usageWords(fault: UsageFault): FaultWords {
  const { what, next } = sentences(fault);
  return misused(what, next, nothingDone);
}

function sentences(fault: UsageFault): Pick<FaultWords, 'what' | 'next'> {
  switch (fault.kind) {
    case 'limit-out-of-range':
      return {
        what: `--limit takes a whole number from 1 to ${groupDigits(fault.max)}.`,
        next: 'Try: arbiter ledger log --limit 50',
      };
    case 'option-needs':
      return {
        what: `${fault.option} says nothing without ${fault.needed.split(' ')[0] ?? ''}.`,
        next: `Run the same command with: ${fault.needed}`,
      };
    case 'kind-unknown':
      return {
        what: `There is no kind ${visible(fault.given, 60)}. Kinds: ${fault.known.join(', ')}`,
        next: 'Try: arbiter ledger log --kind verdict',
      };
    case 'entry-number-unreadable':
      return {
        what: `An entry is named by its number, from 1 on; ${visible(fault.given, 60)} is none.`,
        next: 'See them: arbiter ledger log',
      };
    case 'entry-unknown':
      return {
        what: `There is no entry ${fault.entry}; the last one is ${fault.last}.`,
        next: 'See them: arbiter ledger log',
      };
    case 'age-unreadable':
      return {
        what: `--older-than takes whole days from 1d to 99999d; ${visible(fault.given, 60)} is none.`,
        next: 'Try: arbiter ledger prune --older-than 400d',
      };
    case 'nothing-to-erase-named':
      return {
        what: 'Nothing is named that could be erased.',
        next: 'Name a person or an entry: arbiter ledger erase --naming NAME, or --entry NUMBER, or --sealed sha256:…',
      };
    case 'ledger-without-replay':
      return {
        what: '--ledger names where a decision stands that is made again; a new one is recorded in the ledger of this repository.',
        next: 'Leave it out, or add: --replay',
      };
    case 'reason-names-person':
      return {
        what: 'The reason holds the name that is to be erased, and would stand in the ledger for good.',
        next: 'Give a reason that names nobody.',
      };
    case 'erasing-unconfirmed':
      return {
        what: 'Erased values cannot be brought back.',
        next: 'To erase them, run the same command with --yes',
      };
    case 'reason-missing':
      return {
        what: `A reason is needed, in 1 to ${fault.charactersMax} characters; it will stand in the ledger for good.`,
        next: 'Run the same command with: --reason TEXT',
      };
    case 'key-from-environment':
      return {
        what: 'The key comes from the environment; it is changed where it is kept.',
        next: 'To rotate your own key, unset CAWS_ARBITER_KEY and CAWS_ARBITER_KEY_FILE.',
      };
    case 'doubt-unreadable':
      return {
        what: '--key-id takes 64 hex digits, --since a time such as 2026-11-23T00:00:00Z.',
        next: 'See the ids of your keys: arbiter keys list',
      };
    case 'doubt-in-future':
      return {
        what: `${fault.since} is still to come: it is ${fault.now} now.`,
        next: 'Name the time since when the key may have been in other hands: arbiter keys doubt --key-id ID --since TIME',
      };
    case 'login-unreadable':
      return {
        what: `${visible(fault.given, 60)} is no login of GitHub.`,
        next: 'Try: arbiter keys show --for-maintainer octocat',
      };
    case 'rule-unknown':
      return {
        what: `There is no rule ${visible(fault.rule, 80)}.${fault.near === null ? '' : ` Did you mean ${fault.near}?`}`,
        next: 'See all rules: arbiter explain',
      };
    case 'no-documents':
      return {
        what: `There is no CAWS document under ${visible(fault.directory, 300)}.`,
        next: 'Name the files, or write a first policy and spec with: arbiter init',
      };
    case 'no-work-tree':
      return {
        what: `${visible(fault.directory, 300)} is not inside a git work tree, so nothing was written.`,
        next: `Make it one: git init ${shellWord(visible(fault.directory, 300))}; or name another folder, such as a clone of it: arbiter -C DIR init`,
      };
    case 'action-unreadable':
      return {
        what: `${visible(fault.given, 120)} names no commit of an action, so that nobody knows what would run.`,
        next: 'Try: arbiter init --action OWNER/REPOSITORY/action@COMMIT, with all 40 characters',
      };
    case 'spec-id-unreadable':
      return {
        what: `${visible(fault.given, 60)} is no spec id; write one like WORK-001.`,
        next: 'Try: arbiter init --spec WORK-001',
      };
    case 'spec-unknown':
      return {
        what: `The target has no spec ${visible(fault.spec, 80)} that can be read.`,
        next:
          fault.known.length === 0
            ? 'Write one there: arbiter init --spec WORK-001'
            : `It has: ${fault.known
                .slice(0, 10)
                .map((id) => visible(id, 80))
                .join(', ')}`,
      };
    case 'plan-for-other-spec':
      return {
        what: `${visible(fault.file, 300)} is a plan for ${visible(fault.named, 80)}, not for ${visible(fault.wanted, 80)}.`,
        next: `Check it for its own: arbiter plan check ${shellWord(visible(fault.file, 300))}`,
      };
    default:
      return unreachable(fault);
  }
}
