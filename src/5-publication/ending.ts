/** What kind of ending a fault is; each has its exit code. */
export type Ending = 'usage' | 'could-not-finish' | 'invalid-document' | 'ledger-broken';

/** A fault in words: what happened, what became of what was there, and what to do. */
export interface FaultWords {
  readonly ending: Ending;
  readonly what: string;
  readonly kept: string;
  readonly next: string;
}

const nothingDecided = 'Nothing was decided, and nothing is lost.';

type Speak = (what: string, next: string, kept?: string) => FaultWords;

const ends =
  (ending: Ending): Speak =>
  (what, next, kept = nothingDecided) => ({ ending, what, kept, next });

/** What was asked for cannot be meant. */
export const misused = ends('usage');
/** The machine, or what it has of the repository, stood in the way. */
export const stopped = ends('could-not-finish');
/** A document of the law cannot be read. */
export const unread = ends('invalid-document');
/** The ledger's word cannot be taken. */
export const broken = ends('ledger-broken');

/** What to do about what the system said, given as its code: a full disk has a remedy of its own. */
export const roomOr = (reason: string, otherwise: string): string =>
  /^(?:ENOSPC|EDQUOT)$/.test(reason)
    ? 'Its disk is full: make room, and run the command again.'
    : otherwise;

/** What is said when a person stops the command. */
export const interruptedText =
  'Interrupted.\nNothing is half recorded: a verdict that was reached stands in the ledger whole.\nRun the command again, or see the last verdict: arbiter verdict show\n';

/** What is said where what was printed did not arrive whole. */
export const outputLostText = (code: string): string =>
  `The answer cannot be written (${code}), and what was printed of it is not whole.\nWhat was recorded stands.\nMake room, or print it elsewhere, and run the command again.\n`;

/** What is said where the fault is ours. */
export const internalErrorText = (stack: string): string =>
  `internal error: ${stack}\nNothing was decided: no verdict was given, and merging stays blocked.\nPlease report this with the command you ran.\n`;

/** Where the options of a mistyped command are explained. */
export const helpHintText = (command: readonly string[]): string =>
  `See how it is used: ${['arbiter', ...command, '--help'].join(' ')}\n`;
