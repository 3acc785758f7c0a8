/** Who pushed to a branch, as GitHub recorded it. */
import { type Activity, activitiesOf } from '../activity.ts';
import { isAncestor } from '../git.ts';
import { type Answer, type Call, json, type Route, repositoryOf } from '../http.ts';
import { noCommit } from '../refs.ts';
import { userShape } from '../shapes/accounts.ts';
import { accountOf, iso, nodeId } from '../world.ts';

export const activityRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/activity',
    needs: { anyOf: ['contents:read'] },
    answer: list,
  },
];

/** Newest first, paged by a cursor instead of a number. */
async function list(call: Call): Promise<Answer> {
  const repository = repositoryOf(call);
  const ref = call.query.get('ref');
  const size = Math.min(100, Number(call.query.get('per_page') ?? 30));
  const after = Number(call.query.get('after') ?? Number.POSITIVE_INFINITY);
  const rest = activitiesOf(repository).filter(
    (each) => (ref === null || each.ref === ref) && each.id < after,
  );
  const page = rest.slice(0, size);
  const body = await Promise.all(page.map((each) => shape(call, each)));
  const last = page.at(-1);
  if (rest.length <= size || last === undefined) return json(body);
  const query = new URLSearchParams(call.query);
  query.set('after', String(last.id));
  return { ...json(body), headers: { Link: `<${call.address}?${query.toString()}>; rel="next"` } };
}

async function shape({ world, repository }: Call, activity: Activity): Promise<unknown> {
  const { id, ref, before, after, at, byId } = activity;
  return {
    id,
    node_id: nodeId('RA', id),
    before,
    after,
    ref,
    timestamp: iso(at),
    activity_type: await typeOf(repository?.folder ?? '', activity),
    actor: userShape(world, accountOf(world, byId)),
  };
}

async function typeOf(folder: string, { before, after }: Activity): Promise<string> {
  if (before === noCommit) return 'branch_creation';
  if (after === noCommit) return 'branch_deletion';
  return (await isAncestor(folder, before, after)) ? 'push' : 'force_push';
}
