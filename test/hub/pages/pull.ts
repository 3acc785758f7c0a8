/** A pull request for a person: what it says, how its checks stand, the conversation, the merge box. */
import { readCommits } from '../commits.ts';
import { blocksOf } from '../mergeable.ts';
import { textOfDiff } from '../pull-files.ts';
import { weighMergeability } from '../pull-life.ts';
import { exclusively } from '../refs.ts';
import type { Comment, Pull, Repository } from '../state.ts';
import { accountOf, atLeast, fullName, roleOf } from '../world.ts';
import { checkRows, newestChecks } from './checks.ts';
import { diffTable } from './diff.ts';
import { type Html, html } from './html.ts';
import { ago, counted, short, type Viewing } from './layout.ts';
import { markdown } from './markdown.ts';

export async function pullPage(
  viewing: Viewing,
  repository: Repository,
  pull: Pull,
  tab: 'conversation' | 'files',
): Promise<Html> {
  const body =
    tab === 'files' ? await files(repository, pull) : await conversation(viewing, repository, pull);
  return html`${head(viewing, repository, pull, tab)}${body}`;
}

function head(viewing: Viewing, repository: Repository, pull: Pull, tab: string): Html {
  const { world } = viewing;
  const name = fullName(world, repository);
  const word = pull.mergedAt !== null ? 'merged' : pull.draft ? 'draft' : pull.state;
  const here = (each: string) => (each === tab ? 'here' : '');
  return html`<p><a href="/${name}">${name}</a></p>
<h1>${pull.title} <span class="soft">#${pull.number}</span></h1>
<p><span class="pill ${word}">${word}</span> <span class="soft"><strong>${accountOf(world, pull.authorId).login}</strong>
wants to merge ${counted(pull.measured?.commits ?? 0, 'commit')} into <code>${pull.base.ref}</code> from <code>${pull.head.ref}</code>
at <code>${short(pull.head.sha)}</code></span></p>
<nav class="tabs"><a class="${here('conversation')}" href="/${name}/pull/${pull.number}">Conversation</a>
<a class="${here('files')}" href="/${name}/pull/${pull.number}/files">Files changed ${pull.measured?.changedFiles ?? 0}
<span class="ok">+${pull.measured?.additions ?? 0}</span> <span class="bad">−${pull.measured?.deletions ?? 0}</span></a></nav>`;
}

async function files(repository: Repository, pull: Pull): Promise<Html> {
  const diff = await textOfDiff(repository, `${pull.base.sha}...${pull.head.sha}`);
  const annotations = newestChecks(repository, pull.head.sha).flatMap((run) => run.annotations);
  return html`${diffTable(diff, annotations)}`;
}

async function conversation(viewing: Viewing, repository: Repository, pull: Pull): Promise<Html> {
  const { world, viewer } = viewing;
  const comments = [...repository.comments.values()].filter((each) => each.number === pull.number);
  const commits = await readCommits(repository, [
    '-50',
    '--reverse',
    `${pull.base.sha}..${pull.head.sha}`,
  ]);
  const name = fullName(world, repository);
  const checks = checkRows(viewing, repository, pull);
  return html`<div class="box"><div class="head"><strong>${accountOf(world, pull.authorId).login}</strong>
<span class="soft small">${ago(world.now(), pull.createdAt)}</span></div><div class="body">${pull.body === null || pull.body === '' ? html`<p class="soft">No description.</p>` : markdown(pull.body)}</div></div>
<div class="box">${commits.map((commit) => html`<div class="row"><a href="/${name}/commit/${commit.sha}"><code>${short(commit.sha)}</code></a> ${commit.message.split('\n')[0] ?? ''}</div>`)}</div>
${comments.map((comment) => commentBox(viewing, comment))}
<h2>Checks</h2><div class="box" id="checks">${checks.length === 0 ? html`<div class="row soft">No checks have reported yet.</div>` : checks}</div>
${await mergeBox(viewing, repository, pull)}
${viewer === null ? html`<p class="soft">Act as somebody to comment.</p>` : commentForm(name, pull)}`;
}

