import { unreachable } from '../primitives.ts';
import type { Refusal, SettingFault, StartFault } from './app-faults.ts';
import { type FaultWords, misused, stopped } from './ending.ts';
import { visible } from './escape.ts';

const shown = (text: string): string => visible(text, 300);
const notStarted = 'The app did not start, and nothing was changed.';

/** Why the app did not start. */
export function startWords(fault: StartFault): FaultWords {
  return isSettingFault(fault) ? settingWords(fault) : placeWords(fault);
}

function isSettingFault(fault: StartFault): fault is SettingFault {
  return fault.kind.startsWith('setting-') || fault.kind === 'forge-address-refused';
}

function settingWords(fault: SettingFault): FaultWords {
  switch (fault.kind) {
    case 'setting-unknown':
      return misused(
        `There is no setting ${shown(fault.name)} (in ${shown(fault.where)}).`,
        fault.nearest === null
          ? 'See all of them: arbiter app --help'
          : `Did you mean ${fault.nearest}? See all of them: arbiter app --help`,
        notStarted,
      );
    case 'setting-missing':
      return misused(
        `${fault.name} is not set${fault.other === null ? '' : `, nor ${fault.other}`}.`,
        'Set it in the environment or in the file .env; what it means: arbiter app --help',
        notStarted,
      );
    case 'setting-malformed':
      return misused(
        `${fault.name} is not what it has to be: ${fault.wanted}.`,
        'Correct it; what it means: arbiter app --help',
        notStarted,
      );
    case 'setting-twice':
      return misused(
        `Both ${fault.name} and ${fault.other} are set.`,
        'Keep one of the two.',
        notStarted,
      );
    case 'setting-file-unreadable':
      return stopped(
        `${fault.name} names ${shown(fault.file)}, which cannot be read (${shown(fault.reason)}).`,
        'Give the user that runs the app the right to read it, or name another file.',
        notStarted,
      );
    case 'forge-address-refused':
      return misused(
        `GHE_HOST ${shown(fault.host)} is not used: ${addressReasons[fault.reason]}.`,
        'Name the host of your GitHub Enterprise Server, or leave GHE_HOST out for github.com.',
        notStarted,
      );
    default:
      return unreachable(fault);
  }
}

const addressReasons = {
  malformed: 'it is no HOST or HOST:PORT',
  'link-local': 'it is, or leads to, a link-local address, where machines keep credentials',
  metadata: 'it is, or leads to, a service that gives away the credentials of the machine',
  unspecified: 'it names no machine',
  loopback: 'it is, or leads to, this machine (ARBITER_LOCAL_FORGE=allow permits that)',
  plain: 'GHE_PROTOCOL=http is only for a forge on this machine',
} as const;

function placeWords(fault: Exclude<StartFault, SettingFault>): FaultWords {
  switch (fault.kind) {
    case 'data-in-use':
      return stopped(
        `Another process works in ${shown(fault.folder)}.`,
        'Stop it first, or give this one a folder of its own with ARBITER_DATA.',
        notStarted,
      );
    case 'data-unusable':
      return stopped(
        `The folder ${shown(fault.folder)} cannot be used (${shown(fault.reason)}).`,
        'Give the user that runs the app a folder that only this user may write, with room on its disk.',
        notStarted,
      );
    case 'store-not-ours':
      return stopped(
        `${shown(fault.file)} is not a database of this app.`,
        'Move it away, or name another folder with ARBITER_DATA.',
        notStarted,
      );
    case 'store-newer':
      return stopped(
        `${shown(fault.file)} has form ${fault.version}; this program knows forms up to ${fault.supported}.`,
        'Run the newer version of the arbiter that wrote it.',
        notStarted,
      );
    case 'address-taken':
      return stopped(
        `Port ${fault.port} of ${shown(fault.host)} is already taken.`,
        'Stop what listens there, or choose another port with PORT.',
        notStarted,
      );
    case 'address-unusable':
      return stopped(
        `The app cannot listen on ${shown(fault.host)} (${shown(fault.reason)}).`,
        'Choose an address of this machine with HOST.',
        notStarted,
      );
    default:
      return unreachable(fault);
  }
}

/** The body of an answer to a delivery that was not taken: GitHub shows it to the app's owner. */
export const refusalWords: Readonly<Record<Refusal, string>> = {
  'wrong-method': 'Deliveries come by POST.',
  'wrong-content-type':
    'A delivery is application/json in UTF-8: set the content type of the webhook.',
  encoded: 'A delivery comes without content encoding.',
  'header-malformed': 'A delivery names its event and its id, each once.',
  unsigned: 'A delivery carries exactly one X-Hub-Signature-256: set the secret of the webhook.',
  'wrong-signature': 'The signature is not that of this body under the secret of this app.',
  'too-large': 'A delivery has 25 MB at most.',
  'too-slow': 'The body did not arrive in time.',
  'cut-off': 'The body ended before it was whole.',
  'not-json': 'The body is signed, but is no JSON object in UTF-8.',
  busy: 'Too much is being received at the moment. Nothing is lost: the delivery is asked for again.',
  stopping: 'The app is being stopped. Nothing is lost: the delivery is asked for again.',
  'store-unavailable':
    'The delivery could not be stored. Nothing is lost: the delivery is asked for again.',
};

export const takenWords = {
  taken: 'Taken.',
  again: 'Taken before.',
} as const;

/** What the app's own addresses say, besides pages. */
export const servedWords = {
  alive: 'alive',
  nothing: 'There is nothing here.',
  tooLarge: 'A form is small; this was not read.',
  noToken: 'Send the token of the metrics.',
  failed: 'This could not be answered. Nothing was changed.',
} as const;

/** One line of /readyz. */
export const signWords = {
  store: (well: boolean): string => (well ? 'takes what comes' : 'takes nothing: look at the disk'),
  queue: (seconds: number): string => `the oldest task waits ${seconds} s`,
  forge: (well: boolean): string => (well ? 'answers' : 'has not answered lately'),
} as const;

export const setupWords = {
  opening: (host: string, port: number | string): string =>
    `APP_ID and PRIVATE_KEY are not set. To make a GitHub App, open http://${host}:${port}/probot in a browser on this machine.
Is this a server? Then first, on the machine with the browser: ssh -L ${port}:${host}:${port} USER@SERVER
When the app is made, this program has to be stopped (Ctrl-C) and started again: only then it serves.`,
  written: (file: string): string =>
    `The app's number, key and secret stand in ${file}. Stop the program (Ctrl-C) and start it again.`,
  reachable:
    'HOST has to be an address of this machine alone while there is no APP_ID: whoever reaches the set-up page decides which app this becomes.',
} as const;
