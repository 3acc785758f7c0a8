/** What is said of a patch that a worker wrote: how it was judged, and how to take it. */
import type { ProposeRefused } from '../../4-verdict/commands/reply.ts';
import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import type { CommitSha } from '../../primitives.ts';
import { shellWord } from '../escape.ts';
import { type AnyFault, faultWords } from '../fault-words.ts';
import { counted } from '../quantity.ts';
import { findingsOf, verdictWords } from '../report.ts';
import { markedWordsOf } from '../sentences.ts';
import { isNotProposed, type NotProposed, notProposedText } from '../worker-words.ts';
import { type Block, bullets, details, fitted, paragraph } from './fit.ts';
import {
  code,
  fenced,
  joined,
  link,
  type Markdown,
  md,
  mention,
  nothing,
  sentence,
  verbatim,
} from './markdown.ts';
import { type Answer, type ReplyOf, says, short, tryThis } from './reply-pieces.ts';

/** Who asked, and for what; `asker` null: the policy did, after a FAIL. */
interface Asked {
  readonly asker: string | null;
  readonly head: CommitSha;
}

export type ProposalOffer =
  | { readonly as: 'branch'; readonly branch: string }
  | {
      readonly as: 'suggestion';
      readonly patch: string;
      /** The policy wants a branch, and the forge did not take one. */
      readonly branchRefused: boolean;
    };

/** A patch as it is offered. */
export interface OfferedProposal {
  readonly asked: Asked;
  readonly offered: ProposalOffer;
  /** The entry of the ledger that holds it. */
  readonly entry: number;
  readonly spec: string;
  /** As far as it could be judged without a pull request. */
  readonly record: VerdictRecord;
  /** Whether nothing stands against it but gates that were not asked. */
  readonly holds: boolean;
  readonly base: CommitSha;
  readonly baseBranch: string;
  /** `https://HOST/OWNER/NAME` */
  readonly repositoryUrl: string;
  readonly site: string;
  readonly repository: { readonly owner: string; readonly name: string };
}

/** Characters of a patch that a comment shows; a longer one is nobody's suggestion. */
const PATCH_SHOWN_MAX = 40_000;
const FINDINGS_SHOWN_MAX = 10;

const calls = ({ asker }: Asked): Markdown => (asker === null ? nothing : md`${mention(asker)}: `);

/** The comment that offers a patch. */
export function proposalReply(proposal: OfferedProposal): string {
  const { asked, spec, record, entry, holds } = proposal;
  const { e, b, g, p, s } = record.deliberation.score;
  const { files, lines } = record.totals;
  const shares = `S = ${s} (E ${e}, B ${b}, G ${g}, P ${p})`;
  const head = md`${calls(asked)}a worker proposes ${counted(lines, 'line')} in ${counted(files, 'file')} for ${code(spec)}: ${verdict(proposal)}, ${shares}.`;
  const foot = md`<sub>For head ${short(asked.head)} · planned first, then applied to ${code(proposal.baseBranch)} at ${short(proposal.base)} and judged like anyone's · entry ${entry} of the ledger · nothing was pushed to the branch of this pull request</sub>`;
  const blocks: readonly Block[] = [paragraph(head), ...against(record, holds), ...way(proposal)];
  return fitted(blocks, foot, proposal.site);
}

const waits = ({ deliberation }: VerdictRecord): readonly string[] =>
  deliberation.findings.flatMap(({ rule, gate, standing }) =>
    rule === 'gate.missing' && (standing === 'fails' || standing === 'needs-waiver') ? [gate] : [],
  );

function verdict({ record, holds }: OfferedProposal): Markdown {
  const gates = waits(record);
  const { word } = verdictWords[record.verdict];
  if (!holds || gates.length === 0) return md`**${word}**`;
  const names = joined(gates.map(code), ', ');
  return md`nothing stands against it so far; ${names} ${gates.length === 1 ? 'is' : 'are'} asked once it is a pull request`;
}

function against(record: VerdictRecord, holds: boolean): readonly Block[] {
  if (holds) return [];
  const found = findingsOf(record).filter(
    ({ standing }) => standing === 'fails' || standing === 'needs-waiver',
  );
  const shown = bullets(
    found.slice(0, FINDINGS_SHOWN_MAX),
    (finding) => md`${sentence(markedWordsOf(finding).says)}`,
  );
  const rest = found.length - FINDINGS_SHOWN_MAX;
  return rest > 0 ? [shown, paragraph(md`And ${rest} more.`)] : [shown];
}

