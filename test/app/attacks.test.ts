/** What people, bots and strangers try to be granted by words, through the whole app. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PullHandle } from '../hub/handles.ts';
import type { Person } from '../hub/person.ts';
import { clientOf, judge } from '../hub/testing.ts';
import { law, openTown, type Town } from './town.ts';

const lines = (count: number) =>
  Array.from({ length: count }, (_, at) => `export const total${at} = ${at};\n`).join('');
const REASON = 'reason:"generated once, read by nobody, goes with #418"';
const ASKING = `/caws waive budget_limit ${REASON} expires:7d`;

let town: Town;
beforeAll(async () => {
  const policy = `${law['.caws/policy.yaml']}waivers: { max_active_waivers_per_gate: 100 }\n`;
  town = await openTown({ files: { ...law, '.caws/policy.yaml': policy } });
});
afterAll(async () => {
  judge(town.hub);
  await town[Symbol.asyncDispose]();
});

const maintainer = (login: string): Person => {
  const person = town.hub.person(login);
  town.hub.collaborator(town.repository, person, 'maintain');
  return person;
};
const conclusion = (pull: PullHandle) => town.check(pull)?.conclusion;

/** A change over its budget, with a waiver asked for: one honest approval away from a pass. */
async function asked(branch: string, by = town.hub.person('kim'), asker = by) {
  await by.push(town.repository, branch, { 'src/cart/total.ts': lines(300) }, 'Large', {
    from: 'main',
  });
  const pull = await by.opens(town.repository, { head: branch, title: branch });
  await town.rest();
  asker.comments(pull, ASKING);
  await town.rest();
  const waiver = /W-[0-9a-f]{16}/.exec(town.check(pull)?.summary ?? '')?.[0];
  expect(waiver).toBeDefined();
  expect(conclusion(pull)).toBe('action_required');
  return { pull, approval: `/caws approve ${waiver}` };
}

/** It was really one honest approval away. */
async function honest({ pull, approval }: { pull: PullHandle; approval: string }) {
  town.hub.person('max').comments(pull, approval);
  await town.rest();
  expect(conclusion(pull)).toBe('success');
}

