import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import type { ArbitrationRecord } from '../4-verdict/arbitration.ts';
import { arbitrationText, nextSteps, winnerOf } from '../5-publication/arbitration-words.ts';
import { asCalled } from '../5-publication/as-called.ts';
import type { AnyFault } from '../5-publication/fault-words.ts';
import { strategiesText } from '../5-publication/worker-words.ts';
import { type OpenedRepository, openRepository } from '../adapters/git/repository.ts';
import { ledgerPrecedents } from '../adapters/precedents.ts';
import { shippedPolicy } from '../adapters/shipped.ts';
import {
  type Arbitrated,
  type ArbitrationWorld,
  arbitrate,
  CANDIDATES_MAX,
} from '../arbitration/arbitrate.ts';
import { claimable } from '../arbitration/lease.ts';
import { SAMPLES_MAX, type StrategyName, strategyNames } from '../models/strategies/strategy.ts';
import type { LedgerStore, Signer } from '../ports.ts';
import { fail, type Result } from '../primitives.ts';
import { targetNamed } from './branch.ts';
import { candidatesNamed } from './candidates.ts';
import { type JudgeOptions, judgeModelOption, judgeOption } from './judge-options.ts';
import { judgeAndDebatersFor } from './judge-seat.ts';
import { specIsThere } from './known-spec.ts';
import { ledgerPlaceIn, openAt } from './ledger-place.ts';
import { newVerdictId } from './new-id.ts';
import { page } from './page.ts';
import { paintFor, stageLines } from './stage-lines.ts';
import { stop } from './stop.ts';
import { signerFor } from './verify-hearing.ts';
import { commandFrom } from './worker-command.ts';
import { patchesOfWorkers } from './worker-patches.ts';
import { exits, type World } from './world.ts';

const examples = `
Examples:
  arbiter arbitrate CART-1 mine.patch theirs.patch      two patches, onto the default branch
  arbiter arbitrate CART-1 one two three --onto main    three branches
  arbiter arbitrate CART-1 one --worker ./write.sh      a branch, and what a command writes
  arbiter arbitrate CART-1 one --worker ./small.sh --worker ./large.sh --strategy cascade
  arbiter arbitrate CART-1 one two --judge SOCKET       debated and judged, where they are nearly equal
  arbiter arbitrate CART-1 --replay                     decided again from the ledger, asking nobody
  arbiter arbitrate CART-1 --replay 12 --ledger FILE --json   the comparison that an app recorded there
  arbiter arbitrate CART-1 one two --beside reports     with reports/1/plea.yaml, reports/1/…, reports/2/…

A name that ends in .patch or .diff is a file, every other one a branch or a commit. Each candidate goes
through the whole cycle by itself, with a verdict and an entry of its own. The best that passes is accepted,
the others are recorded as superseded. A spec has one winner for one state of its target.

Candidates that pass and lie within 0.05 of the best score are debated and compared by the judge, where the
policy has one (judge:) and it holds a licence (arbiter judge license --surface candidates). A model of the
judge's place speaks for each side twice; of what it says counts what quotes a line that is there, or a fact.

A worker is run twice, each time in a new folder: with task.json (policies/schema/task.schema.json) and, in
tree/, the files of the target. The first time it writes plan.yaml; one outside scope or budget ends there.
The second time it writes change.patch.

${strategiesText}`;

interface Options extends JudgeOptions {
  readonly onto?: string;
  readonly beside?: string;
  readonly worker: readonly string[];
  readonly strategy: StrategyName;
  readonly samples?: number;
  readonly runGates?: boolean;
  readonly key?: string;
  readonly takeOver?: boolean;
  readonly replay?: string | true;
  readonly ledger?: string;
  readonly json?: boolean;
}

