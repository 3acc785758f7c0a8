/** Commits: listed, one by one with their files, compared, and the pull requests they came by. */
import { sees } from '../auth.ts';
import { readCommit, readCommits, resolveCommit } from '../commits.ts';
import { askGit, git, isAncestor } from '../git.ts';
import {
  type Answer,
  type Call,
  json,
  notFound,
  paged,
  param,
  Refusal,
  type Route,
  repositoryOf,
} from '../http.ts';
import { type DiffFile, diffFiles, fileShape } from '../pull-files.ts';
import { commitShape } from '../shapes/commit.ts';
import { pullShape } from '../shapes/pull.ts';
import { repositoryApi, repositoryPage } from '../shapes/repository.ts';
import type { Repository } from '../state.ts';

const readsContents = { anyOf: ['contents:read'] } as const;

export const commitRoutes: readonly Route[] = [
  { method: 'GET', path: '/repos/{owner}/{repo}/commits', needs: readsContents, answer: commits },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/commits/{ref}',
    needs: readsContents,
    answer: oneCommit,
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/commits/{commit_sha}/pulls',
    needs: { anyOf: ['pull_requests:read', 'contents:read'] },
    answer: pullsOfCommit,
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/compare/{basehead}',
    needs: readsContents,
    answer: compare,
  },
];

export async function commitOf(call: Call, ref: string): Promise<string> {
  const sha = await resolveCommit(repositoryOf(call), ref);
  if (sha === null) throw new Refusal(422, `No commit found for SHA: ${ref}`);
  return sha;
}

/** As many as one answer of the hub looks at; GitHub pages on for ever. */
const listedCommitsMax = 10_000;

async function commits(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const sha = await commitOf(call, call.query.get('sha') ?? repository.defaultBranch);
  const path = call.query.get('path');
  const found = await readCommits(repository, [
    `-${listedCommitsMax}`,
    sha,
    ...(path === null ? [] : ['--', path]),
  ]);
  return paged(call, found, (commit) => commitShape(call.world, repository, commit));
}

async function oneCommit(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const sha = await commitOf(call, param(call, 'ref'));
  if (call.accept.includes('.sha'))
    return { status: 200, raw: { type: 'application/vnd.github.sha', bytes: sha } };
  const commit = await readCommit(repository, sha);
  const parent =
    commit.parents[0] ??
    (await git(repository.folder, ['hash-object', '-t', 'tree', '/dev/null'])).trim();
  const files = await diffFiles(repository, [parent, sha]);
  return json({
    ...commitShape(call.world, repository, commit),
    stats: statsOf(files),
    files: files.map((file) => fileShape(call.world, repository, sha, file)),
  });
}

function statsOf(files: readonly DiffFile[]) {
  const additions = files.reduce((sum, file) => sum + file.additions, 0);
  const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
  return { additions, deletions, total: additions + deletions };
}

async function pullsOfCommit(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const sha = await commitOf(call, param(call, 'commit_sha'));
  const found = [];
  for (const pull of repository.pulls.values()) {
    const within =
      pull.mergeCommit === sha ||
      ((await isAncestor(repository.folder, sha, pull.head.sha)) &&
        !(await isAncestor(repository.folder, sha, pull.base.sha)));
    if (within) found.push(pull);
  }
  return paged(call, found, (pull) => pullShape(call.world, repository, pull));
}

/** GitHub lists at most this many files in a comparison. */
const comparedFilesMax = 300;

async function compare(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const [base = '', head = ''] = param(call, 'basehead').split('...');
  const [from, to] = [
    await comparable(call, repository, base),
    await comparable(call, repository, head),
  ];
  const found = await askGit(repository.folder, ['merge-base', from, to]);
  if (found.code !== 0) throw new Refusal(404, 'No common ancestor between the two');
  const merge = found.out.toString().trim();
  const ahead = await readCommits(repository, ['--reverse', `${from}..${to}`]);
  const behind = Number(
    (await git(repository.folder, ['rev-list', '--count', `${to}..${from}`])).trim(),
  );
  const files = await diffFiles(repository, [merge, to]);
  const url = `${repositoryApi(call.world, repository)}/compare/${base}...${head}`;
  const page = `${repositoryPage(call.world, repository)}/compare/${base}...${head}`;
  return json({
    url,
    html_url: page,
    permalink_url: page,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    base_commit: commitShape(call.world, repository, await readCommit(repository, from)),
    merge_base_commit: commitShape(call.world, repository, await readCommit(repository, merge)),
    status: statusOf(ahead.length, behind),
    ahead_by: ahead.length,
    behind_by: behind,
    total_commits: ahead.length,
    commits: ahead.slice(-250).map((commit) => commitShape(call.world, repository, commit)),
    files: files
      .slice(0, comparedFilesMax)
      .map((file) => fileShape(call.world, repository, to, file)),
  });
}

function statusOf(ahead: number, behind: number): string {
  if (ahead === 0) return behind === 0 ? 'identical' : 'behind';
  return behind === 0 ? 'ahead' : 'diverged';
}

/** `owner:branch` looks into a fork of the same name. */
async function comparable(call: Call, repository: Repository, side: string): Promise<string> {
  const sha = await resolveCommit(repository, side.replace(/^[^:]*:/, ''));
  if (sha === null || !sees(call.world, call.principal, repository)) throw notFound();
  return sha;
}
