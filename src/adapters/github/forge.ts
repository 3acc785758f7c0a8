import type {
  Actor,
  CheckFace,
  Forge,
  ForgeRepository,
  LiveCheckRun,
  LivePull,
  Role,
} from '../../forge.ts';
import type { CommitSha, Instant } from '../../primitives.ts';
import { fieldsOf, OddAnswer } from './answer.ts';
import { branchRules } from './branch-rules.ts';
import { createCheck, updateCheck } from './check-writing.ts';
import { ask, type GitHubClient, isRefusal, orNull } from './client.ts';
import { neverEdited } from './edits.ts';
import { foldComment } from './folding.ts';
import { queueBranches } from './merge-queue.ts';
import { dequeue, enqueue, isQueued, merge, mergeWhenReady, stopMerging } from './merging.ts';
import { movesOf } from './moves.ts';
import { countedPage, everyPage, PER_PAGE, plainPage } from './pages.ts';
import { commitPeople, pushesOf } from './people.ts';
import { react, replaceReaction } from './reactions.ts';
import {
  actorIn,
  actorOf,
  checkRunOf,
  commentOf,
  mustBe,
  pullOf,
  workflowRunOf,
} from './reading.ts';
import { repositoryOf } from './repository.ts';
import { cancelRun, startedRun, startedRuns, startRun } from './runs.ts';

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
        orGone(options, async () => {
          const { data } = await client.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', {
            ...at,
            pull_number: number,
          });
          mustBe(data, 'pull request', 'number', number);
          return pullOf(fieldsOf(data, 'pull request'), repository.id);
        }),
      ),
    openPulls: (base) => asking('listing open pull requests', () => openPulls(options, base)),
    branchTip: (branch) =>
      asking('reading a branch', () =>
        orGone(options, async () => {
          const { data } = await client.request('GET /repos/{owner}/{repo}/git/ref/{ref}', {
            ...at,
            ref: `heads/${branch}`,
          });
          const found = fieldsOf(data, 'ref');
          if (found.text('ref') !== `refs/heads/${branch}`) throw new OddAnswer('another branch');
          return found.fields('object').commit('sha');
        }),
      ),
    comments: (pull) => asking('reading comments', () => commentsOf(client, at, pull)),
    neverEdited: (comments) =>
      asking('asking whether comments were edited', () => neverEdited(client, comments)),
    moves: (pull) =>
      asking('reading what became of the pull request', () => movesOf(client, repository, pull)),
    checkRuns: (head) => asking('reading checks', () => checkRunsAt(client, at, head)),
    ownCheckRuns: (head) =>
      asking('reading own checks', () => checkRunsAt(client, at, head, options.appId)),
    workflowRuns: (head) => asking('reading workflow runs', () => workflowRunsAt(client, at, head)),
    startedRun: (id) => asking('reading a workflow run', () => startedRun(client, at, id)),
    startedRuns: (branch, since) =>
      asking('listing started runs', () => startedRuns(client, at, branch, since)),
    commitPeople: (pull) =>
      asking('reading who wrote the commits', () => commitPeople(client, at, pull)),
    pushes: (pull) => asking('reading who pushed', () => pushesAt(client, at, repository, pull)),
    person: (login) =>
      asking('looking up a person', () =>
        orNull(async () => {
          const { data } = await client.request('GET /users/{username}', { username: login });
          return actorOf(fieldsOf(data, 'account'));
        }),
      ),
    role: (person) => asking('looking up a permission', () => roleOf(client, at, person)),
    isTeamMember: (team, person) =>
      asking('looking up a team', () => isMember(client, team, person)),
    branchRules: (branch) =>
      asking('reading the rules of a branch', () => branchRules(client, at, branch)),
    queueBranches: (branch) =>
      asking('listing the merge queue', () => queueBranches(client, at, branch)),

    startRun: (wanted) => asking('starting a workflow', () => startRun(client, at, wanted)),
    cancelRun: (id) => asking('ending a workflow run', () => cancelRun(client, at, id)),
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
        return commentOf(fieldsOf(data, 'comment'));
      }),
    editComment: (id, body) =>
      asking('editing a comment', async () => {
        const { data } = await client.request(
          'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}',
          { ...at, comment_id: id, body },
        );
        mustBe(data, 'comment', 'id', id);
      }),
    foldComment: (id, folded) =>
      asking('folding a comment', () => foldComment(client, at, id, folded)),
    react: (id, reaction) =>
      asking('acknowledging a comment', async () => {
        await react(client, at, id, reaction);
      }),
    replaceReaction: (id, reaction) =>
      asking('acknowledging a comment', () => replaceReaction(client, at, id, reaction)),
    setBody: (number, body) =>
      asking('writing the description', async () => {
        const { data } = await client.request('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', {
          ...at,
          pull_number: number,
          body,
        });
        mustBe(data, 'pull request', 'number', number);
      }),
    merge: (number, wanted) => merge(options, number, wanted),
    mergeWhenReady: (number, wanted) => mergeWhenReady(options, number, wanted),
    isQueued: (number) => isQueued(options, number),
    dequeue: (number) => dequeue(options, number),
    stopMerging: (number) => stopMerging(options, number),
    enqueue: (number, head) => enqueue(options, number, head),
    gitToken: () =>
      asking('asking for a token', async () => {
        const token: unknown = await options.token();
        if (typeof token !== 'string' || token === '') throw new OddAnswer('no token');
        return token;
      }),
  };
}

