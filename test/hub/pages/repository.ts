/** The front page, an owner's repositories, and a repository with its pull requests, files and commits. */
import { readCommit, readCommits } from '../commits.ts';
import { askGit, git, resolveCommit } from '../git.ts';
import type { Account, Pull, Repository } from '../state.ts';
import { accountOf, fullName } from '../world.ts';
import { diffTable } from './diff.ts';
import { type Html, html } from './html.ts';
import { ago, short, type Viewing } from './layout.ts';
import { markdown } from './markdown.ts';

export function frontPage(repositories: readonly Repository[], { world }: Viewing): Html {
  const rows = repositories.map((repository) => {
    const open = [...repository.pulls.values()].filter((pull) => pull.state === 'open').length;
    const name = fullName(world, repository);
    return html`<div class="row"><a href="/${name}"><strong>${name}</strong></a>
<span class="soft small">${open} open · ${repository.pulls.size} in all</span></div>`;
  });
  return html`<h1>Repositories</h1><div class="box">${rows}</div>`;
}

export const ownerPage = (
  owner: Account,
  repositories: readonly Repository[],
  viewing: Viewing,
): Html => html`<h1>${owner.login}</h1>${frontPage(repositories, viewing)}`;

const word = (pull: Pull): string => (pull.mergedAt !== null ? 'merged' : pull.state);

export function pullRows({ world }: Viewing, repository: Repository): readonly Html[] {
  const name = fullName(world, repository);
  return [...repository.pulls.values()].toReversed().map(
    (pull) => html`<div class="row"><span class="pill ${word(pull)}">${word(pull)}</span>
<a href="/${name}/pull/${pull.number}"><strong>${pull.title}</strong></a>
<div class="soft small">#${pull.number} by ${accountOf(world, pull.authorId).login}, ${ago(world.now(), pull.createdAt)},
<code>${pull.head.ref}</code> into <code>${pull.base.ref}</code></div></div>`,
  );
}

export async function repositoryPage(viewing: Viewing, repository: Repository): Promise<Html> {
  const name = fullName(viewing.world, repository);
  const ref = repository.defaultBranch;
  const [listed, readme, commits] = await Promise.all([
    askGit(repository.folder, ['ls-tree', '-r', '-z', '--name-only', ref]),
    askGit(repository.folder, ['cat-file', 'blob', `${ref}:README.md`]),
    readCommits(repository, ['-8', ref]),
  ]);
  const files = listed.out
    .toString()
    .split('\0')
    .filter((path) => path !== '')
    .slice(0, 200);
  const pulls = pullRows(viewing, repository);
  return html`<h1><a href="/${name}">${name}</a></h1>
<p class="soft">${repository.settings.private ? 'Private' : 'Public'} · default branch <code>${ref}</code></p>
<h2>Pull requests</h2><div class="box">${pulls.length === 0 ? html`<div class="row soft">None yet.</div>` : pulls}</div>
<h2>Latest commits on ${ref}</h2><div class="box">${commits.map((commit) => {
    const title = commit.message.split('\n')[0] ?? '';
    return html`<div class="row"><a href="/${name}/commit/${commit.sha}"><code>${short(commit.sha)}</code></a> ${title}
<span class="soft small">${commit.author.name}</span></div>`;
  })}</div>
<h2>Files</h2><div class="box">${files.map(
    (path) => html`<div class="row"><a href="${blobAddress(name, ref, path)}">${path}</a></div>`,
  )}</div>
${readme.code === 0 ? html`<div class="box"><div class="head"><strong>README.md</strong></div><div class="body">${markdown(readme.out.toString())}</div></div>` : null}`;
}

const blobAddress = (name: string, ref: string, path: string): string =>
  `/${name}/blob/${encodeURIComponent(ref)}/${path.split('/').map(encodeURIComponent).join('/')}`;

export async function commitPage(
  viewing: Viewing,
  repository: Repository,
  ref: string,
): Promise<Html | null> {
  const sha = await resolveCommit(repository, ref);
  if (sha === null) return null;
  const commit = await readCommit(repository, sha);
  const parent = commit.parents[0];
  const shown = parent === undefined ? ['show', '--format=', sha] : ['diff', parent, sha];
  const diff = await git(repository.folder, shown);
  const note = await askGit(repository.folder, ['notes', '--ref=caws', 'show', sha]);
  const name = fullName(viewing.world, repository);
  const notes =
    note.code === 0
      ? html`<div class="box"><div class="head"><strong>refs/notes/caws</strong></div><div class="body"><pre>${note.out.toString()}</pre></div></div>`
      : null;
  return html`<p><a href="/${name}">${name}</a></p><h1>Commit ${short(sha)}</h1>
<p class="soft">${commit.author.name}, ${commit.author.date}</p><pre>${commit.message}</pre>${notes}${diffTable(diff, [])}`;
}

const shownLinesMax = 5_000;

export async function blobPage(
  viewing: Viewing,
  repository: Repository,
  at: { readonly ref: string; readonly path: string },
): Promise<Html | null> {
  const sha = await resolveCommit(repository, at.ref);
  if (sha === null) return null;
  const blob = await askGit(repository.folder, ['cat-file', 'blob', `${sha}:${at.path}`]);
  if (blob.code !== 0) return null;
  const lines = blob.out.toString().split('\n').slice(0, shownLinesMax);
  const name = fullName(viewing.world, repository);
  return html`<p><a href="/${name}">${name}</a> at <code>${at.ref}</code></p><h1>${at.path}</h1>
<div class="box scroll"><table class="diff">${lines.map(
    (line, index) =>
      html`<tr id="L${index + 1}"><td class="n">${index + 1}</td><td>${line}</td></tr>`,
  )}</table></div>`;
}
