import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import type { WaiverRefusal, WeighedFinding } from '../../caws/findings.ts';
import { rules } from '../../caws/rules.ts';
import { approversPhrase, waiveCommand, wayOut } from '../check/advice.ts';
import { phraseOf } from '../check/phrases.ts';
import { daysText, placeText, standingWords } from '../check/rows.ts';
import type { PendingWaiver } from '../check/state.ts';
import { classWords, numbersText } from '../check/verdict-text.ts';
import { groupDigits } from '../quantity.ts';
import { markedWordsOf } from '../sentences.ts';
import { markedWaiverRefusalWords } from '../waiver-refusal-words.ts';
import { timeText } from '../waiver-words.ts';
import { type Html, html, sentence } from './html.ts';
import { chip, standingTones } from './pieces.ts';

/** Cards of one section; nobody reads more on a page, and 10,000 would be megabytes. */
const CARDS_MAX = 200;

/** From so many on a reader needs to see at one glance what there is. */
const INDEX_FROM = 4;
/** Places of one finding that stand open; the others unfold. */
const PLACES_OPEN = 5;

/** A line each, with the way to its card; null where the cards are seen at one glance. */
export function findingIndex(findings: readonly WeighedFinding[]): Html | null {
  if (findings.length < INDEX_FROM) return null;
  const items = findings
    .slice(0, CARDS_MAX)
    .map(
      (finding, at) =>
        html`<li>${chip(standingTones[finding.standing], standingWords[finding.standing])} <a href="#finding-${at + 1}">${phraseOf(finding)}</a></li>`,
    );
  return html`<ol class="index">${items}</ol>`;
}

/** One card a finding; null where there are none. */
export function findingCards(
  findings: readonly WeighedFinding[],
  record: VerdictRecord,
  pending: readonly PendingWaiver[],
  idPrefix: string,
): Html | null {
  if (findings.length === 0) return null;
  const rest = findings.length - CARDS_MAX;
  const more =
    rest > 0
      ? html`<p>And ${groupDigits(rest)} more; all of them: <code>arbiter verdict explain ${record.id}</code></p>`
      : null;
  return html`${findings.slice(0, CARDS_MAX).map((finding, at) => card(finding, record, pending, `${idPrefix}-${at + 1}`))}${more}`;
}

function card(
  finding: WeighedFinding,
  record: VerdictRecord,
  pending: readonly PendingWaiver[],
  id: string,
): Html {
  const tone = standingTones[finding.standing];
  const facts = [
    ...numbersFact(finding),
    ...placesFact(finding),
    ...(finding.standing === 'waived'
      ? [fact('Waived by', html`<code>${finding.waivedBy}</code>`)]
      : [fact('Way out', sentence(wayOut(finding, record)))]),
    ...waiverFacts(finding, record, pending),
    ...finding.waiversRefused
      .filter((refusal) => !isAwaited(refusal, pending))
      .map((refusal) => fact('Waiver', sentence(markedWaiverRefusalWords(refusal)))),
    fact('Enforces', html`${rules[finding.rule].clause}; ${classWords[rules[finding.rule].class]}`),
  ];
  return html`<article class="card finding ${tone}" id="${id}"><header>${chip(tone, standingWords[finding.standing])}<code>${finding.rule}</code><span class="faint small">gate ${finding.gate}</span></header>
<p class="says">${sentence(markedWordsOf(finding).says)}</p>
<dl>${facts}</dl></article>
`;
}

const fact = (name: string, said: Html): Html => html`<dt>${name}</dt><dd>${said}</dd>`;

function numbersFact(finding: WeighedFinding): readonly Html[] {
  const numbers = numbersText(finding);
  return numbers === '' ? [] : [fact('Numbers', html`${numbers}`)];
}

function placesFact({ places, placesTotal }: WeighedFinding): readonly Html[] {
  if (places.length === 0) return [];
  const rest = placesTotal - places.length;
  const items = places.map((place) => html`<li><code>${placeText(place)}</code></li>`);
  const more = rest > 0 ? html`<li class="faint">and ${groupDigits(rest)} more</li>` : null;
  const folded = items.slice(PLACES_OPEN);
  const hidden =
    folded.length === 0
      ? null
      : html`<details><summary>${groupDigits(folded.length + rest)} more</summary><ul>${folded}${more}</ul></details>`;
  const open = html`<ul>${items.slice(0, PLACES_OPEN)}${folded.length === 0 ? more : null}</ul>${hidden}`;
  return [fact(placesTotal === 1 ? 'Place' : 'Places', open)];
}

/** What waits for its approval stands there as asked for; once is enough. */
function isAwaited({ waiver, because }: WaiverRefusal, pending: readonly PendingWaiver[]): boolean {
  const isOpen = because === 'not-granted' || because === 'too-few-approvers';
  return isOpen && pending.some(({ id }) => id === waiver);
}

/** Who may allow it, and what to type; or what waits already. */
function waiverFacts(
  finding: WeighedFinding,
  record: VerdictRecord,
  pending: readonly PendingWaiver[],
): readonly Html[] {
  if (finding.standing !== 'needs-waiver') return [];
  const terms = record.law.waiving.find(({ gate }) => gate === finding.gate);
  if (terms === undefined) return [fact('Waiver', html`Nobody may allow it under this policy.`)];
  const asked = pending.filter(({ gate }) => gate === finding.gate);
  const how =
    asked.length === 0
      ? html`<pre><code>${waiveCommand(terms.gate, terms)}</code></pre>`
      : html`<ul>${asked.map(askedItem)}</ul>`;
  return [
    fact(
      'Waiver',
      html`May be allowed by ${sentence(approversPhrase(terms))}, not the author, for ${daysText(terms.longestDays)} at most.${how}`,
    ),
  ];
}

function askedItem({ id, requestedBy, reason, expiresAt }: PendingWaiver): Html {
  return html`<li><code>${id}</code> asked by ${requestedBy} until ${timeText(expiresAt)}: “${reason}” <pre><code>/caws approve ${id}
/caws reject ${id} reason:"…"</code></pre></li>`;
}
