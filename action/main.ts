/** The action as GitHub starts it: its inputs from the run, its outcome to the run. */
import * as core from '@actions/core';
import packageJson from '../package.json' with { type: 'json' };
import { cacheFolderOf, readHost } from '../src/adapters/sandbox/host.ts';
import { isolationOf } from '../src/adapters/sandbox/strongest.ts';
import { toolFolders } from '../src/adapters/sandbox/tool-folders.ts';
import type { Instant } from '../src/primitives.ts';
import { type Done, run } from './run.ts';
import { escaped, summaryLine, summaryRows } from './summary.ts';

const PAUSE_MS = 3_000;

const { env } = process;
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());

async function main(): Promise<void> {
  const inputs = {
    app: core.getInput('app', { required: true }).replace(/\/+$/, ''),
    case: core.getInput('case', { required: true }),
    head: core.getInput('head', { required: true }),
    token: core.getInput('token', { required: true }),
  };
  core.setSecret(inputs.token);
  const host = await readHost();
  const done = await run(inputs, {
    idToken: (audience) => core.getIDToken(audience),
    now: () => Date.now() as Instant,
    run: { id: Number(env['GITHUB_RUN_ID']), attempt: Number(env['GITHUB_RUN_ATTEMPT']) },
    runner: {
      name: env['RUNNER_NAME'] ?? 'unnamed',
      os: env['RUNNER_OS'] ?? process.platform,
      arch: env['RUNNER_ARCH'] ?? process.arch,
    },
    repositoryUrl: `${env['GITHUB_SERVER_URL']}/${env['GITHUB_REPOSITORY']}.git`,
    folder: env['RUNNER_TEMP'] ?? '.',
    version: packageJson.version,
    sandbox: () => isolationOf(host, toolFolders(env)),
    caches: host.ok ? cacheFolderOf(host.value) : null,
    ref: env['GITHUB_REF'] ?? '',
    log: (line) => core.info(line),
    signal: stop.signal,
    pauseMs: PAUSE_MS,
  });
  if (!done.ok) return core.setFailed(done.fault);
  await tell(done.value);
}

async function tell(done: Done): Promise<void> {
  core.setOutput('isolation', done.isolation ?? 'none');
  core.setOutput('unsent', done.unsent?.file ?? '');
  for (const [sign, gate, cameTo] of summaryRows(done)) core.info(`${sign} ${gate}: ${cameTo}`);
  if (done.unsent !== null) core.warning(`The evidence is kept as a file: ${done.unsent.because}`);
  if (env['GITHUB_STEP_SUMMARY'] === undefined) return;
  const head = ['', 'Gate', 'Came to', 'Took'].map((data) => ({ data, header: true }));
  await core.summary
    .addHeading('CAWS gates', 3)
    .addRaw(summaryLine(done), true)
    .addTable([head, ...summaryRows(done).map((row) => [...row])])
    .addRaw(
      `Isolation: ${escaped(done.isolation ?? 'none, so nothing ran')}. ${whatFollows(done)}`,
      true,
    )
    .write();
}

const whatFollows = ({ unsent }: Done): string =>
  unsent === null
    ? 'The app has the evidence; what it means for the change stands in its check at the pull request.'
    : 'The app could not be reached; it fetches the evidence from the artifact of this run.';

await main();
