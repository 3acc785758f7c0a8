/** Commits written as a person with a work tree would, in one run of `git fast-import`. */
import { git } from './git.ts';
import type { Repository } from './state.ts';

/** A text, bytes, a file of another mode (`100755`, `120000`), or null to delete it. */
export type FileChange =
  | string
  | Uint8Array
  | null
  | { readonly mode: string; readonly content: string | Uint8Array };

export type Files = Readonly<Record<string, FileChange>>;

export interface NewCommitOnBranch {
  readonly branch: string;
  /** The commit to build on; null for the first of a branch without parents. */
  readonly parent: string | null;
  readonly files: Files;
  readonly message: string;
  readonly author: { readonly name: string; readonly email: string };
  readonly at: number;
}

/** Writes one commit and moves the branch to it. @returns its SHA. */
export async function commitFiles(
  repository: Repository,
  commit: NewCommitOnBranch,
): Promise<string> {
  const [sha] = await commitAll(repository, [commit]);
  if (sha === undefined) throw new Error('git wrote no commit');
  return sha;
}

/** Writes one commit for each, all in one run, and moves the branches. @returns their SHAs. */
export async function commitAll(
  repository: Repository,
  commits: readonly NewCommitOnBranch[],
): Promise<readonly string[]> {
  const parts = commits.flatMap((commit, at) => importOf(commit, at + 1));
  const args = ['fast-import', '--quiet', '--force', '--date-format=raw'];
  const out = await git(repository.folder, args, { input: Buffer.concat(parts) });
  return out.trim().split('\n');
}

/** What `git fast-import` reads; it answers with the commit's SHA. */
function importOf(commit: NewCommitOnBranch, mark: number): readonly Buffer[] {
  const parts: Buffer[] = [];
  const write = (text: string | Uint8Array) => parts.push(Buffer.from(text));
  const data = (content: string | Uint8Array) => {
    const bytes = Buffer.from(content);
    write(`data ${bytes.length}\n`);
    write(bytes);
    write('\n');
  };
  const who = `${commit.author.name} <${commit.author.email}> ${Math.floor(commit.at / 1000)} +0000`;
  write(`commit refs/heads/${commit.branch}\nmark :${mark}\nauthor ${who}\ncommitter ${who}\n`);
  data(commit.message);
  if (commit.parent !== null) write(`from ${commit.parent}\n`);
  for (const [path, change] of Object.entries(commit.files)) {
    if (change === null) {
      write(`D ${quoted(path)}\n`);
      continue;
    }
    const plain = typeof change === 'string' || change instanceof Uint8Array;
    write(`M ${plain ? '100644' : change.mode} inline ${quoted(path)}\n`);
    data(plain ? change : change.content);
  }
  write(`get-mark :${mark}\n`);
  return parts;
}

const quoted = (path: string): string =>
  `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
