import { Command } from 'commander';
import {
  attemptLine,
  brokenIsolation,
  brokenSandbox,
  noSandboxText,
  noSuchIsolation,
  sandboxName,
  sandboxSum,
} from '../../5-publication/sandbox-words.ts';
import { anchorFolder } from '../../adapters/anchors/state-file.ts';
import { keyFolder } from '../../adapters/keys/key-ring.ts';
import { type RunnerHost, readHost } from '../../adapters/sandbox/host.ts';
import type { Isolation } from '../../adapters/sandbox/isolation.ts';
import { type Held, testSandbox } from '../../adapters/sandbox/sandbox-test.ts';
import { isolationOf } from '../../adapters/sandbox/strongest.ts';
import { toolFolders } from '../../adapters/sandbox/tool-folders.ts';
import { ok, type Result } from '../../primitives.ts';
import { paintFor } from '../stage-lines.ts';
import { exits, type World } from '../world.ts';

const examples = `
Examples:
  arbiter runner sandbox-test    before gates of strangers run on this machine

Code tries to get out of this machine's sandbox: to read keys and homes, write outside, open sockets, see
tokens, fork, fill memory and disk, stay behind. Nothing is harmed where something does not hold: it finds
bait. What gates may read beside the system's folders: PATH and ARBITER_GATE_TOOLS.

Tried is what gates would run in here, or with --isolation one alone: own (this machine's own sandbox), a name of
/etc/caws-arbiter/host.json, or the path of a program that is to be named there.

Exit codes: 0 everything held, 1 something did not, 2 there is no isolation of that name, 4 this machine has no
sandbox that works.`;

/** `arbiter runner sandbox-test`. */
export function sandboxTestCommand(world: World): Command {
  return new Command('sandbox-test')
    .description('try to break out of the sandbox that gates run in, and say what held')
    .option('--isolation <which>', 'own, a name of the host file, or the path of a program')
    .option('--json', 'one JSON object on stdout')
    .addHelpText('after', examples)
    .action(async (options: { readonly json?: boolean; readonly isolation?: string }) => {
      const paint = paintFor(world);
      const json = options.json === true;
      const tools = toolFolders(world.env);
      const which = options.isolation;
      const host = await readHost();
      const isolation = await isolationOf(chosen(host, which), tools);
      if (isolation.kind !== 'works') {
        const isMeantOtherwise = isolation.kind === 'none' && isNamed(which);
        const because = isolation.kind === 'none' ? 'there is none' : isolation.detail;
        if (json) world.out(told(null, [], because));
        else world.err(whyNotTried(isolation, which, host));
        return world.finish(isMeantOtherwise ? exits.usage : exits.couldNotFinish);
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

/** Whether one of the operator's is asked for. */
const isNamed = (which: string | undefined): which is string =>
  which !== undefined && which !== 'own';

function whyNotTried(
  isolation: Exclude<Isolation, { readonly kind: 'works' }>,
  which: string | undefined,
  host: Result<RunnerHost, string>,
): string {
  const names = host.ok ? namesOf(host.value) : [];
  if (isolation.kind === 'none')
    return isNamed(which) ? noSuchIsolation(which, names) : noSandboxText;
  const isOwn = which === 'own' || (which === undefined && host.ok && names.length === 0);
  return isOwn ? brokenSandbox(isolation.detail) : brokenIsolation(isolation.detail);
}

const namesOf = ({ isolation = [] }: RunnerHost): readonly string[] =>
  isolation.flatMap((each) => ('name' in each ? [each.name] : []));

/** The host's own order, or the one that is asked for alone. */
function chosen(
  host: Result<RunnerHost, string>,
  which: string | undefined,
): Result<RunnerHost, string> {
  if (which === undefined) return host;
  const only = (isolation: RunnerHost['isolation']) => ok({ version: 1, isolation } as RunnerHost);
  if (which === 'own') return only([{ own: true }]);
  if (which.startsWith('/'))
    return only([{ name: 'tried', program: which, is: 'not named by the host yet' }]);
  if (!host.ok) return host;
  return only(host.value.isolation?.filter((each) => 'name' in each && each.name === which) ?? []);
}

/** @param because why nothing was tried; null: all was. */
const told = (
  sandbox: string | null,
  attempts: readonly Held[],
  because: string | null = null,
): string =>
  `${JSON.stringify({ schema: 'caws-arbiter/sandbox-test@1', sandbox, attempts, because })}\n`;
