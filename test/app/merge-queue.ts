/** A town whose main branch has a merge queue, and what stories of it have in common. */
import { expect } from 'vitest';
import type { PullHandle } from '../hub/handles.ts';
import type { HubOptions } from '../hub/new-world.ts';
import { openTown, type Town } from './town.ts';
import { lines } from './waived.ts';

type Method = 'MERGE' | 'SQUASH' | 'REBASE';

/** A town whose main branch has a queue. It asks for `tests` as well, so that nothing lands unasked. */
export async function queueTown(
  method: Method = 'SQUASH',
  parameters: Readonly<Record<string, unknown>> = {},
  hub: HubOptions = {},
  more: Omit<NonNullable<Parameters<typeof openTown>[0]>, 'hub'> = {},
): Promise<Town> {
  const town = await openTown({ hub, ...more });
  asksOfQueue(town, method, parameters);
  return town;
}

export function asksOfQueue(
  town: Town,
  method: Method,
  parameters: Readonly<Record<string, unknown>> = {},
  requires: NonNullable<Parameters<Town['hub']['ruleset']>[1]['requires']> = [
    { context: 'CAWS verdict', appId: town.app.tools.settings.appId },
    { context: 'tests' },
  ],
): void {
  town.repository.state.settings.squashMessage = 'PR_BODY';
  town.repository.state.settings.mergeMessage = 'PR_BODY';
  town.hub.ruleset(town.repository, {
    requires,
    rules: [
      {
        type: 'merge_queue',
        parameters: {
          merge_method: method,
          check_response_timeout_minutes: 60,
          grouping_strategy: 'ALLGREEN',
          max_entries_to_build: 5,
          max_entries_to_merge: 5,
          min_entries_to_merge: 1,
          min_entries_to_merge_wait_minutes: 0,
          ...parameters,
        },
      },
    ],
  });
}

/** Opens a pull request that passes, with its tests green. */
export async function passing(
  town: Town,
  branch: string,
  files?: Readonly<Record<string, string>>,
) {
  const pull = await town.opens(branch, files ?? { [`src/cart/${branch}.ts`]: lines(3, branch) });
  green(town, pull.head);
  await town.rest();
  expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
  return pull;
}

export const green = (town: Town, sha: string) =>
  town.hub.person('max').setsStatus(town.repository, sha, { context: 'tests', state: 'success' });

export async function enqueues(town: Town, ...pulls: readonly PullHandle[]): Promise<void> {
  for (const pull of pulls) {
    town.hub.person('kim').comments(pull, '/caws merge');
    await town.rest();
    const queued = town.repository.state.queue.map(({ number }) => number);
    expect(queued).toContain(pull.number);
  }
}

export const groupOf = (town: Town, pull: PullHandle) =>
  town.repository.state.queue.find(({ number }) => number === pull.number)?.group?.sha ?? '';

export const checkAt = (town: Town, sha: string) =>
  town.hub
    .checks(town.repository, sha)
    .filter((run) => run.appId === town.installed.appId)
    .at(-1);
