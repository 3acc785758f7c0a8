#!/usr/bin/env node
import * as nodeModule from 'node:module';

const NODE_NEEDED = 24;
const node = process.versions.node;

if (Number.parseInt(node, 10) < NODE_NEEDED) {
  const text = `arbiter needs Node.js ${NODE_NEEDED} or newer; this is ${node}.\nNothing was decided, and nothing was lost.\nInstall a newer Node.js and run the command again.\n`;
  // Nothing is imported for this: what the rest is written in, an old Node.js cannot even read.
  if (process.argv.includes('--json')) {
    const fault = { kind: 'node-too-old', version: node };
    const error = { schema: 'caws-arbiter/error@1', error: 'could-not-finish', fault };
    process.stdout.write(`${JSON.stringify({ ...error, message: text })}\n`);
  } else process.stderr.write(text);
  process.exitCode = 4;
} else {
  // Loading takes longer than judging a small change: the second start reads compiled code. What is
  // imported above this line is compiled anew at every start, so everything else comes below. In the
  // bundle `packed.ts` stands in place of `run.ts`, and loads it.
  nodeModule.enableCompileCache();
  let ended = false;
  // node ends with 1 here, which is a verdict: FAIL.
  process.once('uncaughtException', (error: unknown) => {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const text = `internal error: ${stack}\nNo verdict was announced by this command; what was recorded before stands.\nPlease report this with the command you ran.\n`;
    if (process.argv.includes('--json')) {
      const fault = { kind: 'internal-error' };
      const answer = { schema: 'caws-arbiter/error@1', error: 'could-not-finish', fault };
      process.stdout.write(`${JSON.stringify({ ...answer, message: text })}\n`);
    } else process.stderr.write(text);
    process.exit(4);
  });
  // A command that waits for what never comes has not passed.
  process.once('beforeExit', () => {
    if (!ended) process.exitCode = 4;
  });
  void import('./run.ts')
    .then(({ run }) => run(process.argv.slice(2)))
    .then(() => {
      ended = true;
      // Left to itself, node takes the process apart piece by piece, for some ten milliseconds.
      process.stdout.write('', () => process.stderr.write('', () => process.exit()));
    });
}
