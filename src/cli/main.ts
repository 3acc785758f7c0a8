#!/usr/bin/env node
import * as nodeModule from 'node:module';

const NODE_NEEDED = 24;
const node = process.versions.node;

if (Number.parseInt(node, 10) < NODE_NEEDED) {
  process.stderr.write(
    `arbiter needs Node.js ${NODE_NEEDED} or newer; this is ${node}.\nNothing was decided, and nothing was lost.\nInstall a newer Node.js and run the command again.\n`,
  );
  process.exitCode = 4;
} else {
  // Loading takes longer than judging a small change: the second start reads compiled code. What is
  // imported above this line is compiled anew at every start, so everything else comes below. In the
  // bundle `packed.ts` stands in place of `run.ts`, and loads it.
  nodeModule.enableCompileCache();
  const { run } = await import('./run.ts');
  await run(process.argv.slice(2));
}
