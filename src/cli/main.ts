#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// Loading takes longer than judging a small change: the second start reads compiled code. What is
// imported above this line is compiled anew at every start, so everything else comes below.
enableCompileCache();
const { run } = await import('./run.ts');
await run(process.argv.slice(2));
