import { totalmem } from 'node:os';
import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { asCalled } from '../../5-publication/as-called.ts';
import { faultSentences } from '../../5-publication/fault-words.ts';
import type { ModelFault } from '../../5-publication/model-faults.ts';
import {
  addedText,
  brokenText,
  holdsText,
  inForceText,
  modelsListText,
  otherProviderText,
  removedText,
  speedText,
  verifyHint,
} from '../../5-publication/model-lists.ts';
import { PROVIDERS, type Provider } from '../../adapters/llama/library.ts';
import { speedOf } from '../../adapters/llama/measuring.ts';
import { memoryForModels } from '../../adapters/llama/memory.ts';
import { pinModel } from '../../adapters/llama/pinning.ts';
import { plannedProfiles } from '../../adapters/llama/planned.ts';
import { SURFACES } from '../../adapters/llama/profiles.ts';
import type { Shelf } from '../../adapters/llama/shelf.ts';
import { dropWeights, isPinned, lockOf, type NewModel, pin } from '../../adapters/llama/weights.ts';
import { stop } from '../stop.ts';
import { exits, type World } from '../world.ts';
import { choose } from './opened-shelf.ts';
import {
  entryText,
  modelName,
  modelProgram,
  modelsFolder,
  threadCount,
  wholeNumber,
} from './options.ts';
import { profilesOf, shippedLock } from './shipped.ts';

interface Options {
  readonly models?: string;
  readonly json?: boolean;
}

const common = (command: Command): Command =>
  command
    .option('--models <dir>', 'folder of pinned models; default: where runner-setup has it')
    .option('--json', 'one JSON object on stdout');

/** `arbiter models list`. */
export function listCommand(world: World): Command {
  return common(
    new Command('list').description('models that are pinned here, and what suits this machine'),
  )
    .option('--memory-gb <n>', 'of another machine', wholeNumber)
    .action(async (options: Options & { readonly memoryGb?: number }) => {
      const folder = modelsFolder(world, options.models);
      const lock = await lockOf(folder);
      // Before anything was set up there are suggestions all the same.
      const missing =
        !lock.ok && lock.fault.kind === 'folder-unusable' && lock.fault.reason === 'ENOENT';
      if (!lock.ok && !missing) return stop(world, lock.fault, options.json === true);
      const pinned = lock.ok ? lock.value.models : {};
      const suggested = shippedLock();
      const isThis = options.memoryGb === undefined;
      const memoryGb = options.memoryGb ?? Math.round(totalmem() / 1024 ** 3);
      const { models, presets } = suggested;
      const profiles = profilesOf(lock.ok ? lock.value : suggested);
      const memoryBytes = memoryForModels(memoryGb * 1024 ** 3, isThis ? undefined : 0);
      const run = plannedProfiles(folder, pinned, profiles, memoryBytes);
      world.out(
        options.json === true
          ? told({ folder, memoryGb, pinned, profiles, run, suggested: models, presets })
          : asCalled(
              modelsListText(folder, { pinned, run, suggested }, { memoryGb, isThis }),
              world.call,
            ),
      );
      world.finish(exits.pass);
    });
}

interface AddOptions extends Options {
  readonly as: string;
  readonly family?: string;
  readonly role?: readonly NewModel['roles'][number][];
  readonly licence?: string;
  readonly quantisation?: string;
  readonly insteadOf?: string;
  readonly repository?: string;
  readonly revision?: string;
}

const family = entryText(/^[a-z0-9][a-z0-9-]{0,31}$/, 'a to z, 0 to 9 and -, at most 32');
const licence = entryText(/^.{1,64}$/u, 'at most 64 characters');
const quantisation = entryText(
  /^[A-Za-z0-9_ -]{1,32}$/,
  'letters, digits, _, - and spaces, at most 32',
);
const repository = entryText(/^[A-Za-z0-9._-]{1,96}\/[A-Za-z0-9._-]{1,96}$/, 'OWNER/NAME');
const revision = entryText(/^[0-9a-f]{40}$/, 'a full commit id, 40 hex digits');

/** `arbiter models add FILE`. */
export function addCommand(world: World): Command {
  return common(new Command('add').description('pin a GGUF file that was fetched, by its sha256'))
    .argument('<file>', 'the file of weights; it is copied')
    .requiredOption(
      '--as <name>',
      'what it is called here; a name of `models list` brings its facts',
      modelName,
    )
    .option('--family <name>', 'models of one family repeat each other', family)
    .addOption(
      new Option('--role <role...>', 'what it is for').choices(['worker', 'judge', 'first']),
    )
    .option('--licence <spdx>', 'as its maker gives it', licence)
    .option('--quantisation <name>', 'e.g. Q4_K_M', quantisation)
    .option('--instead-of <name>', 'the pinned model that it is in fewer bits, and stands in for')
    .option('--repository <owner/name>', 'where it was published', repository)
    .option('--revision <sha>', 'the commit of it there', revision)
    .action(async (file: string, options: AddOptions) => {
      const folder = modelsFolder(world, options.models);
      const { as: name } = options;
      const suggested = shippedLock().models[name];
      const said: NewModel = {
        family:
          options.family ?? suggested?.family ?? name.split(/[^a-z0-9]/)[0]?.slice(0, 32) ?? name,
        roles: [...new Set(options.role ?? suggested?.roles ?? (['judge'] as const))],
        licence: options.licence ?? suggested?.licence ?? null,
        quantisation: options.quantisation ?? suggested?.quantisation ?? null,
        repository: options.repository ?? suggested?.repository ?? null,
        revision: options.revision ?? null,
        ...(options.insteadOf === undefined ? {} : { insteadOf: options.insteadOf }),
      };
      const source = resolve(world.directory, file);
      const lock = await lockOf(folder);
      if (!lock.ok) return stop(world, lock.fault, options.json === true);
      const profiles = profilesOf(lock.value);
      const program = modelProgram();
      const pinned = await pinModel({ folder, name, file: source, said, profiles, program });
      if (!pinned.ok) return stop(world, pinned.fault, options.json === true);
      world.out(
        options.json === true ? told({ name, model: pinned.value }) : addedText(name, pinned.value),
      );
      world.finish(exits.pass);
    });
}

