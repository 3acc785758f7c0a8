/** Which models may be given a task at all; each one left out carries its reason with the numbers. */

import { shareAfter } from '../lifecycle/canary.ts';
import { type ModelProfile, runningMaxOf, type Status, type Surface } from '../profile.ts';
import { affordableUsd, type Pacing } from './pacing.ts';
import type { Size, TaskNeeds } from './task.ts';

/** A model of the roster as it stands now. */
export interface Standing {
  readonly profile: ModelProfile;
  readonly status: Status;
  /** `unknown`: nothing was heard of its backend lately. */
  readonly health: 'up' | 'down' | 'unknown';
  /** Tasks that it works on now. */
  readonly running: number;
  /** Of a surface's tasks, what it may be given, 0 to 1; a surface that is not named is up to its status. */
  readonly shares?: { readonly [Name in Surface]?: number };
}

export interface Eligible {
  readonly id: string;
  /** The model and its weights: other weights under the same name start a record of their own. */
  readonly arm: string;
  /** What the task will probably cost with it. */
  readonly expectedUsd: number;
  /** Of the surface's tasks, what it gets, above 0; absent: as its record says. */
  readonly share?: number;
}

/** Why a model is left out: the first reason in this order that holds. */
export type Bar =
  | { readonly kind: 'role'; readonly has: string; readonly needs: string }
  | { readonly kind: 'status'; readonly status: Status }
  | { readonly kind: 'share'; readonly surface: Surface; readonly share: number }
  | { readonly kind: 'surface'; readonly needs: Surface }
  | { readonly kind: 'task-kind'; readonly needs: string }
  | { readonly kind: 'language'; readonly needs: string }
  | { readonly kind: 'tool'; readonly needs: string }
  | { readonly kind: 'context'; readonly hasTokens: number; readonly needsTokens: number }
  | { readonly kind: 'health'; readonly health: 'down' | 'unknown' }
  | { readonly kind: 'load'; readonly running: number; readonly runningMax: number }
  | { readonly kind: 'task-cost'; readonly expectedUsd: number; readonly usdMax: number }
  | { readonly kind: 'budget'; readonly expectedUsd: number; readonly affordableUsd: number };

export interface LeftOut {
  readonly id: string;
  readonly because: Bar;
}

const givenWork: ReadonlySet<Status> = new Set(['canary', 'active', 'degraded']);

/** Tokens that a task of a size takes where nobody says: rounded up from what coding agents report. */
const tokensOf: Readonly<Record<Size, { readonly input: number; readonly output: number }>> = {
  trivial: { input: 4_000, output: 1_000 },
  standard: { input: 16_000, output: 4_000 },
  complex: { input: 64_000, output: 16_000 },
};

/** What is asked of every model for one task. */
export interface Asked {
  readonly surface: Surface;
  readonly size: Size;
  readonly needs: TaskNeeds;
  readonly pacing: Pacing | null;
}

export function eligible(
  models: readonly Standing[],
  asked: Asked,
): { readonly eligible: readonly Eligible[]; readonly leftOut: readonly LeftOut[] } {
  const tokens = {
    input: asked.needs.inputTokens ?? tokensOf[asked.size].input,
    output: asked.needs.outputTokens ?? tokensOf[asked.size].output,
  };
  const chosen: Eligible[] = [];
  const leftOut: LeftOut[] = [];
  for (const model of models) {
    const { id } = model.profile;
    const share = shareOn(model, asked.surface);
    const expectedUsd = expectedUsdOf(model.profile, tokens);
    const because =
      capabilityBar(model.profile, asked, tokens.input + tokens.output) ??
      presentBar(model) ??
      (share === 0 ? { kind: 'share', surface: asked.surface, share } : null) ??
      costBar(expectedUsd, asked);
    if (because !== null) {
      leftOut.push({ id, because });
      continue;
    }
    const arm = armOf(model.profile);
    chosen.push(share === null ? { id, arm, expectedUsd } : { id, arm, expectedUsd, share });
  }
  return { eligible: chosen, leftOut };
}

/**
 * What a model is held to on a surface; null: to nothing. A canary about which nothing was decided there
 * stands at the beginning of one, and all of the tasks are no limit for whoever is in use.
 */
function shareOn({ shares, status }: Standing, surface: Surface): number | null {
  const share = shares?.[surface];
  if (status === 'canary') return share ?? shareAfter(0);
  return share === undefined || share >= 1 ? null : share;
}

/** Names given before: a new text for every model and every task would have to be read anew each time. */
const armsOf = new WeakMap<ModelProfile, string>();

/** The name under which a model's record on a surface is kept. */
export function armOf(profile: ModelProfile): string {
  const known = armsOf.get(profile);
  if (known !== undefined) return known;
  const arm = `${profile.id}@${profile.digest ?? profile.version}`;
  armsOf.set(profile, arm);
  return arm;
}

function expectedUsdOf(
  { cost }: ModelProfile,
  { input, output }: { readonly input: number; readonly output: number },
): number {
  return (input * cost.inputMillionTokensUsd + output * cost.outputMillionTokensUsd) / 1e6;
}

function capabilityBar(
  { capabilities, role }: ModelProfile,
  { needs, surface }: Asked,
  needsTokens: number,
): Bar | null {
  if (role !== needs.role) return { kind: 'role', has: role, needs: needs.role };
  if (!capabilities.surfaces.includes(surface)) return { kind: 'surface', needs: surface };
  if (needs.kind !== null && !capabilities.tasks.includes(needs.kind))
    return { kind: 'task-kind', needs: needs.kind };
  // An empty list of languages is any.
  const language = firstNotIn(capabilities.languages, needs.languages);
  if (language !== undefined && capabilities.languages.length > 0)
    return { kind: 'language', needs: language };
  const tool = firstNotIn(capabilities.tools, needs.tools);
  if (tool !== undefined) return { kind: 'tool', needs: tool };
  return capabilities.contextTokens < needsTokens
    ? { kind: 'context', hasTokens: capabilities.contextTokens, needsTokens }
    : null;
}

function firstNotIn(has: readonly string[], needs: readonly string[]): string | undefined {
  for (const each of needs) if (!has.includes(each)) return each;
  return undefined;
}

function presentBar({ health, profile, running, status }: Standing): Bar | null {
  if (!givenWork.has(status)) return { kind: 'status', status };
  if (health !== 'up') return { kind: 'health', health };
  const runningMax = runningMaxOf(profile);
  return running < runningMax ? null : { kind: 'load', running, runningMax };
}

function costBar(expectedUsd: number, { needs, pacing }: Asked): Bar | null {
  if (needs.usdMax !== null && !(expectedUsd <= needs.usdMax))
    return { kind: 'task-cost', expectedUsd, usdMax: needs.usdMax };
  const affordable = pacing === null ? Number.POSITIVE_INFINITY : affordableUsd(pacing);
  return expectedUsd <= affordable
    ? null
    : { kind: 'budget', expectedUsd, affordableUsd: affordable };
}
