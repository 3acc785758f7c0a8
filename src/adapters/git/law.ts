import { DIRECTORY_MODE, type TreeEntry } from '../../1-pleading/tree.ts';
import type { LawText, LawTexts } from '../../caws/law.ts';
import type { RepositoryFault, ResolvedRange } from '../../ports.ts';
import { type CommitSha, fail, type ObjectId, ok, type Result } from '../../primitives.ts';
import { gapOf } from './faults.ts';
import { readTree } from './trees.ts';
import type { Workplace } from './workplace.ts';

/** What the documents that bind may amount to; past any of these no verdict is given. */
const lawBounds = {
  /** Specs and waivers together. */
  documentsMax: 5_000,
  documentBytesMax: 1024 * 1024,
  bytesMax: 64 * 1024 * 1024,
} as const;

const FOLDER = '.caws';
const YAML = /\.ya?ml$/;
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

type Directory = ReadonlyMap<string, TreeEntry>;
type LawReason = Extract<RepositoryFault, { kind: 'law-unreadable' }>['reason'];

/**
 * The documents of one commit that bind a change. A document that is there and cannot be read as text is
 * a fault: to judge without it would be to judge by a milder law.
 */
export async function readLaw(
  range: Pick<ResolvedRange, 'base'>,
  place: Workplace,
): Promise<Result<LawTexts, RepositoryFault>> {
  const folder = await lawFolder(range.base, place);
  if (!folder.ok) return folder;
  const names = folder.value;
  const inside = await Promise.all(
    ['policy', 'specs', 'waivers'].map((name) => enter(names, name, FOLDER, place)),
  );
  const broken = inside.find((directory) => !directory.ok);
  if (broken !== undefined && !broken.ok) return broken;
  const [policies, specs, waivers] = inside.map((directory) =>
    directory.ok ? directory.value : new Map(),
  ) as [Directory, Directory, Directory];
  return readDocuments({ names, policies, specs, waivers }, place);
}

/** `.caws/policy.yaml` of one commit alone: whatever else lies beside it there binds nobody here. */
export async function readPolicyAt(
  commit: CommitSha,
  place: Workplace,
): Promise<Result<LawText | null, RepositoryFault>> {
  const folder = await lawFolder(commit, place);
  if (!folder.ok) return folder;
  const policy = either(folder.value, ['policy.yaml', 'policy.yml']);
  if (!policy.ok) return policy;
  if (policy.value === null) return ok(null);
  const { file } = policy.value;
  const texts = await readTexts([policy.value], place);
  return texts.ok ? ok({ file, text: texts.value.get(file) as string }) : texts;
}

async function lawFolder(
  commit: CommitSha,
  place: Workplace,
): Promise<Result<Directory, RepositoryFault>> {
  const root = await place.objects.info(`${commit}^{tree}`);
  if (typeof root === 'string') return fail(gapOf(commit, place.partialClone));
  const top = await openDirectory('', root.id, place);
  return top.ok ? enter(top.value, FOLDER, '', place) : top;
}

interface LawFolders {
  readonly names: Directory;
  readonly policies: Directory;
  readonly specs: Directory;
  readonly waivers: Directory;
}

async function readDocuments(
  folders: LawFolders,
  place: Workplace,
): Promise<Result<LawTexts, RepositoryFault>> {
  const { names } = folders;
  const policy = policyOf(folders);
  if (!policy.ok) return policy;
  const keys = either(names, ['trusted-keys.yaml', 'trusted-keys.yml']);
  if (!keys.ok) return keys;
  const working = either(names, ['working-spec.yaml', 'working-spec.yml']);
  if (!working.ok) return working;
  const wanted = {
    policy: policy.value === null ? [] : [policy.value],
    specs: [
      ...(working.value === null ? [] : [working.value]),
      ...documentsIn(folders.specs, 'specs'),
    ],
    waivers: documentsIn(folders.waivers, 'waivers'),
    keys: keys.value === null ? [] : [keys.value],
    signers: [...names.values()].filter((entry) => entry.name === 'allowed_signers').map(inFolder),
  };
  const all = [
    ...wanted.policy,
    ...wanted.specs,
    ...wanted.waivers,
    ...wanted.keys,
    ...wanted.signers,
  ];
  if (all.length > lawBounds.documentsMax) {
    return fail(unreadable(FOLDER, 'too-many', lawBounds.documentsMax));
  }
  const texts = await readTexts(all, place);
  if (!texts.ok) return texts;
  const take = (documents: readonly Document[]): readonly LawText[] =>
    documents.map(({ file }) => ({ file, text: texts.value.get(file) as string }));
  return ok({
    policy: take(wanted.policy)[0] ?? null,
    specs: take(wanted.specs),
    waivers: take(wanted.waivers),
    trustedKeys: take(wanted.keys)[0] ?? null,
    allowedSigners: take(wanted.signers)[0] ?? null,
  });
}

