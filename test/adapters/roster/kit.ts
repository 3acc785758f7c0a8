import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRoster, type Roster } from '../../../src/adapters/roster/roster.ts';
import type { DecisionEvent, ExecutionEvent } from '../../../src/models/events.ts';
import type { ModelProfile } from '../../../src/models/profile.ts';
import type { Instant, Result } from '../../../src/primitives.ts';

/** 2026-11-23T12:00:00Z. */
export const NOON = 1_795_435_200_000 as Instant;
export const later = (ms: number): Instant => (NOON + ms) as Instant;

/** A name for a roster in a fresh folder. */
export const newFile = (): string =>
  join(mkdtempSync(join(tmpdir(), 'arbiter-roster-')), 'models.db');

export function opened(file = newFile()): Roster {
  return must(openRoster({ file, access: 'create' }));
}

export function must<Value>(result: Result<Value, unknown>): Value {
  if (!result.ok) throw new Error(JSON.stringify(result.fault));
  return result.value;
}

export function profileOf(id: string, fields: Partial<ModelProfile> = {}): ModelProfile {
  return {
    schema: 'caws-arbiter/model-profile@1',
    id,
    family: 'qwen3',
    version: '1',
    digest: `sha256:${'a'.repeat(64)}`,
    backend: 'llama',
    role: 'worker',
    capabilities: {
      tasks: ['bug-fix', 'refactoring'],
      languages: ['typescript'],
      surfaces: ['code-editing'],
      tools: ['shell'],
      contextTokens: 32_768,
    },
    cost: { inputMillionTokensUsd: 0, outputMillionTokensUsd: 0 },
    memoryBytes: 5_000_000_000,
    ...fields,
  };
}

export function decisionOf(
  decision: string,
  model: string,
  fields: Partial<DecisionEvent> = {},
): DecisionEvent {
  return {
    kind: 'decision',
    at: NOON,
    decision,
    model,
    surface: 'code-editing',
    repository: 'github.com/shop/cart',
    policy: 'thompson-reset',
    seed: '7',
    candidates: [{ model, propensity: 1 }],
    reason: { drawn: 0.81 },
    ...fields,
  };
}

export function executionOf(
  decision: string,
  fields: Partial<ExecutionEvent> = {},
): ExecutionEvent {
  return {
    kind: 'execution',
    at: later(60_000),
    decision,
    ended: 'completed',
    latencyMs: 58_000,
    ...fields,
  };
}
