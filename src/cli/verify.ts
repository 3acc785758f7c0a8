import { Command } from 'commander';
import { openRepository } from '../adapters/git/repository.ts';
import { pullNamed, type RemoteOptions } from './pull-name.ts';
import type { VerifyOptions } from './verify-hearing.ts';
import type { World } from './world.ts';

const examples = `
Examples:
  arbiter verify                              the current branch against its target
  arbiter verify main...feature               one range; what the target says is the law
  arbiter verify --evidence reports           with reports that the policy's gates ask for
  arbiter verify --json | jq .next_actions    what to do next, for a program
  arbiter verify acme/shop#42                 a pull request at GitHub; nothing is written there

The range A...B and A..B mean: target A, head B, the change from their merge base.
Policy, specs, waivers and keys are read at A, whatever B does to them.

OWNER/REPO#N, or a pull request's address, is judged with what GitHub's API and git give to
anybody, or to the token in GITHUB_TOKEN. The connection only reads. A branch of such a name
is written refs/heads/OWNER/REPO#N.`;

/** `arbiter verify [RANGE]`. */
export function command(world: World): Command {
  return new Command('verify')
    .description('judge a change, sign the verdict and record it')
    .argument('[range]', 'TARGET...HEAD (default: the default branch...HEAD), or OWNER/REPO#N')
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
    .option('--api-url <url>', 'of OWNER/REPO#N: the API of a GitHub of your own')
    .option('--cache <dir>', 'of OWNER/REPO#N: where its objects are kept')
    .option('--record', 'of OWNER/REPO#N: sign the verdict, and keep it in a ledger here')
    .option('--json', 'one JSON object on stdout')
    .addHelpText('after', examples)
    .action(async (range: string | undefined, options: VerifyOptions & RemoteOptions) => {
      const pull = pullNamed(range ?? '');
      if (pull !== null) {
        const { hearPull } = await import('./verify-remote.ts');
        return hearPull(world, pull, options);
      }
      // What judges is loaded while git looks for the repository: either takes some ten milliseconds.
      const [opened, { hearRange }] = await Promise.all([
        openRepository(world.directory, { env: world.env }),
        import('./verify-hearing.ts'),
      ]);
      await hearRange(world, opened, range ?? null, options);
    });
}