function way(proposal: OfferedProposal): readonly Block[] {
  const { offered, baseBranch, base, repositoryUrl } = proposal;
  if (offered.as === 'branch') {
    const compare = `${repositoryUrl}/compare/${baseBranch}...${offered.branch}?expand=1`;
    return [
      paragraph(
        md`It stands on the branch ${code(offered.branch)}. To take it, ${link('open a pull request from it', compare)}, or:`,
      ),
      paragraph(
        fenced([`git fetch origin ${offered.branch}`, 'git switch --detach FETCH_HEAD'], 'sh'),
      ),
    ];
  }
  const refused = offered.branchRefused
    ? [paragraph(md`GitHub took no branch of the app's, so it is shown here instead.`)]
    : [];
  const shown = offered.patch.length > PATCH_SHOWN_MAX ? null : verbatim(offered.patch, 'diff');
  if (shown === null)
    return [
      ...refused,
      paragraph(
        md`It is not shown: it is longer than a comment takes, or holds characters that nobody would see. With ${code('workers: {offer: branch}')} in the policy one that nothing stands against is offered as a branch.`,
      ),
    ];
  return [
    ...refused,
    details('The patch', [paragraph(shown)]),
    paragraph(md`To take it, save it as ${code('proposal.patch')}, then:`),
    paragraph(
      fenced(
        [
          `git fetch origin ${shellWord(baseBranch)}`,
          `git switch -c proposal ${base}`,
          'git apply --index proposal.patch',
        ],
        'sh',
      ),
    ),
  ];
}

type NothingBecause =
  | 'head-moved'
  | 'no-verdict'
  | 'no-spec'
  | 'given-up'
  | readonly { readonly worker: number; readonly because: NotProposed | AnyFault }[];

/** The comment where a patch was asked for and there is none to offer. */
export function notProposedReply(because: NothingBecause, asked: Asked): string {
  const first = md`${calls(asked)}no patch is proposed for head ${short(asked.head)}`;
  if (typeof because === 'string')
    return fitted([paragraph(md`${first}: ${reasons[because]}`)], null, '');
  const answers = because.map(({ worker, because: why }) => ({ worker, text: whyNot(why) }));
  return fitted(
    [
      paragraph(md`${first}.`),
      bullets(answers, ({ worker, text }) => md`Worker ${worker + 1} ${text}`),
      paragraph(tryThis('/caws propose')),
    ],
    null,
    '',
  );
}

const reasons: Readonly<Record<Extract<NothingBecause, string>, string>> = {
  'head-moved': 'the pull request moved meanwhile. Ask again when the new head has a verdict.',
  'no-verdict': 'it has no verdict now. Ask again when the check has one.',
  'no-spec': 'the target has no working spec that binds it and can be read.',
  'given-up':
    'it was tried several times and never came to an end. Whoever runs the app finds why in its log.',
};

/** What a patch is refused for is told by its kind alone: folders of the machine stand in some texts. */
function whyNot(why: NotProposed | AnyFault): string {
  if (isNotProposed(why)) {
    const more = why.kind === 'worker-silent' ? ', and the log of the app says more' : '';
    return `${notProposedText(why).replace(/\.$/, '')}${more}.`;
  }
  return why.kind === 'candidate-patch-refused'
    ? `wrote a patch that is not taken: ${faultWords(why).text.split('\n')[0]}`
    : 'wrote a patch that could not be judged.';
}

const refusals: Readonly<Record<ProposeRefused, string>> = {
  'no-worker':
    'no worker is set up here. Whoever runs the app sets ARBITER_PROPOSER to a command that writes patches; arbiter app --help says more.',
  'head-moved': 'your comment was about another head. Nothing was asked for.',
  'no-spec':
    'no working spec binds this change, so a worker would not know what to write. Land one under .caws/specs first.',
  'waits-already': 'a patch is being written for this pull request already. It is offered here.',
  'too-many': 'as many patches were asked for on this pull request as one may have.',
};

export function proposeRefused({ because, head, live, max }: ReplyOf<'propose-refused'>): Answer {
  const text = md`${refusals[because]}`;
  switch (because) {
    case 'head-moved':
      return says(
        md`${text} It was about ${short(head)}, and the pull request is at ${short(live)}.`,
        tryThis(`/caws propose sha:${live.slice(0, 12)}`),
      );
    case 'too-many':
      return says(md`${text} That is ${max}.`);
    default:
      return says(text);
  }
}
