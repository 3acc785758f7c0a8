import { Command } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import type { VerdictRecord } from '../4-verdict/verdict.ts';
import { report } from '../5-publication/report.ts';
import { openRepository } from '../adapters/git/repository.ts';
import { ledgerPrecedents, noPrecedents } from '../adapters/precedents.ts';
import { shippedPolicy } from '../adapters/shipped.ts';
import type { CycleFault } from '../cycle/world.ts';
import { rehearse } from '../cycle.ts';
import type { RepositoryFault } from '../ports.ts';
import type { Result } from '../primitives.ts';
import { newVerdictId } from './new-id.ts';
import { page } from './page.ts';
import { paintFor, stageLines } from './stage-lines.ts';
import { stop } from './stop.ts';
import { openLedgerToRead } from './verdict/open.ts';
import { exitOf } from './verify-hearing.ts';
import type { World } from './world.ts';

const examples = `
Examples:
  arbiter check --staged     what is staged, against the default branch
  arbiter check              the commits of the current branch

Nothing is signed or recorded, and no gate is asked: only arbiter verify gives a verdict.`;

/** `arbiter check`: the examination alone, before a commit or a push. */
export function command(world: World): Command {
  return new Command('check')
    .description('look at a change before a commit or a push; nothing is signed or recorded')
    .option('--staged', 'judge the index instead of the last commit')
    .option('--spec <id>', 'the working spec that binds the change')
    .option('--json', 'one JSON object on stdout')
    .addHelpText('after', examples)
    .action(async (options: { staged?: boolean; spec?: string; json?: boolean }) => {
      const judged = await look(world, options);
      if (!judged.ok) return stop(world, judged.fault, options.json === true);
      const record = judged.value;
      if (options.json)
        world.out(
          `${JSON.stringify({ schema: 'caws-arbiter/check@1', recorded: false, record })}\n`,
        );
      else page(world, report(record, paintFor(world), false));
      world.finish(exitOf(record));
    });
}

async function look(
  world: World,
  options: { readonly staged?: boolean; readonly spec?: string; readonly json?: boolean },
): Promise<Result<VerdictRecord, CycleFault | RepositoryFault>> {
  const opened = await openRepository(world.directory, { env: world.env });
  if (!opened.ok) return opened;
  using repository = opened.value;
  const resolved = await (options.staged ? repository.resolveStaged() : repository.resolve(null));
  if (!resolved.ok) return resolved;
  // A repository that never had a verdict has no ledger, and so no waiver either.
  const ledger = await openLedgerToRead(world);
  if (!ledger.ok && ledger.fault.kind !== 'ledger-missing') return ledger;
  try {
    return await rehearse(
      {
        range: resolved.value,
        plea: null,
        pleaFile: async () => null,
        specNamed: options.spec ?? null,
        branches: resolved.value.branches,
      },
      {
        clock: { now: world.now },
        newId: (at) => newVerdictId(at, world),
        version: packageJson.version,
        shippedPolicy: shippedPolicy(),
        repository,
        precedents: ledger.ok ? ledgerPrecedents(ledger.value) : noPrecedents,
      },
      options.json ? () => {} : stageLines(world),
    );
  } finally {
    if (ledger.ok) await ledger.value[Symbol.asyncDispose]();
  }
}
