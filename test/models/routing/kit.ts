import type { Standing } from '../../../src/models/routing/eligible.ts';
import type { Task, TaskFacts, TaskNeeds } from '../../../src/models/routing/task.ts';

type Capabilities = Standing['profile']['capabilities'];

/** A healthy, idle worker that can do everything; what a test is about is given. */
export function standing(
  id: string,
  given: Partial<Omit<Standing, 'profile'>> & {
    readonly profile?: Partial<Standing['profile']>;
    readonly capabilities?: Partial<Capabilities>;
  } = {},
): Standing {
  const { capabilities, profile, ...rest } = given;
  return {
    status: 'active',
    health: 'up',
    running: 0,
    ...rest,
    profile: {
      ...{ schema: 'caws-arbiter/model-profile@1', id, family: 'family', version: '1' },
      ...{ digest: null, backend: 'backend', role: 'worker', memoryBytes: 0 },
      cost: { inputMillionTokensUsd: 0, outputMillionTokensUsd: 0 },
      ...profile,
      capabilities: {
        tasks: ['bug-fix'],
        languages: [],
        surfaces: ['code-editing', 'research-assistant', 'data-analysis'],
        tools: ['shell'],
        contextTokens: 200_000,
        ...capabilities,
      },
    },
  };
}

export const anyNeeds: TaskNeeds = {
  ...{ role: 'worker', kind: null, languages: [], tools: [] },
  ...{ inputTokens: null, outputTokens: null, usdMax: null },
};

export const smallFacts: TaskFacts = {
  text: 'Round the total once, not each line.',
  files: [{ path: 'src/cart.ts', lines: 12 }],
  tier: 3,
  surface: null,
};

export const task = (facts: Partial<TaskFacts> = {}, needs: Partial<TaskNeeds> = {}): Task => ({
  facts: { ...smallFacts, ...facts },
  needs: { ...anyNeeds, ...needs },
});
