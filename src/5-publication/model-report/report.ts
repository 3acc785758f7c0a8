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
    readonly boards: Boards;
    readonly baseline: Baseline;
  }[];
  /** Sentences of the ledger, newest first. */
  readonly decisions: readonly { readonly at: string; readonly reason: string }[];
}

/** Smoke tasks are the easy ones, so whoever did them oftener would lead a board of both. */
export interface Boards {
  readonly whole: readonly BoardRow[];
  readonly smoke: readonly BoardRow[];
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

/** One board of a surface as a report shows it. */
interface Section {
  readonly heading: string;
  readonly board: readonly BoardRow[];
  /** The chart's name beside the Markdown. */
  readonly file: string;
  readonly chartTitle: string;
  /** Null where there is no line to draw. */
  readonly chart: Html | null;
}

/** The boards of a surface that have runs. */
function sectionsOf({ surface, boards }: Report['surfaces'][number]): readonly Section[] {
  const section = (heading: string, board: readonly BoardRow[], file: string): Section => {
    const chartTitle = `Composite on ${surface}, ${heading.toLowerCase()}`;
    return { heading, board, file, chartTitle, chart: compositeChart(chartTitle, board) };
  };
  return [
    section('Whole suite', boards.whole, `${surface}.svg`),
    section('Smoke tasks alone', boards.smoke, `${surface}-smoke.svg`),
  ].filter(({ board }) => board.length > 0);
}

/** The charts by file name; a board without a line to draw has none. */
export function reportCharts(report: Report): ReadonlyMap<string, string> {
  return new Map(
    report.surfaces
      .flatMap(sectionsOf)
      .flatMap(({ file, chart }) =>
        chart === null ? [] : [[file, `${chart.toString()}\n`] as const],
      ),
  );
}

export function reportMarkdown(report: Report): string {
  const surfaces = report.surfaces.map((shown) => {
    const sections = sectionsOf(shown).map(sectionMarkdown);
    const boards = sections.length === 0 ? 'No runs.\n' : sections.join('\n');
    return `## ${shown.surface}\n\n${boards}\n${baselineText(shown.baseline)}\n`;
  });
  const decisions = report.decisions.map(
    ({ at, reason }) => `- ${at.slice(0, 10)}: ${visible(reason, 300)}\n`,
  );
  return `# ${titleOf(report)}\n\n${intervalNote}\n\n${surfaces.join('\n')}\n## Decisions\n\n${decisions.length === 0 ? 'None.\n' : decisions.join('')}`;
}

function sectionMarkdown({ heading, board, file, chartTitle, chart }: Section): string {
  const rows = board.map((row) => `| ${cellsOf(row).join(' | ')} |\n`);
  const table = `| ${header.join(' | ')} |\n|${header.map(() => ' --- |').join('')}\n${rows.join('')}`;
  return `### ${heading}\n\n${table}${chart === null ? '' : `\n![${chartTitle}](${file})\n`}`;
}

export function reportPage(report: Report): string {
  const title = titleOf(report);
  const surfaces = report.surfaces.map((shown) => {
    const sections = sectionsOf(shown).map(
      ({ heading, board, chart }) => html`<h3>${heading}</h3>
${stackTable(header, board.map(htmlCells))}
${chart === null ? null : html`<p>${chart}</p>`}
`,
    );
    return html`<h2>${shown.surface}</h2>
${sections.length === 0 ? html`<p>No runs.</p>` : sections}
<p>${baselineText(shown.baseline)}</p>
`;
  });
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

const htmlCells = (row: BoardRow): readonly Html[] => cellsOf(row).map((cell) => html`${cell}`);
