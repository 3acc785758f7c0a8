import { expect, test } from 'vitest';
import { readAhead, readingOf } from '../../app/comment-readings.ts';

test('a conversation is read a comment a turn, so that nobody beside it waits for all of it', async () => {
  const comments = Array.from({ length: 40 }, (_, at) => ({ body: `/caws status\n\nturn ${at}` }));
  let turns = 0;
  let goesOn = true;
  const turn = () => {
    turns += 1;
    if (goesOn) setImmediate(turn);
  };
  setImmediate(turn);
  await readAhead(comments);
  expect(turns).toBeGreaterThanOrEqual(comments.length - 1);
  const before = turns;
  await readAhead(comments);
  goesOn = false;
  expect(turns).toBe(before);
});

test('what was read of a text is what is remembered of it', () => {
  const body = '/caws hold\n\n```\n/caws merge\n```\n';
  const first = readingOf(body);
  expect(first.commands.map(({ text }) => text)).toEqual(['/caws hold']);
  expect(readingOf(body)).toBe(first);
});
