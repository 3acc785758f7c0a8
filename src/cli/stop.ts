import type { Ending } from '../5-publication/ending.ts';
import { type AnyFault, faultWords } from '../5-publication/fault-words.ts';
import { errorJson } from './error-json.ts';
import { type ExitCode, exits, type World } from './world.ts';

/** The exit code of each ending; see the table in the root's help. */
export const exitOfEnding: Readonly<Record<Ending, ExitCode>> = {
  usage: exits.usage,
  'could-not-finish': exits.couldNotFinish,
  'invalid-document': exits.invalidDocument,
  'ledger-broken': exits.ledgerBroken,
};

/** Says why a command ends without its result, as text or as JSON, and sets the exit code. */
export function stop(world: World, fault: AnyFault, json = false): void {
  const { ending, text } = faultWords(fault);
  if (json) world.out(errorJson(world, ending, fault, text));
  else world.err(text);
  world.finish(exitOfEnding[ending]);
}
