import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { AnyFault } from '../../5-publication/fault-words.ts';
import { registeredText, retiredText } from '../../5-publication/model-words.ts';
import { textOfPlain, whyUnread } from '../../adapters/plain-file.ts';
import { register, restatus } from '../../adapters/roster/registering.ts';
import {
  type ModelProfile,
  readModelProfile,
  type Status,
  statuses,
} from '../../models/profile.ts';
import { fail, type Result } from '../../primitives.ts';
import { reasonOrSay } from '../ledger/session.ts';
import { page } from '../page.ts';
import { plainJson } from '../plain-json.ts';
import { stop } from '../stop.ts';
import { exits, type World } from '../world.ts';
import { choice } from './choice.ts';
import { type ModelOptions, modelCommand, withRoster } from './session.ts';

interface ReasonedOptions extends ModelOptions {
  readonly reason?: string;
}

/** Far more than a profile is long. */
const PROFILE_BYTES_MAX = 256 * 1024;

/** `models register FILE`: a new model, or what has changed about one. */
export function registerCommand(world: World): Command {
  return modelCommand('register', 'put a model on the roster, or say what has changed about it')
    .argument('<file>', 'its profile, YAML or JSON (policies/schema/model-profile.schema.json)')
    .option('--reason <text>', 'why; it stands in the log for good')
    .option('--replace', 'other weights take the place of those under this id')
    .option('--status <status>', 'let it in at once (default: candidate)', choice(statuses))
    .action((file: string, options: ReasonedOptions & { replace?: boolean; status?: Status }) => {
      const json = options.json === true;
      const profile = profileIn(world, file);
      if (!profile.ok) return stop(world, profile.fault, json);
      const because = reasonOrSay(world, options);
      if (because === undefined) return;
      return withRoster(world, options, 'create', (roster) => {
        const { replace = false, status } = options;
        const asked = { profile: profile.value, at: world.now(), because, replace };
        const done = register(roster, status === undefined ? asked : { ...asked, status });
        if (!done.ok) return stop(world, done.fault, json);
        const { id } = profile.value;
        const model = roster.model(id);
        if (!model.ok) return stop(world, model.fault, json);
        const now = model.value?.status ?? 'candidate';
        if (json) {
          const schema = 'caws-arbiter/models-register@1';
          world.out(`${plainJson({ schema, id, registered: done.value, status: now })}\n`);
        } else page(world, registeredText(id, done.value, now));
        world.finish(exits.pass);
      });
    });
}

/** `models retire ID`: no more work, for good. */
export function retireCommand(world: World): Command {
  return modelCommand('retire', 'give a model no more work, for good')
    .argument('<id>', 'the model')
    .option('--reason <text>', 'why; it stands in the log for good')
    .action((id: string, options: ReasonedOptions) => {
      const json = options.json === true;
      const because = reasonOrSay(world, options);
      if (because === undefined) return;
      return withRoster(world, options, 'open', (roster) => {
        const done = restatus(roster, { id, to: 'retired', at: world.now(), because });
        if (!done.ok) return stop(world, done.fault, json);
        if (json) {
          const schema = 'caws-arbiter/models-retire@1';
          world.out(`${plainJson({ schema, id, changed: done.value })}\n`);
        } else page(world, retiredText(id, done.value));
        world.finish(exits.pass);
      });
    });
}

function profileIn(world: World, file: string): Result<ModelProfile, AnyFault> {
  const folder = world.directory;
  const path = resolve(folder, file);
  let text: string;
  try {
    if (statSync(path).size > PROFILE_BYTES_MAX) throw new RangeError('too large');
    text = textOfPlain(path);
  } catch (error) {
    return fail({
      kind: 'file-unreadable',
      file,
      option: 'arbiter models register',
      folder,
      ...whyUnread(error),
    });
  }
  const read = readModelProfile({ file, text });
  return read.ok ? read : fail({ kind: 'profile-invalid', document: read.fault });
}
