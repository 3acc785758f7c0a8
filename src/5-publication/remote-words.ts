import type { ForgeFault } from '../forge.ts';
import { isoOf, unreachable } from '../primitives.ts';
import { type FaultWords, misused, stopped } from './ending.ts';
import { visible } from './escape.ts';
import type { CacheFault } from './faults.ts';
import { quantityText } from './quantity.ts';

/** Why a pull request at a forge could not be looked at. */
export type RemoteFault =
  | ForgeFault
  | CacheFault
  /** @see ForgeFault; with the host that was asked. */
  | (Extract<ForgeFault, { readonly kind: 'forge-unreachable' }> & { readonly host: string })
  | { readonly kind: 'api-url-malformed'; readonly url: string }
  | { readonly kind: 'forge-unnamed'; readonly host: string }
  | { readonly kind: 'pull-unknown'; readonly name: string }
  | { readonly kind: 'option-not-remote'; readonly option: string };

const shown = (text: string): string => visible(text, 300);
const again = 'Run the command again.';

/** What stood between a command and a pull request at the forge. */
export function remoteWords(fault: RemoteFault): FaultWords {
  switch (fault.kind) {
    case 'forge-unreachable':
      return unreachableWords(fault);
    case 'forge-busy':
      return stopped(
        `The forge asks to wait until ${isoOf(fault.retryAt)}.`,
        'Run the command then; with a token in GITHUB_TOKEN there is more room.',
      );
    case 'forge-refused':
      return stopped(
        `The forge refused ${fault.doing} with status ${fault.status}${fault.permission === null ? '' : ` (it asks for ${shown(fault.permission)})`}.`,
        'What is private needs a token that may read it: set GITHUB_TOKEN.',
      );
    case 'forge-incomplete':
      return stopped(
        `Only a part came while ${fault.doing}: ${shown(fault.what)}. A part is not judged.`,
        again,
      );
    case 'forge-unexpected':
      return stopped(
        `An answer that is not understood while ${fault.doing}: ${shown(fault.detail)}.`,
        again,
      );
    case 'fetch-failed':
      return stopped(`git could not fetch: ${shown(fault.stderr)}`, again);
    case 'fetch-timed-out':
      return stopped(
        `git fetched for longer than ${quantityText({ value: Math.round(fault.limitMs / 1_000), unit: 'seconds' })}.`,
        again,
      );
    case 'fetch-refused':
      return stopped(
        `The git server refused the objects with status ${fault.status}.`,
        'What is private needs a token that may read its contents: set GITHUB_TOKEN.',
      );
    case 'repository-too-large':
      return stopped(
        `The repository has ${quantityText({ value: fault.bytes, unit: 'bytes' })}; at most ${quantityText({ value: fault.limit, unit: 'bytes' })} are fetched.`,
        'Clone it, and judge in the clone: arbiter verify TARGET...HEAD',
      );
    case 'api-url-malformed':
      return misused(
        `${shown(fault.url)} is no address of an API.`,
        'Write it as https://HOST/api/v3; plain http only leads to this machine.',
      );
    case 'forge-unnamed':
      return misused(
        `The pull request is at ${shown(fault.host)}, and nobody said that a token may go there.`,
        `Say it: --api-url https://${shown(fault.host)}/api/v3`,
      );
    case 'pull-unknown':
      return misused(`There is no open pull request ${shown(fault.name)}.`, 'Check the number.');
    case 'option-not-remote':
      return misused(
        `${fault.option} is about files of this machine; a pull request at a forge has none here.`,
        'Clone the repository, and judge in the clone: arbiter verify TARGET...HEAD',
      );
    default:
      return unreachable(fault);
  }
}

function unreachableWords(
  fault: Extract<RemoteFault, { readonly kind: 'forge-unreachable' }>,
): FaultWords {
  const why = shown(fault.detail).replace(/\.$/, '');
  if (!('host' in fault)) return stopped(`No answer while ${fault.doing}: ${why}.`, again);
  const host = shown(fault.host);
  return stopped(
    `${host} gave no answer while ${fault.doing}: ${why}.`,
    `${again} Where ${host} is reached by a proxy alone, put before it: NODE_USE_ENV_PROXY=1 HTTPS_PROXY=http://PROXY:PORT`,
  );
}

/** At the end of a verdict that stands nowhere. */
export const lookedAtText = 'to look at: signed by nobody, recorded nowhere';

/** What a verdict on a pull request at the forge is worth to others. */
export const unrecordedText =
  'Not recorded: this verdict was given here to look at, and binds nobody. Waivers\nthat people granted at the forge stand in the ledger of the app, and are not known here.\n';

/** Nobody can tell a repository that is not there from one that is not shown. */
export const ownersLawUnseenText = (repository: string): string =>
  `Note: ${shown(repository)} is not to be seen: there is none, or it is private and this token may not\nread it. A policy that stands there can be stricter, and is not in this verdict.\n`;

export const recordedText = (ledger: string): string =>
  `Recorded in ${shown(ledger)}. The forge was not told.\n`;
