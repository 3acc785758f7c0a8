import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { visible } from '../../5-publication/escape.ts';
import type { Report } from '../../5-publication/model-report/report.ts';
import { makeFolder } from '../../adapters/new-file.ts';
import type { Roster } from '../../adapters/roster/roster.ts';
import { type KeptRun, runsSince } from '../../adapters/suites/runs.ts';
import { modelsInUse } from '../../adapters/suites/trials.ts';
import { DAY_MS } from '../../models/events.ts';
import type { RosterFault } from '../../models/faults.ts';
import { BASELINE_DAYS, baselineOf } from '../../models/lifecycle/baseline.ts';
import { boardOf, daysOf, type Period, periods } from '../../models/lifecycle/board.ts';
import { surfaces } from '../../models/profile.ts';
import { type Instant, isoOf, ok, type Result } from '../../primitives.ts';
import { ledgerPlace, openAt } from '../ledger-place.ts';
import { page } from '../page.ts';
import { stop } from '../stop.ts';
import { exits, type World } from '../world.ts';
import { type RecordedStep, stepsOf } from './explaining.ts';
import { openBenchRoster } from './place.ts';

interface ReportOptions {
  readonly period: Period;
  readonly out?: string;
  readonly ledger?: string;
}

const DECISIONS_MAX = 200;

/** `arbiter models report`: who did how well, as Markdown; with `--out` also as a page with charts. */
export function reportCommand(world: World): Command {
  return new Command('report')
    .description('how models did: a board with intervals, charts and decisions')
    .addOption(
      new Option('--period <period>', 'how far back').choices([...periods]).default('weekly'),
    )
    .option('--out <dir>', 'write report.md, report.html and the charts into this folder')
    .option('--ledger <file>', 'another ledger than the one of this repository')
    .action(async (options: ReportOptions) => {
      const opened = openBenchRoster(world);
      if (!opened.ok) return stop(world, opened.fault);
      using roster = opened.value;
      const report = await reportNow(world, roster, options);
      if (!report.ok) return stop(world, report.fault);
      if (options.out === undefined) page(world, (await written()).reportMarkdown(report.value));
      else {
        const folder = resolve(world.directory, options.out);
        const wrong = await writeReport(folder, report.value);
        if (wrong !== null)
          return stop(world, { kind: 'file-unwritable', file: folder, reason: wrong });
        page(world, `Written: ${visible(join(folder, 'report.html'))}\n`);
      }
      world.finish(exits.pass);
    });
}

/** The report of a period that ends now. Decisions are left out where there is no ledger to read. */
export async function reportNow(
  world: World,
  roster: Roster,
  { period, ledger }: { readonly period: Period; readonly ledger?: string },
): Promise<Result<Report, RosterFault>> {
  const until = world.now();
  const from = (until - daysOf(period) * DAY_MS) as Instant;
  const inUse = roster.read(() => modelsInUse(roster));
  if (!inUse.ok) return inUse;
  const shown: Report['surfaces'][number][] = [];
  for (const surface of surfaces) {
    const since = (until - BASELINE_DAYS * DAY_MS) as Instant;
    const runs = runsSince(roster, { surface, since: Math.min(from, since) as Instant });
    if (!runs.ok) return runs;
    const isWhole = ({ tier }: KeptRun) => tier !== 'micro';
    const compared = runs.value.filter((run) => isWhole(run) && inUse.value.has(run.model));
    const within = runs.value.filter(({ at }) => at > from && at <= until);
    const boards = {
      whole: boardOf(within.filter(isWhole), surface),
      smoke: boardOf(
        within.filter((run) => !isWhole(run)),
        surface,
      ),
    };
    shown.push({ surface, boards, baseline: baselineOf(compared, surface, until) });
  }
  const steps = await stepsIn(world, ledger);
  const decisions = steps.filter(({ at }) => at > isoOf(from));
  return ok({ period, from, until, surfaces: shown, decisions });
}

async function stepsIn(world: World, named: string | undefined): Promise<readonly RecordedStep[]> {
  const place = await ledgerPlace(world, named);
  if (!place.ok) return [];
  const opened = await openAt(place.value, 'read');
  if (!opened.ok) return [];
  await using ledger = opened.value;
  const steps = await stepsOf(ledger, DECISIONS_MAX);
  return steps.ok ? steps.value : [];
}

/** Writes a report into a folder, over an earlier one. @returns what the system said, or null. */
export async function writeReport(folder: string, report: Report): Promise<string | null> {
  const { reportCharts, reportMarkdown, reportPage } = await written();
  try {
    makeFolder(folder);
    writeFileSync(join(folder, 'report.md'), reportMarkdown(report));
    writeFileSync(join(folder, 'report.html'), reportPage(report));
    for (const [file, chart] of reportCharts(report)) writeFileSync(join(folder, file), chart);
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

/** Loaded once there is one to write: what draws charts would else be read at every start of every command. */
const written = () => import('../../5-publication/model-report/report.ts');
