import type { RosterFault } from '../../models/faults.ts';
import {
  after,
  type Decision,
  decide,
  isStep,
  type Stage,
  statusOf,
} from '../../models/lifecycle/new-model.ts';
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
 * after a crash in between the same step is decided and recorded once more.
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
  let trial = begun;
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
  const because = words(decision);
  const body = {
    schema: 'caws-arbiter/model-decision@1',
    ...decision,
    at: isoOf(decision.at),
    generation: trial.generation,
    reason: because,
  };
  const about = decision.model;
  const appended = await ledger.append(
    { at: decision.at, kind: 'model', about, body, blobs: [] },
    signer,
  );
  if (!appended.ok) return appended;
  const entersCanary = decision.from !== 'canary' && decision.to === 'canary';
  const next: KeptTrial = {
    ...trial,
    ...after(trial, decision),
    canarySince: entersCanary ? decision.at : trial.canarySince,
  };
  const kept = keepTrial(roster, next);
  if (!kept.ok) return kept;
  const stages = stagesOf(roster, decision.model);
  if (!stages.ok) return stages;
  const to = statusAmong(stages.value.map(({ stage }) => stage));
  const set = restatus(roster, { id: decision.model, to, at: decision.at, because });
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