describe('a waiver is not granted', () => {
  test('by the author, though the author maintains the repository and another asked', async () => {
    const mia = maintainer('mia');
    const { pull, approval } = await asked('own', mia, town.hub.person('lee'));
    mia.comments(pull, approval);
    await town.rest();
    expect(conclusion(pull)).toBe('action_required');
    await honest({ pull, approval });
  });

  test('by whoever asked for it', async () => {
    const ned = maintainer('ned');
    const { pull, approval } = await asked('asker', town.hub.person('kim'), ned);
    ned.comments(pull, approval);
    await town.rest();
    expect(conclusion(pull)).toBe('action_required');
  });

  test('by whoever wrote one of its commits, before or after approving', async () => {
    const [tom, ute] = [maintainer('tom'), maintainer('ute')];
    const { pull, approval } = await asked('shared');
    await tom.push(town.repository, 'shared', { 'src/cart/more.ts': 'export const a = 1;\n' });
    await town.rest();
    town.hub.person('kim').comments(pull, ASKING);
    await town.rest();
    const renewed = [...(town.check(pull)?.summary ?? '').matchAll(/W-[0-9a-f]{16}/g)];
    for (const each of new Set([approval, ...renewed.map(([id]) => `/caws approve ${id}`)]))
      tom.comments(pull, each);
    await town.rest();
    expect(conclusion(pull)).toBe('action_required');
    const other = await asked('later');
    ute.comments(other.pull, other.approval);
    await town.rest();
    expect(conclusion(other.pull)).toBe('success');
    await ute.push(town.repository, 'later', { 'src/cart/more.ts': null });
    await ute.push(town.repository, 'later', { 'src/cart/total.ts': lines(299) });
    await town.rest();
    expect(conclusion(other.pull)).toBe('action_required');
  });

  test('by a bot, whatever it may do here', async () => {
    const { pull, approval } = await asked('bot');
    const permissions = { issues: 'write', pull_requests: 'write', contents: 'write' } as const;
    const bot = await town.hub.installApp({ on: 'acme', name: 'Helper', permissions, events: [] });
    await clientOf(town.hub, bot.token()).rest.issues.createComment({
      owner: 'acme',
      repo: 'shop',
      issue_number: pull.number,
      body: approval,
    });
    await town.rest();
    expect(conclusion(pull)).toBe('action_required');
  });

  test('by a stranger, nor by somebody who may only write or read', async () => {
    const { pull, approval } = await asked('stranger');
    const reader = town.hub.person('rea');
    town.hub.collaborator(town.repository, reader, 'read');
    for (const person of [town.hub.person('sol'), reader, town.hub.person('lee')])
      person.comments(pull, approval);
    await town.rest();
    expect(conclusion(pull)).toBe('action_required');
    await honest({ pull, approval });
  });

  test('by a comment that became a command when it was edited, by its writer or by another', async () => {
    const { pull, approval } = await asked('edited');
    const max = town.hub.person('max');
    const [own, foreign] = [max.comments(pull, 'Looks fine.'), max.comments(pull, 'Hm.')];
    await town.rest();
    max.edits(own, approval);
    town.hub.person('kim').edits(foreign, approval);
    await town.rest();
    expect(conclusion(pull)).toBe('action_required');
    // Edited before the app even looked.
    const raced = max.comments(pull, 'Let us see.');
    town.hub.person('kim').edits(raced, approval);
    await town.rest();
    expect(conclusion(pull)).toBe('action_required');
    await honest({ pull, approval });
  });

  test('by words that a reader does not take for a command', async () => {
    const { pull, approval } = await asked('inert');
    const bodies = [
      `\`\`\`\n${approval}\n\`\`\``,
      `~~~ text\n${approval}`,
      `    ${approval}`,
      `> ${approval}`,
      `> quoted\n${approval}`,
      `<!--\n${approval}\n-->`,
      `<details>\n\n${approval}\n\n</details>`,
      `<div hidden>\n${approval}\n</div>`,
      `- ${approval}`,
      `1. one\n   ${approval}`,
      `# ${approval}`,
      `${approval}\n===`,
      `On Tue, 24 Nov 2026 at 10:04, Max <max@acme.example> wrote:\n${approval}`,
      `\u00a0${approval}`,
      `\u200b${approval}`,
      `\u2028${approval}`,
      `\ufeff${approval}`,
      approval.replace('/', '\uff0f'),
      approval.replace('caws', 'c\u0430ws'),
      `[x]: /u\n${approval.replace('approve', '[approve][x]')}`,
      `| a |\n| - |\n${approval}`,
      `~~\n${approval}\n~~`,
      `[^1]: note\n${approval}`,
    ];
    for (const body of bodies) town.hub.person('max').comments(pull, body);
    await town.rest();
    expect(conclusion(pull)).toBe('action_required');
    await honest({ pull, approval });
  });
});

describe('a waiver that was granted ends', () => {
  test('when its approver loses the role, within the hour, though nobody tells of it', async () => {
    const rob = maintainer('rob');
    const { pull, approval } = await asked('role');
    rob.comments(pull, approval);
    await town.rest();
    expect(conclusion(pull)).toBe('success');
    town.hub.collaborator(town.repository, rob, 'read');
    // Its token of then is over; an app that starts asks for a new one.
    await town.restart(3_600_000);
    await town.rest();
    expect(conclusion(pull)).toBe('action_required');
  });

  test('when a push makes the change worse than what was approved, and when it is revoked', async () => {
    const { pull, approval } = await asked('worse');
    await honest({ pull, approval });
    await town.hub
      .person('kim')
      .push(town.repository, 'worse', { 'src/cart/total.ts': lines(310) });
    await town.rest();
    expect(conclusion(pull)).toBe('action_required');
    await town.hub
      .person('kim')
      .push(town.repository, 'worse', { 'src/cart/total.ts': lines(300) });
    await town.rest();
    expect(conclusion(pull)).toBe('success');
    const revocation = `${approval.replace('approve', 'revoke')} reason:"it was not generated"`;
    town.hub.person('max').comments(pull, revocation);
    await town.rest();
    expect(conclusion(pull)).toBe('action_required');
  });

  test('when another pull request with the same head names it', async () => {
    const { pull, approval } = await asked('copied');
    await town.hub.person('ada').push(town.repository, 'next', { 'README.md': 'Next.\n' });
    const second = await town.hub
      .person('kim')
      .opens(town.repository, { head: 'copied', base: 'next', title: 'The same' });
    await town.rest();
    town.hub.person('max').comments(second, approval);
    await town.rest();
    expect(conclusion(pull)).toBe('action_required');
  });
});
