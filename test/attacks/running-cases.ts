/** Attacks on runs: on what they send, on the machine they are on, and by the workflows that start them. */
import { globSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { evidenceAudience } from '../../src/3-deliberation/runner/claims.ts';
import type { RunCase } from '../../src/3-deliberation/runner/run-case.ts';
import { localCommands } from '../../src/adapters/gates/local-commands.ts';
import { readOneFileZip } from '../../src/adapters/github/one-file-zip.ts';
import { textDigest } from '../../src/caws/text-digest.ts';
import { workflowTemplate } from '../../src/cli/init-templates.ts';
import { runWorkflowTemplate } from '../../src/cli/run-workflow-template.ts';
import {
  git,
  noProgress,
  openSandbox,
  planned,
  repositoryOf,
  temporaryFolder,
  write,
} from '../adapters/gates/scene.ts';
import {
  askCase,
  caseOf,
  digestOf,
  newestRun,
  openRunTown,
  passingBundle,
  send,
} from '../app/runner.ts';
import { zipOf } from '../hub/zip.ts';
import { isWithoutUsers, openHost } from '../runner-setup/host.ts';
import { must, mustEqual } from './row.ts';

const root = join(import.meta.dirname, '..', '..');

/** Ways for another job of a run to have its own bundle taken for the run's. */
export const swaps = ['sent', 'with other reports', 'left behind'] as const;

/** A run whose tests fail, and another job of it that has its token, or overwrites its artifact. */
export async function swapped(ways: readonly (typeof swaps)[number][]): Promise<void> {
  await using town = await openRunTown();
  const pull = await town.opens('swap', { 'src/cart/total.ts': 'export const a = 1;\n' });
  await town.rest();
  const run = newestRun(town);
  await run.begins();
  const asked = (await askCase(town, run)).body as unknown as RunCase;
  const passing = passingBundle(asked, run);
  const fails = '<testsuite><testcase name="a"><failure/></testcase></testsuite>';
  const honest = passingBundle(asked, run, {
    files: passing.files.map((file) => ({ ...file, text: fails, digest: textDigest(fails) })),
  });
  const bytes = Buffer.from(JSON.stringify(honest));
  const audience = evidenceAudience(town.app.address, caseOf(run), digestOf(bytes));
  const forged = {
    sent: passing,
    'with other reports': { ...honest, files: passing.files },
  };
  for (const way of ways)
    if (way !== 'left behind') {
      const said = await send(town, run, forged[way], await run.idToken(audience));
      must(said.status !== 200, `a token for other bytes was good for these: ${said.status}`);
    }
  mustEqual((await send(town, run, honest)).status, 200, 'the run’s own evidence');
  if (ways.includes('left behind'))
    run.uploads('caws-evidence', { 'caws-evidence.json': JSON.stringify(passing) });
  await run.ends('success');
  await town.rest();
  mustEqual(town.check(pull)?.conclusion, 'failure', 'by evidence of failing tests');
}

/** An archive with the file that is looked for, and whatever else somebody put beside it. */
export async function packedBadly(beside: readonly string[]): Promise<void> {
  const name = 'caws-evidence.json';
  const content = Buffer.from('{"a":1}');
  const read = (zip: Uint8Array, bytesMax = 100) => readOneFileZip(zip, name, bytesMax);
  must((await read(zipOf({ [name]: content }))).ok, 'an archive of the one file is not read');
  must(!(await read(zipOf({ [name]: content }), 3)).ok, 'a file above its bound was read');
  const others = Object.fromEntries(
    beside.filter((each) => each !== name).map((each) => [each, 'x']),
  );
  for (const zip of [zipOf({ [name]: content, ...others }), zipOf({ ...others, [name]: content })])
    must(!(await read(zip)).ok, `read beside ${JSON.stringify(beside)}`);
  for (const other of Object.keys(others))
    must(!(await read(zipOf({ [other]: content }))).ok, `read for it: ${JSON.stringify(other)}`);
}

/** A whole job that leaves files in its user's home, and the job after it. */
export async function poisonedHost(left: readonly string[]): Promise<void> {
  if (isWithoutUsers()) return;
  using host = openHost('p');
  host.installed();
  /** A machine that refuses says why: a test that fails tells it. */
  const ends = (program: string) => {
    const { status, stderr } = host.asRoot(program);
    return status === 0 ? 'well' : `${status}: ${stderr}`;
  };
  mustEqual(ends('prepare'), 'well', 'a clean machine takes a job');
  mustEqual(ends('settle'), 'well', 'a job that left nothing');
  mustEqual(ends('prepare'), 'well', 'and the next one');
  const home = host.place('var/lib/caws-runner/job/home');
  for (const path of left) {
    const leave = `mkdir -p "$(dirname "$1")" && echo poisoned >"$1"`;
    host.asRunner(['/bin/sh', '-c', leave, 'sh', join(home, path)]);
  }
  host.asRoot('settle');
  mustEqual(host.asRoot('prepare').status, 75, 'the job after one that left something');
}

/** Who writes into what is kept: a head, a head with the tests of the base, or a head into its copy. */
export async function poisonedCache(by: 'head' | 'base-tests' | 'copy'): Promise<void> {
  using place = temporaryFolder();
  const [folder, caches] = [join(place.path, 'repository'), join(place.path, 'caches')];
  mkdirSync(folder);
  mkdirSync(caches, { mode: 0o700 });
  const own = 'test -e deps || { mkdir deps; echo own >deps/made; }; cat deps/made\n';
  const base = repositoryOf(folder, { lock: '1', 'make.sh': by === 'copy' ? own : 'exit 1\n' });
  write(folder, { 'make.sh': 'mkdir -p deps; echo planted >deps/made\n', 'test/a': '' });
  git(folder, 'add', '-A');
  git(folder, 'commit', '-qm', 'head');
  const head = git(folder, 'rev-parse', 'HEAD') as typeof base;
  const gate = planned('unit', {
    ...{ by: 'command', command: ['/bin/sh', '-c', '. ./make.sh; echo ended'], report: null },
    ...{ sandbox: 'required', network: false, caches: [{ path: 'deps', key: ['lock'] }] },
    base: { compare: false, tests: ['test'] },
  });
  const isolation = { kind: 'works', sandbox: openSandbox } as const;
  const runner = localCommands({
    ...{ repository: folder, cores: 1, sandbox: async () => isolation },
    caches: { folder: caches, bytesMax: 1_000_000, repositoryId: 7, branch: 'main' },
  });
  const on = by === 'base-tests' ? { on: by } : {};
  for (const _ of [1, 2]) await runner.answer([{ ...gate, ...on }], { base, head }, noProgress);
  const [answer] = await runner.answer([gate], { base, head: base }, noProgress);
  const said = answer?.state === 'answered' ? answer.outputTail : '';
  mustEqual(said, by === 'copy' ? 'own\nended\n' : '', 'what a later run of the target finds');
}

interface Workflow {
  readonly on: string | readonly string[] | Readonly<Record<string, unknown>>;
  readonly permissions?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}
interface Job {
  readonly uses?: string;
  readonly permissions?: unknown;
  readonly steps?: readonly { readonly uses?: string; readonly run?: string }[];
}

/** Every workflow that is shipped, or written into somebody's repository. */
const shipped = (): readonly string[] => [
  workflowTemplate('1.2.3'),
  runWorkflowTemplate(`acme/arbiter/action@${'a'.repeat(40)}`),
  ...globSync('.github/workflows/*.yml', { cwd: root }).map((path) =>
    readFileSync(join(root, path), 'utf8'),
  ),
];

const stepsOf = (text: string) =>
  Object.values((parse(text) as Workflow).jobs).flatMap(({ uses, steps = [] }) => [
    ...(uses === undefined ? [] : [{ uses }]),
    ...steps,
  ]);

/** Events that bring a stranger's change to a run with the rights of the target. */
const withTheTargetsRights = ['pull_request_target', 'workflow_run', 'issue_comment', 'issues'];

function isPwnable(text: string): boolean {
  const { on, permissions, jobs } = parse(text) as Workflow;
  const events = typeof on === 'string' ? [on] : Array.isArray(on) ? on : Object.keys(on);
  const isStrangers = events.some((event) => withTheTargetsRights.includes(String(event)));
  const all = [permissions, ...Object.values(jobs).map((job) => job.permissions)];
  const writes = /write-all|(?:contents|checks|statuses|pull-requests|actions|packages)"?:"?write/;
  const mayWrite = permissions === undefined || writes.test(JSON.stringify(all));
  return isStrangers || mayWrite;
}

const pwned = [
  (text: string) => text.replace(/^on:/m, 'on:\n  pull_request_target:\n'),
  (text: string) => text.replace(/^on:/m, 'on:\n  workflow_run:\n    workflows: [a]\n'),
  (text: string) => text.replace(/^on:/m, 'on:\n  issue_comment:\n'),
  (text: string) => text.replace(/^permissions:.*(?:\n {2}.*)*/m, 'permissions: write-all'),
  (text: string) => text.replace(/^permissions:.*(?:\n {2}.*)*\n/m, ''),
  (text: string) =>
    text.replace(/^permissions:.*(?:\n {2}.*)*/m, 'permissions:\n  contents: write'),
] as const;

/** @param which of the ways to give a stranger the target's rights. */
export async function withRights(which: number): Promise<void> {
  for (const text of shipped()) {
    must(!isPwnable(text), `a shipped workflow runs strangers' code with rights:\n${text}`);
    must(isPwnable(pwned[which]?.(text) ?? text), `not seen: way ${which}`);
  }
}

/** A script is text, and whatever an expression brings into it becomes a part of the program. */
const hasScriptedNames = (text: string): boolean =>
  stepsOf(text).some((step) => 'run' in step && String(step.run).includes('${{'));

/** @param context an expression that holds what a stranger chose, or might. */
export async function namedBadly(context: string): Promise<void> {
  for (const text of shipped()) {
    must(!hasScriptedNames(text), `a shipped workflow has an expression in a script:\n${text}`);
    const injected = `${text.trimEnd()}\n      - run: echo "$\{{ github.${context} }}"\n`;
    must(hasScriptedNames(injected), `not seen: ${context}`);
  }
  if (context !== 'head_ref') return;
  await using town = await openRunTown();
  await town.opens('a";curl$IFS|sh;#', { 'src/cart/total.ts': 'export const a = 1;\n' });
  await town.rest();
  for (const [input, value] of Object.entries(newestRun(town).state.inputs))
    must(/^[0-9a-f-]+$/.test(String(value)), `the app hands on ${input}: ${String(value)}`);
}

interface Lock {
  readonly packages: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** What of the supply chain could become something else without a change here. */
function loose(
  workflows: readonly string[],
  lock: Lock,
  manifest: Readonly<Record<string, unknown>>,
) {
  const uses = workflows.flatMap(stepsOf).flatMap((step) => ('uses' in step ? [step.uses] : []));
  const packages = Object.entries(lock.packages).filter(([path]) => path !== '');
  const allowed = manifest['allowScripts'] as Readonly<Record<string, boolean>>;
  const named = Object.values(manifest['devDependencies'] as Readonly<Record<string, string>>);
  return [
    ...uses.filter((each) => !/^(?:\.\/.*|[\w./-]+@[0-9a-f]{40})$/.test(String(each))),
    ...packages.filter(([, each]) => each['integrity'] === undefined && each['optional'] !== true),
    ...packages.filter(([, { resolved = 'https:' }]) => !String(resolved).startsWith('https:')),
    ...packages.filter(
      ([path, each]) =>
        each['hasInstallScript'] === true &&
        !Object.hasOwn(allowed, path.split('node_modules/').at(-1) ?? ''),
    ),
    ...named.filter((version) => !/^\d+\.\d+\.\d+$/.test(version)),
  ];
}

const jsonOf = (name: string) => JSON.parse(readFileSync(join(root, name), 'utf8'));

/** @param how a step that is not pinned, or what becomes of a package of the lock file. */
export async function unpinned(how: string): Promise<void> {
  const [lock, manifest] = [jsonOf('package-lock.json') as Lock, jsonOf('package.json')];
  mustEqual(loose(shipped(), lock, manifest), [], 'what is not pinned');
  const changed: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    git: { integrity: 'sha512-x', resolved: 'git+ssh://git@github.com/evil/x.git#main' },
    registry: { integrity: 'sha512-x', resolved: 'http://registry.example/x.tgz' },
    script: { integrity: 'sha512-x', hasInstallScript: true },
    digest: { version: '1.0.0' },
  };
  const more = changed[how] === undefined ? {} : { 'node_modules/evil': changed[how] };
  const spoiledLock = { packages: { ...lock.packages, ...more } };
  const devDependencies = {
    ...manifest.devDependencies,
    ...(how === 'range' && { evil: '^1.0.0' }),
  };
  const steps = how.startsWith('uses')
    ? [`on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - ${how}\n`]
    : [];
  const found = loose([...shipped(), ...steps], spoiledLock, { ...manifest, devDependencies });
  mustEqual(found.length, 1, `not seen: ${how}`);
}
