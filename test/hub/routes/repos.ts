/** Repositories, their branches, refs, commits, contents and what people may do in them. */
import { actorOf } from '../auth.ts';
import { readCommit, resolveCommit } from '../commits.ts';
import { branchTip, isAncestor } from '../git.ts';
import {
  type Answer,
  type Call,
  flag,
  json,
  notFound,
  nothing,
  paged,
  param,
  Refusal,
  type Route,
  repositoryOf,
  text,
  word,
} from '../http.ts';
import { exclusively, moveRefs, noCommit } from '../refs.ts';
import { branchesClosedTo, demandsOf } from '../rules-life.ts';
import { commitShape, gitCommitShape } from '../shapes/commit.ts';
import { repositoryApi, repositoryPage, wholeRepositoryShape } from '../shapes/repository.ts';
import { nodeId, rename } from '../world.ts';
import { commitOf } from './commits.ts';

const reads = { anyOf: ['metadata:read'] } as const;
const readsContents = { anyOf: ['contents:read'] } as const;
const writesContents = { anyOf: ['contents:write'] } as const;

export const repositoryRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}',
    needs: reads,
    answer: (call) => json(wholeRepositoryShape(call.world, repositoryOf(call))),
  },
  {
    method: 'PATCH',
    path: '/repos/{owner}/{repo}',
    needs: { anyOf: ['administration:write'], role: 'admin' },
    answer: changeRepository,
  },
  { method: 'GET', path: '/repos/{owner}/{repo}/branches', needs: readsContents, answer: branches },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/branches/{branch}',
    needs: readsContents,
    answer: branch,
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/git/ref/{ref}',
    needs: readsContents,
    answer: oneRef,
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/git/matching-refs/{ref}',
    needs: readsContents,
    answer: (call) => {
      const repository = repositoryOf(call);
      const found = [...repository.refs].filter(([ref]) =>
        ref.startsWith(`refs/${param(call, 'ref')}`),
      );
      return paged(call, found, ([ref, sha]) => refShape(call, ref, sha));
    },
  },
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/git/refs',
    needs: writesContents,
    answer: createRef,
  },
  {
    method: 'PATCH',
    path: '/repos/{owner}/{repo}/git/refs/{ref}',
    needs: writesContents,
    answer: updateRef,
  },
  {
    method: 'DELETE',
    path: '/repos/{owner}/{repo}/git/refs/{ref}',
    needs: writesContents,
    answer: deleteRef,
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/git/commits/{commit_sha}',
    needs: readsContents,
    answer: async (call) => {
      const repository = repositoryOf(call);
      const sha = await commitOf(call, param(call, 'commit_sha'));
      return json(gitCommitShape(call.world, repository, await readCommit(repository, sha)));
    },
  },
];

function changeRepository(call: Call): Answer {
  const repository = repositoryOf(call);
  const { settings } = repository;
  const { body } = call;
  settings.allowMerge = flag(body, 'allow_merge_commit') ?? settings.allowMerge;
  settings.allowSquash = flag(body, 'allow_squash_merge') ?? settings.allowSquash;
  settings.allowRebase = flag(body, 'allow_rebase_merge') ?? settings.allowRebase;
  settings.allowAutoMerge = flag(body, 'allow_auto_merge') ?? settings.allowAutoMerge;
  settings.deleteBranchOnMerge =
    flag(body, 'delete_branch_on_merge') ?? settings.deleteBranchOnMerge;
  settings.squashMessage =
    word(body, 'squash_merge_commit_message', ['PR_BODY', 'COMMIT_MESSAGES', 'BLANK']) ??
    settings.squashMessage;
  settings.squashTitle =
    word(body, 'squash_merge_commit_title', ['PR_TITLE', 'COMMIT_OR_PR_TITLE']) ??
    settings.squashTitle;
  settings.mergeMessage =
    word(body, 'merge_commit_message', ['PR_BODY', 'PR_TITLE', 'BLANK']) ?? settings.mergeMessage;
  settings.mergeTitle =
    word(body, 'merge_commit_title', ['PR_TITLE', 'MERGE_MESSAGE']) ?? settings.mergeTitle;
  rename(call.world, repository, text(body, 'name') ?? repository.name);
  repository.defaultBranch = text(body, 'default_branch') ?? repository.defaultBranch;
  return json(wholeRepositoryShape(call.world, repository));
}

