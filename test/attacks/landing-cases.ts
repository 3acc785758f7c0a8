/** Attacks on what really lands on the branch, on the offline GitHub. */
import { Octokit } from '@octokit/rest';
import { branchFindings } from '../../app/doctor/branch-findings.ts';
import { checkupLine } from '../../src/5-publication/doctor-words.ts';
import type { Instant } from '../../src/primitives.ts';
import { law, openTown, type Town } from '../app/town.ts';
import { gitNow } from '../git-now.ts';
import { startHub } from '../hub/hub.ts';
import { slipIn } from '../hub/queue.ts';
import { exclusively } from '../hub/refs.ts';
import { must, mustEqual } from './row.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const CHECK = 'CAWS verdict';
const code = (count: number) => ({ 'src/cart/total.ts': 'export const a = 1;\n'.repeat(count) });

/** A queue's commit that holds these files beside those of the judged head. */
export async function slipped(more: Readonly<Record<string, string>>): Promise<void> {
  await using town = await openTown({ hub: { referee: false } });
  town.hub.ruleset(town.repository, {
    requires: [{ context: CHECK, appId: town.installed.appId }, { context: 'tests' }],
    rules: [{ type: 'merge_queue', parameters: { merge_method: 'SQUASH' } }],
  });
  const pull = await town.opens('prices', code(3));
  const tests = { context: 'tests', state: 'success' } as const;
  town.hub.person('max').setsStatus(town.repository, pull.head, tests);
  await town.rest();
  town.hub.person('kim').comments(pull, '/caws merge');
  await town.rest();
  const { state, world } = town.repository;
  const own = state.queue.find(({ number }) => number === pull.number)?.group?.sha ?? '';
  mustEqual(conclusionAt(town, own), 'success', 'a group of the judged head alone');
  const foreign = commitWith(town, own, more);
  await exclusively(state, () => slipIn(world, state, pull.number, foreign));
  await town.rest();
  mustEqual(conclusionAt(town, foreign), 'failure', 'a group that holds something else');
  must(pull.state.mergedAt === null, 'it landed');
}

const conclusionAt = (town: Town, sha: string) =>
  town.hub
    .checks(town.repository, sha)
    .filter(({ appId }) => appId === town.installed.appId)
    .at(-1)?.conclusion;

/** The commit once more, with other files in it. */
function commitWith(town: Town, sha: string, files: Readonly<Record<string, string>>): string {
  const { folder } = town.repository;
  const env = { ...process.env, GIT_INDEX_FILE: `${folder}/slipped` };
  const git = (args: readonly string[], input = '') =>
    gitNow({ args: ['-C', folder, ...args], env, input });
  git(['read-tree', sha]);
  for (const [path, content] of Object.entries(files)) {
    const blob = git(['hash-object', '-w', '--stdin'], content);
    git(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`]);
  }
  const who = ['-c', 'user.name=lee', '-c', 'user.email=lee@example.com'];
  return git([...who, 'commit-tree', git(['write-tree']), '-p', `${sha}^`, '-m', 'Prices']);
}

/** Somebody who may pass the rules by writes to the branch, with or without a judged head below. */
export async function bypassed(files: Readonly<Record<string, string>>): Promise<void> {
  await using town = await openTown({ hub: { referee: false } });
  const pull = await town.opens('prices', code(3));
  await town.rest();
  town.hub.person('max').comments(pull, '/caws merge');
  await town.rest();
  await town.passes(180_000);
  must(pull.state.mergedAt !== null, 'an honest merge');
  mustEqual(unverified(town), [], 'an honest merge');
  await town.hub.person('ada').push(town.repository, 'main', files, 'Past everybody');
  await town.rest();
  await town.passes(180_000);
  mustEqual(unverified(town), [town.repository.tip('main')], 'what landed without a verdict');
}

const unverified = (town: Town) =>
  town.log
    .filter((line) => line.includes('landed without its verdict'))
    .map((line) => (JSON.parse(line) as { readonly commit?: string }).commit);

/** Who a branch takes the check from, as the doctor says it. */
export async function demanded(from: 'ours' | 'anybody' | 'another' | 'nobody'): Promise<void> {
  await using hub = await startHub({ referee: false });
  const acme = hub.organization('acme');
  const shop = await hub.repository({ owner: acme, name: 'shop', files: law });
  const app = await hub.installApp({ on: acme });
  const another = await hub.installApp({ on: acme, name: 'Somebody' });
  const ids = { ours: { appId: app.appId }, another: { appId: another.appId }, anybody: {} };
  if (from !== 'nobody')
    hub.ruleset(shop, { branches: ['main'], requires: [{ context: CHECK, ...ids[from] }] });
  const client = new Octokit({ auth: app.token(), baseUrl: hub.apiUrl, log: silent }) as never;
  const at = { owner: 'acme', repo: 'shop' };
  const findings = await branchFindings(client, at, {
    appId: app.appId,
    now: () => Date.now() as Instant,
  });
  const required = findings.find(({ kind }) => kind === 'required');
  if (required === undefined) throw new Error('the doctor says nothing of the rule');
  const wanted = from === 'ours' ? 'ok' : 'fail';
  mustEqual(checkupLine(required).state, wanted, `a check that is taken from ${from}`);
}
