import { Command } from 'commander';
import { openRepository } from '../adapters/git/repository.ts';
import type { VerifyOptions } from './verify-hearing.ts';
import type { World } from './world.ts';

const examples = `
Examples:
  arbiter verify                              the current branch against its target
  arbiter verify main...feature               one range; what the target says is the law
  arbiter verify --evidence reports           with reports that the policy's gates ask for
  arbiter verify --json | jq .next_actions    what to do next, for a program

The range A...B and A..B mean: target A, head B, the change from their merge base.
Policy, specs, waivers and keys are read at A, whatever B does to them.`;

/** `arbiter verify [RANGE]`. */
export function command(world: World): Command {
  return new Command('verify')
    .description('judge a change, sign the verdict and record it')
    .argument('[range]', 'TARGET...HEAD (default: the default branch...HEAD)')
    .option('--spec <id>', 'the working spec that binds the change')
    .option(
      '--plea <file>',
      "the author's plea: claims and evidence (policies/schema/plea.schema.json)",
    )
    .option('--evidence <dir>', 'folder with the reports that gates ask for')
    .option(
      '--run-gates',
      'run the commands of the policy here (not sandboxed: only code you trust)',
    )
    .option('--key <file>', 'sign with this key')
    .option('--json', 'one JSON object on stdout')
    .addHelpText('after', examples)
    .action(async (range: string | undefined, options: VerifyOptions) => {
      // What judges is loaded while git looks for the repository: either takes some ten milliseconds.
      const [opened, { hearRange }] = await Promise.all([
        openRepository(world.directory, { env: world.env }),
        import('./verify-hearing.ts'),
      ]);
      await hearRange(world, opened, range ?? null, options);
    });
}
