/** Check runs and suites: only apps write them, and each limit that GitHub names is kept. */
import { actorOf } from '../auth.ts';
import { afterChecks } from '../auto-merge.ts';
import { faceOf, readFace } from '../check-face.ts';
import { afterRun, rerequestRun, rerequestSuite, suiteFor } from '../check-life.ts';
import { resolveCommit } from '../git.ts';
import {
  type Answer,
  type Call,
  json,
  notFound,
  numberParam,
  paged,
  param,
  Refusal,
  type Route,
  repositoryOf,
  text,
} from '../http.ts';
import { exclusively } from '../refs.ts';
import { checkShape, suiteShape } from '../shapes/check.ts';
import type { CheckRun, CheckSuite } from '../state.ts';
import { nextId } from '../world.ts';

const reads = { anyOf: ['checks:read'] } as const;
const writes = { anyOf: ['checks:write'], appsOnly: true } as const;

export const checkRoutes: readonly Route[] = [
  { method: 'POST', path: '/repos/{owner}/{repo}/check-runs', needs: writes, answer: create },
  {
    method: 'PATCH',
    path: '/repos/{owner}/{repo}/check-runs/{check_run_id}',
    needs: writes,
    answer: update,
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/check-runs/{check_run_id}',
    needs: reads,
    answer: (call) => json(checkShape(call.world, repositoryOf(call), runOf(call))),
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/check-runs/{check_run_id}/annotations',
    needs: reads,
    answer: annotations,
  },
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/check-runs/{check_run_id}/rerequest',
    needs: { anyOf: ['checks:write'] },
    answer: (call) => {
      const by = actorOf(call.world, call.principal);
      rerequestRun(call.world, repositoryOf(call), runOf(call), by);
      return json({}, 201);
    },
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/commits/{ref}/check-runs',
    needs: reads,
    answer: runsOfCommit,
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/commits/{ref}/check-suites',
    needs: reads,
    answer: suitesOfCommit,
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/check-suites/{check_suite_id}',
    needs: reads,
    answer: async (call) => json(await suiteShape(call.world, repositoryOf(call), suiteOf(call))),
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/check-suites/{check_suite_id}/check-runs',
    needs: reads,
    answer: (call) => listRuns(call, (run) => run.suiteId === suiteOf(call).id),
  },
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/check-suites/{check_suite_id}/rerequest',
    needs: { anyOf: ['checks:write'] },
    answer: async (call) => {
      const by = actorOf(call.world, call.principal);
      await rerequestSuite(call.world, repositoryOf(call), suiteOf(call), by);
      return json({}, 201);
    },
  },
];

function runOf(call: Call): CheckRun {
  const run = repositoryOf(call).checks.get(numberParam(call, 'check_run_id'));
  if (run === undefined) throw notFound();
  return run;
}

function suiteOf(call: Call): CheckSuite {
  const suite = repositoryOf(call).suites.get(numberParam(call, 'check_suite_id'));
  if (suite === undefined) throw notFound();
  return suite;
}

function appIdOf(call: Call): number {
  if (call.principal.kind !== 'installation') throw notFound();
  return call.principal.app.id;
}

/** GitHub keeps at most this many runs of one name in a suite. */
const runsOfNameMax = 1_000;

async function create(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const name = text(call.body, 'name');
  const head = text(call.body, 'head_sha');
  if (name === undefined || head === undefined)
    throw new Refusal(422, 'Invalid request.\n\n"name", "head_sha" weren\'t supplied.');
  const sha = /^[0-9a-f]{40}$/.test(head) ? await resolveCommit(repository, head) : null;
  if (sha === null) throw new Refusal(422, `No commit found for SHA: ${head}`);
  const face = readFace(call.world, call.body, null);
  const suite = suiteFor(call.world, repository, appIdOf(call), sha);
  const twins = [...repository.checks.values()].filter(
    (run) => run.suiteId === suite.id && run.name === name,
  );
  if (twins.length >= runsOfNameMax) throw new Refusal(422, 'Too many check runs of this name');
  const run: CheckRun = {
    id: nextId(call.world),
    suiteId: suite.id,
    appId: suite.appId,
    headSha: sha,
    name,
    ...face,
  };
  repository.checks.set(run.id, run);
  const completed = run.status === 'completed';
  await afterRun(call.world, repository, run, { created: true, completed });
  if (completed) afterChecks(call.world, repository, sha);
  return json(checkShape(call.world, repository, run), 201);
}

function update(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const run = runOf(call);
  if (run.appId !== appIdOf(call))
    throw new Refusal(
      403,
      `Invalid app_id \`${appIdOf(call)}\` - check run can only be modified by the GitHub App that created it.`,
    );
  return exclusively(repository, async () => {
    const before = run.status;
    const { annotations: added, ...face } = readFace(call.world, call.body, faceOf(run));
    Object.assign(run, face);
    run.name = text(call.body, 'name') ?? run.name;
    // Appended, never replaced: whoever sends an annotation twice shows it twice.
    run.annotations.push(...added);
    const completed = run.status === 'completed' && before !== 'completed';
    await afterRun(call.world, repository, run, { created: false, completed });
    if (run.status === 'completed') afterChecks(call.world, repository, run.headSha);
    return json(checkShape(call.world, repository, run));
  });
}

function annotations(call: Call) {
  const run = runOf(call);
  const page = `${call.world.url}/${param(call, 'owner')}/${param(call, 'repo')}`;
  return paged(call, run.annotations, (each) => ({
    ...each,
    blob_href: `${page}/blob/${run.headSha}/${encodeURI(each.path)}`,
  }));
}

async function runsOfCommit(call: Call): Promise<Answer> {
  const sha = await resolveCommit(repositoryOf(call), param(call, 'ref'));
  if (sha === null) throw new Refusal(422, `No commit found for SHA: ${param(call, 'ref')}`);
  return listRuns(call, (run) => run.headSha === sha);
}

function listRuns(call: Call, within: (run: CheckRun) => boolean): Promise<Answer> {
  const repository = repositoryOf(call);
  const name = call.query.get('check_name');
  const status = call.query.get('status');
  const app = call.query.get('app_id');
  const found = [...repository.checks.values()].filter(
    (run) =>
      within(run) &&
      (name === null || run.name === name) &&
      (status === null || run.status === status) &&
      (app === null || run.appId === Number(app)),
  );
  const latest = new Map(found.map((run) => [`${run.suiteId} ${run.name}`, run]));
  const listed = call.query.get('filter') === 'all' ? found : [...latest.values()];
  return paged(
    call,
    listed.toReversed(),
    (run) => checkShape(call.world, repository, run),
    'check_runs',
  );
}

async function suitesOfCommit(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const sha = await resolveCommit(repository, param(call, 'ref'));
  const app = call.query.get('app_id');
  const found = [...repository.suites.values()].filter(
    (suite) => suite.headSha === sha && (app === null || suite.appId === Number(app)),
  );
  return paged(call, found, (suite) => suiteShape(call.world, repository, suite), 'check_suites');
}
