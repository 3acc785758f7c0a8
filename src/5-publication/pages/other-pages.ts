/** The pages around verdicts: the list of them, what is not there, and how the service does. */
import type { Verdict } from '../../4-verdict/verdict.ts';
import type { Instant } from '../../primitives.ts';
import { durationText } from '../check/progress.ts';
import type { PageContext } from './context.ts';
import { html } from './html.ts';
import { pageText } from './layout.ts';
import { chip, stackTable, type Tone, time, verdictChip, verdictPath } from './pieces.ts';

export interface ListedVerdict {
  readonly id: string;
  readonly verdict: Verdict;
  readonly mode: 'enforce' | 'observe';
  readonly pull: { readonly number: number; readonly url: string } | null;
  readonly head: string;
  readonly decidedAt: string;
  /** What decided, in a few words. */
  readonly phrase: string;
}

export function verdictListPage(
  verdicts: readonly ListedVerdict[],
  context: Pick<PageContext, 'repository'> & { readonly olderPath: string | null },
): string {
  const { owner, name } = context.repository;
  const rows = verdicts.map((each) => [
    html`${verdictChip(each.verdict)}${each.mode === 'observe' ? html` <span class="faint small">observed</span>` : null}`,
    html`<a href="${verdictPath(each.id)}">${each.phrase}</a>`,
    each.pull === null ? html`` : html`<a href="${each.pull.url}">#${each.pull.number}</a>`,
    html`<code class="whole">${each.head.slice(0, 12)}</code>`,
    time(each.decidedAt),
  ]);
  const older =
    context.olderPath === null
      ? null
      : html`<p><a href="${context.olderPath}">Older verdicts</a></p>`;
  const list =
    rows.length === 0
      ? html`<div class="card"><p>There is no verdict yet. Open a pull request, or judge a branch on your own machine:</p><pre><code>arbiter verify</code></pre></div>`
      : html`<div class="card scroll">${stackTable(['Verdict', 'What decided', 'Pull request', 'Head', 'Given'], rows)}</div>${older}`;
  return pageText({
    title: `Verdicts - ${owner}/${name}`,
    crumbs: [{ text: `${owner}/${name}`, href: null }],
    main: html`<h1>Verdicts of ${owner}/${name}</h1><p class="faint">Newest first.</p>${list}`,
  });
}

/** One page for what is not there and for what the reader may not see: it tells neither from the other. */
export function absentPage(): string {
  return pageText({
    title: 'Not here',
    crumbs: [],
    main: html`<section class="banner quiet"><h1>Not here</h1><p class="says">There is no such page, or it belongs to a repository that you cannot read.</p></section>
<p>If you came from a check of a repository that you can read on GitHub, sign in with the account that can.</p>`,
  });
}

export interface ServiceState {
  readonly parts: readonly {
    readonly name: string;
    readonly state: 'works' | 'slow' | 'down';
    readonly says: string;
  }[];
  readonly startedAt: Instant;
}

const serviceTones: Readonly<
  Record<ServiceState['parts'][number]['state'], readonly [Tone, string]>
> = {
  works: ['good', '✓ works'],
  slow: ['hold', '◆ slow'],
  down: ['bad', '✗ down'],
};

/** Nothing of any repository stands on it: everyone may read it. */
export function statusPage(state: ServiceState, now: Instant): string {
  const broken = state.parts.filter((part) => part.state !== 'works');
  const [tone, word] =
    broken.length === 0
      ? (['good', 'Everything works'] as const)
      : broken.some((part) => part.state === 'down')
        ? (['bad', 'Something is down'] as const)
        : (['hold', 'Something is slow'] as const);
  const rows = state.parts.map(({ name, state: each, says }) => {
    const [partTone, text] = serviceTones[each];
    return [html`${name}`, chip(partTone, text), html`${says}`];
  });
  return pageText({
    title: `Status: ${word}`,
    crumbs: [{ text: 'status', href: null }],
    main: html`<section class="banner ${tone}"><h1>${word}</h1><p class="says">While anything is down, no change passes: what cannot be judged stays blocked, and nothing is lost.</p></section>
<section><h2>Parts</h2><div class="card scroll">${stackTable(['Part', 'State', 'Now'], rows)}</div></section>
<p class="faint small">Up for ${durationText(now - state.startedAt)}; as of ${time(now)}.</p>`,
  });
}