function commentBox({ world }: Viewing, comment: Comment): Html {
  const author = accountOf(world, comment.authorId);
  const edited = comment.updatedAt === comment.createdAt ? '' : ' · edited';
  const bot = comment.viaAppId === null ? null : html`<span class="soft small">bot</span>`;
  const faces = new Map<string, number>();
  for (const { content } of comment.reactions) faces.set(content, (faces.get(content) ?? 0) + 1);
  const shown = [...faces].map(
    ([content, count]) =>
      html`<span class="small soft">${glyphs[content] ?? ''} ${content} ${count}</span> `,
  );
  const inner = html`<div class="body">${markdown(comment.body)}${shown.length > 0 ? html`<p>${shown}</p>` : null}</div>`;
  const hidden = comment.minimizedReason;
  return html`<div class="box" id="issuecomment-${comment.id}"><div class="head"><strong>${author.login}</strong> ${bot}
<span class="soft small">${ago(world.now(), comment.createdAt)}${edited}</span></div>${
    hidden === null
      ? inner
      : html`<details class="body"><summary class="soft">This comment was marked as ${hidden}.</summary>${inner}</details>`
  }</div>`;
}

const glyphs: Readonly<Record<string, string>> = {
  '+1': '👍',
  '-1': '👎',
  laugh: '😄',
  hooray: '🎉',
  confused: '😕',
  heart: '❤️',
  rocket: '🚀',
  eyes: '👀',
};

const commentForm = (name: string, pull: Pull): Html =>
  html`<form method="post" action="/${name}/pull/${pull.number}/comment"><label for="body">Add a comment</label>
<textarea id="body" name="body" required></textarea><p><button class="go">Comment</button></p></form>`;

async function mergeBox(viewing: Viewing, repository: Repository, pull: Pull): Promise<Html> {
  const { world, viewer } = viewing;
  const name = fullName(world, repository);
  if (pull.mergedAt !== null)
    return html`<div class="note ok" id="merge-box"><strong>Merged</strong> as <a href="/${name}/commit/${pull.mergeCommit ?? ''}"><code>${short(pull.mergeCommit ?? '')}</code></a>
by ${accountOf(world, pull.mergedById ?? pull.authorId).login}.</div>`;
  if (pull.state === 'closed')
    return html`<div class="note bad" id="merge-box"><strong>Closed</strong> without a merge.
<form class="inline" method="post" action="/${name}/pull/${pull.number}/reopen"><button>Reopen</button></form></div>`;
  await exclusively(repository, () => weighMergeability(repository, pull));
  const all = blocksOf(world, repository, pull, null);
  const own = viewer === null ? all : blocksOf(world, repository, pull, viewer);
  const why = html`<ul>${all.map((block) => html`<li>${block.text}</li>`)}</ul>`;
  const queued = repository.queue.some((entry) => entry.number === pull.number);
  const told =
    all.length === 0
      ? html`<strong class="ok">✓ Nothing blocks merging.</strong>`
      : html`<strong class="bad">✗ Merging is blocked</strong>${why}`;
  const extra = html`${pull.autoMerge === null ? null : html`<p>Auto-merge is on: it merges by ${pull.autoMerge.method} as soon as nothing blocks it.</p>`}${
    queued ? html`<p>In the merge queue.</p>` : null
  }`;
  const may = viewer !== null && atLeast(roleOf(world, repository, viewer.id), 'write');
  return html`<div class="note ${all.length === 0 ? 'ok' : 'bad'}" id="merge-box">${told}${extra}${
    may ? mergeForm(name, pull, own.length > 0, all.length > own.length) : null
  }</div>`;
}

/** Whoever may pass the rules by is told that it would be a bypass. */
function mergeForm(name: string, pull: Pull, blocked: boolean, bypass: boolean): Html {
  const disabled = blocked ? html` disabled` : null;
  return html`<form class="inline" method="post" action="/${name}/pull/${pull.number}/merge">
<input type="hidden" name="sha" value="${pull.head.sha}">
<select name="method" aria-label="How to merge"><option value="squash">Squash and merge</option><option value="merge">Create a merge commit</option><option value="rebase">Rebase and merge</option></select>
<button class="go"${disabled}>${bypass && !blocked ? 'Bypass the rules and merge' : 'Merge'}</button></form>
${blocked && pull.autoMerge === null ? html`<form class="inline" method="post" action="/${name}/pull/${pull.number}/automerge"><button>Merge when ready</button></form>` : null}
<form class="inline" method="post" action="/${name}/pull/${pull.number}/close"><button>Close</button></form>`;
}
