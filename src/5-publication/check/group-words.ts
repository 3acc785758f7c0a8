/** What is said of a merge queue's group: why it may not land, what it waits for, and what to do. */
import type { GroupFault } from '../../4-verdict/group.ts';
import type { LandingFault } from '../../4-verdict/landing.ts';
import { landingFaultWords } from '../audit-words.ts';
import { visible } from '../escape.ts';
import { type Marked, marked } from '../marked.ts';
import { groupDigits } from '../quantity.ts';
import { verdictWords } from '../report.ts';
import { markedWordsOf } from '../sentences.ts';
import { phraseOf } from './phrases.ts';
import type { GroupWait } from './state.ts';

export interface GroupWords {
  /** A few words for a title. */
  readonly phrase: string;
  readonly says: Marked;
  readonly next: Marked;
}

const short = (sha: string): Marked => marked(sha.slice(0, 12));
const named = (pull: number): Marked => marked(`#${pull}`);
const again = 'put it back into the queue';

export function groupFaultWords(fault: GroupFault, branch: string): GroupWords {
  const base = marked(visible(branch, 100));
  switch (fault.kind) {
    case 'too-long':
      return {
        phrase: `${groupDigits(fault.commits)} commits, limit ${groupDigits(fault.max)}`,
        says: `The group has more than ${groupDigits(fault.max)} commits, and a part is never judged.`,
        next: 'Put fewer pull requests into one group, or squash the longest before it is queued.',
      };
    case 'foreign-commit':
      return {
        phrase: `commit ${fault.commit.slice(0, 7)} is of no pull request`,
        says: `Commit ${short(fault.commit)} has the tree ${short(fault.tree)}. None of the ${groupDigits(fault.tried)} open pull requests into ${base} that have a verdict gives it: neither merged, squashed nor rebased onto the commit before.`,
        next: `See what it is: ${marked(`git show ${fault.commit}`)}. Take the pull requests out of the queue and put them in again; look for who may push to ${marked('gh-readonly-queue/**')}.`,
      };
    case 'tree-differs':
      return {
        phrase: `#${fault.pull}: not the files that its head gives`,
        says:
          fault.expected === null
            ? `${named(fault.pull)} at ${short(fault.head)} conflicts with the commit before, and yet the group holds ${short(fault.commit)} for it.`
            : `${named(fault.pull)} at ${short(fault.head)} gives the tree ${short(fault.expected)}; the group's commit ${short(fault.commit)} has ${short(fault.tree)}.`,
        next: `See the difference: ${marked(`git diff ${fault.expected ?? fault.head} ${fault.tree}`)}. Then take ${named(fault.pull)} out and ${again}, so that its present head is tried.`,
      };
    case 'observes-only':
      return {
        phrase: `#${fault.pull}: the policy only observes`,
        says: `The verdict of ${named(fault.pull)} only observed: no policy was enforced.`,
        next: `Take ${marked('mode: observe')} out of the policy of ${base}, or the check out of its rule.`,
      };
    case 'does-not-pass':
      return notPassing(fault);
    case 'heard-otherwise':
      return {
        phrase: `#${fault.pull}: another law or beginning on the commit before`,
        says: `${named(fault.pull)} passes on ${short(fault.onto)} as well, but not by the verdict that it has (${marked(fault.verdict)}): what comes before it changes the law, or is a part of it.`,
        next: `Let what comes before it land. ${named(fault.pull)} is then heard again by itself; ${again}.`,
      };
    case 'together':
      return together(fault);
    case 'gate':
      return {
        phrase: `gate ${visible(fault.gate, 28)} on the group's commit`,
        says: `Gate ${marked(visible(fault.gate, 60))} passed for each pull request, and not for what they are together: ${visible(fault.detail, 200)}.`,
        next: `Let what answers it run on ${marked('merge_group')} as well, mend what fails there, and ${again}.`,
      };
    case 'would-not-be-proven':
      return unproven(fault);
  }
}

/** These go away with a verdict of today; for the others the author's own text is to blame. */
const outdated: ReadonlySet<LandingFault> = new Set<LandingFault>([
  'policy-had-changed',
  'verdict-came-later',
  'verdict-had-ended',
]);

function unproven({
  pull,
  commit,
  verdict,
  fault,
}: Extract<GroupFault, { readonly kind: 'would-not-be-proven' }>): GroupWords {
  const by = verdict === null ? '' : ` by ${marked(visible(verdict, 40))}`;
  const first = outdated.has(fault)
    ? ''
    : `Take every ${marked('CAWS-VERDICT-ID')} line that the author wrote out of the description of ${named(pull)}. `;
  return {
    phrase: `#${pull}: its commit would not be proven`,
    says: `Landed as it is, commit ${short(commit)} of ${named(pull)} would not be proven${by}. ${landingFaultWords[fault]}`,
    next: `${first}Comment ${marked('/caws recheck')} on ${named(pull)}, and ${again}.`,
  };
}

function notPassing({
  pull,
  onto,
  verdict,
  finding,
}: Extract<GroupFault, { readonly kind: 'does-not-pass' }>): GroupWords {
  const { word } = verdictWords[verdict];
  const phrase = finding === null ? 'nothing was measured' : phraseOf(finding);
  const says = finding === null ? 'Nothing was measured.' : markedWordsOf(finding).says;
  const way =
    verdict === 'WAIVER_REQUIRED'
      ? `ask for a waiver there (${marked('/caws waive')}), or mend it`
      : `mend it there`;
  return {
    phrase: `#${pull}: ${phrase}`,
    says: `Heard on ${short(onto)}, the commit before it, ${named(pull)} is ${word}. ${says}`,
    next: `The check of ${named(pull)} says the rest: ${way}. When it passes, ${again}.`,
  };
}

function together({
  pull,
  rule,
  made,
  beside,
}: Extract<GroupFault, { readonly kind: 'together' }>): GroupWords {
  const names = `${marked(visible(made, 100))} and ${marked(visible(beside, 100))}`;
  return {
    phrase: `#${pull}: ${rule === 'path.collision' ? 'two names collide' : 'a copy beside the old file'}`,
    says:
      rule === 'path.collision'
        ? `With what comes before it, ${named(pull)} gives ${names}, which some file systems, or readers, take for one name.`
        : `With what comes before it, ${named(pull)} leaves ${names} side by side, one the copy of the other.`,
    next: `Let what comes before it land, mend ${named(pull)} on top of that, and ${again}.`,
  };
}

export function groupWaitWords(wait: GroupWait, branch: string): GroupWords {
  switch (wait.kind) {
    case 'pull':
      return {
        phrase: `#${wait.pull} to be heard`,
        says: `${named(wait.pull)} at ${short(wait.head)} has something that was not heard yet: its head, or a word on it.`,
        next: `It is heard now. If it stays so, comment ${marked('/caws recheck')} on ${named(wait.pull)}.`,
      };
    case 'base':
      return {
        phrase: 'the queue to build it anew',
        says: `${marked(visible(branch, 100))} is at ${short(wait.tip)} now, and the group does not stand on it.`,
        next: 'The queue builds it anew. If it does not, take the pull requests out and put them in again.',
      };
    case 'gates':
      return {
        phrase: `gate ${visible(wait.gates[0]?.gate ?? '', 40)}`,
        says: wait.gates
          .map(({ gate, detail }) => `Gate ${marked(visible(gate, 60))}: ${visible(detail, 200)}.`)
          .join(' '),
        next: `What answers it has to run on ${marked('merge_group')} as well.`,
      };
  }
}
