/** Gates that run a command, from the pull request to the verdict; one town for all, since each costs seconds. */
import { afterAll, afterEach, beforeAll, describe, test } from 'vitest';
import { judge } from '../hub/testing.ts';
import { actionStories } from './action-stories.ts';
import { forgedStories } from './forged-stories.ts';
import { killedStories } from './killed-stories.ts';
import { runStories } from './run-stories.ts';
import { openRunTown } from './runner.ts';
import type { Town } from './town.ts';

let town: Town;
beforeAll(async () => {
  town = await openRunTown();
});
// A story that fails says what the app put off: nothing else shows why a check was not concluded.
afterEach(({ task }) => {
  if (task.result?.state !== 'fail') return;
  const putOff = town.log.filter(
    (line) => /"(?:because|err)":/.test(line) && !line.includes('"msg":"delivery"'),
  );
  process.stdout.write(putOff.slice(-5).join(''));
});
afterAll(() => town[Symbol.asyncDispose]());

describe('a run', () => runStories(() => town));
describe('the shipped action', () => actionStories(() => town));
describe('a runner that is killed', () => killedStories(() => town));
describe('whoever speaks for a run', () => forgedStories(() => town));

test('all of it is what GitHub documents', () => {
  judge(town.hub);
});
