import type { Ending } from '../../5-publication/ending.ts';
import { type AnyFault, faultWords } from '../../5-publication/fault-words.ts';
import { fail } from '../../primitives.ts';
import { errorJson } from '../error-json.ts';
import { exitOfEnding } from '../stop.ts';
import { type ExitCode, exits, type World } from '../world.ts';

/** Why a command ends early: what happened and what to do, and the exit code that goes with it. */
export interface Stop {
  readonly exit: ExitCode;
  /** Whether all that is missing is a ledger: then there are no waivers either. */
  readonly noLedger?: true;
  readonly message: string;
  /** What it is by name, for programs; where it has none, that the word was refused. */
  readonly named?: { readonly kind: string };
}

/** The words that every command has for this fault. */
export function stopFor(fault: AnyFault): { readonly ok: false; readonly fault: Stop } {
  const { ending, text } = faultWords(fault);
  return fail({
    exit: exitOfEnding[ending],
    message: text.trimEnd(),
    named: fault,
    ...(fault.kind === 'ledger-missing' ? { noLedger: true } : {}),
  });
}

/** Says why a command ended, and gives its exit code. */
export function say(world: World, { exit, message, named }: Stop, json = false): ExitCode {
  const text = `${message.slice(0, 1).toUpperCase()}${message.slice(1)}\n`;
  if (json) world.out(errorJson(world, endingOf(exit), named ?? { kind: 'waiver-refused' }, text));
  else world.err(text);
  return exit;
}

function endingOf(exit: ExitCode): Ending {
  const endings = Object.keys(exitOfEnding) as readonly Ending[];
  return endings.find((ending) => exitOfEnding[ending] === exit) ?? 'could-not-finish';
}

export const usage = (message: string): { readonly ok: false; readonly fault: Stop } =>
  fail({ exit: exits.usage, message });
