/** The check on a commit that a merge queue put together. */
import { type GroupMember, type GroupRecord, groupHolds } from '../../4-verdict/group.ts';
import { visible } from '../escape.ts';
import { timeText } from '../waiver-words.ts';
import { type Block, bullets, paragraph, table } from './fit.ts';
import { groupFaultWords, groupWaitWords } from './group-words.ts';
import { code, link, type Markdown, md, sentence } from './markdown.ts';
import type { CheckContext, GroupShown, SingleState } from './state.ts';
import { title } from './titles.ts';
import { recordUrl } from './verdict-summary.ts';
import type { Face } from './waiting-faces.ts';

type Of = Extract<SingleState, { readonly kind: 'merge-group' }>;
type Shown<Kind extends GroupShown['kind']> = Extract<GroupShown, { readonly kind: Kind }>;

const open = { status: 'in_progress', conclusion: null, actions: [] } as const;
const ended = { status: 'completed', actions: [] } as const;

export function groupFace({ baseBranch, shown }: Of, context: CheckContext): Face {
  switch (shown.kind) {
    case 'judging':
      return {
        ...open,
        title: title('JUDGING', 'what the merge queue put together'),
        blocks: [
          paragraph(
            md`**JUDGING** - the merge queue of ${code(visible(baseBranch, 100))} asks since ${timeText(shown.since)} whether this commit may land.`,
          ),
        ],
      };
    case 'waiting':
      return waiting(shown, baseBranch, context);
    case 'dropped':
      return {
        ...ended,
        conclusion: 'cancelled',
        title: title('DROPPED', 'the merge queue has left this commit'),
        blocks: [
          paragraph(
            md`**DROPPED** - the merge queue of ${code(visible(baseBranch, 100))} does not ask for this commit any more. What was said of it lets nothing land.`,
          ),
        ],
      };
    case 'decided':
      return decided(shown, baseBranch, context);
  }
}

function waiting(
  { wait, since, againAt, deadline }: Shown<'waiting'>,
  branch: string,
  { now }: CheckContext,
): Face {
  const { phrase, says, next } = groupWaitWords(wait, branch);
  if (now >= deadline)
    return {
      ...ended,
      conclusion: 'timed_out',
      title: title('NOT JUDGED', `waited in vain for ${phrase}`),
      blocks: [
        paragraph(
          md`**NOT JUDGED** - waited since ${timeText(since)}, and this is still open: ${sentence(says)}`,
        ),
        paragraph(md`**Next:** ${sentence(next)} Then put the pull requests back into the queue.`),
      ],
    };
  return {
    ...open,
    title: title('WAITING', `for ${phrase}`),
    blocks: [
      paragraph(md`**WAITING** - ${sentence(says)} Nothing lands in the meantime.`),
      bullets(
        [
          md`Waiting since ${timeText(since)}; looked at again ${timeText(againAt)}, given up ${timeText(deadline)}.`,
          sentence(next),
        ],
        (item) => item,
      ),
    ],
  };
}

function decided({ record, entry }: Shown<'decided'>, branch: string, context: CheckContext): Face {
  const { members, fault, validUntil } = record;
  const foot = paragraph(
    md`<sub>Group ${code(record.id)} · ${code(record.head.slice(0, 12))} on ${code(visible(branch, 100))} ${code(record.base.slice(0, 12))} · ledger ${String(entry.sequence)} ${code(entry.digest.slice(7, 19))}</sub>`,
  );
  if (fault !== null) {
    const { phrase, says, next } = groupFaultWords(fault, branch);
    return {
      ...ended,
      conclusion: 'failure',
      title: title('FAIL', phrase),
      blocks: [
        paragraph(md`**FAIL** - ${sentence(says)}`),
        paragraph(md`**Next:** ${sentence(next)}`),
        memberTable(members, context),
        foot,
      ],
    };
  }
  if (!groupHolds(record, context.now))
    return {
      ...open,
      title: title('JUDGING', `a waiver ended ${(validUntil ?? '').slice(0, 10)}, judged again`),
      blocks: [
        paragraph(
          md`**JUDGING** - this held until ${timeText(validUntil ?? '')}, when a waiver ended. It is judged again.`,
        ),
      ],
    };
  return {
    ...ended,
    conclusion: 'success',
    title: title('PASS', passPhrase(record)),
    blocks: [
      paragraph(
        md`**PASS** - every commit is what the judged head of a pull request gives on the commit before, and each was heard once more there.`,
      ),
      memberTable(members, context),
      ...(validUntil === null ? [] : [paragraph(md`It holds until ${timeText(validUntil)}.`)]),
      foot,
    ],
  };
}

function passPhrase({ members }: GroupRecord): string {
  const named = members.map(({ pull }) => `#${pull}`).join(', ');
  return members.length === 1 ? `${named} as it lands` : `${named} on top of each other`;
}

function memberTable(members: readonly GroupMember[], context: CheckContext): Block {
  const { owner, name } = context.repository;
  return table(
    ['Pull request', 'Head', 'Landed by', 'Commit', 'Verdict'],
    members,
    ({ pull, head, way, commit, verdict }): readonly Markdown[] => [
      code(`${owner}/${name}#${pull}`),
      code(head.slice(0, 12)),
      md`${way}`,
      code(commit.slice(0, 12)),
      link('record', recordUrl(context, verdict)),
    ],
  );
}
