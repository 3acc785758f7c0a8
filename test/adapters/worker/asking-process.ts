/** Asks the command that it is given for a patch, and waits. */
import { commandWorker } from '../../../src/adapters/worker/command-worker.ts';

const [command = ''] = process.argv.slice(2);
const worker = commandWorker({ command, env: process.env, repository: null });
const task = { wants: 'patch' } as Parameters<typeof worker.write>[0];
await worker.write(task, new AbortController().signal);
