import type { QueueFault } from '../models/orchestration/faults.ts';
import { isoOf, unreachable } from '../primitives.ts';
import { type FaultWords, misused, stopped } from './ending.ts';
import { visible } from './escape.ts';
import { counted, groupDigits } from './quantity.ts';

const shown = (text: string): string => visible(text, 120);
const unchanged = 'The queue is as it was.';

/** Why the queue did not do what was asked. */
export function queueWords(fault: QueueFault): FaultWords {
  switch (fault.kind) {
    case 'steps-counted':
      return misused(
        `A task has 1 to ${fault.max} steps, not ${fault.count}.`,
        'Make several tasks of it.',
        unchanged,
      );
    case 'step-named-badly':
      return misused(
        `${shown(fault.name)} names no step.`,
        'A name is 1 to 40 of a to z, 0 to 9 and -.',
        unchanged,
      );
    case 'step-twice':
      return misused(`Two steps are called ${fault.name}.`, 'Give each its own name.', unchanged);
    case 'order-malformed':
      return misused(
        `${fault.field} is ${shown(fault.given)}; allowed: ${fault.allowed}.`,
        'Send what is allowed.',
        unchanged,
      );
    case 'deadline-over':
      return misused(
        `The deadline ${isoOf(fault.deadline)} is over; now it is ${isoOf(fault.now)}.`,
        'Name a later one: --deadline 2h',
        unchanged,
      );
    case 'task-doubled':
      return misused(
        `There is a task ${shown(fault.id)} already (${fault.state}).`,
        `See it: arbiter tasks show ${shown(fault.id)}`,
        unchanged,
      );
    case 'queue-full':
      return fullWords(fault);
    case 'task-unknown':
      return misused(
        `There is no task ${shown(fault.id)}.`,
        'See them: arbiter tasks list --all',
        unchanged,
      );
    case 'task-ended':
      return misused(
        `${shown(fault.id)} has ended already (${fault.state}).`,
        `See how: arbiter tasks show ${shown(fault.id)}`,
        unchanged,
      );
    case 'lease-lost':
      return stopped(
        `Attempt ${fault.fence} at ${shown(fault.id)} has lost its lease; ${fault.now} is the newest one.`,
        'Nothing is to be done: whoever holds it goes on.',
        'What the lost attempt did counts for nothing.',
      );
    default:
      return unreachable(fault);
  }
}

function fullWords({
  of,
  waiting,
  max,
  againMs,
}: Extract<QueueFault, { readonly kind: 'queue-full' }>): FaultWords {
  const who = {
    tasks: `${counted(waiting, 'task')} wait, and ${groupDigits(max)} are the most`,
    repository: `${counted(waiting, 'task')} of this repository wait, and ${groupDigits(max)} are the most of one`,
    repositories: `Tasks of ${counted(waiting, 'repository', 'repositories')} wait, and ${groupDigits(max)} are the most`,
  }[of];
  return stopped(
    `The queue is full: ${who}.`,
    `Come again in ${counted(Math.ceil(againMs / 1_000), 'second')}; see what waits: arbiter tasks list`,
    'The task was not taken in; the others are not touched.',
  );
}
