import { expect, test } from 'vitest';
import { command as ledger } from '../../src/cli/ledger.ts';
import { command as verdict } from '../../src/cli/verdict.ts';
import { arbiterListed, kim, robin, sam, trustedKeys } from './people.ts';
import { Story } from './story.ts';

// A story starts git dozens of times, and a busy machine takes its time.

const law = { '.caws/trusted-keys.yaml': trustedKeys([sam, kim]) + arbiterListed };

test('a verdict is trusted by the keys that the default branch names now', async () => {
  using story = new Story({ law });
  story.worker.stays();
  await story.verdict();
  const checked = await story.runs(verdict, 'verify');
  expect([checked.code, checked.out.includes('is trusted')]).toEqual([0, true]);
});

test('a verdict of a key that nobody named does not hold, whatever its own case says', async () => {
  using story = new Story({ law });
  story.worker.stays();
  story.env['CAWS_ARBITER_KEY'] = robin.privateKey;
  await story.verdict();
  const forged = await story.runs(verdict, 'verify');
  expect([forged.code, forged.out.includes('this one is not')]).toEqual([6, true]);
});

test('a verdict by a key that was taken off the list since does not hold any more', async () => {
  using story = new Story({ law });
  story.worker.stays();
  await story.verdict();
  story.lands((hands) =>
    hands.writes(
      '.caws/trusted-keys.yaml',
      trustedKeys([sam]) + arbiterListed.replace('2027-01-01', '2027-12-31'),
    ),
  );
  expect((await story.runs(verdict, 'verify')).code).toBe(6);
});

test('the ledger itself says who signed, and fails on whom the list does not name', async () => {
  using story = new Story({ law });
  story.worker.stays();
  await story.verdict();
  story.env['CAWS_ARBITER_KEY'] = robin.privateKey;
  await story.verdict();
  const file = story.beside('keys.yaml', law['.caws/trusted-keys.yaml']);
  const checked = await story.runs(ledger, 'verify', '--trust', file);
  expect([checked.code, checked.out.includes('untrusted')]).toEqual([6, true]);
});

test('a key that the target has revoked gives no verdict at all', async () => {
  using story = new Story({ law });
  story.worker.stays();
  story.lands((hands) =>
    hands.writes(
      '.caws/trusted-keys.yaml',
      trustedKeys([sam]) +
        arbiterListed.replace(' }', ', revoked: { at: 2027-01-02T00:00:00Z, reason: lost } }'),
    ),
  );
  expect(await story.verdict()).toContain('no verdict (exit 4)');
  expect([story.said.code, story.said.err.includes('was revoked')]).toEqual([4, true]);
});
