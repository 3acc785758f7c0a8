/** What is answered to a command in a comment: who asked, what was read, why not, and what to type instead. */
import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import type { GatesOfVerdict, RequestFault } from '../../4-verdict/waivers/request.ts';
import { nearest } from '../../caws/nearest.ts';
import type { Reaction } from '../../forge.ts';
import { type CommitSha, unreachable } from '../../primitives.ts';
import type { Marked } from '../marked.ts';
import { verdictWords } from '../report.ts';
import { type AskingForm, requestFaultText } from '../waiver-words.ts';
import { commandWord } from './advice.ts';
import { type CommandVerb, commandVerbs, commandWords } from './commands.ts';
import { type Block, bullets, fitted, paragraph, table } from './fit.ts';
import {
  code,
  isEmpty,
  joined,
  link,
  type Markdown,
  md,
  mention,
  nothing,
  sentence,
  ticked,
} from './markdown.ts';
import { explainBlocks, statusBlocks } from './reply-reports.ts';
import type { CheckContext, PendingWaiver, SingleState } from './state.ts';
import { recordUrl } from './verdict-summary.ts';

export interface ReplyContext extends CheckContext {
  /** The login of whoever commented, as the forge gives it. */
  readonly asker: string;
  /** The command's own line as it was typed. */
  readonly line: string;
  /** Address of the comment that is answered. */
  readonly commentUrl: string;
  /** What a person quotes when asking for help; it stands in the log. */
  readonly reference: string;
}

export type CommandReply =
  | {
      readonly kind: 'unknown-command';
      readonly verb: string;
      readonly usable: readonly CommandVerb[];
    }
  | { readonly kind: 'bad-arguments'; readonly verb: CommandVerb; readonly problem: Marked }
  | {
      readonly kind: 'request-refused';
      readonly fault: RequestFault;
      readonly record: VerdictRecord;
      readonly gate: string;
    }
  | {
      readonly kind: 'unknown-gate';
      readonly verb: CommandVerb;
      readonly gate: string;
      readonly gates: GatesOfVerdict;
    }
  | {
      readonly kind: 'unknown-waiver';
      readonly verb: 'approve' | 'reject' | 'revoke';
      readonly waiver: string;
      readonly known: readonly PendingWaiver[];
    }
  | {
      readonly kind: 'denied';
      readonly verb: CommandVerb;
      readonly because: DeniedBecause;
      /** Who may, where the policy says it more exactly than the command's own words. */
      readonly who: Marked | null;
    }
  /** Several heads could be meant: the one the person saw is not known. */
  | {
      readonly kind: 'ambiguous-head';
      readonly now: CommitSha;
      readonly seen: readonly CommitSha[];
    }
  | { readonly kind: 'other-head'; readonly named: string; readonly now: CommitSha }
  | { readonly kind: 'no-verdict-yet'; readonly verb: CommandVerb }
  | { readonly kind: 'not-a-pass'; readonly record: VerdictRecord }
  | { readonly kind: 'too-many-commands'; readonly max: number }
  | { readonly kind: 'help'; readonly usable: readonly CommandVerb[] }
  | {
      readonly kind: 'status';
      readonly state: SingleState;
      readonly pending: readonly PendingWaiver[];
    }
  | { readonly kind: 'explain'; readonly record: VerdictRecord; readonly gate: string | null };

export type DeniedBecause =
  | 'not-allowed'
  | 'is-author'
  | 'is-contributor'
  | 'is-requester'
  | 'is-bot'
  /** The forge did not say what this person may do, and what is not known is not granted. */
  | 'role-unknown';

/** How a command came out, for the reaction that everyone sees first. */
export type Acknowledged = 'seen' | 'done' | 'merged' | 'denied' | 'not-understood';

export const reactions: Readonly<Record<Acknowledged, Reaction>> = {
  seen: 'eyes',
  done: '+1',
  merged: 'rocket',
  denied: '-1',
  'not-understood': 'confused',
};

/** The reply as Markdown, within a comment's limits. */
export function commandReply(reply: CommandReply, context: ReplyContext): string {
  const { first, rest } = answerTo(reply, context);
  const head = md`${mention(context.asker)}: ${code(context.line)} - ${first}`;
  const foot = md`<sub>In response to ${link('this comment', context.commentUrl)} · request ${code(context.reference)}</sub>`;
  return fitted([paragraph(head), ...rest], foot, recordUrl(context, context.id));
}

interface Answer {
  readonly first: Markdown;
  readonly rest: readonly Block[];
}

const says = (first: Markdown, ...rest: readonly Markdown[]): Answer => ({
  first,
  rest: rest.filter((line) => !isEmpty(line)).map(paragraph),
});
const tryThis = (command: string): Markdown => md`Try: ${code(command)}`;
const usageOf = (verb: CommandVerb): Markdown => tryThis(commandWords[verb].usage);

