/** What is said of the models of this machine. */
import { unreachable } from '../primitives.ts';
import { type FaultWords, misused, stopped } from './ending.ts';
import { shellWord, visible } from './escape.ts';
import type { DaemonFault, ModelEvent, ModelFault, RunProfile } from './model-faults.ts';
import { counted, quantityText } from './quantity.ts';

const shown = (text: string): string => visible(text, 300);
const bytes = (value: number): string => quantityText({ value, unit: 'bytes' });

const NOT_LOADED = 'Nothing of it was loaded.';
const NO_JUDGE =
  'No judge is heard meanwhile: an advisory one counts as none, for a required one people decide.';

/** The option that names a folder of models: without it a command looks where runner-setup has them. */
export const atFolder = (folder: string): string => ` --models ${shellWord(shown(folder))}`;

/** A fault of models in words; a lock that cannot be read has its own, with the places. */
export function weightsWords(
  fault: Exclude<ModelFault, { readonly kind: 'lock-unreadable' }> | DaemonFault,
): FaultWords {
  switch (fault.kind) {
    case 'folder-unusable':
      return fault.reason === 'ENOSPC'
        ? stopped(
            `The disk of ${shown(fault.folder)}, the folder of models, is full.`,
            'Take away what is not used (arbiter models remove NAME), or name a folder elsewhere: --models DIR',
            'Nothing was pinned, and nothing of it is left there.',
          )
        : stopped(
            `The folder of models, ${shown(fault.folder)}, cannot be used (${shown(fault.reason)}).`,
            fault.reason === 'ENOENT'
              ? `Make it, or name another one with --models DIR: mkdir -p ${shellWord(shown(fault.folder))}`
              : 'Name one that is there, as somebody who may: --models DIR',
          );
    case 'model-not-pinned':
      return misused(
        `${shown(fault.folder)} pins no model ${shown(fault.name)}${fault.known.length === 0 ? '' : `; it pins ${fault.known.map(shown).join(', ')}`}.`,
        `See what there is: arbiter models list${atFolder(fault.folder)}`,
      );
    case 'model-known':
      return misused(
        `${shown(fault.folder)} pins a model ${shown(fault.name)} already.`,
        `Take that one away first, or choose another name: arbiter models remove ${shellWord(shown(fault.name))}${atFolder(fault.folder)}`,
      );
    case 'weights-unreadable':
      return stopped(
        `${shown(fault.file)} cannot be read (${shown(fault.reason)}).`,
        'Fetch the file again and pin it: arbiter models add FILE --as NAME',
        NOT_LOADED,
      );
    case 'weights-other':
      return stopped(
        `${shown(fault.file)} is not the file that was pinned: ${fault.what} ${shown(fault.found)}, pinned ${shown(fault.expected)}.`,
        'Find out who changed it. Then: arbiter models remove NAME, fetch the file again, arbiter models add FILE --as NAME',
        NOT_LOADED,
      );
    case 'weights-unfit':
      return stopped(
        `${shown(fault.file)} is no file of weights that can be loaded: ${unfitText[fault.because]} (${shown(fault.place)}).`,
        'Fetch it again, whole, from where it was published.',
        NOT_LOADED,
      );
    case 'weights-twice':
      return misused(
        `${fault.names.map(shown).join(' and ')} are one file in ${shown(fault.folder)}: asked by both names, one model would be heard as two.`,
        `Use ${shown(fault.names[0])} for it. Where both are pinned already: arbiter models remove ${shellWord(shown(fault.names[1]))}${atFolder(fault.folder)}`,
        NOT_LOADED,
      );
    case 'memory-short':
      return stopped(
        `${shown(fault.name)} needs ${bytes(fault.neededBytes)} of memory even with its plainest profile${fault.surface === null ? '' : ` for ${fault.surface}`}; ${bytes(fault.availableBytes)} are free for models.`,
        'Choose a smaller one (arbiter models list), or allow more: arbiter judge --memory-mb N',
        NOT_LOADED,
      );
    case 'model-not-opened':
      return stopped(
        `${shown(fault.name)} could not be opened${fault.provider === null ? '' : ` on ${shown(fault.provider)}`}: ${shown(fault.reason)}.`,
        'Look whether node-llama-cpp is installed beside the command, and whether another file of the model opens.',
        NO_JUDGE,
      );
    case 'self-test-failed':
      return stopped(
        `${shown(fault.name)} ${disagreement(fault)}; it was run on ${shown(fault.provider)} with ${profileText(fault.profile)}.`,
        'A driver or the library reads its weights wrongly here, or too few bits are kept: try arbiter judge --provider cpu; or pin it again',
        NO_JUDGE,
      );
    case 'stands-in-itself':
      return misused(
        `${shown(fault.name)} stands in for ${shown(fault.insteadOf)} itself: no other can stand in for it.`,
        `Name that one: --instead-of ${shellWord(shown(fault.insteadOf))}`,
        'Nothing was pinned.',
      );
    case 'not-needed':
      return stopped(
        `${shown(fault.name)} is not opened: ${shown(fault.insteadOf)} is, which it stands in for.`,
        `To have it serve all the same, take insteadOf out of its entry in models.lock.json.`,
      );
    case 'model-ends':
      return stopped(
        `The process of ${shown(fault.name)} ended ${counted(fault.times, 'time')} in a row without an answer.`,
        'It is asked no more before the daemon is started again. Look at the memory of the machine, or choose another model.',
        NO_JUDGE,
      );
    case 'socket-in-use':
      return misused(
        `Somebody answers at ${shown(fault.socket)} already.`,
        'One daemon serves all models of a machine: stop it first, or name another socket.',
      );
    case 'socket-unusable':
      return stopped(
        `No socket can be made at ${shown(fault.socket)} (${shown(fault.reason)}).`,
        "Name one in a folder of the daemon's own user: --socket FILE",
      );
    case 'no-models':
      return stopped(
        `${shown(fault.folder)} pins no model.`,
        `Pin one: arbiter models add FILE --as NAME${atFolder(fault.folder)}`,
        NO_JUDGE,
      );
    case 'no-model-works':
      return stopped(
        `None of the ${counted(fault.count, 'model')} in ${shown(fault.folder)} can be used; what is wrong with each stands above.`,
        `Look at them: arbiter models verify${atFolder(fault.folder)}`,
        NO_JUDGE,
      );
    default:
      return unreachable(fault);
  }
}

