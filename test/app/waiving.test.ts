import { describe, expect, test } from 'vitest';
import { judge } from '../hub/testing.ts';
import { openTown } from './town.ts';
import { askedPull } from './waived.ts';

describe('a waiver asked for and approved by comments', () => {
  test('lets a change through that is no worse than what was looked at', async () => {
    await using town = await openTown();
    const { pull, waiver } = await askedPull(town);
    expect(town.check(pull)).toMatchObject({ conclusion: 'action_required' });
    town.hub.person('max').comments(pull, `/caws approve ${waiver}`);
    await town.rest();
    expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
    judge(town.hub);
  });
});
