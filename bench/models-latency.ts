/**
 * The time of one decision: in memory, with a full list of open decisions, and with the roster's file, from
 * reading who is there to the decision standing in it. Ends with 1 where a bar is missed.
 *
 * Run: node bench/models-latency.ts
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KnownProfiles } from '../src/adapters/orchestra/profiles.ts';
import { eventOf, Router } from '../src/adapters/orchestra/router.ts';
import { standingsIn } from '../src/adapters/orchestra/standings.ts';
import { prepareQueueTables } from '../src/adapters/orchestra/tables.ts';
import { applyWithin } from '../src/adapters/roster/applying.ts';
import { register } from '../src/adapters/roster/registering.ts';
import { openRoster, type Roster } from '../src/adapters/roster/roster.ts';
import { prepareSuiteTables } from '../src/adapters/suites/tables.ts';
import { chanceFrom } from '../src/models/routing/chance.ts';
import type { Standing } from '../src/models/routing/eligible.ts';
import { type Routed, route } from '../src/models/routing/route.ts';
import { learn, newRouterState, type RouterState } from '../src/models/routing/router-state.ts';
import type { Instant, Result } from '../src/primitives.ts';
import { standing, task } from '../test/models/routing/kit.ts';
import { type Row, report } from './rows.ts';

const NOW = 1_795_435_200_000 as Instant;
const idOf = (at: number): string => `model-${at}`;
/** How often a model's tasks pass: any of a hundred rates from a half to nine in ten. */
const rateOf = (id: string): number => 0.5 + (0.4 * ((Number(id.slice(6)) * 7_919) % 100)) / 100;

/** Decides one task after another, hears what came of each, and times the work that `decide` does. */
function timesOf(
  decisions: number,
  decide: (
    state: RouterState,
    at: number,
  ) => { readonly routed: Routed; readonly state: RouterState },
): readonly number[] {
  const luck = chanceFrom(5);
  let state = newRouterState(null);
  const times: number[] = [];
  for (let at = 0; at < 2 * decisions; at += 1) {
    const began = performance.now();
    const made = decide(state, at);
    // The first half warms up.
    if (at >= decisions) times.push(performance.now() - began);
    const { id, model } = made.routed;
    const reward = luck() < rateOf(model) ? 1 : 0;
    ({ state } = must(learn(made.state, { decision: id, reward, usd: null })));
  }
  return times.toSorted((one, other) => one - other);
}

function decided(state: RouterState, at: number, models: readonly Standing[]) {
  const asked = {
    id: `task-${at}`,
    task: task(),
    models,
    policy: 'thompson-reset',
    seed: at,
  } as const;
  return must(route(state, asked, () => performance.now()));
}

function inMemory(models: number): Row {
  const roster = Array.from({ length: models }, (_, at) => standing(idOf(at)));
  const times = timesOf(models > 500 ? 500 : 3_000, (state, at) => decided(state, at, roster));
  return row(`classify + route, p99, ${models} models`, times, models > 500 ? null : 1);
}

/** From reading who is there to the decision standing in the file, as a runner of the queue takes a task. */
function withStore(models: number): Row {
  const folder = mkdtempSync(join(tmpdir(), 'arbiter-bench-latency-'));
  try {
    using roster = must(openRoster({ file: join(folder, 'models.db'), access: 'create' }));
    must(prepareSuiteTables(roster));
    must(prepareQueueTables(roster));
    for (let at = 0; at < models; at += 1) {
      const { profile } = standing(idOf(at), { profile: { concurrentMax: 100_000 } });
      const asked = { profile, at: NOW, because: 'bench', replace: false };
      must(register(roster, { ...asked, status: 'active' }));
    }
    const times = timesInFile(roster, 1_000);
    return row(`  the same with the roster's file, ${models} models`, times, 5);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function timesInFile(roster: Roster, decisions: number): readonly number[] {
  const router = new Router(roster, { policy: 'thompson-reset', usdPerTask: null });
  const profiles = new KnownProfiles();
  const luck = chanceFrom(5);
  const times: number[] = [];
  for (let at = 0; at < 2 * decisions; at += 1) {
    const began = performance.now();
    const { id, model } = must(roster.write(() => kept(router, roster, profiles, at)));
    if (at >= decisions) times.push(performance.now() - began);
    const reward = luck() < rateOf(model) ? 1 : 0;
    const ended = { kind: 'execution', at: NOW, decision: id, ended: 'completed' } as const;
    must(
      roster.write(() => {
        must(applyWithin(roster, { ...ended, latencyMs: 1, completion: reward }));
        router.hear(id, reward, null);
      }),
    );
  }
  return times.toSorted((one, other) => one - other);
}

function kept(router: Router, roster: Roster, profiles: KnownProfiles, at: number): Routed {
  const models = [...standingsIn({ roster, profiles }, NOW).values()];
  const asked = { id: `task-${at}`, task: task(), models };
  const decided = must(router.decide(asked, () => performance.now()));
  must(applyWithin(roster, eventOf(decided.routed, { at: NOW, repository: null })));
  router.keep(decided);
  return decided.routed;
}

function row(what: string, times: readonly number[], barMs: number | null): Row {
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? Number.NaN;
  return {
    what,
    measured: `${at(0.99).toFixed(3)} ms`,
    floor: `p50 ${at(0.5).toFixed(3)} ms`,
    ratio: '',
    bar: barMs === null ? '' : `≤ ${barMs} ms`,
    ok: barMs === null ? null : at(0.99) <= barMs,
  };
}

function must<Value>(result: Result<Value, unknown>): Value {
  if (!result.ok) throw new Error(JSON.stringify(result.fault));
  return result.value;
}

const rows = [inMemory(20), inMemory(200), inMemory(1_000), withStore(20), withStore(200)];
report(rows);
process.exitCode = rows.some(({ ok }) => ok === false) ? 1 : 0;
