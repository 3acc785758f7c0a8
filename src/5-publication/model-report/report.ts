/** The report on models, as Markdown and as one HTML page; both say the same. */
import type { Baseline } from '../../models/lifecycle/baseline.ts';
import type { BoardRow, Period, Share } from '../../models/lifecycle/board.ts';
import type { Surface } from '../../models/profile.ts';
import { type Instant, isoOf } from '../../primitives.ts';
import { visible } from '../escape.ts';
import { type Html, html } from '../pages/html.ts';
import { stackTable } from '../pages/pieces.ts';
import { styleElement } from '../pages/style.ts';
import { compositeChart } from './chart.ts';

/** What a report is about. */
export interface Report {
  readonly period: Period;
  readonly from: Instant;
  readonly until: Instant;
  readonly surfaces: readonly {
    readonly surface: Surface;
    readonly board: readonly BoardRow[];
    readonly baseline: Baseline;
  }[];
  /** Sentences of the ledger, newest first. */
  readonly decisions: readonly { readonly at: string; readonly reason: string }[];
}

const notEnough = 'not enough data (n < 20)';

const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;
const shareText = ({ value, low, high }: Share): string =>
  `${percent(value)} (${(low * 100).toFixed(0)} to ${(high * 100).toFixed(0)})`;

const header = ['model', 'runs', 'tasks', 'completion', 'compliance', 'composite', 'level'];

function cellsOf(row: BoardRow): readonly string[] {
  const { model, runs, tasks, enough, completion, compliance, composite, level } = row;
  const counts = [visible(model, 64), String(runs), String(tasks)];
  if (!enough) return [...counts, notEnough, '', '', ''];
  return [...counts, shareText(completion), shareText(compliance), shareText(composite), level];
}

/** Which runs a baseline rests on: the board shows others as well. */
const counted = 'of the whole suite by models in use in 90 days';

function baselineText(baseline: Baseline): string {
  if (!baseline.known)
    return `Baseline: ${baseline.runs} of 20 runs ${counted}, so there is none yet.`;
  const { completion, compliance, composite } = baseline.figures;
  return `Baseline (75th percentile of ${baseline.runs} runs ${counted}): completion ${percent(completion)}, compliance ${percent(compliance)}, composite ${percent(composite)}.`;
}

const titleOf = ({ period, from, until }: Report): string =>
  `Models, ${period} report, ${isoOf(from).slice(0, 10)} to ${isoOf(until).slice(0, 10)}`;

const intervalNote = 'In brackets: the interval of 95 % confidence, in percent.';

/** The name of a surface's chart beside the Markdown. */
const chartFile = (surface: Surface): string => `${surface}.svg`;

/** The charts by file name; a surface without a line to draw has none. */
export function reportCharts(report: Report): ReadonlyMap<string, string> {
  return new Map(
    report.surfaces.flatMap(({ surface, board }) => {
      const chart = compositeChart(`Composite on ${surface}`, board);
      return chart === null ? [] : [[chartFile(surface), `${chart.toString()}\n`] as const];
    }),
  );
}

export function reportMarkdown(report: Report): string {
  const charts = reportCharts(report);
  const surfaces = report.surfaces.map(({ surface, board, baseline }) => {
    const file = chartFile(surface);
    const rows = board.map((row) => `| ${cellsOf(row).join(' | ')} |\n`);
    const table =
      rows.length === 0
        ? 'No runs.\n'
        : `| ${header.join(' | ')} |\n|${header.map(() => ' --- |').join('')}\n${rows.join('')}`;
    const chart = charts.has(file) ? `\n![Composite on ${surface}](${file})\n` : '';
    return `## ${surface}\n\n${table}${chart}\n${baselineText(baseline)}\n`;
  });
  const decisions = report.decisions.map(
    ({ at, reason }) => `- ${at.slice(0, 10)}: ${visible(reason, 300)}\n`,
  );
  return `# ${titleOf(report)}\n\n${intervalNote}\n\n${surfaces.join('\n')}\n## Decisions\n\n${decisions.length === 0 ? 'None.\n' : decisions.join('')}`;
}

export function reportPage(report: Report): string {
  const title = titleOf(report);
  const surfaces = report.surfaces.map(
    ({ surface, board, baseline }) => html`<h2>${surface}</h2>
${board.length === 0 ? html`<p>No runs.</p>` : stackTable(header, board.map(htmlCells))}
${chartParagraph(surface, board)}
<p>${baselineText(baseline)}</p>
`,
  );
  const decisions = report.decisions.map(
    ({ at, reason }) => html`<li>${at.slice(0, 10)}: ${visible(reason, 300)}</li>
`,
  );
  const page = html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
${styleElement}
</head>
<body><main class="wide">
<h1>${title}</h1>
<p>${intervalNote}</p>
${surfaces}<h2>Decisions</h2>
${decisions.length === 0 ? html`<p>None.</p>` : html`<ul>${decisions}</ul>`}
</main></body>
</html>`;
  return `<!doctype html>\n${page.toString()}\n`;
}

function chartParagraph(surface: Surface, board: readonly BoardRow[]): Html | null {
  const chart = compositeChart(`Composite on ${surface}`, board);
  return chart === null ? null : html`<p>${chart}</p>`;
}

const htmlCells = (row: BoardRow): readonly Html[] => cellsOf(row).map((cell) => html`${cell}`);
