/** What several pages show alike: verdict words, stages, bars and addresses. */
import type { Verdict } from '../../4-verdict/verdict.ts';
import type { Quantity, Standing } from '../../caws/findings.ts';
import type { Instant } from '../../primitives.ts';
import { durationText, type Progress, type StageProgress } from '../check/progress.ts';
import type { BudgetLine } from '../check/rows.ts';
import type { CheckContext } from '../check/state.ts';
import { groupDigits, quantityText } from '../quantity.ts';
import { verdictWords } from '../report.ts';
import { timeText } from '../waiver-words.ts';
import type { PageContext } from './context.ts';
import { type Html, html } from './html.ts';
import type { Crumb } from './layout.ts';

export type Tone = 'good' | 'bad' | 'hold' | 'quiet';

export const verdictTones: Readonly<
  Record<Verdict, { readonly tone: Tone; readonly mark: string }>
> = {
  PASS: { tone: 'good', mark: '✓' },
  FAIL: { tone: 'bad', mark: '✗' },
  WAIVER_REQUIRED: { tone: 'hold', mark: '◆' },
};

export const standingTones: Readonly<Record<Standing, Tone>> = {
  fails: 'bad',
  'needs-waiver': 'hold',
  waived: 'good',
  warns: 'quiet',
};

/** A word in its tone, with its mark: never told by colour alone. */
export function chip(tone: Tone, text: string): Html {
  return html`<span class="chip ${tone}">${text}</span>`;
}

export function verdictChip(verdict: Verdict): Html {
  const { tone, mark } = verdictTones[verdict];
  return chip(tone, `${mark} ${verdictWords[verdict].word}`);
}

export function time(at: Instant | string): Html {
  const iso = typeof at === 'string' ? at : new Date(at).toISOString();
  return html`<time datetime="${iso}">${timeText(iso)}</time>`;
}

export function repositoryCrumbs(
  { repository, pull }: PageContext,
  last: string,
): readonly Crumb[] {
  const { owner, name } = repository;
  return [
    { text: `${owner}/${name}`, href: repositoryPath(repository) },
    ...(pull === null ? [] : [{ text: `#${pull.number}`, href: pull.url }]),
    { text: last, href: null },
  ];
}

const repositoryPath = ({ owner, name }: CheckContext['repository']): string =>
  `/r/${step(owner)}/${step(name)}`;

export const verdictPath = (id: string): string => `/v/${step(id)}`;

/** Any text as one step of an address; half of a surrogate pair has no place in one. */
const step = (text: string): string => encodeURIComponent(text.toWellFormed());

/** The pull request's own title, where the page is about one. */
export function pullHeading({ pull }: PageContext): Html | null {
  if (pull === null) return null;
  return pull.title === null
    ? html`<p class="title"><a href="${pull.url}">Pull request #${pull.number}</a></p>`
    : html`<p class="title">${pull.title} <a href="${pull.url}">#${pull.number}</a></p>`;
}

const stageTones: Readonly<Record<StageProgress['state'], readonly [Tone, string]>> = {
  done: ['good', '✓'],
  running: ['hold', '●'],
  waiting: ['quiet', '○'],
};

/** The five stages; those that have a time tell it. */
export function timeline({ stages, gate }: Progress, now: Instant): Html {
  const items = stages.map((stage, at) => {
    const [tone, mark] = stageTones[stage.state];
    const asked = stage.state === 'running' && gate !== null ? `asking ${gate.id}` : stage.said;
    const said = asked === '' ? stage.state : asked;
    const took =
      stage.startedAt === null
        ? null
        : html`<span class="took">${durationText((stage.endedAt ?? now) - stage.startedAt)}</span>`;
    return html`<li class="${tone}"><span class="name">${mark} ${at + 1} ${stage.name}</span><span class="said">${said}</span>${took}</li>`;
  });
  return html`<ol class="steps">${items}</ol>`;
}

/** A bar of what was spent, said in words as well. */
export function budgetBar({ name, spent, cap, effective, beside }: BudgetLine): Html {
  const whole = Math.max(spent.value, effective.value, 1);
  const part = (value: number) => ((100 * value) / whole).toFixed(2);
  const isOver = spent.value > effective.value;
  const tone: Tone = isOver ? 'bad' : spent.value > cap.value ? 'hold' : 'good';
  const edge =
    spent.value > cap.value
      ? html`<rect class="cap" x="${part(cap.value)}%" width="2" height="8"></rect>`
      : null;
  return html`<div class="bar ${tone}"><div class="words"><span>${name}</span><span>${spentText(spent, cap, effective)}${beside === null ? '' : ` · ${beside}`}</span></div><svg aria-hidden="true"><rect class="spent" width="${part(spent.value)}%" height="8"></rect>${edge}</svg></div>`;
}

/** `102 of 60 lines, 42 over`; `70 of 60 lines, 10 allowed by waivers`; `5 of 60 lines, 55 left`. */
function spentText(spent: Quantity, cap: Quantity, effective: Quantity): string {
  const inBytes = spent.unit === 'bytes';
  const text = (value: number) =>
    inBytes ? quantityText({ value, unit: 'bytes' }) : groupDigits(value);
  const of = inBytes
    ? `${text(spent.value)} of ${text(cap.value)}`
    : `${text(spent.value)} of ${quantityText(cap)}`;
  if (spent.value > effective.value) return `${of}, ${text(spent.value - effective.value)} over`;
  return spent.value > cap.value
    ? `${of}, ${text(spent.value - cap.value)} allowed by waivers`
    : `${of}, ${text(cap.value - spent.value)} left`;
}

/** A table that becomes a list of cards on a narrow screen. */
export function stackTable(header: readonly string[], rows: readonly (readonly Html[])[]): Html {
  const head = header.map((name) => html`<th scope="col">${name}</th>`);
  const body = rows.map(
    (cells) =>
      html`<tr>${cells.map((cell, at) => html`<td data-name="${header[at] ?? ''}"><div>${cell}</div></td>`)}</tr>
`,
  );
  return html`<table class="stack"><thead><tr>${head}</tr></thead><tbody>
${body}</tbody></table>`;
}
