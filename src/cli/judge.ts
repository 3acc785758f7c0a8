import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { faultSentences } from '../5-publication/fault-words.ts';
import { modelEventText } from '../5-publication/weights-words.ts';
import { freeSocket, serveJudge } from '../adapters/llama/judge-daemon.ts';
import { PROVIDERS, type Provider } from '../adapters/llama/library.ts';
import { memoryForModels } from '../adapters/llama/memory.ts';
import { serveModel } from '../adapters/llama/model-process.ts';
import { SURFACES } from '../adapters/llama/profiles.ts';
import { Shelf } from '../adapters/llama/shelf.ts';
import { isPinned, lockOf, type PinnedModel, twiceNamed } from '../adapters/llama/weights.ts';
import { licenseCommand } from './judge/license.ts';
import { modelProgram, modelsFolder, threadCount, wholeNumber } from './models/options.ts';
import { profilesOf } from './models/shipped.ts';
import { stop } from './stop.ts';
import { exits, type World } from './world.ts';

const examples = `
Examples:
  arbiter judge --socket /run/caws-judge/judge.sock --models /var/lib/caws-judge/models

Serves the models that the folder pins (arbiter models add) to programs of this machine that may use the
socket. Each model runs in a process of its own, and is tested when the daemon starts. What it is run with
(context, batch, threads, cache, flash attention, what computes) stands in the folder's models.lock.json under
"profiles", for judging, debate and justification, the dearest first; as shipped where it is left out. The first
that fits the memory and says what is expected is kept; the log names the others, with their figures. It fetches
nothing and needs no network. SIGTERM ends it, and tells every call so.`;

interface Options {
  readonly socket?: string;
  readonly models?: string;
  readonly provider?: Provider;
  readonly memoryMb?: number;
  readonly threads?: number;
  readonly modelProcess?: boolean;
}

/** `arbiter judge`: the local models of this machine, behind a socket, until the process is asked to end. */
export function command(world: World): Command {
  return new Command('judge')
    .description('serve the local judge models of this machine on a socket')
    .option('--socket <file>', 'UNIX socket to serve at')
    .option('--models <dir>', 'folder of pinned models')
    .addOption(
      new Option('--provider <name>', 'what computes; default: the best there is').choices(
        PROVIDERS,
      ),
    )
    .option('--memory-mb <n>', 'MiB that all models may take together', wholeNumber)
    .option('--threads <n>', 'threads of each model', threadCount)
    .addOption(new Option('--model-process', 'be the process of one model').hideHelp())
    .addCommand(licenseCommand(world))
    .addHelpText('after', examples)
    .action(async (options: Options) => {
      if (options.modelProcess === true) return await serveModel(process);
      if (options.socket === undefined)
        throw new InvalidArgumentError('the judge needs a socket: --socket FILE');
      await serve(world, resolve(world.directory, options.socket), options);
    });
}

async function serve(world: World, socket: string, options: Options): Promise<void> {
  const folder = modelsFolder(world, options.models);
  const lock = await lockOf(folder);
  if (!lock.ok) return stop(world, lock.fault);
  const pinned = Object.entries(lock.value.models).filter((entry): entry is [string, PinnedModel] =>
    isPinned(entry[1]),
  );
  if (pinned.length === 0) return stop(world, { kind: 'no-models', folder });
  const twice = twiceNamed(folder, pinned);
  if (twice !== null) return stop(world, twice);
  // Said before models are loaded, which takes minutes, and twice their memory where another daemon has them.
  const free = await freeSocket(socket);
  if (!free.ok) return stop(world, free.fault);
  const { memoryMb, provider = null, threads = null } = options;
  const shelf = new Shelf(
    {
      folder,
      program: modelProgram(),
      profiles: profilesOf(lock.value),
      provider,
      threads,
      memoryBytes: memoryMb === undefined ? memoryForModels() : memoryMb * 1024 * 1024,
      watch: (event) => world.err(modelEventText(event, (fault) => faultSentences(fault).what)),
    },
    pinned,
  );
  const { ended, release } = untilSignal();
  // Each is loaded once before anybody asks, so that what is wrong with one is told at the start.
  let works = 0;
  for (const [, { sha256 }] of pinned) {
    const opened = await Promise.race([opensFor(shelf, sha256), ended]);
    // Loading takes minutes; what is being loaded ends with this process.
    if (opened === undefined) return process.exit();
    if (opened > 0) works += 1;
  }
  if (works === 0) {
    await shelf[Symbol.asyncDispose]();
    release();
    return stop(world, { kind: 'no-model-works', folder, count: pinned.length });
  }
  const served = await serveJudge(socket, shelf);
  if (!served.ok) {
    await shelf[Symbol.asyncDispose]();
    release();
    return stop(world, served.fault);
  }
  world.err(`Serving ${works} of ${pinned.length} models at ${socket}\n`);
  await ended;
  await served.value[Symbol.asyncDispose]();
  release();
  world.finish(exits.pass);
}

/** For how many surfaces a model opens. */
async function opensFor(shelf: Shelf, sha256: string): Promise<number> {
  let count = 0;
  for (const surface of SURFACES) if ((await shelf.open(sha256, surface)).ok) count += 1;
  return count;
}

/** The first signal asks the daemon to finish; a second one finds no listener and ends at once. */
function untilSignal(): { readonly ended: Promise<void>; readonly release: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const signals = ['SIGINT', 'SIGTERM'] as const;
  const release = () => {
    for (const signal of signals) process.off(signal, end);
  };
  const end = () => {
    release();
    resolve();
  };
  for (const signal of signals) process.once(signal, end);
  return { ended: promise, release };
}
