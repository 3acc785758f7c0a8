import { expect, test } from 'vitest';
import { PAUSE_MS_MAX } from '../../app/work/pause.ts';
import { openTown } from './town.ts';
import { lines, waivedPull } from './waived.ts';

test('a revocation amid a flood counts within half a minute, and a pull request beside it is heard at once', async () => {
  await using town = await openTown({
    settings: { ARBITER_EVALUATIONS: '1' },
    hub: { referee: false },
  });
  const { pull, waiver } = await waivedPull(town);
  const kim = town.hub.person('kim');
  for (let n = 0; n < 6; n += 1) {
    kim.comments(pull, '/caws status');
    await town.passes(n < 4 ? 3_000 : PAUSE_MS_MAX);
  }
  town.hub.person('max').comments(pull, `/caws revoke ${waiver} reason:"no longer so, see #7"`);
  kim.comments(pull, '/caws status');
  const other = await town.opens('quiet', { 'src/cart/other.ts': lines(3) });
  await town.hub.settle();
  await town.app.settled();
  expect(town.check(other)?.conclusion).toBe('success');
  expect(town.check(pull)?.conclusion).toBe('success');
  await town.passes(PAUSE_MS_MAX);
  expect(town.check(pull)?.conclusion).toBe('action_required');
});
