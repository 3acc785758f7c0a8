#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { run } from './run.ts';

// Loading takes longer than judging a small change: the second start reads compiled code.
enableCompileCache();
await run(process.argv.slice(2));
