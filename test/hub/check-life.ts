/** Check suites and runs: how they come to be, end, and are asked for again. */

import type { CheckRun, CheckSuite } from './check-state.ts';
import { emit } from './events.ts';
import { checkEventShape, suiteEventShape, suiteState } from './shapes/check.ts';
import type { Account, Repository } from './state.ts';
import { accountOf, nextId, type World } from './world.ts';

interface Pushed {
  readonly branch: string;
  readonly sha: string;
  readonly before: string;
  readonly by: Account;
}

/** Every app that may write checks gets a suite of its own on each push. */
export async function requestSuites(
  world: World,
  repository: Repository,
  pushed: Pushed,
): Promise<void> {
  for (const installation of world.installations.values()) {
    const reaches =
      installation.accountId === repository.ownerId &&
      (installation.repositoryIds?.has(repository.id) ?? true);
    if (!reaches || installation.suspended || installation.permissions['checks'] !== 'write')
      continue;
    const known = suiteOf(repository, installation.appId, pushed.sha);
    const suite = known ?? newSuite(world, repository, installation.appId, pushed);
    if (known === undefined) await tellOfSuite(world, repository, suite, 'requested', pushed.by);
  }
}

const suiteOf = (repository: Repository, appId: number, sha: string): CheckSuite | undefined =>
  [...repository.suites.values()].find((suite) => suite.appId === appId && suite.headSha === sha);

function newSuite(
  world: World,
  repository: Repository,
  appId: number,
  head: { readonly branch: string | null; readonly sha: string; readonly before: string | null },
): CheckSuite {
  const suite: CheckSuite = {
    id: nextId(world),
    appId,
    headSha: head.sha,
    headBranch: head.branch,
    before: head.before,
    createdAt: world.now(),
    updatedAt: world.now(),
    rerequested: false,
  };
  repository.suites.set(suite.id, suite);
  return suite;
}

/** The suite that a new run of this app at this commit belongs to. */
export function suiteFor(
  world: World,
  repository: Repository,
  appId: number,
  sha: string,
): CheckSuite {
  const known = suiteOf(repository, appId, sha);
  if (known !== undefined) return known;
  const branch = [...repository.refs].find(
    ([ref, tip]) => tip === sha && ref.startsWith('refs/heads/'),
  )?.[0];
  return newSuite(world, repository, appId, {
    branch: branch?.slice('refs/heads/'.length) ?? null,
    sha,
    before: null,
  });
}

async function tellOfSuite(
  world: World,
  repository: Repository,
  suite: CheckSuite,
  action: 'requested' | 'rerequested' | 'completed',
  sender: Account,
): Promise<void> {
  emit(world, {
    event: 'check_suite',
    action,
    repository,
    sender,
    payload: { check_suite: await suiteEventShape(world, repository, suite) },
    ...(action === 'completed' ? {} : { onlyApp: suite.appId }),
  });
}

export function tellOfRun(
  world: World,
  repository: Repository,
  run: CheckRun,
  action: 'created' | 'completed' | 'rerequested' | 'requested_action',
  sender: Account,
  more: Readonly<Record<string, unknown>> = {},
): void {
  const own = action === 'rerequested' || action === 'requested_action';
  emit(world, {
    event: 'check_run',
    action,
    repository,
    sender,
    payload: { check_run: checkEventShape(world, repository, run), ...more },
    ...(own ? { onlyApp: run.appId } : {}),
  });
}

/** After a run changed: the suite ends with its last run, and the world hears of it once. */
export async function afterRun(
  world: World,
  repository: Repository,
  run: CheckRun,
  changed: { readonly created: boolean; readonly completed: boolean },
): Promise<void> {
  const suite = repository.suites.get(run.suiteId);
  const app = world.apps.get(run.appId);
  if (suite === undefined || app === undefined) return;
  const sender = accountOf(world, app.botId);
  suite.rerequested = false;
  suite.updatedAt = world.now();
  if (changed.created) tellOfRun(world, repository, run, 'created', sender);
  if (!changed.completed) return;
  tellOfRun(world, repository, run, 'completed', sender);
  if (suiteState(repository, suite).status === 'completed')
    await tellOfSuite(world, repository, suite, 'completed', sender);
}

/** Somebody asks for a run again: the suite is queued anew, the run itself stays as it is. */
export function rerequestRun(
  world: World,
  repository: Repository,
  run: CheckRun,
  by: Account,
): void {
  const suite = repository.suites.get(run.suiteId);
  if (suite !== undefined) suite.rerequested = true;
  tellOfRun(world, repository, run, 'rerequested', by);
}

export async function rerequestSuite(
  world: World,
  repository: Repository,
  suite: CheckSuite,
  by: Account,
): Promise<void> {
  suite.rerequested = true;
  await tellOfSuite(world, repository, suite, 'rerequested', by);
}
