import { Command, InvalidArgumentError } from 'commander';
import { stop } from './stop.ts';
import { exportVerdict } from './verdict/export.ts';
import { type FoundVerdict, findVerdict, openLedgerToRead } from './verdict/open.ts';
import { replay } from './verdict/replay.ts';
import { replayBundle } from './verdict/replay-bundle.ts';
import { explainVerdict, list, show } from './verdict/show.ts';
import { verifyVerdict } from './verdict/verify.ts';
import type { World } from './world.ts';

const examples = `
Examples:
  arbiter verdict list                   the newest verdicts
  arbiter verdict show                   the last one, as people read it
  arbiter verdict show ID --yaml         the signed record itself
  arbiter verdict verify ID              signature, chain, case file and key
  arbiter verdict replay ID              decide again from the recorded inputs alone
  arbiter verdict replay --bundle DIR    the same from what export wrote, without a ledger
  arbiter verdict export ID --out DIR    files that openssl and sha256sum can check

An ID may be shortened to its beginning; without one it is the last verdict.`;

/** `arbiter verdict …`. */
export function command(world: World): Command {
  const verdict = new Command('verdict')
    .description('look at, prove, replay and export recorded verdicts')
    .addHelpText('after', examples);
  verdict
    .command('list')
    .description('recorded verdicts, newest first')
    .option('--limit <n>', 'how many', countOf, 20)
    .option('--json', 'one JSON object')
    .action((options: { readonly limit: number; readonly json?: boolean }) =>
      withLedger(world, options, (ledger) => list(world, ledger, options)),
    );
  const about = (name: string, description: string) =>
    verdict
      .command(name)
      .description(description)
      .argument('[id]', 'the verdict (default: the last)')
      .option('--json', 'one JSON object');
  about('show', 'one verdict as people read it')
    .option('--yaml', 'the record as YAML')
    .action((id, options) =>
      withVerdict(world, id, options, (found) => show(world, found, options)),
    );
  about('explain', 'every finding with its rule, clause, numbers and way out').action(
    (id, options) =>
      withVerdict(world, id, options, (found) => explainVerdict(world, found, options)),
  );
  about('replay', 'decide again from the recorded inputs, offline, and compare')
    .option('--bundle <dir>', 'from a folder that verdict export wrote, without any ledger')
    .action((id, options) =>
      options.bundle === undefined
        ? withVerdict(world, id, options, (found) => replay(world, found, options))
        : replayBundle(world, options),
    );
  about('verify', 'check signature, chain, case file and key of one verdict')
    .option(
      '--trust <file>',
      'trusted keys (default: .caws/trusted-keys.yaml of the default branch)',
    )
    .action((id, options) =>
      withVerdict(world, id, options, (found) => verifyVerdict(world, found, options)),
    );
  about('export', 'write files that prove one verdict without this program')
    .requiredOption('--out <dir>', 'a folder that does not exist yet')
    .action((id, options) =>
      withVerdict(world, id, options, (found) => exportVerdict(world, found, options)),
    );
  return verdict;
}

interface Output {
  readonly json?: boolean;
}

async function withLedger(
  world: World,
  options: Output,
  then: (ledger: FoundVerdict['ledger']) => Promise<void>,
): Promise<void> {
  const opened = await openLedgerToRead(world);
  if (!opened.ok) {
    stop(world, opened.fault, options.json === true);
    return;
  }
  await using ledger = opened.value;
  await then(ledger);
}

async function withVerdict(
  world: World,
  id: string | undefined,
  options: Output,
  then: (found: FoundVerdict) => void | Promise<void>,
): Promise<void> {
  await withLedger(world, options, async (ledger) => {
    const found = await findVerdict(ledger, id);
    if (found.ok) await then(found.value);
    else stop(world, found.fault, options.json === true);
  });
}

function countOf(text: string): number {
  const count = Number(text);
  if (!/^\d{1,4}$/.test(text) || count === 0)
    throw new InvalidArgumentError('a whole number from 1 to 9999.');
  return count;
}