/** `arbiter models verify`. */
export function verifyCommand(world: World): Command {
  return common(
    new Command('verify').description('read every byte of pinned models, open them, and test them'),
  )
    .argument('[name...]', 'some of them')
    .addOption(new Option('--provider <name>', 'what computes').choices(PROVIDERS))
    .action(
      async (names: readonly string[], options: Options & { readonly provider?: Provider }) => {
        const chosen = await choose(world, names, options);
        if (chosen === null) return;
        await using shelf = chosen.shelf;
        const hint = (name: string) => verifyHint(name, modelsFolder(world, options.models));
        const results: Looked[] = [];
        for (const [name, { sha256 }] of chosen.models) {
          const fault = await openedForAll(shelf, sha256);
          const inForce = shelf.models.find(({ model }) => model.sha256 === sha256)?.inForce ?? {};
          const what =
            fault === null ? otherThan(options.provider, inForce) : faultSentences(fault).what;
          const passedOver = chosen.passedOverFor(name);
          results.push({ name, fault: what, inForce, passedOver });
          if (options.json === true) continue;
          const text =
            (what === null ? holdsText(name) : brokenText(name, what)) +
            (fault === null ? inForceText(inForce) : hint(name)) +
            passedOver.map((line) => `    ${line}\n`).join('');
          world.out(asCalled(text, world.call));
        }
        if (options.json === true) world.out(told({ results }));
        world.finish(results.every(({ fault }) => fault === null) ? exits.pass : exits.fail);
      },
    );
}

/** `arbiter models bench`. */
export function benchCommand(world: World): Command {
  return common(new Command('bench').description('how fast pinned models read and answer here'))
    .argument('[name...]', 'some of them')
    .addOption(new Option('--provider <name>', 'what computes').choices(PROVIDERS))
    .option('--threads <n>', 'threads of each model', threadCount)
    .action(
      async (
        names: readonly string[],
        options: Options & { readonly provider?: Provider; readonly threads?: number },
      ) => {
        const chosen = await choose(world, names, options);
        if (chosen === null) return;
        await using shelf = chosen.shelf;
        const speeds: object[] = [];
        for (const [name, { sha256 }] of chosen.models) {
          const speed = await speedOf(shelf, name, sha256);
          if (!speed.ok) return stop(world, speed.fault, options.json === true);
          const passedOver = chosen.passedOverFor(name);
          speeds.push({ name, ...speed.value, passedOver });
          if (options.json === true) continue;
          world.out(
            speedText(name, speed.value) + passedOver.map((line) => `  ${line}\n`).join(''),
          );
        }
        if (options.json === true) world.out(told({ speeds }));
        world.finish(exits.pass);
      },
    );
}

/** `arbiter models remove NAME`. */
export function removeCommand(world: World): Command {
  return common(new Command('remove').description('pin a model no more, and take its file away'))
    .argument('<name>')
    .action(async (name: string, options: Options) => {
      const folder = modelsFolder(world, options.models);
      const lock = await lockOf(folder);
      if (!lock.ok) return stop(world, lock.fault, options.json === true);
      const model = Object.hasOwn(lock.value.models, name) ? lock.value.models[name] : undefined;
      if (model === undefined) {
        const known = Object.keys(lock.value.models);
        return stop(
          world,
          { kind: 'model-not-pinned', name, known, folder },
          options.json === true,
        );
      }
      const changed = await pin(folder, (models) => void delete models[name]);
      if (!changed.ok) return stop(world, changed.fault, options.json === true);
      const gone = isPinned(model) && (await dropWeights(folder, model));
      world.out(
        options.json === true ? told({ name, fileRemoved: gone }) : removedText(name, gone),
      );
      world.finish(exits.pass);
    });
}

interface Looked {
  readonly name: string;
  readonly fault: string | null;
  readonly inForce: InForce;
  /** A line each. */
  readonly passedOver: readonly string[];
}
type InForce = Shelf['models'][number]['inForce'];

/** Whoever names a provider asks whether the model holds there. */
function otherThan(named: Provider | undefined, inForce: InForce): string | null {
  const other = Object.values(inForce).find(({ provider }) => provider !== named);
  return named === undefined || other === undefined
    ? null
    : otherProviderText(named, other.provider);
}

/** Why a model cannot be opened for one surface or another; null: it can for each. */
async function openedForAll(shelf: Shelf, sha256: string): Promise<ModelFault | null> {
  for (const surface of SURFACES) {
    const opened = await shelf.open(sha256, surface);
    if (!opened.ok) return opened.fault;
  }
  return null;
}

const told = (facts: object): string =>
  `${JSON.stringify({ schema: 'caws-arbiter/models@1', ...facts })}\n`;
