/** What people read of a judge's opinion, and why there is none. */
import type { JudgeSaid } from '../3-deliberation/deliberation.ts';
import type { Abstention } from '../3-deliberation/judge/judgement.ts';
import type { JustificationOpinion } from '../3-deliberation/judge/justification.ts';
import { unreachable } from '../primitives.ts';
import { type FaultWords, misused, stopped } from './ending.ts';
import { visible } from './escape.ts';
import type { LicenceFault, SeatFault } from './judge-faults.ts';
import { counted } from './quantity.ts';

/** Beside every opinion, so that nobody takes it for more. */
export const ONLY_LOWERS =
  'A judge can send a change that passes to people, and move a tenth of S by half; it can raise no verdict.';

const abstentions: Readonly<Record<Abstention, string>> = {
  deadline: 'its time was up',
  cancelled: 'nobody waited for it any longer',
  'may-not-leave': 'it is on another machine, and the policy lets nothing leave (judge.remote)',
  'no-judge': 'none answered',
  'nonce-in-data': 'the change holds the mark that fences it',
  'timed-out': 'it did not answer in time',
  unavailable: 'it failed',
  'prompt-too-long': 'the case is too long for it',
  'answer-too-long': 'its answer had no end',
  'wrong-model': 'another model answered',
  unlicensed: 'it holds no licence for this kind of comparison (arbiter judge license)',
  'role-token': 'the change speaks as a chat does',
  'too-large': 'too much of the change would have been left out',
  'nothing-to-compare': 'both sides look the same to it',
  'invalid-answer': 'its answer kept to no form, or cited what is not there',
  'instructions-found': 'it found instructions to itself in the change',
  'views-differ': 'the code and the words about it point to different sides',
  'orders-disagree': 'it changed its mind with the order of the sides',
  unreadable: 'its record cannot be read',
};

/** Why there is no opinion. */
export const abstentionText = (because: string): string =>
  Object.hasOwn(abstentions, because) ? abstentions[because as Abstention] : visible(because, 60);

/** One sentence: what it came to, and how sure of it it was. */
export function opinionText({ said, calls, agreeing }: JudgeSaid): string {
  const [, because] = /^abstains: (.*)$/.exec(said) ?? [];
  if (because !== undefined) return `no opinion: ${abstentionText(because)}`;
  return `${visible(said, 60)}, in ${agreeing} of ${counted(calls, 'call')}`;
}

/** Who spoke. Names are the models' own. */
export function judgesText({ models, protocol }: JudgeSaid): string {
  const names = models.map(({ name, file, backend }) => {
    const weights = file === null ? 'weights unknown' : `weights ${file.slice(7, 19)}`;
    return `${visible(name, 60)} (${weights}, ${visible(backend, 100)})`;
  });
  return names.length === 0 ? protocol : `${names.join(' and ')}, by ${protocol}`;
}

const NO_OPINION =
  'No opinion comes of it: an advisory judge counts as none, for a required one people decide.';

/** What codes of the system and of the library mean of whoever was to be asked; others are shown as they are. */
const silences: Readonly<Record<string, string>> = {
  ABORT_ERR: 'no answer in time',
  AbortError: 'no answer in time',
  EACCES: 'this user may not use it',
  ECONNREFUSED: 'nobody serves there',
  ECONNRESET: 'it hung up',
  EINVAL: 'the path is too long for a socket',
  ENOENT: 'nothing is there',
  ENOTFOUND: 'there is no such host',
  EPIPE: 'it hung up',
  Error: 'it did not answer as it should',
  SyntaxError: 'what answers is no judge',
  TimeoutError: 'no answer in time',
  TypeError: 'the address cannot be asked',
  'not an answer': 'what answers is no judge',
  'too long': 'its answer has no end',
};

function silenceText(reason: string): string {
  if (Object.hasOwn(silences, reason)) return silences[reason] ?? reason;
  return reason.startsWith('HPE_') ? 'what answers is no judge' : visible(reason, 100);
}

export function seatWords(fault: SeatFault | LicenceFault): FaultWords {
  switch (fault.kind) {
    case 'judge-unnamed':
      return misused(
        'It is not said which judge is measured.',
        'Name one: arbiter judge license --judge SOCKET',
      );
    case 'anchors-unreadable':
      return misused(
        `${visible(fault.file, 200)} cannot be read (${visible(fault.reason, 100)}).`,
        'Name a file of anchors: --anchors FILE; without it those of this program are asked.',
      );
    case 'rulings-unreadable':
      return stopped(
        `What people ruled cannot be read: ${visible(fault.reason, 300)}`,
        'Mend it, or measure without --rulings.',
        'What was on record of the judge stays.',
      );
    case 'judge-address':
      return misused(
        fault.because === 'url-insecure'
          ? 'A judge on another machine is asked over https:// alone.'
          : 'That is no address of a judge: http(s)://HOST/v1, with no name, query or fragment in it.',
        'Name a socket of arbiter judge, a server of this machine, or an https:// address.',
      );
    case 'judge-model-unreadable':
      return misused(
        `That is no name of a model: 1 to ${fault.max} characters of ASCII, without spaces.`,
        'The server lists its names at /v1/models.',
      );
    case 'judge-silent':
      return stopped(
        `No judge answers at ${visible(fault.at, 200)}: ${silenceText(fault.reason)}.`,
        /^https?:/.test(fault.at)
          ? 'Look whether that server runs, and answers at /models.'
          : 'Start it (arbiter judge --socket FILE), or look at who may use its socket.',
        NO_OPINION,
      );
    case 'judge-models-several':
      return stopped(
        `${visible(fault.at, 200)} serves ${counted(fault.count, 'model')}, and nobody said which one judges.`,
        'Name it: --judge-model NAME, or ARBITER_JUDGE_MODEL.',
        NO_OPINION,
      );
    default:
      return unreachable(fault);
  }
}

const necessities = {
  documented:
    'it says what would go wrong without the exception, and why the rule cannot be kept now',
  asserted: 'it says that the exception is needed, and not why',
  absent: 'it does not say that the exception is needed',
} as const;

const timeBounds = {
  yes: 'it says when the exception ends',
  no: 'it does not say when the exception ends',
  unclear: 'it is not clear when the exception ends',
} as const;

/** How a reason reads, as the model's word. Its own words are quoted, and shown as plain text alone. */
export function reasonText({ necessity, timeBound, missing }: JustificationOpinion): string {
  const asks = missing.trim() === '' ? '' : ` It would ask: “${visible(missing.trim(), 200)}”.`;
  return `A model read the reason: ${necessities[necessity]}; ${timeBounds[timeBound]}.${asks} It decides nothing.`;
}

export const NO_READING =
  'No model of this machine said how the reason reads. It would decide nothing.';
