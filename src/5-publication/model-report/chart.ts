import { scaleLinear, scaleUtc } from 'd3-scale';
import { line } from 'd3-shape';
import type { BoardRow } from '../../models/lifecycle/board.ts';
import { type Html, html } from '../pages/html.ts';

const width = 760;
const height = 270;
/** On the right stand the names, beside the lines and not over them. */
const margin = { left: 48, right: 210, top: 38, bottom: 26 };
/** As many as stand beside the lines; the table and a pointer over the name say the rest. */
const NAME_CHARACTERS_MAX = 28;
/** Told apart by people who see few colours, on light and dark; the table says the same in words. */
const colors = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

/** The composite of each day, one line a model; the best six. Null where no model has two days. */
export function compositeChart(title: string, rows: readonly BoardRow[]): Html | null {
  const drawn = rows.filter(({ days }) => days.length > 1).slice(0, colors.length);
  const days = drawn.flatMap((row) => row.days.map(({ at }) => at));
  if (days.length === 0) return null;
  const x = scaleUtc([Math.min(...days), Math.max(...days)], [margin.left, width - margin.right]);
  const y = scaleLinear([0, 1], [height - margin.bottom, margin.top]);
  const path = line<BoardRow['days'][number]>(
    ({ at }) => x(at),
    ({ composite }) => y(composite),
  );
  const across = y
    .ticks(5)
    .map(
      (tick) =>
        html`<path d="M${margin.left},${y(tick)}H${width - margin.right}" stroke="#8886"/><text x="${margin.left - 6}" y="${y(tick) + 4}" text-anchor="end">${(100 * tick).toFixed(0)} %</text>`,
    );
  const format = x.tickFormat(6, '%m-%d');
  const below = x
    .ticks(6)
    .map(
      (tick) =>
        html`<text x="${x(tick)}" y="${height - 8}" text-anchor="middle">${format(tick)}</text>`,
    );
  const lines = drawn.map((row, at) => {
    const color = colors[at] ?? '#888';
    return html`<path d="${path([...row.days]) ?? ''}" fill="none" stroke="${color}" stroke-width="2"/><text x="${width - margin.right + 12}" y="${margin.top + 12 + 16 * at}" fill="${color}"><title>${row.model}</title>${shortened(row.model)}</text>`;
  });
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 270" width="760" height="270" role="img" font-family="system-ui, sans-serif" font-size="11" fill="#777"><title>${title}</title><text x="${margin.left}" y="18" font-size="12">${title}, day by day</text>${across}${below}${lines}</svg>`;
}

const shortened = (name: string): string =>
  name.length <= NAME_CHARACTERS_MAX ? name : `${name.slice(0, NAME_CHARACTERS_MAX - 1)}…`;
