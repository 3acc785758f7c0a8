/** Attacks on the way between the app and the forge, on the offline GitHub. */
import { Octokit } from '@octokit/rest';
import { merge } from '../../src/adapters/github/merging.ts';
import type { CommitSha, Instant } from '../../src/primitives.ts';
import { law, openTown, type Town } from '../app/town.ts';
import type { PullHandle } from '../hub/handles.ts';
import { startHub } from '../hub/hub.ts';
import { must, mustEqual } from './row.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const code = (count: number) => ({ 'src/cart/total.ts': 'export const a = 1;\n'.repeat(count) });

/** The head moves after the last look at it, and before the forge merges. */
export async function overrun(pushes: number): Promise<void> {
  await using hub = await startHub({ referee: false });
  const acme = hub.organization('acme');
  const shop = await hub.repository({ owner: acme, name: 'shop', files: law });
  const kim = hub.person('kim');
  hub.collaborator(shop, kim, 'write');
  const app = await hub.installApp({ on: acme });
  await kim.push(shop, 'prices', code(3), 'Prices', { from: 'main' });
  const pull = await kim.opens(shop, { head: 'prices', title: 'Prices' });
  const judged = pull.head as CommitSha;
  for (let n = 1; n <= pushes; n += 1) await kim.push(shop, 'prices', code(3 + n));
  const at = {
    client: new Octokit({ auth: app.token(), baseUrl: hub.apiUrl, log: silent }) as never,
    repository: { owner: 'acme', name: 'shop' } as never,
    now: () => Date.now() as Instant,
  };
  const wanted = { method: 'squash', title: 'Prices', message: '' } as const;
  const stale = await merge(at, pull.number, { ...wanted, head: judged });
  mustEqual(stale.ok ? 'merged' : stale.fault.kind, 'head-moved', 'a merge of a moved head');
  must(pull.state.mergedAt === null, 'what nobody judged was merged');
  const live = await merge(at, pull.number, { ...wanted, head: pull.head as CommitSha });
  must(live.ok, 'the head itself does not merge');
}

/** A stricter policy lands while pull requests are green. */
export async function tightened(caps: readonly number[]): Promise<void> {
  await using town = await openTown({ hub: { referee: false } });
  const pull = await town.opens('prices', code(90));
  await town.rest();
  mustEqual(town.check(pull)?.conclusion, 'success', 'under the policy of then');
  for (const cap of caps) {
    await town.hub.person('ada').push(town.repository, 'main', {
      '.caws/policy.yaml': `${law['.caws/policy.yaml']}`.replaceAll(
        'max_loc: 200',
        `max_loc: ${cap}`,
      ),
    });
    await town.rest();
    const wanted = cap < 90 ? 'action_required' : 'success';
    mustEqual(town.check(pull)?.conclusion, wanted, `under a policy of ${cap} lines`);
  }
}

const pressed = async (town: Town, pull: PullHandle): Promise<void> => {
  const merged = await town.hub.person('kim').merges(pull);
  must(!merged.ok, 'merged before it was heard');
};

/** A head passes where much is allowed, and is merged elsewhere before anybody hears of it. */
export async function reaimed([way, count]: readonly ['edited' | 'twin', number]): Promise<void> {
  await using town = await openTown({ hub: { referee: false } });
  const policy = `${law['.caws/policy.yaml']}`.replaceAll('max_loc: 200', 'max_loc: 9000');
  const ada = town.hub.person('ada');
  await ada.push(town.repository, 'lax', { '.caws/policy.yaml': policy }, 'Lax', { from: 'main' });
  requires(town);
  const pull = await town.opens('sly', code(count), 'lax');
  await town.rest();
  mustEqual(town.check(pull)?.conclusion, 'success', 'into the lax branch');
  const kim = town.hub.person('kim');
  if (way === 'edited') await kim.changes(pull, { base: 'main' });
  const aimed =
    way === 'edited'
      ? pull
      : await kim.opens(town.repository, { head: 'sly', base: 'main', title: 'Twin' });
  await pressed(town, aimed);
}

/** A head that passed is left by a push, and pushed back when its pass would not be given any more. */
export async function pushedBack(count: number): Promise<void> {
  await using town = await openTown({ hub: { referee: false } });
  requires(town);
  const pull = await town.opens('sly', code(90));
  await town.rest();
  mustEqual(town.check(pull)?.conclusion, 'success', 'at first');
  const [passed, kim] = [pull.head, town.hub.person('kim')];
  await kim.push(town.repository, 'sly', code(count));
  await town.rest();
  await town.hub.person('ada').push(town.repository, 'main', {
    '.caws/policy.yaml': `${law['.caws/policy.yaml']}`.replaceAll('max_loc: 200', 'max_loc: 2'),
  });
  await town.rest();
  await kim.resets(town.repository, 'sly', passed);
  await pressed(town, pull);
}

const requires = (town: Town): void => {
  const { appId } = town.installed;
  town.hub.ruleset(town.repository, {
    requires: [{ context: 'CAWS verdict', appId }],
    // Who writes the law lands it by hand here.
    bypass: [{ actor_id: null, actor_type: 'OrganizationAdmin', bypass_mode: 'always' }],
  });
};

/** Pages of a private repository, to whoever comes along. */
export async function peeked(headers: Readonly<Record<string, string>>): Promise<void> {
  await using town = await openTown({ hub: { referee: false } });
  const pull = await town.opens('prices', code(3));
  await town.rest();
  const id = town.check(pull)?.externalId;
  const page = async (path: string) => {
    const answer = await fetch(`${town.app.address}${path}`, { headers, redirect: 'manual' });
    return { status: answer.status, text: await answer.text() };
  };
  mustEqual((await page(`/v/${id}`)).status, 200, 'a page of a public repository');
  town.repository.state.settings.private = true;
  // What the forge said of the repository may be some minutes old.
  await town.restart();
  mustEqual(
    await page(`/v/${id}`),
    await page('/v/019b1d2e-8a00-7000-8000-00000000bad0'),
    'a page of a private repository and one that is not',
  );
}
