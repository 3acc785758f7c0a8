import { randomBytes } from 'node:crypto';
import { Command, CommanderError } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { asCalled } from '../5-publication/as-called.ts';
import { internalErrorText, interruptedText, outputLostText } from '../5-publication/ending.ts';
import type { Instant } from '../primitives.ts';
import { callOf, folderOf, plainWords, wantsJson } from './called.ts';
import { refuseEmptyWords } from './empty-words.ts';
import { errorJson } from './error-json.ts';
import { exits, type World } from './world.ts';

interface Entry {
  readonly summary: string;
  readonly load: (world: World) => Promise<Command>;
  /** It hears the signals itself, because it has something to finish. */
  readonly endsItself?: true;
}

/** Loaded only when named: start-up time is what a person waits for most often. */
const entries: Readonly<Record<string, Entry>> = {
  verify: {
    summary: 'judge a change, sign the verdict and record it',
    load: async (world) => (await import('./verify.ts')).command(world),
  },
  check: {
    summary: 'judge what is staged, before a commit; nothing is signed',
    load: async (world) => (await import('./check.ts')).command(world),
  },
  verdict: {
    summary: 'look at, prove, replay and export recorded verdicts',
    load: async (world) => (await import('./verdict.ts')).command(world),
  },
  plan: {
    summary: 'examine what a worker means to change, before a patch exists',
    load: async (world) => (await import('./plan.ts')).command(world),
  },
  arbitrate: {
    summary: 'judge several changes for one spec, and accept the best that passes',
    load: async (world) => (await import('./arbitrate.ts')).command(world),
  },
  audit: {
    summary: 'prove by which verdicts the commits of a branch landed',
    load: async (world) => (await import('./audit.ts')).command(world),
  },
  replay: {
    summary: 'show which past verdicts another policy would change',
    load: async (world) => (await import('./replay.ts')).command(world),
  },
  waiver: {
    summary: 'ask for waivers, and approve, reject or revoke them',
    load: async (world) => (await import('./waiver.ts')).command(world),
  },
  ledger: {
    summary: 'read, prove, copy and prune what was recorded',
    load: async (world) => (await import('./ledger.ts')).command(world),
  },
  keys: {
    summary: 'make and show signing keys; what a revoked key makes doubtful',
    load: async (world) => (await import('./keys.ts')).command(world),
  },
  config: {
    summary: 'check CAWS documents; show the policy in force',
    load: async (world) => (await import('./config.ts')).command(world),
  },
  explain: {
    summary: 'what a rule enforces, whether people can waive it, and the way out',
    load: async (world) => (await import('./explain.ts')).command(world),
  },
  init: {
    summary: 'write a policy, a spec and a workflow into a repository',
    load: async (world) => (await import('./init.ts')).command(world),
  },
  app: {
    summary: 'serve the GitHub App: deliveries in, verdicts out',
    load: async (world) => (await import('./app.ts')).command(world),
    endsItself: true,
  },
  doctor: {
    summary: 'look at what has to be right for the app to be a gate',
    load: async (world) => (await import('./doctor.ts')).command(world),
  },
  judge: {
    summary: 'serve the local judge models of this machine on a socket',
    load: async (world) => (await import('./judge.ts')).command(world),
    endsItself: true,
  },
  runner: {
    summary: 'look at the machine that runs gates',
    load: async (world) => (await import('./runner.ts')).command(world),
  },
  models: {
    summary: 'the models that work and judge, and their record',
    load: async (world) => (await import('./models.ts')).command(world),
  },
  tasks: {
    summary: 'queue tasks for models, have them done and judged',
    load: async (world) => (await import('./tasks.ts')).command(world),
    endsItself: true,
  },
  bench: {
    summary: 'measure models by suites of tasks with hidden checks',
    load: async (world) => (await import('./bench.ts')).command(world),
  },
  demo: {
    summary: 'judge real changes in a temporary repository',
    load: async (world) => (await import('./demo.ts')).command(world),
  },
};

const examples = `
Examples:
  arbiter verify                     judge the current branch against its target
  arbiter verify main...feature      judge one range
  arbiter verdict show               the last verdict, as people read it
  arbiter waiver request GATE        ask for what the verdict says may be waived
  arbiter ledger verify              prove that no recorded verdict was changed
  arbiter audit                      prove by which verdicts a branch came to be

Exit codes: 0 PASS, 1 FAIL, 3 WAIVER REQUIRED; 2 usage, 4 could not finish,
5 invalid document, 6 ledger or signature broken, 130 interrupted.`;

/**
 * Runs one command line and sets the exit code of the process.
 *
 * @param argv the arguments after the program's name.
 */
