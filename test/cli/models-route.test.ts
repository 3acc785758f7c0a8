import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { command } from '../../src/cli/models.ts';
import { profileOf } from '../adapters/roster/kit.ts';
import { type Desk, newDesk } from './ledger-kit.ts';

const models = (desk: Desk, ...args: readonly string[]) => desk.run(command, ...args);

async function deskWith(...ids: readonly string[]): Promise<Desk> {
  const desk = newDesk();
  for (const id of ids) {
    const file = join(desk.folder, `${id}.json`);
    writeFileSync(file, JSON.stringify(profileOf(id)));
    await models(desk, 'register', file, '--reason', 'to try it', '--status', 'active');
  }
  return desk;
}

function write(desk: Desk, name: string, text: string): string {
  const file = join(desk.folder, name);
  writeFileSync(file, text);
  return file;
}

const small = ['--file', 'src/cart.ts:12', '--tier', '3', '--seed', '7'];

describe('arbiter models route', () => {
  test('tells three steps with their times, the numbers that decided, and the model', async () => {
    const desk = await deskWith('large', 'small');
    const told = await models(desk, 'route', ...small);
    expect(told.code).toBe(0);
    expect(told.out.replaceAll(/\d+\.\d+/g, '#')).toMatchInlineSnapshot(`
      "1 classify  # ms  trivial (1 file, 12 lines, 0 characters of text, tier 3); code-editing (by 1 file)
      2 eligible  # ms  2 of 2 models
      3 choose    # ms  thompson-reset, seed 7, decision 0
          large@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: drew # from Beta(#, #) = #
          small@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: drew # from Beta(#, #) = #
        chances   large # %, small # %
      large
      "
    `);
    const again = await models(desk, 'route', ...small);
    const timeless = (text: string) => text.replaceAll(/\d+\.\d+ ms/g, '');
    expect(timeless(again.out)).toBe(timeless(told.out));
  });

  test('what it prints as log is, with a reward, what it learns from and is judged by', async () => {
    const desk = await deskWith('large', 'small');
    const lines: string[] = [];
    for (let seed = 0; seed < 30; seed += 1) {
      const log = lines.length === 0 ? [] : ['--log', write(desk, 'log.jsonl', lines.join('\n'))];
      const { out } = await models(desk, 'route', ...small, '--seed', `${seed}`, ...log, '--json');
      const { log: logged, model } = JSON.parse(out);
      lines.push(JSON.stringify({ ...logged, reward: model === 'small' ? 1 : 0 }));
    }
    const chosen = lines.slice(15).filter((line) => JSON.parse(line).reward === 1);
    expect(chosen.length).toBeGreaterThan(12);
    const file = write(desk, 'log.jsonl', `${lines.join('\n')}\n`);
    const arm = JSON.parse(chosen[0] ?? '{}').chosen;
    const judged = await models(desk, 'evaluate', file, '--always', arm, '--json');
    expect(JSON.parse(judged.out)).toMatchObject({ decisions: 30, snips: { value: 1 } });
    const told = await models(desk, 'evaluate', file, '--policy', 'ucb1');
    expect(told.out).toMatch(/^ucb1 on 30 past decisions\n {2}as it was .*\n {2}IPS /);
    for (const [, low, high] of told.out.matchAll(/95 %: (\S+) to ([^)]+)/g)) {
      expect(Number(low)).toBeGreaterThanOrEqual(0);
      expect(Number(high)).toBeLessThanOrEqual(1);
    }
    expect(told.out).toContain('not enough data');
  });

  test.each([
    [['--kind', 'migration'], 4, 'it does no tasks of the kind migration'],
    [['--tier', '4'], 2, ''],
    [['--seed', '-1'], 2, ''],
    [['--file', 'src/cart.ts'], 2, ''],
    [['--policy', 'random'], 2, ''],
    [['--budget', 'NaN'], 2, ''],
    [['--task', 'none.json'], 2, 'cannot be read'],
  ])('%s is refused', async (args, code, said) => {
    const desk = await deskWith('large');
    const refused = await models(desk, 'route', ...args);
    expect([refused.code, refused.out]).toEqual([code, '']);
    expect(refused.err).toContain(said);
  });

  test.each([
    ['{', 'it is not JSON'],
    ['[]', 'it is not an object'],
    ['{"teir": 1}', 'there is no field teir; did you mean tier?'],
    ['{"files": [{"path": "a", "lines": -1}]}', 'files is out of its bounds'],
    ['{"usdMax": "1"}', 'usdMax is out of its bounds'],
    ['{"__proto__": {"tier": 1}}', 'there is no field __proto__'],
  ])('the task %s is refused', async (text, said) => {
    const desk = await deskWith('large');
    const refused = await models(desk, 'route', '--task', write(desk, 'task.json', text));
    expect([refused.code, refused.err.includes(said)]).toEqual([2, true]);
  });

  test('an empty roster is said to be one', async () => {
    const desk = await deskWith('large');
    await models(desk, 'retire', 'large', '--reason', 'enough');
    const refused = await models(desk, 'route', ...small);
    expect([refused.code, refused.err]).toEqual([4, expect.stringContaining('it is retired')]);
  });
});

test.each([
  ['{"surface": "code-editing"}', 'a field is missing, or of another type'],
  ['nonsense', 'it is not JSON'],
  [
    '{"surface":"code-editing","arms":[{"arm":"a","propensity":0.5}],"chosen":"a","reward":1}',
    'its propensities do not sum to 1',
  ],
  [
    '{"surface":"code-editing","arms":[{"arm":"a","propensity":1}],"chosen":"a","reward":1.5}',
    'its "reward" is no number from 0 to 1',
  ],
  [
    '{"surface":"code-editing","arms":[{"arm":"a","propensity":1}],"chosen":"a","reward":NaN}',
    'it is not JSON',
  ],
  [
    '{"decision":"1","surface":"code-editing","arms":[{"arm":"a","propensity":1}],"chosen":"a","reward":1}',
    'a line before has the same "decision"',
  ],
])('the log line %s is named and refused', async (line, said) => {
  const desk = newDesk();
  const good =
    '{"decision":"1","surface":"code-editing","arms":[{"arm":"a","propensity":1}],"chosen":"a","reward":1}';
  const file = write(desk, 'log.jsonl', `${good}\n${line}\n`);
  const refused = await models(desk, 'evaluate', file);
  expect([refused.code, refused.out]).toEqual([2, '']);
  expect(refused.err).toContain(`log.jsonl:2 is no past decision: ${said}`);
});