/** `arbiter arbitrate SPEC A B …`. */
export function command(world: World): Command {
  return new Command('arbitrate')
    .description('judge several changes for one spec, and accept the best that passes')
    .argument('<spec>', 'the working spec that all of them are for')
    .argument('[candidates...]', 'branches, commits, or files that end in .patch or .diff')
    .option('--onto <target>', 'what they are to land on (default: the default branch)')
    .option('--beside <dir>', 'folder with 1, 2, …: the plea.yaml and the reports of each')
    .option('--worker <command>', 'ask this command for a patch, too (again for more)', several, [])
    .addOption(
      new Option('--strategy <name>', 'whose patches are candidates, where workers are asked')
        .choices([...strategyNames])
        .default('every'),
    )
    .option('--samples <count>', 'of self-consistency: how often its worker is asked', samplesOf)
    .option('--run-gates', 'run the commands of the policy here, in the sandbox of this machine')
    .addOption(judgeOption())
    .addOption(judgeModelOption())
    .option('--key <file>', 'sign with this key')
    .option('--take-over', 'end another arbitration of this spec that no longer runs')
    .option(
      '--replay [entry]',
      'decide the newest decision or comparison again from the ledger, or the one of this entry',
      entryNumber,
    )
    .option('--ledger <file>', "of --replay: another ledger, such as the app's")
    .option('--json', 'one JSON object on stdout')
    .addHelpText('after', examples)
    .action(async (spec: string, names: readonly string[], options: Options) => {
      const { replay } = options;
      if (replay !== undefined) {
        const { replayArbitration } = await import('./arbitrate-replay.ts');
        return await replayArbitration(world, spec, { ...options, replay });
      }
      if (options.ledger !== undefined)
        return stop(world, { kind: 'ledger-without-replay' }, options.json === true);
      const done = await arbitrateNamed(spec, names, options, world);
      if (!done.ok) return stop(world, done.fault, options.json === true);
      const { record } = done.value;
      if (options.json) world.out(arbitrationJson(done.value, world));
      else page(world, arbitrationText(record, paintFor(world)));
      world.finish(exitOf(record));
    });
}

/** commander's way to take an option more than once. */
const several = (value: string, before: readonly string[]): readonly string[] => [...before, value];

function entryNumber(given: string): string {
  if (/^[1-9]\d{0,14}$/.test(given)) return given;
  throw new InvalidArgumentError('the number of an entry, as arbiter ledger log shows it');
}

function samplesOf(given: string): number {
  const count = /^\d{1,2}$/.test(given) ? Number(given) : 0;
  if (count >= 1 && count <= SAMPLES_MAX) return count;
  throw new InvalidArgumentError(`a whole number from 1 to ${SAMPLES_MAX}`);
}

/** As for the best verdict among them; nobody who passes otherwise is accepted. */
function exitOf(record: ArbitrationRecord) {
  if (winnerOf(record) !== null) return exits.pass;
  return record.candidates.some(({ outcome }) => outcome === 'WAIVER_REQUIRED')
    ? exits.waiverRequired
    : exits.fail;
}

