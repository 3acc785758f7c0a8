import { Command } from 'commander';
import { asCalled } from '../5-publication/as-called.ts';
import { checkupLine, doctorText } from '../5-publication/doctor-words.ts';
import { page } from './page.ts';
import { paintFor } from './stage-lines.ts';
import { stop } from './stop.ts';
import { exits, type World } from './world.ts';

const examples = `
Examples:
  arbiter doctor                   this machine, the app's settings, its place at the forge
  arbiter doctor acme/shop         and whether the branch of a repository is really gated

Settings are the app's own: arbiter app --help. Nothing is changed.

Exit codes: 0 nothing to mend, 1 something to mend.`;

/** `arbiter doctor [OWNER/REPO]`. */
export function command(world: World): Command {
  return new Command('doctor')
    .description('look at what has to be right for the app to be a gate')
    .argument('[repository]', 'OWNER/REPO whose default branch is to be gated')
    .option('--json', 'one JSON object on stdout')
    .addHelpText('after', examples)
    .action(async (named: string | undefined, options: { readonly json?: boolean }) => {
      const [, owner, repo] = /^([\w.-]{1,100})\/([\w.-]{1,100})$/.exec(named ?? '') ?? [];
      const repository = owner === undefined || repo === undefined ? null : { owner, repo };
      if (named !== undefined && repository === null)
        return stop(world, { kind: 'repository-malformed', name: named }, options.json === true);
      // What serves the app takes half a second to load, and nobody else needs it.
      const { examineApp } = await import('../../app/doctor/doctor.ts');
      const { env: environment, directory, now } = world;
      const findings = await examineApp({ environment, directory, repository, now });
      const checks = findings.map(checkupLine).map((line) => ({
        ...line,
        remedy: line.remedy === null ? null : asCalled(line.remedy, world.call),
      }));
      const well = checks.every(({ state }) => state !== 'fail');
      if (options.json)
        world.out(`${JSON.stringify({ schema: 'caws-arbiter/doctor@1', well, checks })}\n`);
      else page(world, doctorText(checks, paintFor(world)));
      world.finish(well ? exits.pass : exits.fail);
    });
}
