import { expect, test } from 'vitest';
import { asCalled } from '../../src/5-publication/as-called.ts';

const there = { program: 'arbiter', folder: '../my shop' };
const script = { program: 'npm run -s arbiter --', folder: null };

test.each([
  [
    'Next: arbiter verify main...x',
    "Next: arbiter -C '../my shop' verify main...x",
    'Next: npm run -s arbiter -- verify main...x',
  ],
  [
    '(arbiter init writes one), or: arbiter verify --spec ID',
    "(arbiter -C '../my shop' init writes one), or: arbiter -C '../my shop' verify --spec ID",
    '(npm run -s arbiter -- init writes one), or: npm run -s arbiter -- verify --spec ID',
  ],
  [
    'Go to one: arbiter -C DIR verify',
    'Go to one: arbiter -C DIR verify',
    'Go to one: npm run -s arbiter -- -C DIR verify',
  ],
  [
    'git add .caws && git commit',
    "git -C '../my shop' add .caws && git -C '../my shop' commit",
    'git add .caws && git commit',
  ],
  [
    'git rebase --exec "git commit --amend" TARGET',
    'git -C \'../my shop\' rebase --exec "git commit --amend" TARGET',
    'git rebase --exec "git commit --amend" TARGET',
  ],
])('%s', (text, inFolder, byScript) => {
  expect(asCalled(text, undefined)).toBe(text);
  expect(asCalled(text, there)).toBe(inFolder);
  expect(asCalled(text, script)).toBe(byScript);
});

test.each([
  'only the arbiter writes it',
  'role: arbiter signs verdicts',
  'in .git/caws-arbiter verify',
  'git refuses /x, because it belongs to another user',
  'See: /usr/bin/arbiter verify',
])('a sentence stays as it is: %s', (text) => {
  expect(asCalled(text, there)).toBe(text);
  expect(asCalled(text, script)).toBe(text);
});
