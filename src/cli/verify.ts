import { hash } from 'node:crypto';
import { Command } from 'commander';
import { type OpenedRepository, openRepository } from '../adapters/git/repository.ts';
import { ok } from '../primitives.ts';
import { judgeModelOption, judgeOption } from './judge-options.ts';
import { pullNamed, type RemoteOptions } from './pull-name.ts';
import type { SoughtRange, VerifyOptions } from './verify-hearing.ts';
import type { World } from './world.ts';

const examples = `
Examples:
  arbiter verify                              the current branch against its target
  arbiter verify main...feature               one range; what the target says is the law
  arbiter verify --evidence reports           with reports that the policy's gates ask for
  arbiter verify --json | jq .next_actions    what to do next, for a program
  arbiter verify --judge /run/caws-judge/judge.sock   with a judge, where the policy asks for one
  arbiter verify acme/shop#42                 a pull request at GitHub; nothing is written there

The range A...B and A..B mean: target A, head B, the change from their merge base.
Policy, specs, waivers and keys are read at A, whatever B does to them.

OWNER/REPO#N, or a pull request's address, is judged with what GitHub's API and git give to
anybody, or to the token in GITHUB_TOKEN, and by the policy of OWNER/.github as well. The
connection only reads. A branch of such a name is written refs/heads/OWNER/REPO#N.

A judge is heard last, and only where it is licensed (arbiter judge license). It can send a change that
passes to people, and raises nothing. ARBITER_JUDGE_KEY is sent to a server as a bearer token.`;

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
    .option('--run-gates', 'run the commands of the policy here, in the sandbox of this machine')
    .addOption(judgeOption())
    .addOption(judgeModelOption())
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
      // git and this process work at the same time: cryptography is loaded while git looks for the
      // repository, and what judges while git looks for the range. Each takes some ten milliseconds.
      const opening = openRepository(world.directory, { env: world.env });
      hash('sha256', '');
      const opened = await opening;
      const sought = opened.ok ? ok(seek(opened.value, range ?? null)) : opened;
      const { hearRange } = await import('./verify-hearing.ts');
      await hearRange(world, sought, options);
    });
}

function seek(repository: OpenedRepository, range: string | null): SoughtRange {
  const resolving = repository.resolve(range);
  // What is thrown by a bug reaches whoever awaits it.
  resolving.catch(() => undefined);
  return { repository, resolving };
}
