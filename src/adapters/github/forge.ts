import type {
  Actor,
  CheckFace,
  Forge,
  ForgeRepository,
  LiveCheckRun,
  LivePull,
  Reaction,
  Role,
} from '../../forge.ts';
import type { CommitSha, Instant } from '../../primitives.ts';
import { branchRules } from './branch-rules.ts';
import { createCheck, updateCheck } from './check-writing.ts';
import { ask, type GitHubClient, statusOf } from './client.ts';
import { foldComment } from './folding.ts';
import { queueBranches } from './merge-queue.ts';
import { enqueue, merge, mergeWhenReady, stopMerging } from './merging.ts';
import { everyPage, PER_PAGE } from './pages.ts';
import { commitPeople, pushesOf } from './people.ts';
import { actorOf, checkRunOf, commentOf, commitOf, pullOf, workflowRunOf } from './reading.ts';

export interface GitHubForgeOptions {
  /** With the rights of the installation. */
  readonly client: GitHubClient;
  readonly repository: ForgeRepository;
  readonly appId: number;
  /** `https://github.com`, without a slash behind. */
  readonly webUrl: string;
  /** A fresh installation token for git. */
  readonly token: () => Promise<string>;
  readonly now: () => Instant;
}

/** GitHub as the app sees it. Each answer is whole or a fault; nothing is remembered between two. */
export function gitHubForge(options: GitHubForgeOptions): Forge {
  const { client, repository, now } = options;
  const at = { owner: repository.owner, repo: repository.name };
  const asking = <Value>(doing: string, question: () => Promise<Value>) =>
    ask(doing, now, question);

  return {
    repository,
    appId: options.appId,
    gitUrl: `${options.webUrl}/${repository.owner}/${repository.name}.git`,

    pull: (number) =>
      asking('reading the pull request', () =>
        orNull(async () => {
          const { data } = await client.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', {
            ...at,
            pull_number: number,
          });
          return pullOf(data);
        }),
      ),
    openPulls: (base) => asking('listing open pull requests', () => openPulls(client, at, base)),
    branchTip: (branch) =>
      asking('reading a branch', () =>
        orNull(async () => {
          const { data } = await client.request('GET /repos/{owner}/{repo}/git/ref/{ref}', {
            ...at,
            ref: `heads/${branch}`,
          });
          return commitOf(data.object.sha);
        }),
      ),
    comments: (pull) => asking('reading comments', () => commentsOf(client, at, pull)),
    checkRuns: (head) => asking('reading checks', () => checkRunsAt(client, at, head)),
    workflowRuns: (head) => asking('reading workflow runs', () => workflowRunsAt(client, at, head)),
    commitPeople: (pull) =>
      asking('reading who wrote the commits', () => commitPeople(client, at, pull)),
    pushes: (pull) => asking('reading who pushed', () => pushesAt(client, at, repository, pull)),
    person: (login) =>
      asking('looking up a person', () =>
        orNull(async () => {
          const { data } = await client.request('GET /users/{username}', { username: login });
          return actorOf(data);
        }),
      ),
    role: (person) => asking('looking up a permission', () => roleOf(client, at, person)),
    isTeamMember: (team, person) =>
      asking('looking up a team', () => isMember(client, team, person)),
    branchRules: (branch, name) =>
      asking('reading the rules of a branch', () => branchRules(client, at, branch, name)),
    queueBranches: (branch) =>
      asking('listing the merge queue', () => queueBranches(client, at, branch)),

    createCheck: (head, face) =>
      asking('creating the check', () => createCheck(client, at, head, face)),
    updateCheck: (before: LiveCheckRun, face: CheckFace) =>
      asking('updating the check', () => updateCheck(client, at, before, face)),
    comment: (number, body) =>
      asking('writing a comment', async () => {
        const { data } = await client.request(
          'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
          { ...at, issue_number: number, body },
        );
        return commentOf(data);
      }),
    editComment: (id, body) =>
      asking('editing a comment', async () => {
        await client.request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', {
          ...at,
          comment_id: id,
          body,
        });
      }),
    foldComment: (id, folded) =>
      asking('folding a comment', () => foldComment(client, at, id, folded)),
    react: (id, reaction) =>
      asking('acknowledging a comment', () => react(client, at, id, reaction)),
    replaceReaction: (id, reaction) =>
      asking('acknowledging a comment', () =>
        replaceReaction(client, { ...at, appId: options.appId }, id, reaction),
      ),
    setBody: (number, body) =>
      asking('writing the description', async () => {
        await client.request('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', {
          ...at,
          pull_number: number,
          body,
        });
      }),
    merge: (number, wanted) => merge(options, number, wanted),
    mergeWhenReady: (number, wanted) => mergeWhenReady(options, number, wanted),
    stopMerging: (number) => stopMerging(options, number),
    enqueue: (number, head) => enqueue(options, number, head),
    gitToken: () => asking('asking for a token', options.token),
  };
}

interface RepositoryName {
  readonly owner: string;
  readonly repo: string;
}

/** What is not there is an answer; what may not be seen looks the same, and counts the same. */
async function orNull<Value>(question: () => Promise<Value>): Promise<Value | null> {
  try {
    return await question();
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw error;
  }
}

