import { resolve } from 'node:path';
import type { BenchFault } from '../../5-publication/bench-words.ts';
import { runText, taskLine } from '../../5-publication/bench-words.ts';
import type { Roster } from '../../adapters/roster/roster.ts';
import { readHost } from '../../adapters/sandbox/host.ts';
import type { Isolation } from '../../adapters/sandbox/isolation.ts';
import { isolationOf } from '../../adapters/sandbox/strongest.ts';
import { toolFolders } from '../../adapters/sandbox/tool-folders.ts';
import { runSuite } from '../../adapters/suites/run-suite.ts';
import { keepRun, type Tier } from '../../adapters/suites/runs.ts';
import { loadSuites } from '../../adapters/suites/shipped-suites.ts';
import type { RosterFault } from '../../models/faults.ts';
import type { Suite } from '../../models/lifecycle/suite.ts';
import type { RunResult } from '../../models/lifecycle/suite-run.ts';
import type { RosterModel } from '../../models/roster.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { modelOf } from '../models/session.ts';
import { newVerdictId } from '../new-id.ts';
import { page } from '../page.ts';
import { plainJson } from '../plain-json.ts';
import { stop } from '../stop.ts';
import { exits, type World } from '../world.ts';
import type { BenchOptions } from './options.ts';
import { hardwareLine, openBenchRoster, workerOf } from './place.ts';

/** `arbiter bench micro` and `macro`: runs, keeps and shows. */
export async function bench(
  world: World,
  tier: Exclude<Tier, 'new-model'>,
  words: readonly string[],
  options: BenchOptions,
): Promise<void> {
  const json = options.json === true;
  const opened = openBenchRoster(world);
  if (!opened.ok) return stop(world, opened.fault, json);
  using roster = opened.value;
  const ran = await runTier(world, roster, { tier, words, options });
  if (!ran.ok) return stop(world, ran.fault, json);
  if (json) world.out(`${plainJson({ schema: 'caws-arbiter/bench@1', tier, runs: ran.value })}\n`);
  world.finish(exits.pass);
}

/** One run as it is told to programs. */
export interface ToldRun extends RunResult {
  readonly id: string;
  readonly suite: string;
  readonly surface: string;
}

/** Runs every suite that the model can do, and keeps each run as it ends. */
export async function runTier(
  world: World,
  roster: Roster,
  asked: {
    readonly tier: Tier;
    readonly words: readonly string[];
    readonly options: BenchOptions;
  },
): Promise<Result<readonly ToldRun[], BenchFault | RosterFault>> {
  const { tier, words, options } = asked;
  const model = modelOf(roster, options.model);
  if (!model.ok) return model;
  const suites = suitesFor(world, model.value, options);
  if (!suites.ok) return suites;
  const worker = workerOf(world, words, options);
  if (!worker.ok) return worker;
  const stopping = new AbortController();
  let isolation: Promise<Isolation> | undefined;
  const bench = {
    worker: worker.value,
    sandbox: () => {
      isolation ??= readHost().then((host) => isolationOf(host, toolFolders(world.env)));
      return isolation;
    },
    elapsed: () => performance.now(),
    signal: stopping.signal,
  };
  const told: ToldRun[] = [];
  for (const suite of suites.value) {
    const result = await runSuite(suite, tier === 'micro', {
      ...bench,
      done: ({ task, passed, wrong }) => {
        if (options.json !== true) page(world, taskLine(task, passed ? 'passed' : 'failed', wrong));
      },
    });
    if (!result.ok) return result;
    const id = newVerdictId(world.now(), world);
    const kept = keepRun(roster, {
      suite,
      model: model.value,
      result: result.value,
      facts: {
        id,
        tier,
        at: world.now(),
        promptVersion: options.promptVersion,
        hardware: hardwareLine(),
        worker: worker.value.name,
      },
    });
    if (!kept.ok) return kept;
    if (options.json !== true) page(world, runText(suite.id, result.value));
    told.push({ id, suite: suite.id, surface: suite.surface, ...result.value });
  }
  return ok(told);
}

function suitesFor(
  world: World,
  { profile }: RosterModel,
  { suites: folder, suite: named }: BenchOptions,
): Result<readonly Suite[], BenchFault> {
  const loaded = loadSuites(folder === undefined ? null : resolve(world.directory, folder));
  if (!loaded.ok) return loaded;
  if (named !== undefined && !loaded.value.some(({ id }) => id === named))
    return fail({ kind: 'suite-unknown', suite: named, known: loaded.value.map(({ id }) => id) });
  const able = loaded.value.filter(
    ({ id, surface }) =>
      profile.capabilities.surfaces.includes(surface) && (named === undefined || id === named),
  );
  return able.length === 0 ? fail({ kind: 'surface-without-suite', model: profile.id }) : ok(able);
}
