import type { DecisionEvent } from '../../models/events.ts';
import type { Surface } from '../../models/profile.ts';
import { type LoggedDecision, logFaultOf } from '../../models/routing/off-policy.ts';
import {
  DECISIONS_MAX,
  decisionOf,
  decisionsFrom,
  type OpenDecision,
} from '../../models/routing/outcomes.ts';
import { newPacing, type Pacing } from '../../models/routing/pacing.ts';
import type { PolicyName } from '../../models/routing/policies.ts';
import type { Numbers } from '../../models/routing/policy.ts';
import {
  type Routed,
  type RouteFault,
  type RouteRequest,
  route,
} from '../../models/routing/route.ts';
import {
  learn,
  newRouterState,
  type RouterState,
  recordsWith,
} from '../../models/routing/router-state.ts';
import type { Result } from '../../primitives.ts';
import type { Roster } from '../roster/roster.ts';

export interface RouterOptions {
  readonly policy: PolicyName;
  /** What a task may cost on average, in US dollars; null: no budget is kept to. */
  readonly usdPerTask: number | null;
}

/** Outcomes that are folded anew at a start: what came before them hardly moves a belief. */
const OUTCOMES_READ_MAX = 20_000;
/** Numbers of the best candidates that a reason keeps; a log line has to stay one. */
const NUMBERS_KEPT_MAX = 24;
const LEFT_OUT_KEPT_MAX = 24;
/** As many as an event may name. */
const CANDIDATES_KEPT_MAX = 1_000;

/** A decision, and the router's state with it. */
export interface Decided {
  readonly routed: Routed;
  readonly state: RouterState;
}

/**
 * The router of this file. What it knows stands there: each decision with what it expected, each outcome
 * in the order in which it was heard. Its state in memory is their fold, and made anew from them at a start.
 */
export class Router {
  readonly #roster: Roster;
  readonly #options: RouterOptions;
  readonly #seed: number;
  #state: RouterState;

  /** @throws as SQLite does. */
  constructor(roster: Roster, options: RouterOptions) {
    this.#roster = roster;
    this.#options = options;
    this.#seed = Number(roster.statement('SELECT seed FROM queue').get()?.['seed']);
    this.#state = stateIn(roster, options.usdPerTask);
  }

  /** Reads the state again: a transaction that was undone had moved it. @throws as SQLite does. */
  reload(): void {
    this.#state = stateIn(this.#roster, this.#options.usdPerTask);
  }

