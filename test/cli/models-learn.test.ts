import { expect, test } from 'vitest';
import { applyEvents } from '../../src/adapters/roster/applying.ts';
import { rosterFile } from '../../src/adapters/roster/open.ts';
import { register } from '../../src/adapters/roster/registering.ts';
import { openRoster, type Roster } from '../../src/adapters/roster/roster.ts';
import { command as benchCommand } from '../../src/cli/bench.ts';
import { command } from '../../src/cli/models.ts';
import type { Instant } from '../../src/primitives.ts';
import { decisionOf, executionOf, must, newFile, profileOf } from '../adapters/roster/kit.ts';
import { Branch, trailer } from './audit-kit.ts';

// A story starts git dozens of times, and a busy machine takes its time.

/** A branch where one model works, and the roster that its record stands on. */
function workshop(branch: Branch, file = newFile()) {
  const roster = must(openRoster({ file, access: 'create' }));
  const at = branch.story.now as Instant;
  const asked = { profile: profileOf('one'), at, because: 'first', replace: false };
  must(register(roster, { ...asked, status: 'active' }));
  return {
    roster,
    /** The model's work on what a branch holds. */
    worked: (decision: string, name: string): void => {
      const events = [
        decisionOf(decision, 'one', { at }),
        executionOf(decision, { at, head: branch.tip(name) }),
      ];
      for (const applied of must(applyEvents(roster, events))) must(applied);
    },
    learns: () => branch.story.runs(command, 'learn', '--roster', file, '--json'),
  };
}

const recordOf = (roster: Roster) => must(roster.model('one'))?.performance['code-editing'];

test('verdicts and reverts reach the record of the model whose commit they are about, once', async () => {
  using branch = new Branch();
  const { roster, worked, learns } = workshop(branch);
  const [kept, taken, claimed] = [
    await branch.passed(),
    await branch.passed(),
    await branch.passed(),
  ];
  for (const [at, { name, id }] of [kept, taken, claimed].entries()) {
    worked(`d${at}`, name);
    branch.squash(name, trailer(id));
  }
  const [third, second] = [branch.tip(), branch.tip('main~1')];
  expect(JSON.parse((await learns()).out)).toMatchObject({ verdicts: 3, events: 3, refused: 0 });
  expect(recordOf(roster)?.tallies).toMatchObject({
    completion: { count: 3, mean: 1 },
    compliance: { count: 3, mean: 1 },
  });
  // One is taken back, in a hurry and without a verdict; of another it is only said.
  branch.git('revert', '--no-edit', second);
  branch.pushes('README.md', 'Hello.\n', `Words\n\nThis reverts commit ${third}.`);
  expect(JSON.parse((await learns()).out)).toMatchObject({ verdicts: 0, events: 1, refused: 0 });
  expect(recordOf(roster)?.tallies).toMatchObject({
    completion: { count: 3 },
    reverted: { count: 1, mean: 1 },
  });
  expect(recordOf(roster)?.tallies.completion?.mean).toBeCloseTo(2 / 3);
  const history = roster.database.prepare("SELECT body FROM events WHERE kind = 'revert'").all();
  expect(history.map((row) => JSON.parse(String(row['body'])).landed)).toEqual([second]);
  expect(JSON.parse((await learns()).out)).toMatchObject({ verdicts: 0, events: 0 });
  roster[Symbol.dispose]();
});

test('a verdict that came before anybody knew whose work it judged waits for the task', async () => {
  using branch = new Branch();
  const { roster, worked, learns } = workshop(branch);
  const { name } = await branch.passed();
  expect(JSON.parse((await learns()).out)).toMatchObject({ verdicts: 1, events: 0 });
  worked('d1', name);
  expect(JSON.parse((await learns()).out)).toMatchObject({ verdicts: 0, events: 1 });
  expect(recordOf(roster)?.tallies.compliance).toMatchObject({ count: 1, mean: 1 });
  roster[Symbol.dispose]();
});

test('the schedule learns once an hour, and of every hour that it missed at once', async () => {
  using branch = new Branch();
  const { roster, worked } = workshop(branch, rosterFile(branch.story.env));
  const once = () => branch.story.runs(benchCommand, 'schedule', '--once');
  expect((await once()).out).toMatch(/^Nothing is due before /);
  const { name } = await branch.passed();
  worked('d1', name);
  expect((await once()).out).toMatch(/^Nothing is due before /);
  roster.database.exec("UPDATE jobs SET last_due = last_due - 9 * 3600000 WHERE name = 'learn'");
  const told = await once();
  expect([told.err, told.code]).toEqual(['', 0]);
  expect(told.out).toMatch(/^learn: due /);
  expect(recordOf(roster)?.tallies.compliance).toMatchObject({ count: 1, mean: 1 });
  expect((await once()).out).toMatch(/^Nothing is due before /);
  roster[Symbol.dispose]();
});

test('a revert that was reverted takes nothing back', async () => {
  using branch = new Branch();
  const { roster, worked, learns } = workshop(branch);
  const { name, id } = await branch.passed();
  worked('d1', name);
  const landed = branch.squash(name, trailer(id));
  branch.git('revert', '--no-edit', landed);
  branch.git('revert', '--no-edit', 'HEAD');
  await learns();
  expect(recordOf(roster)?.tallies.reverted).toBeUndefined();
  expect(recordOf(roster)?.tallies.completion?.mean).toBe(1);
  roster[Symbol.dispose]();
});

test('where there is no ledger, nothing is learned and it says so', async () => {
  using branch = new Branch();
  const { roster } = workshop(branch);
  const missing = `${roster.file}.none`;
  const said = await branch.story.runs(
    command,
    'learn',
    '--roster',
    roster.file,
    '--ledger',
    missing,
  );
  expect(said.err).toContain('There is no ledger');
  roster[Symbol.dispose]();
});
