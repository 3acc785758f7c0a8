/** The page of a verdict that is not given: not yet, not any more, or because something failed. */
import { groupHolds } from '../../4-verdict/group.ts';
import { unreachable } from '../../primitives.ts';
import { groupFaultWords, groupWaitWords } from '../check/group-words.ts';
import { durationText, type Progress } from '../check/progress.ts';
import type { Decided, SingleState } from '../check/state.ts';
import { stoppedWords } from '../check/stopped-words.ts';
import { forgeWords } from '../forge-words.ts';
import { groupDigits } from '../quantity.ts';
import type { PageContext } from './context.ts';
import { type Html, html, sentence } from './html.ts';
import { pageText } from './layout.ts';
import { pullHeading, repositoryCrumbs, type Tone, time, timeline, verdictPath } from './pieces.ts';

export type Undecided = Exclude<SingleState, Decided>;
type Of<Kind extends Undecided['kind']> = Extract<Undecided, { readonly kind: Kind }>;

/** Often enough to be watched, seldom enough for thousands who leave the page open. */
const REFRESH_SECONDS = 5;

interface Shown {
  readonly tone: Tone;
  readonly mark: string;
  readonly word: string;
  readonly says: Html;
  readonly more: Html | null;
  /** Whether the state changes by itself, so that a browser asks again. */
  readonly moves: boolean;
}

/**
 * Shows what happens while it happens; where scripts are off a browser asks again by itself, until there is a
 * verdict or nothing moves any more.
 */
export function statePage(state: Undecided, context: PageContext): string {
  const shown = shownOf(state, context);
  const { owner, name } = context.repository;
  const hint = shown.moves
    ? html`<p class="faint small">This page follows by itself and becomes the verdict's own.</p>`
    : null;
  return pageText({
    title: `${shown.word} - ${owner}/${name}`,
    crumbs: repositoryCrumbs(context, 'verdict'),
    ...(shown.moves ? { live: { refreshSeconds: REFRESH_SECONDS } } : {}),
    main: html`${pullHeading(context)}
<div id="live" aria-live="polite">${body(shown)}</div>
${hint}`,
  });
}

/** What of the page changes while it is open, as text of HTML. */
export const statePart = (state: Undecided, context: PageContext): string =>
  body(shownOf(state, context)).toString();

/** Whether a browser is to ask how things went on. */
export const stateMoves = (state: Undecided, context: PageContext): boolean =>
  shownOf(state, context).moves;

const body = ({ tone, mark, word, says, more }: Shown): Html =>
  html`<section class="banner ${tone}"><h1><span aria-hidden="true">${mark}</span> ${word}</h1><p class="says">${says}</p></section>
${more}`;

function shownOf(state: Undecided, context: PageContext): Shown {
  switch (state.kind) {
    case 'queued':
      return queued(state);
    case 'running':
      return running(state, context);
    case 'waiting':
      return waiting(state, context);
    case 'error':
      return failed(state);
    case 'superseded':
      return {
        tone: 'quiet',
        mark: '–',
        word: 'Superseded',
        says: html`The pull request is now at <code>${state.by.slice(0, 12)}</code>; that head has a verdict of its own.`,
        more: null,
        moves: false,
      };
    case 'left':
      return {
        ...{ tone: 'quiet', mark: '–', word: 'Left', more: null, moves: false },
        says:
          state.landed === null
            ? html`No open pull request at this commit leads into the branch that this was for.`
            : html`It landed as <code>${state.landed.slice(0, 12)}</code>.`,
      };
    case 'merge-group':
      return group(state, context);
    default:
      return unreachable(state);
  }
}

