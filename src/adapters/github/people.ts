import { claimedValues, emailOf } from '../../1-pleading/trailers.ts';
import type { ForgeCommit, ForgePush, LivePull } from '../../forge.ts';
import { type CommitSha, commitSha } from '../../primitives.ts';
import { type GitHubClient, PartOfAnAnswer } from './client.ts';
import { everyPage, PER_PAGE } from './pages.ts';
import { commitOf, type GitHubUser, idOf } from './reading.ts';

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
  const commits = await everyPage('commits', async (page) => {
    const { data, headers } = await client.request(
      'GET /repos/{owner}/{repo}/pulls/{pull_number}/commits',
      { ...at, pull_number: pull.number, per_page: PER_PAGE, page },
    );
    return { items: data, link: headers.link, total: null };
  });
  if (commits.length >= COMMITS_LISTED_MAX)
    throw new PartOfAnAnswer(`the first ${commits.length} commits alone`);
  return commits.map((listed) => {
    const { author, committer, message, verification } = listed.commit;
    const byForge =
      accountOf(listed.committer)?.login === FORGE_LOGIN && verification?.verified === true;
    const sides = [
      { account: accountOf(listed.author), name: author },
      ...(byForge ? [] : [{ account: accountOf(listed.committer), name: committer }]),
    ];
    const claimed = PEOPLE_KEYS.flatMap((key) => claimedValues(message, key).map(emailOf));
    const known = claimed.flatMap((email) => accountOfEmail(email) ?? []);
    return {
      commit: commitOf(listed.sha),
      byForge,
      people: [...sides.flatMap(({ account }) => account ?? []), ...known],
      unresolved: [
        ...sides.flatMap(({ account, name }) =>
          account === null
            ? [name?.email ?? '', name?.name ?? ''].filter((text) => text !== '')
            : [],
        ),
        ...claimed.filter((email) => accountOfEmail(email) === null),
      ],
    };
  });
}

type Account = Pick<GitHubUser, 'login'> & { readonly id: number };

function accountOf(user: unknown): Account | null {
  const { id, login } = (user ?? {}) as Partial<GitHubUser>;
  return id === undefined || login === undefined ? null : { id: idOf(id), login };
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
  const activities = await cursorPages(async (after) => {
    const { data, headers } = await client.request('GET /repos/{owner}/{repo}/activity', {
      ...at,
      ref: `refs/heads/${branch}`,
      per_page: PER_PAGE,
      ...(after === null ? {} : { after }),
    });
    return { items: data, link: headers.link };
  });
  const pushes: ForgePush[] = [];
  for (const { actor, before, after } of activities) {
    const head = commitSha(after);
    // A branch that was deleted holds nothing; who deleted it made nothing.
    if (head === undefined || NO_COMMIT.test(after)) continue;
    const by = accountOf(actor);
    if (by === null) return null;
    pushes.push({ by, head, before: NO_COMMIT.test(before) ? null : shaOrNull(before) });
  }
  return pushes;
}

const shaOrNull = (text: string): CommitSha | null => commitSha(text) ?? null;

const PAGES_MAX = 20;

/** Lists that go on by a cursor in the Link header. */
async function cursorPages<Item>(
  read: (
    after: string | null,
  ) => Promise<{ readonly items: readonly Item[]; readonly link: string | undefined }>,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let after: string | null = null;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = await read(after);
    items.push(...answer.items);
    const next = /<([^>]+)>;\s*rel="next"/.exec(answer.link ?? '')?.[1];
    if (next === undefined) return items;
    after = new URL(next).searchParams.get('after');
    if (after === null) throw new PartOfAnAnswer('a list that does not say how it goes on');
  }
  throw new PartOfAnAnswer(`more than ${PAGES_MAX * PER_PAGE} pushes`);
}
