import { expect, test } from 'vitest';
import { type Rule, rules } from '../../src/caws/rules.ts';
import { command } from '../../src/cli/explain.ts';
import { rehearsal } from './rehearsal.ts';

async function explained(...args: readonly string[]): Promise<string> {
  const stage = rehearsal('/');
  await command(stage.world).parseAsync([...args], { from: 'user' });
  return stage.out();
}

test('who may waive a rule is said by the shipped policy, and that another policy may name others', async () => {
  for (const [id, rule] of Object.entries<Rule>(rules)) {
    const said = await explained(id);
    const who = /^ {2}who {7}(.*)\n {12}(.*)\n {12}(.*)$/m.exec(said);
    if (rule.class !== 'waivable') expect(who, id).toBeNull();
    else {
      expect(who?.[1], id).toMatch(/maintainer.*not the author; at most \d+ days?$/);
      expect(who?.[2], id).toMatch(/^by the shipped policy; .* own may name others:$/);
      expect(who?.[3], id).toBe('arbiter config show --base');
    }
  }
  const answer = JSON.parse(await explained('governance.change', '--json')) as { waiving: object };
  expect(answer.waiving).toMatchObject({ gate: 'governance', approvers: [] });
});
