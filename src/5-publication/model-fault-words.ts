import type { Refusal, RosterFault, RosterStorageFault } from '../models/faults.ts';
import { unreachable } from '../primitives.ts';
import { type FaultWords, misused, stopped } from './ending.ts';
import { shellWord, visible } from './escape.ts';
import { groupDigits } from './quantity.ts';

const shown = (text: string): string => visible(text, 120);
const unchanged = 'The roster is as it was.';
const noted = 'The roster is as it was, and the refusal stands in its log.';

/** Why the roster did not do what was asked. */
export function modelWords(fault: RosterFault): FaultWords {
  switch (fault.kind) {
    case 'roster-unusable':
    case 'roster-newer':
    case 'journal-full':
      return storageWords(fault);
    default: {
      const { what, next } = refusalWords(fault);
      // Whoever only looks for a model that is not there was refused nothing.
      return misused(what, next, fault.kind === 'model-unknown' ? unchanged : noted);
    }
  }
}

/** A refusal in two sentences: what was given and what it meets, and the way on. */
export function refusalWords(fault: Refusal): { readonly what: string; readonly next: string } {
  switch (fault.kind) {
    case 'model-unknown':
      return {
        what: `There is no model ${shown(fault.id)} on the roster.${fault.near === null ? '' : ` Did you mean ${shown(fault.near)}?`}`,
        next: 'See them: arbiter models roster --all',
      };
    case 'model-id-taken':
      return {
        what: `${shown(fault.id)} is another model: its ${fault.field} is ${shown(fault.registered)}, not ${shown(fault.given)}.`,
        next: 'Give the new one an id of its own.',
      };
    case 'model-digest-changed':
      return {
        what: `${shown(fault.id)} is registered as ${shown(fault.registered)}; this is ${shown(fault.given)}.`,
        next: 'Where the weights were changed on purpose, have them start a new record: arbiter models register FILE --replace --reason TEXT',
      };
    case 'model-retired':
      return {
        what: `${shown(fault.id)} is retired: ${shown(fault.because)}.`,
        next: 'See why: arbiter models history ID. New weights may take its place: arbiter models register FILE --replace --reason TEXT',
      };
    case 'model-status-differs':
      return {
        what: `${shown(fault.id)} is ${fault.found}, not ${fault.expected} as this step takes for granted.`,
        next: 'Look at it again: arbiter models history ID',
      };
    case 'surface-undeclared':
      return {
        what: `The profile of ${shown(fault.id)} does not name the surface ${shown(fault.surface)}.`,
        next: 'Add it to the profile and register it again: arbiter models register FILE --reason TEXT',
      };
    case 'decision-unknown':
      return {
        what: `Nobody decided ${shown(fault.decision)}, so nothing can have come of it.`,
        next: 'Record the decision before its outcome.',
      };
    case 'decision-doubled':
      return {
        what: `${shown(fault.decision)} was decided before.`,
        next: 'Give each decision an id of its own.',
      };
    case 'outcome-doubled':
      return {
        what: `The outcome of ${shown(fault.decision)} is known already; the first one counts.`,
        next: 'Report each outcome once.',
      };
    case 'outcome-missing':
      return {
        what: `It is not known yet how ${shown(fault.decision)} ended, so nothing more can be said of it.`,
        next: 'Record its end first.',
      };
    case 'outcome-late':
      return {
        what: `The outcome of ${shown(fault.decision)} came after ${groupDigits(fault.days)} days; ${fault.daysMax} are the most.`,
        next: 'Run the task again.',
      };
    case 'event-malformed':
      return {
        what: `${fault.field} is ${shown(fault.given)}; allowed: ${fault.allowed}.`,
        next: 'Send what is allowed.',
      };
    case 'clock-went-back':
      return {
        what: `The clock went back: ${shown(fault.about)} was last heard of at ${fault.last}, and now it is ${fault.given}.`,
        next: 'Set the clock right and try again.',
      };
    default:
      return unreachable(fault);
  }
}

function storageWords(fault: RosterStorageFault): FaultWords {
  switch (fault.kind) {
    case 'roster-newer':
      return stopped(
        `The roster ${shown(fault.file)} has format ${fault.version}; this program knows ${fault.supported}.`,
        'Use the newer arbiter that wrote it.',
        unchanged,
      );
    case 'journal-full':
      return stopped(
        `${groupDigits(fault.eventsMax)} events wait to be written, which is the most.`,
        'Send it again when some of them are written.',
        'What waits is not lost; this event was not taken.',
      );
    case 'roster-unusable':
      return unusableWords(fault);
    default:
      return unreachable(fault);
  }
}

function unusableWords({
  problem,
  file: path,
  reason,
}: Extract<RosterStorageFault, { readonly kind: 'roster-unusable' }>): FaultWords {
  const file = visible(path, 300);
  const because = visible(reason, 300);
  switch (problem) {
    case 'missing':
      return stopped(
        `There is no roster yet at ${file}.`,
        'Register a first model: arbiter models register FILE --reason TEXT',
        'Nothing is lost.',
      );
    case 'locked':
      return stopped(
        `Another process holds the roster ${file} (${because}).`,
        'Run the command again when the other process has ended.',
        unchanged,
      );
    case 'full':
      return stopped(
        `There is no room for the roster ${file} (${because}).`,
        'Make room.',
        unchanged,
      );
    case 'broken':
      return stopped(
        `The roster ${file} is damaged (${because}).`,
        `Put back a copy; or move it away and register the models anew: mv ${shellWord(path)} ${shellWord(`${path}.broken`)}`,
        'Nothing is taken from it. Verdicts are not touched: they stand in the ledger.',
      );
    case 'unsafe':
      return stopped(
        `The roster ${file} is not used: ${because}.`,
        'Make it a plain file that only its owner may write.',
        'Nothing was read from it, and nothing was written.',
      );
    case 'unreadable':
    case 'not-writable':
      return stopped(
        `The roster ${file} cannot be ${problem === 'unreadable' ? 'read' : 'written'} (${because}).`,
        'Look at the file, its folder and its disk.',
        unchanged,
      );
    default:
      return unreachable(problem);
  }
}
