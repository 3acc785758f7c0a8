/** What is answered to a command in a comment: who asked, what was read, why not, and what to type instead. */
import type { HeadFault } from '../../4-verdict/commands/bind-head.ts';
import type { NotAllowedBecause, Reply } from '../../4-verdict/commands/reply.ts';
import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import { unreachable } from '../../primitives.ts';
import { type AskingForm, requestFaultText } from '../waiver-words.ts';
import { acceptedReply, acceptRefused } from './acceptance-words.ts';
import { commandWord } from './advice.ts';
import { commandWords } from './commands.ts';
import { fitted, paragraph, table } from './fit.ts';
import { code, link, type Markdown, marker, md, mention, nothing, ticked } from './markdown.ts';
import { proposeRefused } from './proposal-words.ts';
import { debated, type Rivals } from './reply-candidates.ts';
import { notUnderstood } from './reply-faults.ts';
import {
  type Answer,
  list,
  type ReplyOf as Of,
  says,
  short,
  tryThis,
  usageOf,
} from './reply-pieces.ts';
import { explainBlocks, statusBlocks } from './reply-reports.ts';
import { waiverRefusal } from './reply-waivers.ts';
import { glassWords, notAllowedWords } from './reply-words.ts';
import type { CheckContext, PendingWaiver, SingleState } from './state.ts';
import { recordUrl } from './verdict-summary.ts';

export interface ReplyContext extends CheckContext {
  /** The login of whoever commented, as the forge gives it. */
  readonly asker: string;
  /** The command's own line as it was typed. */
  readonly line: string;
  /** Address of the comment or check that is answered. */
  readonly commentUrl: string;
  /** What a person quotes when asking for help; it stands in the log. */
  readonly reference: string;
  /** What the check of the head shows. */
  readonly state: SingleState;
  readonly pending: readonly PendingWaiver[];
  /** What else is open for the spec of this change; asked only where a reply shows it. */
  readonly rivals: Rivals | 'unreadable' | null;
}

/** What a reply begins with, where there is no room for all of it. */
export function replyHead(reply: Reply, context: ReplyContext): Markdown {
  const said = answerTo(reply, context)?.first ?? md`it was done.`;
  return md`${mention(context.asker)}: ${code(context.line)} - ${said}`;
}

/** The reply as Markdown, within a comment's limits; null where the check itself shows what came of it. */
export function replyText(reply: Reply, context: ReplyContext): string | null {
  const answer = answerTo(reply, context);
  if (answer === null) return null;
  const { rest } = answer;
  const head = replyHead(reply, context);
  const foot = md`<sub>In response to ${link('this comment', context.commentUrl)} · request ${code(context.reference)}</sub>`;
  return fitted([paragraph(head), ...rest], foot, recordUrl(context, context.id));
}

/**
 * Stands at the end of a reply: whoever finds it there, in a comment of ours, has no need to say it again. At
 * the end, because what people typed is repeated in the text.
 *
 * @param key of the command line or button.
 */
export const replyMark = (key: string): string => marker('reply', { to: key }).toString();

function answerTo(reply: Reply, context: ReplyContext): Answer | null {
  switch (reply.kind) {
    // The check names the waiver, who may decide, and the command that does.
    case 'waiver-asked':
    case 'approved':
    case 'rejected':
    case 'revoked':
    case 'glass-broken':
    case 'glass-reviewed':
    case 'judging-again':
    case 'merge-asked':
    case 'cancelled':
      return null;
    case 'held':
      return says(md`${code('/caws merge')} merges nothing here until ${code('/caws unhold')}.`);
    case 'released':
      return says(md`${code('/caws merge')} may merge again.`);
    case 'explain':
      return explained(reply, context);
    case 'status':
      return {
        first: md`so it stands now:`,
        rest: statusBlocks(context.state, context.pending, context),
      };
    case 'debate':
      return debated(reply.head, context);
    case 'accepted':
      return acceptedReply(reply, context);
    case 'unaccepted':
      return says(
        md`nobody is accepted for ${code(reply.spec)} any more. Those that were superseded are heard again, each by itself.`,
      );
    case 'help':
      return help(reply);
    default:
      return refusal(reply, context);
  }
}

type Refusal = Exclude<
  Reply,
  Of<
    | 'waiver-asked'
    | 'approved'
    | 'rejected'
    | 'revoked'
    | 'glass-broken'
    | 'glass-reviewed'
    | 'judging-again'
    | 'merge-asked'
    | 'cancelled'
    | 'held'
    | 'released'
    | 'explain'
    | 'status'
    | 'debate'
    | 'accepted'
    | 'unaccepted'
    | 'help'
  >
>;