function group({ baseBranch, shown }: Of<'merge-group'>, { now }: PageContext): Shown {
  const queue = html`merge queue of <code>${baseBranch}</code>`;
  const base = { more: null, moves: false } as const;
  switch (shown.kind) {
    case 'judging':
      return {
        ...{ tone: 'quiet', mark: '○', word: 'Judging', more: null, moves: true },
        says: html`The ${queue} asks since ${time(shown.since)} whether this commit may land.`,
      };
    case 'waiting': {
      const { says, next } = groupWaitWords(shown.wait, baseBranch);
      if (now >= shown.deadline)
        return {
          ...{ ...base, tone: 'bad', mark: '✗', word: 'Not judged' },
          says: html`Waited since ${time(shown.since)}, and this is still open: ${sentence(says)}`,
          more: html`<p>${sentence(next)} Then put the pull requests back into the queue.</p>`,
        };
      return {
        ...{ tone: 'quiet', mark: '○', word: 'Waiting', moves: true },
        says: html`${sentence(says)} Nothing lands in the meantime.`,
        more: html`<p>${sentence(next)}</p>`,
      };
    }
    case 'dropped':
      return {
        ...{ ...base, tone: 'quiet', mark: '–', word: 'Dropped' },
        says: html`The ${queue} does not ask for this commit any more.`,
      };
    case 'decided': {
      const { fault, members, id, validUntil } = shown.record;
      const list = html`<p>Group <code>${id}</code>:</p><ul>${members.map(({ pull, commit, verdict }) => html`<li>#${pull} as <code>${commit.slice(0, 12)}</code>, <a href="${verdictPath(verdict)}">its verdict</a></li>`)}</ul>`;
      if (fault === null && !groupHolds(shown.record, now))
        return {
          ...{ tone: 'quiet', mark: '○', word: 'Judging', more: list, moves: true },
          says: html`This held until ${time(validUntil ?? '')}, when a waiver ended. It is judged again.`,
        };
      if (fault === null)
        return {
          ...{ ...base, tone: 'good', mark: '✓', word: 'PASS', more: list },
          says: html`Every commit that the ${queue} put together is what the judged head of a pull request gives on the commit before.`,
        };
      const { says, next } = groupFaultWords(fault, baseBranch);
      return {
        ...{ ...base, tone: 'bad', mark: '✗', word: 'FAIL' },
        says: html`${sentence(says)}`,
        more: html`<p>${sentence(next)}</p>${list}`,
      };
    }
  }
}

function queued({ ahead, since }: Of<'queued'>): Shown {
  const place =
    ahead === null
      ? 'It starts soon.'
      : ahead === 0
        ? 'It starts next.'
        : `${groupDigits(ahead)} ${ahead === 1 ? 'case comes' : 'cases come'} first.`;
  return {
    tone: 'quiet',
    mark: '○',
    word: 'Queued',
    says: html`Since ${time(since)}. ${place} Merging stays blocked until there is a verdict.`,
    more: null,
    moves: true,
  };
}

function running({ progress }: Of<'running'>, { now }: PageContext): Shown {
  const stage = progress.stages.find(({ state }) => state === 'running');
  const gate = progress.gate === null ? null : html`, asking <code>${progress.gate.id}</code>`;
  const usual =
    progress.usualMs === null ? null : html` of usually ${durationText(progress.usualMs)}`;
  return {
    tone: 'hold',
    mark: '●',
    word: stage?.name ?? 'In progress',
    says: html`Since ${time(progress.startedAt)}: ${durationText(now - progress.startedAt)}${usual}${gate}.`,
    more: html`<section><h2>The five stages</h2>${timeline(progress, now)}</section>${gatesOf(progress)}`,
    moves: true,
  };
}

const gateWords = { waiting: '○ waits', started: '● runs', done: '✓ has ended' } as const;

/** How far the runner is; what a gate came to is said with the verdict. */
function gatesOf({ gates = [] }: Progress): Html | null {
  if (gates.length === 0) return null;
  const items = gates.map(
    ({ gate, state }) => html`<li><code>${gate}</code> ${gateWords[state]}</li>`,
  );
  return html`<section><h2>Gates</h2><ul>${items}</ul></section>`;
}

function waiting(state: Of<'waiting'>, { now }: PageContext): Shown {
  const { what, next } = forgeWords(state.fault);
  const isOver = now >= state.deadline;
  return {
    tone: isOver ? 'bad' : 'quiet',
    mark: isOver ? '✗' : '○',
    word: isOver ? 'Error' : 'Waiting for GitHub',
    says: html`${sentence(what)} Nothing is judged by a part, and this says nothing about the code.`,
    more: html`<p>Since ${time(state.since)}, attempt ${state.attempt}; the next one is due ${time(state.againAt)}. ${sentence(next)}</p>`,
    moves: true,
  };
}

function failed({ stopped, stage, attempt, attemptsMax, reference }: Of<'error'>): Shown {
  const { what, next } = stoppedWords(stopped);
  const lines = what.split('\n').map((line) => html`<p>${sentence(line.trim())}</p>`);
  return {
    tone: 'bad',
    mark: '✗',
    word: 'Error',
    says: html`The arbiter could not finish. This says nothing about the code, and merging stays blocked.`,
    more: html`<section><h2>${stage}, attempt ${attempt} of ${attemptsMax}</h2><div class="card">${lines}${next === null ? null : html`<p>${sentence(next)}</p>`}</div>
<p>Comment <code>/caws recheck</code> on the pull request, or see the <a href="/">status</a> of the service. If it repeats, quote <code>${reference}</code>.</p></section>`,
    moves: false,
  };
}
