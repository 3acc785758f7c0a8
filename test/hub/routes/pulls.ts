/** Pull requests: opened, changed, read with files and commits, merged. */
import { actorOf } from '../auth.ts';
import { readCommits } from '../commits.ts';
import { branchTip } from '../git.ts';
import {
  type Answer,
  type Call,
  flag,
  invalid,
  json,
  notFound,
  nothing,
  numberParam,
  paged,
  Refusal,
  type Route,
  repositoryOf,
  text,
  word,
} from '../http.ts';
import { mergePull } from '../merge.ts';
import { mergeableState } from '../mergeable.ts';
import { mergedTree, writeCommit } from '../merging.ts';
import { diffFiles, fileShape, textOfDiff } from '../pull-files.ts';
import { changePull, openPull, weighMergeability } from '../pull-life.ts';
import { exclusively, moveRefs } from '../refs.ts';
import { commitShape, noreply } from '../shapes/commit.ts';
import { pullShape, wholePullShape } from '../shapes/pull.ts';
import type { Pull, Repository } from '../state.ts';
import { accountNamed, iso, repositoryNamed } from '../world.ts';

const reads = { anyOf: ['pull_requests:read'] } as const;
const writes = { anyOf: ['pull_requests:write'] } as const;

export const pullRoutes: readonly Route[] = [
  { method: 'GET', path: '/repos/{owner}/{repo}/pulls', needs: reads, answer: list },
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/pulls',
    needs: { ...writes, role: 'read' },
    answer: create,
  },
  { method: 'GET', path: '/repos/{owner}/{repo}/pulls/{pull_number}', needs: reads, answer: one },
  {
    method: 'PATCH',
    path: '/repos/{owner}/{repo}/pulls/{pull_number}',
    needs: { ...writes, role: 'read' },
    answer: change,
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/pulls/{pull_number}/files',
    needs: reads,
    answer: files,
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/pulls/{pull_number}/commits',
    needs: reads,
    answer: commits,
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/pulls/{pull_number}/merge',
    needs: reads,
    answer: (call) => {
      if (pullOf(call).mergedAt === null) throw notFound();
      return nothing();
    },
  },
  {
    method: 'PUT',
    path: '/repos/{owner}/{repo}/pulls/{pull_number}/merge',
    needs: { anyOf: ['contents:write'] },
    answer: merge,
  },
  {
    method: 'PUT',
    path: '/repos/{owner}/{repo}/pulls/{pull_number}/update-branch',
    needs: writes,
    answer: updateBranch,
  },
];

function pullOf(call: Call): Pull {
  const pull = repositoryOf(call).pulls.get(numberParam(call, 'pull_number'));
  if (pull === undefined) throw notFound();
  return pull;
}

function list(call: Call) {
  const repository = repositoryOf(call);
  const state = call.query.get('state') ?? 'open';
  const base = call.query.get('base');
  const head = call.query.get('head');
  const found = [...repository.pulls.values()].filter(
    (pull) =>
      (state === 'all' || pull.state === state) &&
      (base === null || pull.base.ref === base) &&
      (head === null || pullShape(call.world, repository, pull).head.label === head),
  );
  const up = call.query.get('direction') === 'asc';
  const sorted = up ? found : found.toReversed();
  return paged(call, sorted, (pull) => pullShape(call.world, repository, pull));
}

/** `branch`, `owner:branch`, or a fork named by `head_repo`. */
function headOf(call: Call, repository: Repository) {
  const [first = '', second] = (text(call.body, 'head') ?? '').split(':');
  const ref = second ?? first;
  if (second === undefined) return { ref, repository };
  const owner = accountNamed(call.world, first);
  const fork =
    repositoryNamed(call.world, first, text(call.body, 'head_repo') ?? repository.name) ??
    [...call.world.repositories.values()].find(
      (each) => each.ownerId === owner?.id && each.forkOf === repository.id,
    );
  if (fork === undefined) throw invalid('PullRequest', 'head', 'invalid');
  return { ref, repository: fork };
}

async function create(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const title = text(call.body, 'title');
  if (title === undefined || title === '') throw invalid('PullRequest', 'title', 'missing_field');
  const head = headOf(call, repository);
  const opened = await exclusively(repository, () =>
    openPull(call.world, repository, {
      author: actorOf(call.world, call.principal),
      title,
      body: text(call.body, 'body') ?? null,
      draft: flag(call.body, 'draft') ?? false,
      base: text(call.body, 'base') ?? '',
      head,
    }),
  );
  if (typeof opened === 'string') throw invalid('PullRequest', 'base', 'custom', opened);
  return json(shapeOf(call, opened), 201);
}

