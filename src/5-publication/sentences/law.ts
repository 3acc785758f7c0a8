/** What is said of what binds a change: policy, spec, plea, waivers and judges. */
import type { Finding } from '../../caws/findings.ts';
import { glassIgnoredReason } from '../break-glass-reasons.ts';
import { diffMismatchText } from '../diff-words.ts';
import { visible } from '../escape.ts';
import { abstentionText } from '../judge-words.ts';
import { type Marked, marked } from '../marked.ts';
import {
  about,
  because,
  count,
  fact,
  files,
  measured,
  named,
  namesSpecs,
  numbered,
  placed,
  type Sentences,
  said,
  shortened,
  throughBase,
  widenScope,
} from './parts.ts';

const pleaPlace = ({ places: [first] }: Finding): Marked =>
  first === undefined
    ? ''
    : ` at ${marked([visible(first.file), first.line, first.column].filter((part) => part !== null).join(':'))}`;
/** A body is read again when it is edited; a file has to be named again. */
const mendPlea = ({ places: [first] }: Finding): Marked =>
  first?.file === 'pull request body'
    ? `Mend the ${marked('caws-plea')} block of the body, or take it out; it is judged again then.`
    : `Mend it there, then: ${marked('arbiter verify --plea FILE')}; or leave it out.`;
/** `scope.in of WORK-001 (src/)`; of several specs the names. */
const scopeText = (finding: Finding): string => {
  const [within, without] = [fact(finding, 'in'), fact(finding, 'out')];
  const left = without === '' ? '' : `, less ${marked(without)}`;
  const bounds = within === '' ? '' : ` (${marked(within)}${left})`;
  return `${marked('scope.in')} of ${named(finding, 'active')}${bounds}`;
};

export const lawSentences: Sentences<
  'governance' | 'judge' | 'plea' | 'policy' | 'spec' | 'waiver'