  /** What it would decide; nothing is kept of it before `keep` is called. */
  decide(
    asked: Pick<RouteRequest, 'id' | 'task' | 'models'>,
    elapsed: () => number,
  ): Result<Decided, RouteFault> {
    const request = { ...asked, policy: this.#options.policy, seed: this.#seed };
    return route(this.#state, request, elapsed);
  }

  /** Keeps a decision, as a part of the transaction around it. @throws as SQLite does. */
  keep({ routed: { id }, state }: Decided): void {
    const decision = decisionOf(state.decisions, id);
    if (decision === undefined) throw new Error(`a decision that was made is not there: ${id}`);
    this.#roster
      .statement('INSERT INTO routings (decision, surface, arm, expected_usd) VALUES (?, ?, ?, ?)')
      .run(id, decision.surface, decision.arm, decision.expectedUsd);
    this.#write(state, 0);
  }

  /** Learns what became of a decision; an outcome that teaches nothing changes nothing. @throws as SQLite does. */
  hear(decision: string, reward: number, usd: number | null): boolean {
    const learned = learn(this.#state, { decision, reward, usd });
    if (!learned.ok) return false;
    this.#write(learned.value.state, 1);
    this.#roster
      .statement(
        'UPDATE routings SET heard = (SELECT heard FROM queue), reward = ? WHERE decision = ?',
      )
      .run(reward, decision);
    return true;
  }

  #write(state: RouterState, heard: 0 | 1): void {
    this.#state = state;
    const pacing = state.pacing === null ? null : JSON.stringify(state.pacing);
    this.#roster
      .statement('UPDATE queue SET decided = ?, heard = heard + ?, pacing = ?')
      .run(state.decided, heard, pacing);
  }
}

function stateIn(roster: Roster, usdPerTask: number | null): RouterState {
  const { decided, pacing } = roster.statement('SELECT decided, pacing FROM queue').get() ?? {};
  let { records } = newRouterState(null);
  const outcomes = roster
    .statement(
      `SELECT surface, arm, reward FROM routings WHERE heard IS NOT NULL ORDER BY heard DESC LIMIT ${OUTCOMES_READ_MAX}`,
    )
    .all()
    .toReversed();
  for (const row of outcomes) {
    const surface = row['surface'] as Surface;
    const learned = { surface, arm: String(row['arm']), reward: Number(row['reward']) };
    ({ records } = recordsWith(records, learned));
  }
  return {
    records,
    decisions: decisionsIn(roster),
    pacing: pacingOf(usdPerTask, pacing),
    decided: Number(decided),
  };
}

function decisionsIn(roster: Roster): RouterState['decisions'] {
  const rows = roster
    .statement(
      `SELECT decision, surface, arm, expected_usd, heard FROM routings ORDER BY sequence DESC LIMIT ${DECISIONS_MAX}`,
    )
    .all()
    .toReversed();
  return decisionsFrom(
    rows.map((row): [string, OpenDecision] => [
      String(row['decision']),
      {
        surface: row['surface'] as Surface,
        arm: String(row['arm']),
        expectedUsd: Number(row['expected_usd']),
        heard: row['heard'] !== null,
      },
    ]),
  );
}

/** What was spent counts on for the same budget; another one begins anew. */
function pacingOf(usdPerTask: number | null, text: unknown): Pacing | null {
  if (usdPerTask === null) return null;
  const kept = typeof text === 'string' ? (JSON.parse(text) as Pacing) : null;
  return kept?.usdPerTask === usdPerTask ? kept : newPacing(usdPerTask);
}

/**
 * Past decisions with their rewards, oldest first, as another policy can be judged by them. Those of which
 * not every candidate is kept are left out. @throws as SQLite does.
 */
export function* loggedDecisions(roster: Roster): Generator<LoggedDecision> {
  const rows = roster
    .statement(
      `SELECT r.decision, r.surface, r.reward, e.body FROM routings r
       JOIN events e ON e.decision = r.decision AND e.kind = 'decision'
       WHERE r.heard IS NOT NULL ORDER BY r.heard`,
    )
    .iterate();
  for (const row of rows) {
    const { candidates, model } = JSON.parse(String(row['body'])) as DecisionEvent;
    const logged: LoggedDecision = {
      decision: String(row['decision']),
      surface: row['surface'] as Surface,
      arms: candidates.map(({ model: arm, propensity }) => ({ arm, propensity })),
      chosen: model,
      reward: Number(row['reward']),
    };
    if (logFaultOf(logged) === null) yield logged;
  }
}

/** One that was never tried goes first, and what a share decided has no score. */
const worth = (numbers: Numbers): number =>
  ('score' in numbers ? numbers.score : null) ?? Number.MAX_VALUE;

/** What the roster's log keeps of a decision: the numbers that decided, of the best ones where many did. */
export function eventOf(
  routed: Routed,
  of: Pick<DecisionEvent, 'at' | 'repository'>,
): DecisionEvent {
  const { candidates, choice, classified, eligible, id, leftOut, model, policy, propensities } =
    routed;
  const chances = eligible
    .map((each, at) => ({ model: each.id, propensity: Math.min(1, propensities[at] ?? 0) }))
    .filter((each) => each.propensity > 0)
    .toSorted((one, other) =>
      one.model === model ? -1 : other.model === model ? 1 : other.propensity - one.propensity,
    );
  const numbers = choice.numbers.toSorted((one, other) => worth(other) - worth(one));
  return {
    kind: 'decision',
    ...of,
    decision: id,
    model,
    surface: classified.surface,
    policy,
    seed: `${routed.seed.seed}:${routed.seed.decision}`,
    candidates: chances.slice(0, CANDIDATES_KEPT_MAX),
    reason: {
      size: classified.size,
      how: choice.how,
      arm: choice.arm,
      numbers: numbers.slice(0, NUMBERS_KEPT_MAX),
      candidates: candidates.length,
      leftOut: leftOut.slice(0, LEFT_OUT_KEPT_MAX),
      left: leftOut.length,
      milliseconds: routed.milliseconds,
    },
  };
}
