/** Commit statuses, and the combined state that GitHub makes of them. */
import { actorOf } from '../auth.ts';
import { afterChecks } from '../auto-merge.ts';
import { resolveCommit } from '../git.ts';
import {
  type Answer,
  type Call,
  invalid,
  json,
  paged,
  param,
  Refusal,
  type Route,
  repositoryOf,
  text,
  word,
} from '../http.ts';
import { statusShape } from '../shapes/check.ts';
import { repositoryApi, repositoryShape } from '../shapes/repository.ts';
import type { CommitStatus } from '../state.ts';
import { setStatus } from '../status-life.ts';

export const statusRoutes: readonly Route[] = [
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/statuses/{sha}',
    needs: { anyOf: ['statuses:write'] },
    answer: create,
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/commits/{ref}/statuses',
    needs: { anyOf: ['statuses:read'] },
    answer: async (call) =>
      paged(call, await statusesOf(call), (each) =>
        statusShape(call.world, repositoryOf(call), each),
      ),
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/commits/{ref}/status',
    needs: { anyOf: ['statuses:read'] },
    answer: combined,
  },
];

async function shaOf(call: Call, name: string): Promise<string> {
  const sha = await resolveCommit(repositoryOf(call), param(call, name));
  if (sha === null) throw new Refusal(422, `No commit found for SHA: ${param(call, name)}`);
  return sha;
}

/** Newest first, as GitHub lists them. */
async function statusesOf(call: Call): Promise<readonly CommitStatus[]> {
  const sha = await shaOf(call, 'ref');
  return repositoryOf(call)
    .statuses.filter((each) => each.sha === sha)
    .toReversed();
}

async function create(call: Call): Promise<Answer> {
  const state = word(call.body, 'state', ['error', 'failure', 'pending', 'success']);
  if (state === undefined) throw invalid('Status', 'state', 'invalid');
  const repository = repositoryOf(call);
  const sha = await shaOf(call, 'sha');
  const status = setStatus(call.world, repository, actorOf(call.world, call.principal), {
    sha,
    state,
    context: text(call.body, 'context') ?? 'default',
    description: text(call.body, 'description') ?? null,
    targetUrl: text(call.body, 'target_url') ?? null,
  });
  afterChecks(call.world, repository, sha);
  return json(statusShape(call.world, repository, status), 201);
}

async function combined(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const newest = new Map((await statusesOf(call)).toReversed().map((each) => [each.context, each]));
  const all = [...newest.values()];
  const failed = all.some((each) => each.state === 'failure' || each.state === 'error');
  const pending = all.length === 0 || all.some((each) => each.state === 'pending');
  const sha = await shaOf(call, 'ref');
  const url = `${repositoryApi(call.world, repository)}/commits/${sha}`;
  return json({
    state: failed ? 'failure' : pending ? 'pending' : 'success',
    statuses: all.map((each) => statusShape(call.world, repository, each)),
    sha,
    total_count: all.length,
    repository: repositoryShape(call.world, repository),
    commit_url: url,
    url: `${url}/status`,
  });
}
