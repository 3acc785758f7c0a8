import { describe, expect, test } from 'vitest';
import { judge } from '../hub/testing.ts';
import { openTown } from './town.ts';

const lines = (count: number) =>
  Array.from({ length: count }, (_, at) => `export const total${at} = ${at};\n`).join('');
const REASON = 'reason:"generated once, read by nobody, goes with #418"';

describe('a waiver asked for and approved by comments', () => {
  test('lets a change through that is no worse than what was looked at', async () => {
    await using town = await openTown();
    const pull = await town.opens('large', { 'src/cart/total.ts': lines(300) });
    await town.rest();
    expect(town.check(pull)).toMatchObject({ conclusion: 'action_required' });
    town.hub.person('kim').comments(pull, `/caws waive budget_limit ${REASON} expires:7d`);
    await town.rest();
    const waiver = /W-[0-9a-f]{16}/.exec(town.check(pull)?.summary ?? '')?.[0];
    expect(town.check(pull)).toMatchObject({ conclusion: 'action_required' });
    town.hub.person('max').comments(pull, `/caws approve ${waiver}`);
    await town.rest();
    expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
    judge(town.hub);
  });
});