function refusal(reply: Refusal, context: ReplyContext): Answer {
  switch (reply.kind) {
    case 'not-understood':
      return notUnderstood(reply.fault);
    case 'not-allowed':
      return notAllowed(reply);
    case 'head-unclear':
      return headUnclear(reply.fault, context);
    case 'no-verdict-yet':
      return says(
        md`head ${short(reply.head)} has no verdict yet. Repeat it when the check has one.`,
      );
    case 'request-refused':
      return requestRefused(reply, context);
    case 'glass-refused':
      return says(ticked(glassWords(reply.fault)), usageOf('break-glass'));
    case 'spec-differs':
      return says(
        md`you named the spec ${code(reply.named)}, and this change is bound by ${reply.spec === null ? md`none` : code(reply.spec)}. Nothing was done.`,
      );
    case 'too-many-requests':
      return says(
        md`${reply.max} requests of this pull request wait already. Let one be decided, or take one back.`,
        usageOf('revoke'),
      );
    case 'merge-refused':
      return mergeRefused(reply);
    case 'accept-refused':
      return acceptRefused(reply);
    case 'propose-refused':
      return proposeRefused(reply);
    case 'merge-elsewhere':
      return says(
        md`it was said while this pull request led into ${branch(reply.into)}, and it leads into ${branch(reply.live)} now. Nothing was merged.`,
        tryThis('/caws merge'),
      );
    case 'comment-edited':
      return says(
        md`the comment was edited, and whoever may write here may edit what others wrote. Nothing was done.`,
        md`Write it anew, as a comment of your own.`,
      );
    case 'nothing-to-cancel':
      return says(
        md`nothing goes on here that could be stopped: no merge waits, here or in a queue, and no gate of this head is waited for.`,
        md`${code('/caws hold')} keeps ${code('/caws merge')} from merging; ${code('/caws revoke')} ends a waiver.`,
      );
    case 'needs-a-comment':
      return says(
        md`a button has no room for a reason.`,
        tryThis(`/caws ${reply.verb} ${commandWord(reply.target ?? 'GATE')} reason:"…"`),
      );
    case 'could-not-check':
      return says(
        md`GitHub did not say who you are here, or who made this change, and what is not known is not granted.`,
        tryThis(`/caws ${reply.verb} …`),
      );
    case 'policy-changed':
      return says(
        md`the policy has changed since that verdict. Repeat it when the check has a new one.`,
      );
    default:
      return waiverRefusal(reply);
  }
}

function notAllowed({ verb, because, named }: Of<'not-allowed'>): Answer {
  const who = named.length === 0 ? md`${commandWords[verb].who}` : list(named);
  return says(md`${verb} is limited to ${who}${allowedPhrase(because)}.`);
}

const allowedPhrase = (because: NotAllowedBecause): string => `, and ${notAllowedWords(because)}`;

function headUnclear(fault: HeadFault, { line }: ReplyContext): Answer {
  switch (fault.kind) {
    case 'head-unclear': {
      const { newest } = fault;
      return says(
        md`the pull request moved around the time of your comment, so it is not certain which head you saw. Nothing was done.`,
        newest === null ? nothing : md`It is at ${short(newest)} now.`,
        newest === null ? nothing : tryThis(`${line.trim()} sha:${newest.slice(0, 12)}`),
      );
    }
    case 'sha-unknown':
      return says(md`this pull request never had a head ${code(fault.sha)}. Nothing was done.`);
    case 'sha-ambiguous':
      return says(md`several heads begin with ${code(fault.sha)}. Type more of it.`);
    default:
      return unreachable(fault);
  }
}

const inComment: AskingForm = {
  ask: (gate, expires) => `/caws waive ${commandWord(gate)} reason:"…" expires:${expires}`,
  expires: (text) => `expires:${text}`,
  verdict: () => 'this verdict',
  show: () => '/caws explain',
  judge: '/caws recheck',
};

function requestRefused({ fault, nearest: near }: Of<'request-refused'>, context: ReplyContext) {
  const { state } = context;
  if (state.kind !== 'decided') return says(md`this head has no verdict to ask a waiver of.`);
  const gate = 'gate' in fault ? fault.gate : (near ?? 'GATE');
  const text = requestFaultText(fault, state.record, gate, inComment);
  const [first = '', ...rest] = text.split('\n');
  return says(
    ticked(first),
    ...rest.map((line) => (line.startsWith('Try: ') ? tryThis(line.slice(5)) : ticked(line))),
  );
}

function mergeRefused({ because, head, live }: Of<'merge-refused'>): Answer {
  switch (because) {
    case 'no-pass':
      return says(
        md`head ${short(head)} has no PASS that holds now; only a PASS merges.`,
        md`See the check, or comment ${code('/caws explain')}.`,
      );
    case 'was-closed':
      return says(
        md`it was said before this pull request was opened again. Nothing was merged.`,
        tryThis('/caws merge'),
      );
    case 'moved-often':
      return says(
        md`this pull request was closed or aimed elsewhere more often since than the forge lists. Nothing was merged.`,
        tryThis('/caws merge'),
      );
    case 'taken-back':
      return says(
        md`somebody cancelled it, or held this pull request back, afterwards. Nothing was merged.`,
        tryThis('/caws merge'),
      );
    case 'held':
      return says(md`somebody holds this pull request back.`, tryThis('/caws unhold'));
    case 'head-moved':
      return says(
        md`your comment was about head ${short(head)}, and the pull request is at ${short(live)}. Nothing was merged.`,
        tryThis(`/caws merge sha:${live.slice(0, 12)}`),
      );
  }
}

const branch = (ref: string): Markdown => code(ref.replace(/^refs\/heads\//, ''));

function help({ about, mayUse }: Of<'help'>): Answer {
  const shown = about === null ? mayUse : [about];
  return {
    first: about === null ? md`what you may use here now:` : md`${code(about)}:`,
    rest: [
      table(['Command', 'What it does', 'Who may'], shown, (verb) => [
        code(commandWords[verb].usage),
        md`${commandWords[verb].does}`,
        md`${commandWords[verb].who}`,
      ]),
    ],
  };
}

function explained({ gate }: Of<'explain'>, { state }: ReplyContext): Answer {
  if (state.kind !== 'decided') return says(md`this head has no verdict yet.`);
  return findingsOf(state.record, gate);
}

function findingsOf(record: VerdictRecord, gate: string | null): Answer {
  const blocks = explainBlocks(record, gate);
  const about = gate === null ? nothing : md` of ${code(gate)}`;
  return blocks.length === 0
    ? says(md`nothing is held against this change${about}.`)
    : { first: md`the findings${about}:`, rest: blocks };
}
