import { Command } from 'commander';
import {
  attemptLine,
  brokenSandbox,
  noSandboxText,
  sandboxName,
  sandboxSum,
} from '../../5-publication/sandbox-words.ts';
import { anchorFolder } from '../../adapters/anchors/state-file.ts';
import { keyFolder } from '../../adapters/keys/key-ring.ts';
import { type Held, testSandbox } from '../../adapters/sandbox/sandbox-test.ts';
import { strongestSandbox } from '../../adapters/sandbox/strongest.ts';
import { toolFolders } from '../../adapters/sandbox/tool-folders.ts';
import { paintFor } from '../stage-lines.ts';
import { exits, type World } from '../world.ts';

const examples = `
Examples:
  arbiter runner sandbox-test    before gates of strangers run on this machine

Code tries to get out of this machine's sandbox: to read keys and homes, write outside, open sockets, see
tokens, fork, fill memory and disk, stay behind. Nothing is harmed where something does not hold: it finds
bait. What gates may read beside the system's folders: PATH and ARBITER_GATE_TOOLS.

Exit codes: 0 everything held, 1 something did not, 4 this machine has no sandbox.`;

/** `arbiter runner sandbox-test`. */
export function sandboxTestCommand(world: World): Command {
  return new Command('sandbox-test')
    .description('try to break out of the sandbox that gates run in, and say what held')
    .option('--json', 'one JSON object on stdout')
    .addHelpText('after', examples)
    .action(async (options: { readonly json?: boolean }) => {
      const paint = paintFor(world);
      const json = options.json === true;
      const tools = toolFolders(world.env);
      const isolation = await strongestSandbox(tools);
      if (isolation.kind !== 'works') {
        if (json) world.out(told(null, []));
        else world.err(isolation.kind === 'none' ? noSandboxText : brokenSandbox(isolation.detail));
        return world.finish(exits.couldNotFinish);
      }
      const { sandbox } = isolation;
      if (!json) world.out(sandboxName(sandbox.name));
      const all: Held[] = [];
      const privateFolders = [keyFolder(world.env), anchorFolder(world.env)];
      for await (const each of testSandbox(sandbox, { privateFolders, tools })) {
        all.push(each);
        if (!json) world.out(attemptLine(each, paint));
      }
      world.out(json ? told(sandbox.name, all) : sandboxSum(all));
      world.finish(all.every(({ held }) => held) ? exits.pass : exits.fail);
    });
}

const told = (sandbox: string | null, attempts: readonly Held[]): string =>
  `${JSON.stringify({ schema: 'caws-arbiter/sandbox-test@1', sandbox, attempts })}\n`;