export async function run(argv: readonly string[]): Promise<void> {
  const world = processWorld(argv);
  const mistake: string[] = [];
  const program = new Command('arbiter')
    .description('The merge gate for coding agents: every change judged under CAWS.')
    .version(packageJson.version)
    .option('-C <dir>', 'work in this folder instead')
    .option('--no-color', 'plain text')
    .addHelpText('after', examples)
    .exitOverride()
    .configureOutput({
      // Help names the program as it was called; the folder is said by whoever types the command.
      writeOut: (text) => world.out(asCalled(text, world.call && { ...world.call, folder: null })),
      writeErr: (text) => void mistake.push(text),
    });
  refuseEmptyWords(program);
  const [named] = plainWords(argv);
  const json = wantsJson(argv);
  const known = named !== undefined && Object.hasOwn(entries, named) ? entries[named] : undefined;
  const endsItself = known?.endsItself;
  // Beside the command that is meant, the others are needed for help alone.
  const listed = known === undefined || argv.includes('--help') || argv.includes('-h');
  const stopListening = endsItself === true ? () => undefined : endOnSignal(world, json);
  const printed = watchPrinting(world);
  try {
    for (const [name, entry] of Object.entries(entries)) {
      if (named === name) program.addCommand(inherit(await entry.load(world), program));
      else if (listed) program.command(name).description(entry.summary);
    }
    await program.parseAsync([...argv], { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) broken(world, thrown, json);
    else if (thrown.exitCode === 0) world.finish(exits.pass);
    else {
      const { mistypedText } = await import('./mistyped.ts');
      misused(world, thrown, mistypedText(thrown, mistake.join(''), argv, program), json);
    }
  } finally {
    stopListening();
  }
  await printed();
}

/**
 * Ends the process when a person or a runner stops it. An entry is written in one synchronous
 * transaction, so no signal is heard in the middle of one; programs that gates started end with us.
 *
 * @returns what takes the listeners away again.
 */
function endOnSignal(world: World, json: boolean): () => void {
  const end = () => {
    const fault = { kind: 'interrupted' };
    if (json) world.out(errorJson(world, 'interrupted', fault, interruptedText));
    else world.err(`${world.terminal ? '\r\u001b[K' : ''}${interruptedText}`);
    process.exit(exits.interrupted);
  };
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.once(signal, end);
  return () => {
    for (const signal of signals) process.off(signal, end);
  };
}

/**
 * `arbiter … | head` has what it asked for: nothing is written any more, and the exit code stands. An
 * answer that a full disk has cut off is none, whatever it was.
 *
 * @returns what waits until the answer is out, and says so where it is not.
 */
function watchPrinting(world: World): () => Promise<void> {
  let lost: string | undefined;
  const note = (error?: NodeJS.ErrnoException | null): void => {
    if (error?.code === 'EPIPE') process.exit();
    lost ??= error?.code;
  };
  process.stdout.on('error', note);
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
  });
  return async () => {
    await new Promise<void>((resolve) => {
      process.stdout.write('', (error) => {
        note(error);
        resolve();
      });
    });
    if (lost === undefined) return;
    world.err(outputLostText(lost));
    world.finish(exits.couldNotFinish);
  };
}

/** commander hands settings down only to commands it made itself. */
function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inherit(child, command);
  return command;
}

/** Says what is wrong with a command line. */
function misused(world: World, { code }: CommanderError, text: string, json: boolean): void {
  const kind = code.replace(/^commander\./, '').replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
  if (json) world.out(errorJson(world, 'usage', { kind }, text));
  else world.err(text);
  world.finish(exits.usage);
}

/** Says that the fault is ours. */
function broken(world: World, thrown: unknown, json: boolean): void {
  const stack = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  const text = internalErrorText(stack);
  const fault = { kind: 'internal-error' };
  if (json) world.out(errorJson(world, 'could-not-finish', fault, text));
  else world.err(text);
  world.finish(exits.couldNotFinish);
}

/** Where the process stands; a folder that is gone by now has a name alone, under which nothing will be found. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    return process.env['PWD'] ?? '/';
  }
}

function processWorld(argv: readonly string[]): World {
  const call = callOf(argv, process.env);
  const terminal = process.stderr.isTTY === true;
  // What stands in a pipe and is still shown on a terminal (the demo, a CI log) asks for colour so.
  const forced = !['', '0', undefined].includes(process.env['FORCE_COLOR']);
  const plain =
    argv.includes('--no-color') ||
    (process.env['NO_COLOR'] ?? '') !== '' ||
    process.env['TERM'] === 'dumb';
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(asCalled(text, call)),
    env: process.env,
    directory: folderOf(argv, process.env, workingFolder()),
    call,
    terminal,
    color: (terminal || forced) && !plain,
    columns: process.stdout.columns,
    now: () => Date.now() as Instant,
    random: (count) => randomBytes(count),
    finish: (code) => {
      process.exitCode = code;
    },
  };
}
