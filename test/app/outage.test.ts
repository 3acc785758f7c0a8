import { expect, test } from 'vitest';
import { judge } from '../hub/testing.ts';
import { openTown } from './town.ts';

test("while GitHub's git does not answer the check waits, and says for what", async () => {
  await using town = await openTown();
  const { appId } = town.installed;
  town.hub.ruleset(town.repository, { requires: [{ context: 'CAWS verdict', appId }] });
  town.hub.faults.request({ route: 'git' }, { kind: 'status', status: 503 });
  const pull = await town.opens('prices', { 'src/cart/total.ts': 'export const total = 1;\n' });
  await town.rest();
  expect(town.check(pull)).toMatchObject({ status: 'in_progress' });
  expect(town.check(pull)?.title).toMatch(/^WAITING · for GitHub: no answer while fetching/);
  town.hub.faults.clear();
  // Half a minute of the town's own time.
  for (let passed = 0; passed < 11; passed += 1) await town.rest();
  await town.hears(pull);
  expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
  judge(town.hub);
});