interface Document {
  readonly file: string;
  readonly entry: TreeEntry;
}

const inFolder = (entry: TreeEntry): Document => ({ file: `${FOLDER}/${entry.name}`, entry });

/** The YAML policy binds before the older JSON one, as in the tools that read both. */
function policyOf(folders: LawFolders): Result<Document | null, RepositoryFault> {
  const yaml = either(folders.names, ['policy.yaml', 'policy.yml']);
  if (!yaml.ok || yaml.value !== null) return yaml;
  const json = folders.policies.get('tier-policy.json');
  return ok(json === undefined ? null : { file: `${FOLDER}/policy/${json.name}`, entry: json });
}

/** One document that may have either name; both at once leave open which one binds. */
function either(
  directory: Directory,
  names: readonly string[],
): Result<Document | null, RepositoryFault> {
  const found = names
    .flatMap((name) => directory.get(name) ?? [])
    .filter((entry) => entry.mode !== DIRECTORY_MODE);
  const [first, second] = found;
  if (second !== undefined) return fail(unreadable(`${FOLDER}/${second.name}`, 'twice', null));
  return ok(first === undefined ? null : inFolder(first));
}

function documentsIn(directory: Directory, name: string): readonly Document[] {
  return [...directory.values()]
    .filter((entry) => YAML.test(entry.name) && entry.mode !== DIRECTORY_MODE)
    .map((entry) => ({ file: `${FOLDER}/${name}/${entry.name}`, entry }));
}

async function openDirectory(
  path: string,
  id: ObjectId,
  place: Workplace,
): Promise<Result<Directory, RepositoryFault>> {
  const tree = await readTree(id, place);
  if (!tree.ok) return tree;
  if (tree.value === 'too-large') return fail(unreadable(path, 'too-large', null));
  return ok(new Map(tree.value.map((entry) => [entry.name, entry])));
}

/** @returns what stands in a folder; nothing where there is no such folder. */
async function enter(
  directory: Directory,
  name: string,
  parent: string,
  place: Workplace,
): Promise<Result<Directory, RepositoryFault>> {
  const entry = directory.get(name);
  if (entry === undefined) return ok(new Map());
  const path = parent === '' ? name : `${parent}/${name}`;
  if (entry.mode === '120000') return fail(unreadable(path, 'symlink', null));
  if (entry.mode === '160000') return fail(unreadable(path, 'submodule', null));
  return entry.mode === DIRECTORY_MODE ? openDirectory(path, entry.id, place) : ok(new Map());
}

const unreadable = (file: string, reason: LawReason, limit: number | null): RepositoryFault => ({
  kind: 'law-unreadable',
  file,
  reason,
  limit,
});

async function readTexts(
  documents: readonly Document[],
  place: Workplace,
): Promise<Result<ReadonlyMap<string, string>, RepositoryFault>> {
  const texts = new Map<string, string>();
  let bytesLeft: number = lawBounds.bytesMax;
  const bodies = await Promise.all(
    documents.map(async ({ file, entry }) => ({
      file,
      entry,
      body: entry.mode.startsWith('100')
        ? await place.objects.contents(entry.id, lawBounds.documentBytesMax)
        : null,
    })),
  );
  for (const { file, entry, body } of bodies) {
    if (body === null) {
      return fail(unreadable(file, entry.mode === '120000' ? 'symlink' : 'submodule', null));
    }
    if (body === 'too-large')
      return fail(unreadable(file, 'too-large', lawBounds.documentBytesMax));
    if (typeof body === 'string') return fail(gapOf(entry.id, place.partialClone));
    bytesLeft -= body.length;
    if (bytesLeft < 0) return fail(unreadable(FOLDER, 'too-large', lawBounds.bytesMax));
    const text = textOf(body);
    if (text === null) return fail(unreadable(file, 'not-utf-8', null));
    texts.set(file, text);
  }
  return ok(texts);
}

function textOf(body: Buffer): string | null {
  try {
    return strictUtf8.decode(body);
  } catch {
    return null;
  }
}