async function arbitrateNamed(
  spec: string,
  names: readonly string[],
  options: Options,
  world: World,
): Promise<Result<Arbitrated, AnyFault>> {
  const { strategy } = options;
  const workers = options.worker.map((each) => commandFrom(world.directory, each));
  // But for the one that takes every patch, a strategy gives one candidate at most.
  const written = strategy === 'every' ? workers.length : Math.min(1, workers.length);
  const count = names.length + written;
  if (workers.length > CANDIDATES_MAX || count < 2 || count > CANDIDATES_MAX)
    return fail({
      ...{ kind: 'candidates-counted', count, max: CANDIDATES_MAX },
      ...(strategy !== 'every' && workers.length > 0 ? { workers: 'one-by-strategy' } : {}),
    });
  if (!/^[\x21-\x7e]{1,100}$/.test(spec)) return fail({ kind: 'spec-id-unreadable', given: spec });
  const opened = await openRepository(world.directory, { env: world.env });
  if (!opened.ok) return opened;
  using repository = opened.value;
  const target = await targetNamed(world, options.onto);
  if (!target.ok) return target;
  const there = await specIsThere(spec, target.value, repository);
  if (!there.ok) return there;
  const ledgered = await openAt(ledgerPlaceIn(world, repository.commonDirectory), 'create');
  if (!ledgered.ok) return ledgered;
  await using ledger = ledgered.value;
  const signer = await signerFor(world, options.key);
  if (!signer.ok) return signer;
  const shop = { repository, ledger, signer: signer.value };
  const asked = {
    ...{ spec, target: target.value, runGates: options.runGates === true },
    besideEach: options.beside === undefined ? null : resolve(world.directory, options.beside),
  };
  const ready = await beforeWorkers(names, asked, options, shop, world);
  if (!ready.ok) return ready;
  const patches = await patchesOfWorkers(
    { ...asked, commands: workers, strategy, samples: options.samples },
    shop,
    world,
  );
  if (!patches.ok) return patches;
  const candidates = await candidatesNamed([...names, ...patches.value], asked, repository, world);
  if (!candidates.ok) return candidates;
  const { length: left } = candidates.value;
  if (left < 2)
    return fail({
      ...{ kind: 'candidates-counted', count: left, max: CANDIDATES_MAX, workers: 'left-out' },
    });
  return await arbitrate(
    { spec, candidates: candidates.value, takesOver: options.takeOver === true },
    { ...worldOf(shop, world), ...ready.value },
    watcher(options, world),
  );
}

/**
 * A worker may think for long, and is not free: what would stop the arbitration in any case is looked at first.
 *
 * @returns who judges and debates.
 */
async function beforeWorkers(
  names: readonly string[],
  asked: Parameters<typeof candidatesNamed>[1],
  options: Options,
  { repository, ledger }: Shop,
  world: World,
) {
  const { besideEach, spec, target } = asked;
  if (besideEach !== null && !isFolder(besideEach))
    return fail({ kind: 'beside-absent', folder: options.beside ?? besideEach } as const);
  const wanted = { spec, base: target.tip, takesOver: options.takeOver === true };
  const named = await candidatesNamed(names, asked, repository, world);
  if (!named.ok) return named;
  const free = await claimable(wanted, { ledger, clock: { now: world.now } });
  return free.ok ? judgeAndDebatersFor(world, options) : free;
}

const isFolder = (path: string): boolean => {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
};

interface Shop {
  readonly repository: OpenedRepository;
  readonly ledger: LedgerStore;
  readonly signer: Signer;
}

function worldOf({ repository, ledger, signer }: Shop, world: World): ArbitrationWorld {
  return {
    clock: { now: world.now },
    newId: (at) => newVerdictId(at, world),
    version: packageJson.version,
    shippedPolicy: shippedPolicy(),
    repository,
    ledger,
    precedentsBeside: (others) => ledgerPrecedents(ledger, others),
    signer,
    publisher: { announce: async () => {} },
  };
}

function watcher(options: Options, world: World): Parameters<typeof arbitrate>[2] {
  if (options.json) return () => {};
  const lines = stageLines(world);
  let last = '';
  return (name, step) => {
    if (name !== last) world.err(`${last === '' ? '' : '\n'}${name}\n`);
    last = name;
    lines(step);
  };
}

/** What policies/schema/arbitrate.schema.json says; one line. */
function arbitrationJson({ record, entry }: Arbitrated, { call }: World): string {
  const { schema: _, state: __, ...facts } = record;
  const steps = nextSteps(record).map(({ action, command: typed }) => ({
    action,
    command: typed === null ? null : asCalled(typed, call),
  }));
  return `${JSON.stringify({
    schema: 'caws-arbiter/arbitrate@1',
    ...facts,
    next_actions: steps,
    ledger: { sequence: entry.sequence, digest: entry.digest },
  })}\n`;
}
