import { claimedValues, emailOf } from '../../1-pleading/trailers.ts';
import type { Actor, ForgeCommit, ForgePush, LivePull } from '../../forge.ts';
import type { Fields } from './answer.ts';
import { type GitHubClient, PartOfAnAnswer } from './client.ts';
import { cursorPages, everyPage, PER_PAGE, plainPage } from './pages.ts';

interface RepositoryName {
  readonly owner: string;
  readonly repo: string;
}

/** GitHub lists no more commits of a pull request than this; of a longer one the makers stay unknown. */
const COMMITS_LISTED_MAX = 250;
/** By whom GitHub signs what it commits itself. */
const FORGE_LOGIN = 'web-flow';
const PEOPLE_KEYS = ['Co-authored-by', 'Co-developed-by', 'Signed-off-by'] as const;
const NO_COMMIT = /^0+$/;

/** Who wrote each commit of a pull request: accounts where GitHub knows them, names where it does not. */
export async function commitPeople(
  client: GitHubClient,
  at: RepositoryName,
  pull: LivePull,
): Promise<readonly ForgeCommit[]> {
  const commits = await everyPage('commits', async (page) =>
    plainPage(
      await client.request('GET /repos/{owner}/{repo}/pulls/{pull_number}/commits', {
        ...at,
        pull_number: pull.number,
        per_page: PER_PAGE,
        page,
      }),
      'commits',
    ),
  );
  if (commits.length >= COMMITS_LISTED_MAX)
    throw new PartOfAnAnswer(`the first ${commits.length} commits alone`);
  return commits.map(makersOf);
}

function makersOf(listed: Fields): ForgeCommit {
  const commit = listed.fields('commit');
  const message = commit.text('message');
  const author = accountIn(listed, 'author');
  const committer = accountIn(listed, 'committer');
  const byForge =
    committer?.login === FORGE_LOGIN &&
    commit.maybeFields('verification')?.maybeFlag('verified') === true;
  const sides = [
    { account: author, name: commit.maybeFields('author') },
    ...(byForge ? [] : [{ account: committer, name: commit.maybeFields('committer') }]),
  ];
  const claimed = PEOPLE_KEYS.flatMap((key) => claimedValues(message, key).map(emailOf));
  const known = claimed.flatMap((email) => accountOfEmail(email) ?? []);
  return {
    commit: listed.commit('sha'),
    byForge,
    people: [...sides.flatMap(({ account }) => account ?? []), ...known],
    unresolved: [
      ...sides.flatMap(({ account, name }) => (account === null ? wordsOf(name) : [])),
      ...claimed.filter((email) => accountOfEmail(email) === null),
    ],
  };
}

/** What a commit itself says of somebody. */
const wordsOf = (name: Fields | null): readonly string[] =>
  ['email', 'name'].map((field) => name?.maybeText(field) ?? '').filter((text) => text !== '');

type Account = Pick<Actor, 'id' | 'login'>;

function accountIn(fields: Fields, name: string): Account | null {
  const user = fields.maybeFields(name);
  return user === null || user.isEmpty ? null : { id: user.id('id'), login: user.text('login') };
}

/** GitHub's own addresses carry the number of the account; anybody may write them, so they only add doubt. */
function accountOfEmail(email: string): Account | null {
  const found = /^(\d+)\+([^@+]+)@users\.noreply\./.exec(email);
  return found === null ? null : { id: Number(found[1]), login: found[2] as string };
}

/**
 * Who moved the head branch, as GitHub recorded it: what a commit says of its author is the author's word,
 * a push is not.
 *
 * @returns null where the branch's history cannot be read: then nobody is known not to have pushed.
 */
export async function pushesOf(
  client: GitHubClient,
  at: RepositoryName,
  branch: string,
): Promise<readonly ForgePush[] | null> {
  const activities = await cursorPages('pushes', async (after) =>
    plainPage(
      await client.request('GET /repos/{owner}/{repo}/activity', {
        ...at,
        ref: `refs/heads/${branch}`,
        per_page: PER_PAGE,
        ...(after === null ? {} : { after }),
      }),
      'pushes',
    ),
  );
  const pushes: ForgePush[] = [];
  for (const activity of activities) {
    const before = NO_COMMIT.test(activity.text('before')) ? null : activity.commit('before');
    // A branch that was deleted holds nothing; who deleted it made nothing.
    if (NO_COMMIT.test(activity.text('after'))) continue;
    const by = accountIn(activity, 'actor');
    if (by === null) return null;
    pushes.push({ by, head: activity.commit('after'), before });
  }
  return pushes;
}
