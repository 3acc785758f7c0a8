import type { Score } from '../../3-deliberation/deliberation.ts';
import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import type { Quantity } from '../../caws/findings.ts';
import { durationText } from '../check/progress.ts';
import { budgetLines, outcomeWords } from '../check/rows.ts';
import { scoreParts } from '../check/verdict-text.ts';
import { judgesText, ONLY_LOWERS, opinionText } from '../judge-words.ts';
import { quantityText } from '../quantity.ts';
import { type Html, html, joined } from './html.ts';
import { budgetBar, chip, stackTable, type Tone } from './pieces.ts';

export function budgetsSection({ examination }: VerdictRecord): Html | null {
  const lines = examination.budgets.flatMap((budget) => budgetLines(budget, examination));
  return lines.length === 0 ? null : html`<div class="card bars">${lines.map(budgetBar)}</div>`;
}

export function gatesSection({ deliberation }: VerdictRecord): Html | null {
  if (deliberation.gates.length === 0)
    return html`<p class="faint">The policy plans no gate beyond what the arbiter examines itself.</p>`;
  const rows = deliberation.gates.map((gate) => [
    html`<code>${gate.gate}</code>${gate.mode === 'warn' ? html` <span class="faint">only warns</span>` : null}`,
    chip(gateTone(gate.outcome), outcomeWords[gate.outcome]),
    quantity(gate.measured),
    quantity(gate.limit),
    html`${gate.trust ?? 'none'}`,
    html`${gate.durationMs === 0 ? '' : durationText(gate.durationMs)}`,
    joined(
      gate.evidence.map(
        ({ name, digest }) =>
          html`<code>${name}</code> <code class="small">${digest.slice(0, 19)}…</code>`,
      ),
      html`<br>`,
    ),
  ]);
  const header = ['Gate', 'Result', 'Measured', 'Limit', 'Trust', 'Took', 'Evidence'];
  return html`<div class="card scroll">${stackTable(header, rows)}</div>`;
}

function gateTone(outcome: keyof typeof outcomeWords): Tone {
  if (outcome === 'passed') return 'good';
  return outcome === 'skipped' ? 'quiet' : 'bad';
}

const quantity = (value: Quantity | null): Html =>
  html`${value === null ? '' : quantityText(value)}`;

/** null where none was asked. */
export function judgeSection({ deliberation: { judge } }: VerdictRecord): Html | null {
  if (judge === undefined) return null;
  return html`<div class="card"><p>The judge said: <strong>${opinionText(judge)}</strong>.</p><p class="faint small">${judgesText(judge)}; what it was told: <code>${judge.prompts}</code>. ${ONLY_LOWERS}</p></div>`;
}

/** This change first, then the candidates that were weighed against it. */
export function scoreSection(
  { deliberation }: VerdictRecord,
  candidates: readonly { readonly name: string; readonly score: Score }[],
): Html {
  const all = [{ name: 'this change', score: deliberation.score }, ...candidates];
  const header = ['Candidate', ...scoreParts.map(({ name, weight }) => `${name} × ${weight}`), 'S'];
  const rows = all.map(({ name, score }) => [
    html`${name}`,
    ...scoreParts.map(({ key }) => html`${score[key].toFixed(2)}`),
    html`<strong>${score.s.toFixed(2)}</strong>`,
  ]);
  return html`<div class="card scroll">${stackTable(header, rows)}<p class="faint small">S ranks candidates and never decides.</p></div>`;
}