const shapeOf = (call: Call, pull: Pull) =>
  wholePullShape(
    call.world,
    repositoryOf(call),
    pull,
    mergeableState(call.world, repositoryOf(call), pull),
  );

async function one(call: Call): Promise<Answer> {
  const pull = pullOf(call);
  if (call.accept.includes('diff')) {
    const diff = await textOfDiff(repositoryOf(call), `${pull.base.sha}...${pull.head.sha}`);
    return {
      status: 200,
      raw: { type: 'application/vnd.github.diff; charset=utf-8', bytes: diff },
    };
  }
  await exclusively(repositoryOf(call), () => weighMergeability(repositoryOf(call), pull));
  return json(shapeOf(call, pull));
}

async function change(call: Call): Promise<Answer> {
  const pull = pullOf(call);
  const why = await exclusively(repositoryOf(call), () =>
    changePull(call.world, repositoryOf(call), pull, actorOf(call.world, call.principal), {
      title: text(call.body, 'title'),
      body: call.body['body'] === null ? null : text(call.body, 'body'),
      base: text(call.body, 'base'),
      state: word(call.body, 'state', ['open', 'closed']),
    }),
  );
  if (why !== null) throw invalid('PullRequest', 'state', 'invalid', why);
  return json(shapeOf(call, pull));
}

/** GitHub lists at most this many files of a pull request, without a word about the rest. */
const listedFilesMax = 3_000;

async function files(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const pull = pullOf(call);
  const found = await diffFiles(repository, [`${pull.base.sha}...${pull.head.sha}`]);
  return paged(call, found.slice(0, listedFilesMax), (file) =>
    fileShape(call.world, repository, pull.head.sha, file),
  );
}

/** GitHub lists at most this many commits of a pull request. */
const listedCommitsMax = 250;

async function commits(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const pull = pullOf(call);
  const found = await readCommits(repository, ['--reverse', `${pull.base.sha}..${pull.head.sha}`]);
  return paged(call, found.slice(0, listedCommitsMax), (commit) =>
    commitShape(call.world, repository, commit),
  );
}

async function merge(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const pull = pullOf(call);
  const merged = await exclusively(repository, () =>
    mergePull(call.world, repository, pull, {
      by: actorOf(call.world, call.principal),
      method: word(call.body, 'merge_method', ['merge', 'squash', 'rebase']) ?? 'merge',
      title: text(call.body, 'commit_title'),
      message: text(call.body, 'commit_message'),
      sha: text(call.body, 'sha'),
    }),
  );
  if (!merged.ok) throw new Refusal(merged.status, merged.message);
  return json({ sha: merged.sha, merged: true, message: 'Pull Request successfully merged' });
}

/** Merges the base into the head branch, as the button "Update branch" does. */
async function updateBranch(call: Call): Promise<Answer> {
  const pull = pullOf(call);
  const from = call.world.repositories.get(pull.head.repositoryId ?? -1);
  const base = branchTip(repositoryOf(call), pull.base.ref);
  const expected = text(call.body, 'expected_head_sha');
  if (expected !== undefined && expected !== pull.head.sha)
    throw new Refusal(422, 'expected head sha didn’t match current head ref.');
  if (from === undefined || base === undefined) throw notFound();
  if (from.id !== repositoryOf(call).id)
    throw new Refusal(501, 'The offline GitHub updates no branch of a fork');
  const by = actorOf(call.world, call.principal);
  await exclusively(from, async () => {
    const tree = await mergedTree(repositoryOf(call), base, pull.head.sha);
    if (tree === null) throw new Refusal(422, 'merge conflict between base and head');
    const who = { name: by.login, email: noreply(by), date: iso(call.world.now()) };
    const after = await writeCommit(repositoryOf(call), {
      tree,
      parents: [pull.head.sha, base],
      author: who,
      committer: who,
      message: `Merge branch '${pull.base.ref}' into ${pull.head.ref}`,
    });
    const ref = `refs/heads/${pull.head.ref}`;
    await moveRefs(call.world, from, by, [{ ref, before: pull.head.sha, after }]);
  });
  const url = `${call.world.url}/api/v3`;
  return json({ message: 'Updating pull request branch.', url }, 202);
}