interface RepositoryName {
  readonly owner: string;
  readonly repo: string;
}

/**
 * null only where the repository can be seen and this is not in it. Without a look at the repository, one
 * that is hidden from us for a while would seem to have lost every pull request.
 */
async function orGone<Value>(
  { client, repository }: GitHubForgeOptions,
  question: () => Promise<Value>,
): Promise<Value | null> {
  const found = await orNull(question);
  if (found === null && (await repositoryOf(client, repository)).id !== repository.id)
    throw new OddAnswer('another repository of this name');
  return found;
}

async function openPulls({ client, repository }: GitHubForgeOptions, base: string | undefined) {
  const pulls = await everyPage('open pull requests', async (page) =>
    plainPage(
      await client.request('GET /repos/{owner}/{repo}/pulls', {
        owner: repository.owner,
        repo: repository.name,
        state: 'open',
        sort: 'created',
        direction: 'asc',
        ...(base === undefined ? {} : { base }),
        per_page: PER_PAGE,
        page,
      }),
      'pull requests',
    ),
  );
  return pulls.map((pull) => pullOf(pull, repository.id));
}

async function commentsOf(client: GitHubClient, at: RepositoryName, pull: LivePull) {
  const comments = await everyPage(
    'comments',
    async (page) =>
      plainPage(
        await client.request('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', {
          ...at,
          issue_number: pull.number,
          per_page: PER_PAGE,
          page,
        }),
        'comments',
      ),
    pull.comments ?? 0,
  );
  return comments.map(commentOf);
}

/** @param appId of the one app whose checks are asked for; all without. */
async function checkRunsAt(
  client: GitHubClient,
  at: RepositoryName,
  head: CommitSha,
  appId?: number,
) {
  const runs = await everyPage('checks', async (page) =>
    countedPage(
      await client.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {
        ...at,
        ref: head,
        ...(appId === undefined ? {} : { app_id: appId }),
        filter: 'all',
        per_page: PER_PAGE,
        page,
      }),
      'check_runs',
    ),
  );
  return runs.map(checkRunOf);
}

async function workflowRunsAt(client: GitHubClient, at: RepositoryName, head: CommitSha) {
  const runs = await everyPage('workflow runs', async (page) =>
    countedPage(
      await client.request('GET /repos/{owner}/{repo}/actions/runs', {
        ...at,
        head_sha: head,
        per_page: PER_PAGE,
        page,
      }),
      'workflow_runs',
    ),
  );
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
    // A limit also comes as 403, and says nothing of what we may read.
    if (isRefusal(error, [403, 404])) return null;
    throw error;
  }
}

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
    return fieldsOf(data, 'permission');
  });
  if (answer === null) return 'none';
  const named = [answer.text('role_name'), answer.text('permission')].find(isRole);
  // A login that somebody else has by now is not the person who was meant.
  if (actorIn(answer, 'user').id !== person.id) return 'none';
  return named ?? 'none';
}

const isRole = (name: string): name is Role =>
  ['read', 'triage', 'write', 'maintain', 'admin'].includes(name);

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
    return fieldsOf(data, 'membership');
  });
  if (membership === null || membership.text('state') !== 'active') return false;
  const { data } = await client.request('GET /users/{username}', { username: person.login });
  return fieldsOf(data, 'account').id('id') === person.id;
}
