import { Command } from 'commander';
import { type JudgeOptions, judgeModelOption, judgeOption } from './judge-options.ts';
import { breakGlass } from './waiver/break-glass.ts';
import { exportWaiver, importWaiver } from './waiver/carry.ts';
import { decideWaiver } from './waiver/decide.ts';
import { listWaivers, showWaiver } from './waiver/look.ts';
import { requestWaiverFrom } from './waiver/request.ts';
import { reviewGlass } from './waiver/review.ts';
import type { World } from './world.ts';

const examples = `
Examples:
  arbiter waiver request budget_limit --reason "legacy adapter, goes with the next release" --expires 7d
  arbiter waiver approve W-3f9a --key maintainer.pem --dry-run
  arbiter waiver revoke W-3f9a --reason "the change was split, see #42" --key maintainer.pem
  arbiter waiver break-glass --verdict ID --reason "payments are down, this mends it" --expires 60m --key me.pem
  arbiter waiver list

A request allows nothing. A maintainer whose key stands in .caws/trusted-keys.yaml of the base may
approve exactly what was measured, for a limited time; ids may be shortened.
Break-glass is for emergencies: whom break_glass of the policy names may let one head through alone,
and another maintainer reviews it afterwards.`;

/** `arbiter waiver …`: asking for, granting, ending and reading waivers without any service. */
export function command(world: World): Command {
  const waiver = new Command('waiver')
    .description('ask for, approve, reject, revoke and list waivers, offline')
    .addHelpText('after', examples);
  waiver
    .command('request <gate>')
    .description('ask for a waiver of one gate, bound to what the verdict measured')
    .requiredOption('--reason <text>', 'why this should be allowed, at least 20 characters')
    .requiredOption('--expires <when>', '7d, 12h, 2w or YYYY-MM-DD (end of that day in UTC)')
    .option(
      '--verdict <id>',
      'the verdict to start from (default: the newest of what is checked out)',
    )
    .option('--key <file>', 'private key to sign with (default: the local key)')
    .option('-n, --dry-run', 'show the request, sign and record nothing')
    .action(async (gate: string, options: RequestOptions) => {
      world.finish(await requestWaiverFrom(world, gate, options));
    });
  waiver
    .command('approve <id>')
    .description('allow exactly what a request names; shows it before signing')
    .option('--key <file>', "a maintainer's private key (default: the local key)")
    .option('-n, --dry-run', 'show what would be allowed, sign nothing')
    .action(async (id: string, options: DecideOptions) => {
      world.finish(await decideWaiver(world, id, 'approved', options));
    });
  for (const [name, event, summary] of denials)
    waiver
      .command(`${name} <id>`)
      .description(summary)
      .requiredOption('--reason <text>', 'why, at least 20 characters')
      .option('--key <file>', 'private key to sign with (default: the local key)')
      .option('-n, --dry-run', 'show what would be ended, sign nothing')
      .action(async (id: string, options: DecideOptions) => {
        world.finish(await decideWaiver(world, id, event, options));
      });
  emergencyCommands(world, waiver);
  waiver
    .command('list')
    .description('every waiver of the ledger: requested, active, ending soon, ended')
    .option('--ledger <file>', "another ledger than the one of this repository, such as the app's")
    .option('--json', 'one JSON object')
    .action(async (options: LookOptions & { readonly ledger?: string }) => {
      world.finish(await listWaivers(world, options));
    });
  waiver
    .command('show <id>')
    .description('one waiver whole: its bound and everyone who spoke')
    .option('--json', 'one JSON object')
    .addOption(judgeOption())
    .addOption(judgeModelOption())
    .action(async (id: string, options: LookOptions & JudgeOptions) => {
      world.finish(await showWaiver(world, id, options));
    });
  waiver
    .command('export <id> <file>')
    .description(
      'write the signed events of one waiver to a file, to be carried to another machine',
    )
    .action(async (id: string, file: string) => {
      world.finish(await exportWaiver(world, id, file));
    });
  waiver
    .command('import <file>')
    .description('check the signed events of a file and record those that are new')
    .action(async (file: string) => {
      world.finish(await importWaiver(world, file));
    });
  return waiver;
}

function emergencyCommands(world: World, waiver: Command): void {
  waiver
    .command('break-glass')
    .description('in an emergency: let one exact head through alone, for minutes to hours')
    .requiredOption('--verdict <id>', 'the verdict that shows what would be let through')
    .requiredOption('--reason <text>', 'why it cannot wait, 20 to 200 characters')
    .requiredOption('--expires <when>', '60m or 4h, as long as the policy allows')
    .option('--key <file>', "a named person's private key (default: the local key)")
    .option('-n, --dry-run', 'show what would be let through, sign nothing')
    .action(async (options: BreakGlassOptions) => {
      world.finish(await breakGlass(world, options));
    });
  waiver
    .command('review <id>')
    .description('close a break-glass event: somebody else looked at it')
    .requiredOption('--reason <text>', 'what you found, 20 to 200 characters')
    .option('--key <file>', "another maintainer's private key (default: the local key)")
    .option('-n, --dry-run', 'show what would be closed, sign nothing')
    .action(async (id: string, options: ReviewOptions) => {
      world.finish(await reviewGlass(world, id, options));
    });
}

const denials = [
  ['reject', 'rejected', 'refuse a request for good'],
  ['revoke', 'revoked', 'end a waiver for good; a maintainer or whoever asked for it'],
] as const;

interface RequestOptions {
  readonly reason: string;
  readonly expires: string;
  readonly verdict?: string;
  readonly key?: string;
  readonly dryRun?: boolean;
}

interface DecideOptions {
  readonly reason?: string;
  readonly key?: string;
  readonly dryRun?: boolean;
}

interface BreakGlassOptions {
  readonly verdict: string;
  readonly reason: string;
  readonly expires: string;
  readonly key?: string;
  readonly dryRun?: boolean;
}

interface ReviewOptions {
  readonly reason: string;
  readonly key?: string;
  readonly dryRun?: boolean;
}

interface LookOptions {
  readonly json?: boolean;
}
