import { lstat, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { Command } from 'commander';
import packageManifest from '../../package.json' with { type: 'json' };
import type { AnyFault } from '../5-publication/fault-words.ts';
import { initText } from '../5-publication/init-words.ts';
import { makeFolder } from '../adapters/new-file.ts';
import { shippedPolicy } from '../adapters/shipped.ts';
import { readPolicy } from '../caws/read-policy.ts';
import { policyTemplate, specTemplate, workflowTemplate } from './init-templates.ts';
import { page } from './page.ts';
import { repositoryRoot } from './repository-root.ts';
import { runWorkflowTemplate } from './run-workflow-template.ts';
import { stop } from './stop.ts';
import { exits, type World } from './world.ts';

/** `init`: writes policy, first spec and workflow into a repository; what is there already stays as it is. */
export function command(world: World): Command {
  return new Command('init')
    .description('write a policy, a first spec and a workflow; existing files stay as they are')
    .option('--dry-run', 'say what would be written')
    .option('--spec <id>', 'id of the first spec', 'WORK-001')
    .option('--action <use>', 'OWNER/REPOSITORY/action@COMMIT of the copy that runs your gates')
    .action(async ({ dryRun, spec, action }: Options) => {
      const outcome = await initialise(world.directory, { spec, action }, dryRun === true);
      if (!outcome.ok) return stop(world, outcome.fault);
      const { root } = outcome;
      const isAtRoot = root === world.directory;
      page(
        world,
        initText({ ...outcome, scope: scopeWritten(outcome) }, dryRun === true, isAtRoot),
      );
      world.finish(outcome.hindered.length === 0 ? exits.pass : exits.couldNotFinish);
    });
}

interface Options {
  readonly dryRun?: boolean;
  readonly spec: string;
  readonly action?: string;
}

/** What is to be written beside the policy. */
type Wish = Pick<Options, 'spec'> & { readonly action: string | undefined };

type Outcome =
  | { readonly ok: false; readonly fault: AnyFault }
  | {
      readonly ok: true;
      readonly root: string;
      readonly written: readonly string[];
      /** File and why it was left. */
      readonly kept: readonly (readonly [file: string, because: string])[];
      /** File and why it is missing all the same. */
      readonly hindered: readonly (readonly [file: string, because: string])[];
      readonly spec: { readonly file: string; readonly folders: readonly string[] };
    };

async function initialise(
  directory: string,
  { spec, action }: Wish,
  isDry: boolean,
): Promise<Outcome> {
  if (action !== undefined && !pinned.test(action))
    return { ok: false, fault: { kind: 'action-unreadable', given: action } };
  if (spec.length > 60 || !/^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*-\d+[a-z]*$/.test(spec))
    return { ok: false, fault: { kind: 'spec-id-unreadable', given: spec } };
  const root = repositoryRoot(directory);
  if (root === null) return { ok: false, fault: { kind: 'no-work-tree', directory } };
  const written: string[] = [];
  const kept: [string, string][] = [];
  const hindered: [string, string][] = [];
  const folders = await sourceFolders(root);
  for (const { file, text, unless } of await plannedFiles(root, { spec, action }, folders)) {
    if (unless !== null) kept.push([file, unless]);
    else {
      const wrote = await write(root, file, text, isDry);
      if (wrote === 'written') written.push(file);
      else if (wrote === 'there') kept.push([file, 'it exists']);
      else hindered.push([file, wrote.hindrance]);
    }
  }
  return { ok: true, root, written, kept, hindered, spec: { file: specFile(spec), folders } };
}

const specFile = (spec: string): string => `.caws/specs/${spec}.yaml`;

/** Where the person finds what the first spec covers; null where a spec was there. */
function scopeWritten({ written, spec }: Extract<Outcome, { readonly ok: true }>) {
  if (!written.includes(spec.file)) return null;
  const line = specTemplate('', spec.folders).split('\n').indexOf('  in:') + 2;
  return { place: `${spec.file}:${line}`, folders: spec.folders };
}

interface PlannedFile {
  readonly file: string;
  readonly text: string;
  /** Why it is not needed, or null. */
  readonly unless: string | null;
}

/** A tag can be moved: whoever names a commit knows what will run. */
const pinned = /^[\w.-]{1,100}\/[\w.-]{1,100}(?:\/[\w.-]{1,100}){0,5}@[0-9a-f]{40}$/;

async function plannedFiles(
  root: string,
  { spec, action }: Wish,
  folders: readonly string[],
): Promise<readonly PlannedFile[]> {
  const oldPolicy = await isThere(join(root, '.caws/policy/tier-policy.json'));
  const specs = await readdir(join(root, '.caws/specs')).catch(() => []);
  const other = specs.find((name) => /\.ya?ml$/.test(name) && name !== `${spec}.yaml`);
  const oldSpec = (await isThere(join(root, '.caws/working-spec.yaml')))
    ? '.caws/working-spec.yaml'
    : (other && `.caws/specs/${other}`) || null;
  return [
    {
      file: '.caws/policy.yaml',
      text: policyTemplate,
      unless: oldPolicy ? '.caws/policy/tier-policy.json is the policy here' : null,
    },
    {
      file: specFile(spec),
      text: specTemplate(spec, folders),
      // Two active specs over the same files would leave it open which of them binds a change.
      unless: oldSpec === null ? null : `${oldSpec} is a spec here`,
    },
    {
      file: '.github/workflows/caws.yml',
      text: workflowTemplate(packageManifest.version),
      unless: null,
    },
    ...(await runWorkflow(root, action)),
  ];
}

/** Asked for by name, or by a policy whose gates run a command. */
async function runWorkflow(
  root: string,
  action: string | undefined,
): Promise<readonly PlannedFile[]> {
  const file = '.github/workflows/arbitrate.yml';
  if (action !== undefined) return [{ file, text: runWorkflowTemplate(action), unless: null }];
  const needed = await readFile(join(root, '.caws/policy.yaml'), 'utf8').then(
    (text) => {
      const policy = readPolicy({ file: '.caws/policy.yaml', text }, shippedPolicy());
      return policy.ok && policy.value.policy.gates.some(({ answer }) => answer.by === 'command');
    },
    () => false,
  );
  const unless = 'name the action that is to run there: --action OWNER/REPOSITORY/action@COMMIT';
  return needed ? [{ file, text: '', unless }] : [];
}

/** More folders than anyone reads in a list: then the person names theirs. */
const FOLDERS_MAX = 30;
/** What tools make or fetch, and nobody writes. */
const made = /^(?:node_modules|vendor|dist|build|out|target|coverage|venv|__pycache__)$/;

/** The folders that are there, but for hidden ones and for what tools make; where there are none, the usual one. */
async function sourceFolders(root: string): Promise<readonly string[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const there = entries
    // A name that is a pattern or has to be quoted is left to the person.
    .filter((entry) => entry.isDirectory() && /^[\w][\w-]*(?:\.[\w-]+)*$/.test(entry.name))
    .filter(({ name }) => !made.test(name))
    .map(({ name }) => `${name}/`)
    .toSorted();
  return there.length === 0 || there.length > FOLDERS_MAX ? ['src/'] : there;
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => null)) !== null;
}

/** What became of one file: one that was there stays as it is. */
type Wrote = 'written' | 'there' | { readonly hindrance: string };

/** Writes one file that is not there yet, whole or not at all: half a policy would be left alone by the next run. */
async function write(root: string, file: string, text: string, isDry: boolean): Promise<Wrote> {
  const path = join(root, file);
  // A link in the way would take the file out of the repository.
  for (let folder = dirname(path); folder !== root; folder = dirname(folder)) {
    const stats = await lstat(folder).catch(() => null);
    if (stats !== null && !stats.isDirectory())
      return { hindrance: `${relative(root, folder)} is not a folder of this repository` };
  }
  if (await isThere(path)) return 'there';
  if (isDry) return 'written';
  try {
    makeFolder(dirname(path));
    await writeFile(path, text, { flag: 'wx' });
    return 'written';
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    if (code === 'EEXIST') return 'there';
    await rm(path, { force: true }).catch(() => undefined);
    return { hindrance: `it could not be written (${code})` };
  }
}
