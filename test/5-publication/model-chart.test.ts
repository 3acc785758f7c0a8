import { expect, test } from 'vitest';
import { compositeChart } from '../../src/5-publication/model-report/chart.ts';
import type { BoardRow } from '../../src/models/lifecycle/board.ts';
import type { Instant } from '../../src/primitives.ts';

const share = { value: 0.9, low: 0.8, high: 0.95 };
const rowOf = (model: string): BoardRow => ({
  ...{ model, runs: 30, tasks: 30, enough: true, level: 'production' },
  ...{ completion: share, compliance: share, composite: share },
  days: [0, 1].map((day) => ({ at: (86_400_000 * day) as Instant, composite: 0.9 })),
});

test('a chart says what it shows, in percent, and whose line is whose', () => {
  const chart = String(compositeChart('Composite on data-analysis', [rowOf('coder-7b')]));
  expect(chart).toContain('>Composite on data-analysis, day by day</text>');
  for (const said of ['>0 %<', '>100 %<', '>coder-7b</text>']) expect(chart).toContain(said);
});

test('a name that would not stand beside the lines is cut where one sees it, and whole beneath', () => {
  const name = 'a-model-whose-name-goes-on-and-on-14b-instruct';
  const chart = String(compositeChart('Composite', [rowOf(name)]));
  expect(chart).toContain(`<title>${name}</title>a-model-whose-name-goes-on-…</text>`);
});
