import type { RosterFault } from '../../models/faults.ts';
import { decide } from '../../models/lifecycle/new-model.ts';
import {
  after,
  type Decision,
  isStep,
  type Stage,
  statusOf,
} from '../../models/lifecycle/trial.ts';
import type { Status } from '../../models/profile.ts';
import type { LedgerFault, LedgerStore, Signer } from '../../ports.ts';
import { type Instant, isoOf, ok, type Result } from '../../primitives.ts';
import { restatus } from '../roster/registering.ts';
import type { Roster } from '../roster/roster.ts';
import { evidenceFor, type KeptTrial, keepTrial, stagesOf } from './trials.ts';

/** Where decisions are recorded, and by whom. */
export interface Recorder {
  readonly ledger: LedgerStore;
  readonly signer: Signer;
  /** The decision in one sentence. */
  readonly words: (decision: Decision) => string;
}

/** More steps than there are stages before one has to wait for tasks or days. */
const STEPS_MAX = 10;

/**
 * Takes every step that the evidence allows now. Each is recorded in the ledger before anything changes;
 * one that a crash left recorded alone comes true first, and is not decided a second time.
 *
 * @returns the steps, and last the decision that it waits.
 */
export async function advance(
  roster: Roster,
  begun: KeptTrial,
  recorder: Recorder,
  now: Instant,
): Promise<Result<readonly Decision[], RosterFault | LedgerFault>> {
  const taken: Decision[] = [];
  const caughtUp = await catchUp(roster, begun, recorder);
  if (!caughtUp.ok) return caughtUp;
  let trial = caughtUp.value;
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const evidence = evidenceFor(roster, trial, now);
    if (!evidence.ok) return evidence;
    const decision = decide(trial, evidence.value);
    taken.push(decision);
    if (!isStep(decision)) break;
    const done = await record(roster, trial, decision, recorder);
    if (!done.ok) return done;
    trial = done.value;
  }
  return ok(taken);
}

/** Records one decision, then lets it come true. */
export async function record(
  roster: Roster,
  trial: KeptTrial,
  decision: Decision,
  { ledger, signer, words }: Recorder,
): Promise<Result<KeptTrial, RosterFault | LedgerFault>> {
  const reason = words(decision);
  const { generation } = trial;
  const body = { schema: DECISION_SCHEMA, ...decision, at: isoOf(decision.at), generation, reason };
  const { model: about, at } = decision;
  const appended = await ledger.append({ at, kind: 'model', about, body, blobs: [] }, signer);
  return appended.ok ? comeTrue(roster, trial, decision, reason) : appended;
}

/** What a recorded decision says of its own form. */
export const DECISION_SCHEMA = 'caws-arbiter/model-decision@1';
/** A model has few surfaces, so the newest decision on each is among so many. */
const RECENT_DECISIONS = 20;

/** The trial as the ledger knows it: its newest decision on this surface, where that is ahead. */
async function catchUp(
  roster: Roster,
  trial: KeptTrial,
  { ledger }: Recorder,
): Promise<Result<KeptTrial, RosterFault | LedgerFault>> {
  const entries = await ledger.recent(RECENT_DECISIONS, 'model', trial.model);
  if (!entries.ok) return entries;
  const newest = entries.value
    .map(({ body }) => JSON.parse(body) as RecordedDecision)
    .find(
      ({ surface, generation }) => surface === trial.surface && generation === trial.generation,
    );
  if (newest === undefined) return ok(trial);
  const { at: said, reason, ...rest } = newest;
  const at = Date.parse(said) as Instant;
  const isAhead =
    newest.from === trial.stage &&
    at >= trial.since &&
    (newest.to !== trial.stage || newest.share > trial.share);
  return isAhead ? comeTrue(roster, trial, { ...rest, at }, reason) : ok(trial);
}

interface RecordedDecision extends Omit<Decision, 'at'> {
  readonly at: string;
  readonly generation: number;
  readonly reason: string;
}

function comeTrue(
  roster: Roster,
  trial: KeptTrial,
  decision: Decision,
  because: string,
): Result<KeptTrial, RosterFault> {
  const { model: id, from, at } = decision;
  const entersCanary = from !== 'canary' && decision.to === 'canary';
  const canarySince = entersCanary ? at : trial.canarySince;
  const next: KeptTrial = { ...trial, ...after(trial, decision), canarySince };
  const kept = keepTrial(roster, next);
  if (!kept.ok) return kept;
  const stages = stagesOf(roster, id);
  if (!stages.ok) return stages;
  const to = statusAmong(stages.value.map(({ stage }) => stage));
  const set = restatus(roster, { id, to, at, because });
  return set.ok ? ok(next) : set;
}

/** A model has one status: that of the surface on which it stands best. */
function statusAmong(stages: readonly Stage[]): Status {
  const found = new Set(stages.map(statusOf));
  const best = (['active', 'canary', 'degraded', 'candidate'] as const).find((status) =>
    found.has(status),
  );
  return best ?? 'retired';
}
