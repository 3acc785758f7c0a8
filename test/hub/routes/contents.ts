/** Files and folders at a commit, read from git. */
import { resolveCommit } from '../commits.ts';
import { askGit, git } from '../git.ts';
import {
  type Answer,
  type Call,
  json,
  notFound,
  param,
  Refusal,
  type Route,
  repositoryOf,
} from '../http.ts';
import { repositoryApi, repositoryPage } from '../shapes/repository.ts';

const reads = { anyOf: ['contents:read'] } as const;

export const contentRoutes: readonly Route[] = [
  { method: 'GET', path: '/repos/{owner}/{repo}/contents/{path}', needs: reads, answer: contents },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/git/trees/{tree_sha}',
    needs: reads,
    answer: tree,
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/git/blobs/{file_sha}',
    needs: reads,
    answer: blob,
  },
];

interface Entry {
  readonly mode: string;
  readonly type: string;
  readonly sha: string;
  readonly size: number;
  readonly path: string;
}

async function entries(call: Call, args: readonly string[]): Promise<readonly Entry[]> {
  const answer = await askGit(repositoryOf(call).folder, ['ls-tree', '-z', '--long', ...args]);
  if (answer.code !== 0) throw notFound();
  return answer.out
    .toString()
    .split('\0')
    .flatMap((line) => {
      const match = /^(\d+) (\w+) ([0-9a-f]+) +(-|\d+)\t(.*)$/s.exec(line);
      if (match === null) return [];
      const [, mode = '', type = '', sha = '', size = '', path = ''] = match;
      return [{ mode, type, sha, size: size === '-' ? 0 : Number(size), path }];
    });
}

/** GitHub gives files up to this size inline. */
const inlineBytesMax = 1_048_576;

async function contents(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const path = param(call, 'path').replace(/^\/+|\/+$/g, '');
  const ref = call.query.get('ref') ?? repository.defaultBranch;
  const sha = await resolveCommit(repository, ref);
  if (sha === null) throw new Refusal(404, `No commit found for the ref ${ref}`);
  if (path === '') {
    const top = await entries(call, [sha]);
    return json(top.map((each) => entryShape(call, ref, each)));
  }
  const [entry] = await entries(call, [sha, '--', path]);
  if (entry === undefined) throw notFound();
  if (entry.type === 'tree') {
    const inside = await entries(call, [sha, '--', `${path}/`]);
    return json(inside.map((each) => entryShape(call, ref, each)));
  }
  const bytes = (await askGit(repository.folder, ['cat-file', 'blob', entry.sha])).out;
  if (call.accept.includes('.raw'))
    return { status: 200, raw: { type: 'application/vnd.github.raw; charset=utf-8', bytes } };
  const inline = bytes.length <= inlineBytesMax;
  return json({
    ...entryShape(call, ref, entry),
    encoding: inline ? 'base64' : 'none',
    content: inline ? wrapped(bytes.toString('base64')) : '',
  });
}

/** GitHub breaks base64 after 60 characters. */
const wrapped = (text: string): string => text.replace(/.{60}/g, '$&\n');

function entryShape(call: Call, ref: string, entry: Entry) {
  const repository = repositoryOf(call);
  const path = entry.path.split('/').map(encodeURIComponent).join('/');
  const self = `${repositoryApi(call.world, repository)}/contents/${path}?ref=${encodeURIComponent(ref)}`;
  const html = `${repositoryPage(call.world, repository)}/blob/${encodeURIComponent(ref)}/${path}`;
  const kind = entry.type === 'tree' ? 'trees' : 'blobs';
  const git = `${repositoryApi(call.world, repository)}/git/${kind}/${entry.sha}`;
  const types: Readonly<Record<string, string>> = { tree: 'dir', commit: 'submodule' };
  return {
    type: types[entry.type] ?? (entry.mode === '120000' ? 'symlink' : 'file'),
    name: entry.path.split('/').at(-1) ?? '',
    path: entry.path,
    sha: entry.sha,
    size: entry.size,
    url: self,
    git_url: git,
    html_url: html,
    download_url: entry.type === 'blob' ? html.replace('/blob/', '/raw/') : null,
    _links: { self, git, html },
  };
}

/** GitHub cuts a recursive tree here and says `truncated`. */
const treeEntriesMax = 100_000;

async function tree(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const named = param(call, 'tree_sha');
  const commit = await resolveCommit(repository, named);
  const deep = call.query.get('recursive') === null ? [] : ['-r', '-t'];
  const found = await entries(call, [...deep, commit ?? named]);
  const sha = (await git(repository.folder, ['rev-parse', `${commit ?? named}^{tree}`])).trim();
  const url = `${repositoryApi(call.world, repository)}/git`;
  return json({
    sha,
    url: `${url}/trees/${sha}`,
    truncated: found.length > treeEntriesMax,
    tree: found.slice(0, treeEntriesMax).map((each) => ({
      path: each.path,
      mode: each.mode,
      type: each.type,
      sha: each.sha,
      ...(each.type === 'blob' ? { size: each.size } : {}),
      url: `${url}/${each.type === 'tree' ? 'trees' : 'blobs'}/${each.sha}`,
    })),
  });
}

async function blob(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const sha = param(call, 'file_sha');
  const answer = /^[0-9a-f]{40}$/.test(sha)
    ? await askGit(repository.folder, ['cat-file', 'blob', sha])
    : null;
  if (answer === null || answer.code !== 0) throw notFound();
  return json({
    sha,
    node_id: `B_${sha}`,
    size: answer.out.length,
    url: `${repositoryApi(call.world, repository)}/git/blobs/${sha}`,
    content: wrapped(answer.out.toString('base64')),
    encoding: 'base64',
  });
}