type Disagreement = Extract<ModelFault, { readonly kind: 'self-test-failed' }>;

function disagreement({
  name,
  against,
  agreed,
  of,
  needed,
  expected,
  found,
}: Disagreement): string {
  const whose = against === name ? 'when it was pinned' : `${shown(against)} was pinned with`;
  if (of === 0) return 'was pinned without a self-test';
  return `says something else than ${whose}: ${agreed} of ${of} tokens, needed ${needed}; tokens ${found.join(' ')}, expected ${expected.join(' ')}`;
}

/** What a model is run with, in one line. */
export const profileText = ({
  contextTokens,
  batchTokens,
  threads,
  cache,
  flashAttention,
}: RunProfile): string =>
  [
    `context ${contextTokens} tokens`,
    `batch ${batchTokens}`,
    ...(threads === null ? [] : [counted(threads, 'thread')]),
    `cache ${cache}`,
    ...(flashAttention === 'auto' ? [] : [`flash attention ${flashAttention ? 'on' : 'off'}`]),
  ].join(', ');

const unfitText = {
  unreadable: 'it cannot be read',
  'not-gguf': 'it has another format',
  truncated: 'it ends too soon',
  absurd: 'it says what cannot be',
  incomplete: 'something is missing that the library needs',
} as const;

type Said = Extract<ModelEvent, { readonly kind: 'loaded' }>['said'][number];
const agreedText = (name: string, { against, agreed, of, needed }: Said): string =>
  `${agreed} of ${of} tokens as ${against === name ? 'pinned' : shown(against)}, needed ${needed}`;

/** One line of the daemon's log. */
export function modelEventText(event: ModelEvent, reason: (fault: ModelFault) => string): string {
  const name = shown(event.name);
  switch (event.kind) {
    case 'loaded':
      return `${name}: loaded for ${event.surface}, ${shown(event.backend)}, ${profileText(event.profile)}, about ${bytes(event.bytes)}; its self-test holds: ${event.said.map((each) => agreedText(event.name, each)).join(', ')}\n`;
    case 'profile-short':
      return `${name}: ${event.surface} asks for ${profileText(event.profile)}, about ${bytes(event.bytes)}; ${bytes(event.availableBytes)} are free for models. A plainer profile is tried.\n`;
    case 'unloaded':
      return `${name}: put away, to make room\n`;
    case 'other-provider':
      return `${name}: ${shown(event.wanted)} is not to be had here, so ${shown(event.found)} computes; the library's build for it is not installed, or its driver is missing\n`;
    case 'fell-back':
      return `${name}, for ${event.surface}: ${reason(event.fault)} The next profile or provider is tried, if there is one.\n`;
    case 'ended':
      return `${name}: its process ended; it is started again when it is asked\n`;
    case 'exchanged':
      return `${name}: ${shown(event.file)} was written to or exchanged while it was open. What the model said since counts for nothing; the file is read anew when the model is asked\n`;
    case 'not-loaded':
      return `${name}: not loaded. ${reason(event.fault)}\n`;
    default:
      return unreachable(event);
  }
}