> = {
  'governance.change': said(
    (f) => `The change edits ${files(f)} of the law itself, which people decide.`,
    'Have the approvers of the policy look at these very files.',
  ),
  'governance.gate-edit': said(
    (f) => `The change edits the gate that judges changes: ${placed(f)}.`,
    'Have the approvers of the policy look at these very files.',
  ),
  'governance.keys-edit': said(
    (f) => `The change edits whose signatures count: ${placed(f)}.`,
    'Have the approvers of the policy look at these very files.',
  ),
  'governance.mixed': said(
    (f) =>
      `The change edits the law and ${count(f, 'code', 'other file')} at once; the policy forbids that (${marked('policy_and_code_same_pr')}).`,
    `Put the edits of ${marked('.caws')} into a change of their own: ${marked('git restore --source=TARGET -- .caws')}`,
  ),
  'governance.spec-self-edit': said(
    (f) =>
      `The change edits spec ${about(f)}, the one that binds it; it is judged by the spec of the target.`,
    'Land the spec first, in a change of its own.',
  ),
  'governance.waiver-in-change': said(
    () => 'The change brings a waiver file; it grants nothing to this change.',
    `Ask for a waiver: ${marked('arbiter waiver request GATE --reason "…" --expires 7d')}`,
  ),
  'judge.absent': said(
    (f) =>
      `The policy requires a judge's opinion, and there is none: ${abstentionText(fact(f, 'because'))}.`,
    'Run it again where a licensed judge answers, or have people look at the change.',
  ),
  'judge.concern': said(
    (f) =>
      `A judge would rather leave the base as it is: the change does not meet ${fact(f, 'checks') || 'a check'}, shown by ${fact(f, 'shown') || 'what it cites'}.`,
    `Look at what it names; what each check asks stands in ${marked('policies/judge/caws-judge-1.yaml')}. A judge can be wrong: people decide, and approve it if it is.`,
  ),
  'plea.diff-differs': said(
    (f) =>
      `The change.diff of the plea is not what git says of ${placed(f)}: ${shortened(diffMismatchText(String(f.detail['because'] ?? '')))}.`,
    `Write it from git: ${marked('git diff TARGET...HEAD > change.diff')}`,
  ),
  'plea.evidence-digest-differs': said(
    (f) => `Evidence ${about(f)} is not the file that was pleaded${because(f)}.`,
    'Plead the report that was really produced, with its own digest.',
  ),
  'plea.hidden-text': said(
    (f) => `The plea holds characters that nobody sees (${fact(f, 'codePoints') || about(f)}).`,
    'Write it in plain text.',
  ),
  'plea.unreadable': (f) =>
    namesSpecs(f)
      ? {
          says: `The plea ${fact(f, 'because')}; a change is for one.`,
          fix: `Keep one line ${marked('CAWS-SPEC: ID')}, or one spec in the plea, and make a change of its own for the other.`,
        }
      : {
          says: `The plea cannot be read${pleaPlace(f)}${because(f)}.`,
          fix: `A plea is YAML: ${marked('version: 1')}, and what you plead of ${marked('spec: ID')}, ${marked('rationale: [{ id: C1, text: … }]')}, ${marked('evidence: [{ name: …, file: …, digest: "sha256:…" }]')} and ${marked('change_diff: FILE')}. ${mendPlea(f)}`,
        },
  'policy.default-used': said(
    () => 'The target has no policy of its own; the shipped default is in force.',
    `Write one: ${marked('arbiter init')}`,
  ),
  'policy.pattern-unreadable': said(
    (f) =>
      `The pattern ${named(f, 'pattern')} of ${about(f)} cannot be used (${fact(f, 'because')}).`,
    `${throughBase} Check it with: ${marked('arbiter config validate')}`,
  ),
  'spec.conflict': said(
    (f) =>
      ({
        'two-names': `The change names several specs: ${named(f, 'between')}.`,
        'duplicate-id': `One spec id stands in several files of the target: ${named(f, 'between')}.`,
        'file-under-several': `A file falls under several named specs: ${named(f, 'between')}.`,
      })[f.subject] ?? `Specs are in conflict: ${named(f, 'between')}.`,
    `Let one spec bind the change: ${marked('arbiter verify --spec ID')}, or one ${marked('CAWS-SPEC')} trailer.`,
  ),
  'spec.contracts-missing': said(
    (f) => `Spec ${about(f)} is tier ${fact(f, 'tier')} and names no contract.`,
    `Name at least one under contracts. ${throughBase}`,
  ),
  'spec.expired': said(
    (f) => `Spec ${about(f)} was an experiment until ${fact(f, 'until')}.`,
    `Give it a new end or make it a proper spec. ${throughBase}`,
  ),
  'spec.incomplete': said(
    (f) => `Spec ${about(f)} lacks ${fact(f, 'missing')}.`,
    `Complete it. ${throughBase}`,
  ),
  'spec.manual-review': said(
    () => 'Changes of this tier need the review of a person.',
    'Have the approvers of the policy look at these very files.',
  ),
  'spec.named-missing': said(
    (f) => `The target has no spec ${about(f)}. It has: ${named(f, 'known') || 'none'}.`,
    `Name one of them, or land the spec first. ${throughBase}`,
  ),
  'spec.neighbour-unreadable': said(
    (f) =>
      `${placed(f)} of the target cannot be read${because(f)}, and might have bound this change.`,
    `Mend it on the target: ${marked('arbiter config validate')}`,
  ),
  'spec.none': (f) => ({
    says:
      fact(f, 'active') === ''
        ? 'No working spec of the target is active, and without a spec nothing passes.'
        : `No active spec of the target covers this change: it touches nothing within ${scopeText(f)}.`,
    fix:
      fact(f, 'active') === ''
        ? `Land a spec first (${marked('arbiter init')} writes one), or name it: ${marked('arbiter verify --spec ID')}`
        : `${widenScope(f)} ${marked('arbiter verify')}`,
  }),
  'spec.not-active': said(
    (f) => `Spec ${about(f)} is ${fact(f, 'lifecycle')}, not active.`,
    `Make it active. ${throughBase}`,
  ),
  'spec.several': said(
    (f) => `Several specs cover this change: ${named(f, 'candidates')}.`,
    `Name the one that binds it: ${marked('arbiter verify --spec ID')}, or a ${marked('CAWS-SPEC')} trailer.`,
  ),
  'spec.stricter-touched': said(
    (f) =>
      `The change also touches what spec ${about(f)} (tier ${fact(f, 'tier')}) covers more strictly.`,
    'Split the change, so that each part stands under its own spec.',
  ),
  'spec.superseded': (f) => {
    const [number, head] = [numbered(f), fact(f, 'head').slice(0, 12)];
    const at = head === '' ? '' : ` at ${marked(head)}`;
    const by = fact(f, 'by') === '' ? '' : ` by ${named(f, 'by')}`;
    const entry = fact(f, 'entry') === '' ? '' : ` (entry ${fact(f, 'entry')} of the ledger)`;
    return {
      says: `Pull request${number} was accepted for spec ${about(f)}${at}${by}${entry}, so this one is superseded.`,
      fix: `Nothing of this change is to be mended. It is judged without this again as soon as pull request${number} is merged, closed or changed, or whoever may write here comments there: ${marked('/caws unaccept')}`,
    };
  },
  'spec.unreadable': said(
    (f) => `The spec cannot be read: ${placed(f)}${because(f)}.`,
    `Mend it on the target: ${marked('arbiter config validate')}`,
  ),
  'waiver.break-glass': said(
    (f) =>
      `BREAK-GLASS ${about(f)}: ${named(f, 'by')} alone let ${measured(f)} of this head through until ${fact(f, 'until')}, for this reason: ${fact(f, 'reason')}`,
    `Have another maintainer review it afterwards: ${marked('arbiter waiver review ID --reason "…" --key FILE')}`,
  ),
  'waiver.break-glass-not-counted': said(
    (f) =>
      `Break-glass ${about(f) || 'event'} counts for nothing: it ${glassIgnoredReason(fact(f, 'because'))}${fact(f, 'field') === '' ? '' : ` (${fact(f, 'field')})`}.${fact(f, 'more') === '' ? '' : ` And ${fact(f, 'more')} more count for nothing.`}`,
    `Nothing to do where the emergency is over; else: ${marked('arbiter waiver break-glass --verdict ID --reason "…" --expires 60m')}`,
  ),
  'waiver.file-counted': said(
    (f) =>
      `Waiver file ${about(f)} of the target counts as an approval, because the policy says so.`,
    `Nothing to do; a signed approval says more: ${marked('arbiter waiver request GATE')}`,
  ),
  'waiver.unreadable': said(
    (f) => `Waiver ${placed(f)} cannot be read${because(f)} and covers nothing.`,
    `Mend it on the target: ${marked('arbiter config validate')}`,
  ),
};
