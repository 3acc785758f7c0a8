import type { Forge, ForgeFault, ForgeRepository, MergeRefused } from '../../forge.ts';
import { type CommitSha, fail, type Instant, ok, type Result } from '../../primitives.ts';
import { fieldsOf, OddAnswer } from './answer.ts';
import { ask, type GitHubClient, inGraphql, mutate, statusOf, unprocessable } from './client.ts';

interface MergingAt {
  readonly client: GitHubClient;
  readonly repository: ForgeRepository;
  readonly now: () => Instant;
}

type Wanted = Parameters<Forge['merge']>[1];

/** The expected head is always sent: what was judged is merged, or nothing is. */
export async function merge(
  { client, repository, now }: MergingAt,
  number: number,
  wanted: Wanted,
): Promise<Result<CommitSha, ForgeFault | MergeRefused>> {
  const merged = await ask('merging', now, async () => {
    try {
      const { data } = await client.request('PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge', {
        owner: repository.owner,
        repo: repository.name,
        pull_number: number,
        sha: wanted.head,
        merge_method: wanted.method,
        commit_title: wanted.title,
        commit_message: wanted.message,
      });
      const answer = fieldsOf(data, 'merge');
      if (!answer.flag('merged')) throw new OddAnswer('no merge, and no refusal');
      return ok(answer.commit('sha'));
    } catch (error) {
      const status = statusOf(error);
      const detail = error instanceof Error ? error.message.slice(0, 300) : '';
      if (status === 409) return fail({ kind: 'head-moved', detail } as const);
      if (status === 405 || status === 422) return fail({ kind: 'not-mergeable', detail } as const);
      throw error;
    }
  });
  return merged.ok ? merged.value : merged;
}

/** GitHub merges by itself once its rules allow; it forgets about it when the head moves. */
export function mergeWhenReady(
  at: MergingAt,
  number: number,
  wanted: Wanted,
): Promise<Result<void, ForgeFault | MergeRefused>> {
  return mutatePull(
    at,
    number,
    'asking for a merge when ready',
    'enablePullRequestAutoMerge',
    `mutation MergeWhenReady($pull: ID!, $head: GitObjectID!, $how: PullRequestMergeMethod!, $title: String!, $message: String!) {
      enablePullRequestAutoMerge(input: {
        pullRequestId: $pull, expectedHeadOid: $head, mergeMethod: $how,
        commitHeadline: $title, commitBody: $message
      }) { clientMutationId }
    }`,
    {
      head: wanted.head,
      // octokit takes a variable named `method` for an option of its own.
      how: wanted.method.toUpperCase(),
      title: wanted.title,
      message: wanted.message,
    },
  );
}

/** A queue words and merges by its own rule; only the head is ours to name. */
export function enqueue(
  at: MergingAt,
  number: number,
  head: CommitSha,
): Promise<Result<void, ForgeFault | MergeRefused>> {
  return mutatePull(
    at,
    number,
    'putting it into the merge queue',
    'enqueuePullRequest',
    `mutation Enqueue($pull: ID!, $head: GitObjectID!) {
      enqueuePullRequest(input: { pullRequestId: $pull, expectedHeadOid: $head }) {
        clientMutationId
      }
    }`,
    { head },
  );
}

/** GitHub's refusal is an answer; everything else that goes wrong is a fault. */
async function mutatePull(
  { client, repository, now }: MergingAt,
  number: number,
  doing: string,
  field: string,
  document: string,
  variables: Readonly<Record<string, string>>,
): Promise<Result<void, ForgeFault | MergeRefused>> {
  const asked = await ask(doing, now, async () => {
    const { data } = await client.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', {
      owner: repository.owner,
      repo: repository.name,
      pull_number: number,
    });
    const subject = fieldsOf(data, 'pull request').text('node_id');
    try {
      await mutate(client, field, document, { pull: subject, ...variables });
      return ok(undefined);
    } catch (error) {
      const detail = unprocessable(error);
      if (detail === null) throw error;
      return fail({ kind: 'not-mergeable', detail } as const);
    }
  });
  return asked.ok ? asked.value : asked;
}

/** What its queue has not tried yet shows in GraphQL alone. */
export function isQueued(
  { client, repository, now }: MergingAt,
  number: number,
): Promise<Result<boolean, ForgeFault>> {
  return ask('looking into the merge queue', now, async () => {
    const answer = await inGraphql(
      client,
      `query Queued($owner: String!, $name: String!, $number: Int!) {
        repository(owner: $owner, name: $name) { pullRequest(number: $number) { isInMergeQueue } }
      }`,
      { owner: repository.owner, name: repository.name, number },
    );
    return answer.fields('repository').fields('pullRequest').flag('isInMergeQueue');
  });
}

export async function dequeue(
  { client, repository, now }: MergingAt,
  number: number,
): Promise<Result<void, ForgeFault>> {
  return ask('taking it out of the merge queue', now, async () => {
    const { data } = await client.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', {
      owner: repository.owner,
      repo: repository.name,
      pull_number: number,
    });
    await mutate(
      client,
      'dequeuePullRequest',
      `mutation Dequeue($pull: ID!) {
        dequeuePullRequest(input: { id: $pull }) { clientMutationId }
      }`,
      { pull: fieldsOf(data, 'pull request').text('node_id') },
    );
  });
}

/** Whoever asked for it: a person's button or the app. @returns whether it waited. */
export async function stopMerging(
  { client, repository, now }: MergingAt,
  number: number,
): Promise<Result<boolean, ForgeFault>> {
  return ask('taking back a merge when ready', now, async () => {
    const { data } = await client.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', {
      owner: repository.owner,
      repo: repository.name,
      pull_number: number,
    });
    const pull = fieldsOf(data, 'pull request');
    const subject = pull.text('node_id');
    if (!pull.has('auto_merge')) return false;
    await mutate(
      client,
      'disablePullRequestAutoMerge',
      `mutation StopMerging($pull: ID!) {
        disablePullRequestAutoMerge(input: { pullRequestId: $pull }) { clientMutationId }
      }`,
      { pull: subject },
    );
    return true;
  });
}
