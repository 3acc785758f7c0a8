import { expect, test } from 'vitest';
import { commandOfButton } from '../../../src/4-verdict/commands/button.ts';
import { actionsOf } from '../../../src/5-publication/check/buttons.ts';
import { decided, recordOf } from './kit.ts';

const waiver = {
  id: 'W-e8156b0200abe8f8',
  gate: 'coverage',
  requestedBy: '@kim',
  reason: 'legacy adapter, removed by the end of May',
  expiresAt: '2027-03-08T10:00:00.000Z',
  approvals: 0,
  approvalsNeeded: 1,
};
const record = recordOf('coverage-below-the-tier');

test('what a button asks for is read back from its identifier, and nothing else is', () => {
  const buttons = [
    ...actionsOf(decided(record)),
    ...actionsOf(decided(record, { pending: [waiver] })),
    ...actionsOf(decided(recordOf('coverage-that-holds'))),
  ];
  const read = buttons.map(({ identifier }) => commandOfButton(identifier));
  expect(read.map((command) => `${command?.verb} ${command?.target ?? ''}`.trim())).toEqual([
    'waive',
    'recheck',
    'explain',
    `approve ${waiver.id}`,
    `reject ${waiver.id}`,
    'recheck',
    'merge',
    'explain',
    'recheck',
  ]);
  for (const identifier of [
    '',
    'approve',
    'a:',
    'a:W-',
    'a:W-XYZ',
    'a:W-1\n',
    'x:W-31',
    'toString',
  ])
    expect(commandOfButton(identifier)).toBeNull();
});

test('only a request for a gate that holds this change up has buttons', () => {
  const other = actionsOf(decided(record, { pending: [{ ...waiver, gate: 'tests' }] }));
  expect(other.map(({ identifier }) => identifier)).toEqual(['waive', 'recheck', 'explain']);
  const unreadable = actionsOf(decided(record, { pending: [{ ...waiver, id: 'W-of-no-form' }] }));
  expect(unreadable.map(({ identifier }) => identifier)).toEqual(['waive', 'recheck', 'explain']);
});