function isProtected(call: Call, name: string): boolean {
  return demandsOf(call.world, repositoryOf(call), name, null).length > 0;
}

function branches(call: Call) {
  const repository = repositoryOf(call);
  const found = [...repository.refs]
    .filter(([ref]) => ref.startsWith('refs/heads/'))
    .map(([ref, sha]) => ({ name: ref.slice('refs/heads/'.length), sha }));
  return paged(call, found, ({ name, sha }) => ({
    name,
    commit: { sha, url: `${repositoryApi(call.world, repository)}/commits/${sha}` },
    protected: isProtected(call, name),
  }));
}

async function branch(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const name = param(call, 'branch');
  const sha = branchTip(repository, name);
  if (sha === undefined) throw new Refusal(404, 'Branch not found');
  const url = `${repositoryApi(call.world, repository)}/branches/${encodeURIComponent(name)}`;
  return json({
    name,
    commit: commitShape(call.world, repository, await readCommit(repository, sha)),
    _links: {
      self: url,
      html: `${repositoryPage(call.world, repository)}/tree/${encodeURI(name)}`,
    },
    protected: isProtected(call, name),
    protection: {
      enabled: isProtected(call, name),
      required_status_checks: { enforcement_level: 'off', contexts: [], checks: [] },
    },
    protection_url: `${url}/protection`,
  });
}

function refShape(call: Call, ref: string, sha: string) {
  const url = repositoryApi(call.world, repositoryOf(call));
  return {
    ref,
    node_id: nodeId('REF', repositoryOf(call).id),
    url: `${url}/git/${ref.split('/').map(encodeURIComponent).join('/')}`,
    object: { type: 'commit', sha, url: `${url}/git/commits/${sha}` },
  };
}

async function oneRef(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const ref = `refs/${param(call, 'ref')}`;
  const sha = ref.startsWith('refs/pull/')
    ? await resolveCommit(repository, ref)
    : repository.refs.get(ref);
  if (sha === undefined || sha === null) throw notFound();
  return json(refShape(call, ref, sha));
}

/** Refuses to move a branch that this account may change by a pull request only. */
function refuseClosed(call: Call, ref: string): void {
  const closed = branchesClosedTo(
    call.world,
    repositoryOf(call),
    actorOf(call.world, call.principal),
  );
  if (closed.includes(ref.replace(/^refs\/heads\//, '')))
    throw new Refusal(
      422,
      `Repository rule violations found\n\nChanges must be made through a pull request.`,
    );
}

function createRef(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const ref = text(call.body, 'ref') ?? '';
  return exclusively(repository, async () => {
    const after = await commitOf(call, text(call.body, 'sha') ?? '');
    if (!/^refs\/[^/]+\/./.test(ref) || ref.startsWith('refs/pull/'))
      throw new Refusal(422, `Reference name must start with 'refs/'`);
    if (repository.refs.has(ref)) throw new Refusal(422, 'Reference already exists');
    const by = actorOf(call.world, call.principal);
    await moveRefs(call.world, repository, by, [{ ref, before: noCommit, after }]);
    return json(refShape(call, ref, after), 201);
  });
}

function updateRef(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const ref = `refs/${param(call, 'ref')}`;
  return exclusively(repository, async () => {
    const before = repository.refs.get(ref);
    if (before === undefined) throw new Refusal(422, 'Reference does not exist');
    refuseClosed(call, ref);
    const after = await commitOf(call, text(call.body, 'sha') ?? '');
    const forward = await isAncestor(repository.folder, before, after);
    if (!forward && flag(call.body, 'force') !== true)
      throw new Refusal(422, 'Update is not a fast forward');
    const by = actorOf(call.world, call.principal);
    await moveRefs(call.world, repository, by, [{ ref, before, after }]);
    return json(refShape(call, ref, after));
  });
}

function deleteRef(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const ref = `refs/${param(call, 'ref')}`;
  return exclusively(repository, async () => {
    const before = repository.refs.get(ref);
    if (before === undefined) throw new Refusal(422, 'Reference does not exist');
    refuseClosed(call, ref);
    const by = actorOf(call.world, call.principal);
    await moveRefs(call.world, repository, by, [{ ref, before, after: noCommit }]);
    return nothing();
  });
}