function answerTo(reply: CommandReply, context: ReplyContext): Answer {
  switch (reply.kind) {
    case 'unknown-command':
      return unknownCommand(reply);
    case 'bad-arguments':
      return says(sentence(reply.problem), usageOf(reply.verb));
    case 'request-refused':
      return requestRefused(reply);
    case 'unknown-gate':
      return unknownGate(reply);
    case 'unknown-waiver':
      return unknownWaiver(reply);
    case 'denied':
      return says(md`${reply.verb} is limited to ${whoMay(reply)}${deniedWords[reply.because]}.`);
    case 'ambiguous-head':
      return ambiguousHead(reply, context);
    case 'other-head':
      return says(
        md`you named head ${code(reply.named)}, and the pull request is at ${code(reply.now.slice(0, 12))}. Nothing was done.`,
        md`Look at what came since, then repeat it with ${code(`sha:${reply.now.slice(0, 12)}`)}.`,
      );
    case 'no-verdict-yet':
      return says(md`this head has no verdict yet. Repeat it when the check has one.`);
    case 'not-a-pass':
      return says(
        md`the verdict of this head is ${verdictWords[reply.record.verdict].word}; only a PASS merges.`,
        md`See ${link('what holds it up', recordUrl(context, reply.record.id))}, or comment ${code('/caws explain')}.`,
      );
    case 'too-many-commands':
      return says(md`${reply.max} commands are read of one comment; the rest was left undone.`);
    case 'help':
      return { first: md`what you may use here now:`, rest: [helpTable(reply.usable)] };
    case 'status':
      return {
        first: md`so it stands now:`,
        rest: statusBlocks(reply.state, reply.pending, context),
      };
    case 'explain':
      return explained(reply);
    default:
      return unreachable(reply);
  }
}

type Of<Kind extends CommandReply['kind']> = Extract<CommandReply, { readonly kind: Kind }>;

function unknownCommand({ verb, usable }: Of<'unknown-command'>): Answer {
  const meant = nearest(verb, commandVerbs);
  const near = commandVerbs.find((each) => each === meant);
  return says(
    md`there is no command ${code(verb)}.${near === undefined ? nothing : md` Did you mean ${code(near)}?`}`,
    md`You may use: ${list(usable)}.`,
    tryThis(near === undefined ? '/caws help' : commandWords[near].usage),
  );
}

const inComment: AskingForm = {
  ask: (gate, expires) => `/caws waive ${commandWord(gate)} reason:"…" expires:${expires}`,
  expires: (text) => `expires:${text}`,
  verdict: () => 'this verdict',
  show: () => '/caws explain',
  judge: '/caws recheck',
};

function requestRefused({ fault, record, gate }: Of<'request-refused'>): Answer {
  const [first = '', ...rest] = requestFaultText(fault, record, gate, inComment).split('\n');
  return says(
    ticked(first),
    ...rest.map((line) => (line.startsWith('Try: ') ? tryThis(line.slice(5)) : ticked(line))),
  );
}

function unknownGate({ verb, gate, gates }: Of<'unknown-gate'>): Answer {
  const known = [...gates.waivable, ...gates.refused, ...gates.holding];
  const near = nearest(gate, known);
  return says(
    md`there is no gate ${code(gate)} in this policy.${near === undefined ? nothing : md` Did you mean ${code(near)}?`}`,
    md`Gates that hold this change up: ${list([...gates.waivable, ...gates.refused])}.${gates.holding.length === 0 ? nothing : md` Holding: ${list(gates.holding)}.`}`,
    tryThis(`/caws ${verb} ${commandWord(near ?? known[0] ?? 'GATE')}`),
  );
}

function unknownWaiver({ verb, waiver, known }: Of<'unknown-waiver'>): Answer {
  const near =
    nearest(
      waiver,
      known.map(({ id }) => id),
    ) ?? known[0]?.id;
  return {
    first: md`no waiver ${code(waiver)} waits on this pull request.`,
    rest: [
      known.length === 0
        ? paragraph(md`None was asked for. ${tryThis(commandWords.waive.usage)}`)
        : bullets(known, ({ id, gate }) => md`${code(id)} for ${code(gate)}`),
      ...(near === undefined
        ? []
        : [paragraph(tryThis(`/caws ${verb} ${near}${verb === 'approve' ? '' : ' reason:"…"'}`))]),
    ],
  };
}

const deniedWords: Readonly<Record<DeniedBecause, string>> = {
  'not-allowed': ', and you are not among them',
  'is-author': ', and you opened this pull request',
  'is-contributor': ', and you took part in this change',
  'is-requester': ', and you asked for this waiver yourself',
  'is-bot': ', and a bot is no person',
  'role-unknown': ', and GitHub did not say whether you are among them; try again in a minute',
};

const whoMay = ({ verb, who }: Of<'denied'>): Markdown =>
  who === null ? md`${commandWords[verb].who}` : sentence(who);

function ambiguousHead({ now, seen }: Of<'ambiguous-head'>, { line }: ReplyContext): Answer {
  return says(
    md`the pull request moved around the time of your comment, so it is not certain which head you saw. Nothing was done.`,
    md`It is at ${code(now.slice(0, 12))} now${seen.length === 0 ? nothing : md`; before that: ${list(seen.map((sha) => sha.slice(0, 12)))}`}.`,
    tryThis(`${line.trim()} sha:${now.slice(0, 12)}`),
  );
}

function helpTable(usable: readonly CommandVerb[]): Block {
  return table(['Command', 'What it does', 'Who may'], usable, (verb) => [
    code(commandWords[verb].usage),
    md`${commandWords[verb].does}`,
    md`${commandWords[verb].who}`,
  ]);
}

function explained({ record, gate }: Of<'explain'>): Answer {
  const blocks = explainBlocks(record, gate);
  const about = gate === null ? nothing : md` of ${code(gate)}`;
  return blocks.length === 0
    ? says(md`nothing is held against this change${about}.`)
    : { first: md`the findings${about}:`, rest: blocks };
}

const list = (names: readonly string[]): Markdown =>
  names.length === 0 ? md`none` : joined(names.map(code), ', ');
