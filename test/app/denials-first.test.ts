import { expect, test } from 'vitest';
import { openTown } from './town.ts';
import { waivedPull } from './waived.ts';

const crowd = Array.from({ length: 10 }, () => '/caws status').join('\n\n');

test('a revocation is not kept waiting by questions that were asked before it', async () => {
  await using town = await openTown({ hub: { referee: false } });
  const { pull, waiver } = await waivedPull(town);
  const kim = town.hub.person('kim');
  for (let n = 0; n < 5; n += 1) kim.comments(pull, crowd);
  town.hub.person('max').comments(pull, `/caws revoke ${waiver} reason:"no longer so, see #7"`);
  // So many replies are more than the forge lets anybody write in an hour.
  town.hub.faults.request(
    { method: 'POST', route: '/repos/{owner}/{repo}/issues/{issue_number}/comments', times: 1_000 },
    { kind: 'secondary-limit', retryAfterSeconds: 60 },
  );
  await town.hears(pull);
  await town.passes(120_000);
  expect(town.check(pull)?.conclusion).toBe('action_required');
});
