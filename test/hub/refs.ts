/** Refs that moved: by a push or by the API, with everything that GitHub does and says about it. */
import { recordActivity } from './activity.ts';
import { requestSuites } from './check-life.ts';
import { type Commit, readCommit, readCommits } from './commits.ts';
import { emit } from './events.ts';
import { git, isAncestor, readRefs } from './git.ts';
import { closePull, markMerged, openPulls, synchronize } from './pull-life.ts';
import { noreply, pushedCommitShape } from './shapes/commit.ts';
import { repositoryPage } from './shapes/repository.ts';
import type { Account, Repository } from './state.ts';
import { fullName, type World } from './world.ts';

export const noCommit = '0'.repeat(40);

export interface RefChange {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
}

const turns = new WeakMap<Repository, Promise<unknown>>();

/** One writer at a time for each repository; whoever waits sees what the one before did. */
export function exclusively<Value>(
  repository: Repository,
  work: () => Promise<Value>,
): Promise<Value> {
  const turn = (turns.get(repository) ?? Promise.resolve()).then(work, work);
  turns.set(
    repository,
    turn.catch(() => {}),
  );
  return turn;
}

/** Moves refs by the API. A ref that no longer stands where `before` says is a bug of the caller. */
export async function moveRefs(
  world: World,
  repository: Repository,
  by: Account,
  changes: readonly RefChange[],
): Promise<void> {
  const lines = changes.map(({ ref, before, after }) =>
    after === noCommit ? `delete ${ref} ${before}` : `update ${ref} ${after} ${before}`,
  );
  await git(repository.folder, ['update-ref', '--stdin'], { input: `${lines.join('\n')}\n` });
  const refs = new Map(repository.refs);
  for (const { ref, after } of changes) {
    if (after === noCommit) refs.delete(ref);
    else refs.set(ref, after);
  }
  await takeRefs(world, repository, by, refs);
}

/** Reads the refs after something other than the hub wrote them. */
export const noticeRefs = async (
  world: World,
  repository: Repository,
  by: Account,
): Promise<void> => takeRefs(world, repository, by, await readRefs(repository.folder));

/** Compares the refs with those last seen and does what GitHub does after a push. */
export async function takeRefs(
  world: World,
  repository: Repository,
  by: Account,
  after: ReadonlyMap<string, string>,
): Promise<void> {
  const before = repository.refs;
  repository.refs = after;
  const changes = [...new Set([...before.keys(), ...after.keys()])]
    .map((ref) => ({ ref, before: before.get(ref) ?? noCommit, after: after.get(ref) ?? noCommit }))
    .filter((change) => change.before !== change.after);
  if (changes.length > 0) repository.pushedAt = world.now();
  for (const change of changes) await afterChange(world, repository, by, change);
  if (changes.some(({ ref }) => ref.startsWith('refs/heads/'))) await world.tendQueues(world);
}

async function afterChange(
  world: World,
  repository: Repository,
  by: Account,
  change: RefChange,
): Promise<void> {
  // refs/notes and the like move without a word to anybody.
  const kind = /^refs\/(heads|tags)\//.exec(change.ref)?.[1];
  if (kind === undefined) return;
  recordActivity(world, repository, by, change);
  tellOfBirthOrEnd(world, repository, by, change, kind === 'heads' ? 'branch' : 'tag');
  await tellOfPush(world, repository, by, change);
  if (kind !== 'heads') return;
  const branch = change.ref.slice('refs/heads/'.length);
  if (change.after === noCommit) {
    await closeOf(world, repository, branch, by);
    return;
  }
  await requestSuites(world, repository, { branch, sha: change.after, before: change.before, by });
  await moveHeads(world, repository, branch, change.after, by);
  await noticeMerged(world, repository, branch, change.after, by);
}

function tellOfBirthOrEnd(
  world: World,
  repository: Repository,
  sender: Account,
  change: RefChange,
  type: 'branch' | 'tag',
): void {
  const ref = change.ref.replace(/^refs\/(?:heads|tags)\//, '');
  const words = { ref, ref_type: type, pusher_type: 'user' };
  if (change.after === noCommit)
    emit(world, { event: 'delete', repository, sender, payload: words });
  if (change.before === noCommit) {
    const payload = {
      ...words,
      full_ref: change.ref,
      master_branch: repository.defaultBranch,
      description: null,
    };
    emit(world, { event: 'create', repository, sender, payload });
  }
}

/** GitHub names at most this many commits in one push. */
const pushedCommitsMax = 2_048;

async function tellOfPush(
  world: World,
  repository: Repository,
  by: Account,
  { ref, before, after }: RefChange,
): Promise<void> {
  const commits = after === noCommit ? [] : await pushedCommits(repository, { ref, before, after });
  const head = after === noCommit ? null : await readCommit(repository, after);
  const forced =
    before !== noCommit &&
    after !== noCommit &&
    !(await isAncestor(repository.folder, before, after));
  const words = (commit: (typeof commits)[number]) => pushedCommitShape(world, repository, commit);
  emit(world, {
    event: 'push',
    repository,
    sender: by,
    payload: {
      ref,
      before,
      after,
      created: before === noCommit,
      deleted: after === noCommit,
      forced,
      base_ref: null,
      compare: `${repositoryPage(world, repository)}/compare/${before.slice(0, 12)}...${after.slice(0, 12)}`,
      commits: commits.map(words),
      head_commit: head === null ? null : words(head),
      pusher: { name: by.login, email: noreply(by) },
      repository: {
        pushed_at: Math.floor(world.now() / 1000),
        full_name: fullName(world, repository),
      },
    },
  });
}

/** A new branch brings what no other branch had. */
async function pushedCommits(
  repository: Repository,
  { ref, before, after }: RefChange,
): Promise<readonly Commit[]> {
  const branch = ref.replace(/^refs\/heads\//, '');
  const others = ['--not', `--exclude=${branch}`, '--branches'];
  const range = before === noCommit ? [after, ...others] : [`${before}..${after}`];
  return readCommits(repository, [`-${pushedCommitsMax}`, '--reverse', ...range]);
}

/** Every open pull request from this branch moves, in whichever repository it stands. */
async function moveHeads(
  world: World,
  from: Repository,
  branch: string,
  sha: string,
  by: Account,
): Promise<void> {
  for (const repository of world.repositories.values()) {
    for (const pull of openPulls(repository)) {
      if (pull.head.repositoryId === from.id && pull.head.ref === branch && pull.head.sha !== sha)
        await synchronize(world, repository, pull, from, { sha, by });
    }
  }
}

async function closeOf(world: World, from: Repository, branch: string, by: Account): Promise<void> {
  for (const repository of world.repositories.values()) {
    for (const pull of openPulls(repository)) {
      const gone =
        (pull.head.repositoryId === from.id && pull.head.ref === branch) ||
        (repository.id === from.id && pull.base.ref === branch);
      if (gone) await closePull(world, repository, pull, by);
    }
  }
}

/** A push that carries a pull request's head into its base has merged it. */
async function noticeMerged(
  world: World,
  repository: Repository,
  branch: string,
  tip: string,
  by: Account,
): Promise<void> {
  for (const pull of openPulls(repository)) {
    // One that the API is merging right now has its commit already.
    if (pull.base.ref !== branch || pull.mergeCommit !== null) continue;
    if (await isAncestor(repository.folder, pull.head.sha, tip))
      await markMerged(world, repository, pull, { by, commit: pull.head.sha });
  }
}