async function openPulls(client: GitHubClient, at: RepositoryName, base: string | undefined) {
  const pulls = await everyPage('open pull requests', async (page) => {
    const { data, headers } = await client.request('GET /repos/{owner}/{repo}/pulls', {
      ...at,
      state: 'open',
      sort: 'created',
      direction: 'asc',
      ...(base === undefined ? {} : { base }),
      per_page: PER_PAGE,
      page,
    });
    return { items: data, link: headers.link, total: null };
  });
  return pulls.map(pullOf);
}

async function commentsOf(client: GitHubClient, at: RepositoryName, pull: LivePull) {
  const comments = await everyPage(
    'comments',
    async (page) => {
      const { data, headers } = await client.request(
        'GET /repos/{owner}/{repo}/issues/{issue_number}/comments',
        { ...at, issue_number: pull.number, per_page: PER_PAGE, page },
      );
      return { items: data, link: headers.link, total: null };
    },
    pull.comments ?? 0,
  );
  return comments.map(commentOf);
}

async function checkRunsAt(client: GitHubClient, at: RepositoryName, head: CommitSha) {
  const runs = await everyPage('checks', async (page) => {
    const { data, headers } = await client.request(
      'GET /repos/{owner}/{repo}/commits/{ref}/check-runs',
      { ...at, ref: head, filter: 'all', per_page: PER_PAGE, page },
    );
    return { items: data.check_runs, link: headers.link, total: data.total_count };
  });
  return runs.map(checkRunOf);
}

async function workflowRunsAt(client: GitHubClient, at: RepositoryName, head: CommitSha) {
  const runs = await everyPage('workflow runs', async (page) => {
    const { data, headers } = await client.request('GET /repos/{owner}/{repo}/actions/runs', {
      ...at,
      head_sha: head,
      per_page: PER_PAGE,
      page,
    });
    return { items: data.workflow_runs, link: headers.link, total: data.total_count };
  });
  return runs.map(workflowRunOf);
}

/** A fork's branch is the fork's owner's; whether we may read who pushed there is for GitHub to say. */
async function pushesAt(
  client: GitHubClient,
  at: RepositoryName,
  repository: ForgeRepository,
  pull: LivePull,
) {
  const { repositoryId, branch, repositoryName } = pull.head;
  if (repositoryId === null || repositoryName === null) return null;
  const place = repositoryId === repository.id ? at : repositoryName;
  try {
    return await pushesOf(client, place, branch);
  } catch (error) {
    const status = statusOf(error);
    if (status === 404 || status === 403) return null;
    throw error;
  }
}

const ROLES: ReadonlySet<string> = new Set(['read', 'triage', 'write', 'maintain', 'admin']);

/** A role that the organisation made up counts as what it is built on, which `permission` says. */
async function roleOf(
  client: GitHubClient,
  at: RepositoryName,
  person: Pick<Actor, 'id' | 'login'>,
): Promise<Role> {
  const answer = await orNull(async () => {
    const { data } = await client.request(
      'GET /repos/{owner}/{repo}/collaborators/{username}/permission',
      { ...at, username: person.login },
    );
    return data;
  });
  // A login that somebody else has by now is not the person who was meant.
  if (answer === null || actorOf(answer.user).id !== person.id) return 'none';
  const named = ROLES.has(answer.role_name) ? answer.role_name : answer.permission;
  return ROLES.has(named) ? (named as Role) : 'none';
}

async function isMember(
  client: GitHubClient,
  team: string,
  person: Pick<Actor, 'id' | 'login'>,
): Promise<boolean> {
  const [, org, slug] = /^@?([^/\s]+)\/([^/\s]+)$/.exec(team) ?? [];
  if (org === undefined || slug === undefined) return false;
  const membership = await orNull(async () => {
    const { data } = await client.request(
      'GET /orgs/{org}/teams/{team_slug}/memberships/{username}',
      { org, team_slug: slug, username: person.login },
    );
    return data;
  });
  if (membership === null || membership.state !== 'active') return false;
  const { data: user } = await client.request('GET /users/{username}', { username: person.login });
  return user.id === person.id;
}

async function react(
  client: GitHubClient,
  at: RepositoryName,
  id: number,
  reaction: Reaction,
): Promise<void> {
  await client.request('POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions', {
    ...at,
    comment_id: id,
    content: reaction,
  });
}

async function replaceReaction(
  client: GitHubClient,
  at: RepositoryName & { readonly appId: number },
  id: number,
  reaction: Reaction,
): Promise<void> {
  const { owner, repo } = at;
  const made = await client.request(
    'POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions',
    { owner, repo, comment_id: id, content: reaction },
  );
  const { data } = await client.request(
    'GET /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions',
    { owner, repo, comment_id: id, per_page: PER_PAGE },
  );
  const mine = made.data.user?.id;
  for (const other of data) {
    if (other.user?.id !== mine || other.content === reaction) continue;
    await client.request(
      'DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions/{reaction_id}',
      { owner, repo, comment_id: id, reaction_id: other.id },
    );
  }
}
