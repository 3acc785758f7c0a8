/** Checks on a page: the list under a pull request, and a run by itself. */
import type { CheckRun, Pull, Repository } from '../state.ts';
import { atLeast, fullName, roleOf, type World } from '../world.ts';
import { annotationBox } from './diff.ts';
import { type Html, html } from './html.ts';
import { ago, counted, short, type Viewing } from './layout.ts';
import { markdown } from './markdown.ts';

const looks: Readonly<Record<string, readonly [string, string]>> = {
  success: ['ok', '✓'],
  neutral: ['soft', '■'],
  skipped: ['soft', '■'],
  queued: ['wait', '○'],
  in_progress: ['wait', '●'],
};

/** A glyph with the word beside it: colour alone tells nothing. */
export function standing(run: Pick<CheckRun, 'status' | 'conclusion'>): Html {
  const said = run.conclusion ?? run.status;
  const [tone, glyph] = looks[said] ?? ['bad', '✗'];
  return html`<strong class="${tone}">${glyph} ${said.replaceAll('_', ' ')}</strong>`;
}

/** The newest of each name and app. */
export function newestChecks(repository: Repository, sha: string): readonly CheckRun[] {
  const newest = new Map<string, CheckRun>();
  for (const run of repository.checks.values())
    if (run.headSha === sha) newest.set(`${run.appId} ${run.name}`, run);
  return [...newest.values()];
}

export function checkRows(viewing: Viewing, repository: Repository, pull: Pull): readonly Html[] {
  const { world } = viewing;
  const name = fullName(world, repository);
  const runs = newestChecks(repository, pull.head.sha).map((run) => {
    const app = world.apps.get(run.appId)?.name ?? 'unknown app';
    return html`<div class="row"><div>${standing(run)} <a href="/${name}/runs/${run.id}"><strong>${run.name}</strong></a>
<span class="soft small">by ${app}</span></div><div>${run.title ?? ''}</div>${buttons(viewing, repository, run)}</div>`;
  });
  return [...runs, ...statusRows(repository, pull.head.sha)];
}

function statusRows(repository: Repository, sha: string): readonly Html[] {
  const newest = new Map(
    repository.statuses.filter((each) => each.sha === sha).map((each) => [each.context, each]),
  );
  return [...newest.values()].map((status) => {
    const waits = status.state === 'pending';
    const run = {
      status: waits ? 'queued' : 'completed',
      conclusion: waits ? null : status.state,
    } as const;
    return html`<div class="row">${standing(run)} <strong>${status.context}</strong> <span class="soft small">status</span>
<div>${status.description ?? ''}</div></div>`;
  });
}

const mayWrite = (world: World, repository: Repository, id: number | undefined): boolean =>
  id !== undefined && atLeast(roleOf(world, repository, id), 'write');

/** The app's own buttons, and "Re-run": once completed, for those who may write. */
export function buttons(
  { world, viewer }: Viewing,
  repository: Repository,
  run: CheckRun,
): Html | null {
  if (run.status !== 'completed' || !mayWrite(world, repository, viewer?.id)) return null;
  const name = fullName(world, repository);
  const own = run.actions.map(
    (action) => html`<form class="inline" method="post" action="/${name}/runs/${run.id}/press">
<input type="hidden" name="identifier" value="${action.identifier}"><button title="${action.description}">${action.label}</button></form>`,
  );
  return html`<div>${own}<form class="inline" method="post" action="/${name}/runs/${run.id}/rerequest"><button title="Ask the app to check again">Re-run</button></form></div>`;
}

export function runPage(viewing: Viewing, repository: Repository, run: CheckRun): Html {
  const { world } = viewing;
  const name = fullName(world, repository);
  const pulls = [...repository.pulls.values()].filter((pull) => pull.head.sha === run.headSha);
  const details =
    run.detailsUrl === null ? null : html` · <a href="${run.detailsUrl}">details of the app</a>`;
  return html`<p><a href="/${name}">${name}</a>${pulls.map((pull) => html` · <a href="/${name}/pull/${pull.number}">#${pull.number} ${pull.title}</a>`)}</p>
<h1>${run.name}</h1>
<p>${standing(run)} <span class="soft">at <code>${short(run.headSha)}</code>, ${ago(world.now(), run.startedAt)}, by ${world.apps.get(run.appId)?.name ?? ''}${details}</span></p>
<div class="box"><div class="head"><strong>${run.title ?? 'No output yet'}</strong></div>
<div class="body">${run.summary === null ? null : markdown(run.summary)}</div></div>
${run.text === null ? null : html`<div class="box"><div class="body">${markdown(run.text)}</div></div>`}
${buttons(viewing, repository, run)}
${run.annotations.length === 0 ? null : html`<h2>${counted(run.annotations.length, 'annotation')}</h2>`}${run.annotations.map(annotationBox)}`;
}
