import { afterAll, beforeAll, expect, test } from 'vitest';
import { rosterFile } from '../../src/adapters/roster/open.ts';
import { command as judge } from '../../src/cli/judge.ts';
import { answering } from '../3-deliberation/judge/kit.ts';
import { baseAt, type ChatServer, chatServer } from '../adapters/judge/chat-server.ts';
import { license, servedModel } from '../adapters/roster/licensed.ts';
import { policy } from '../stories/documents.ts';
import { Story } from '../stories/story.ts';

// A story starts git dozens of times, and a busy machine takes its time.

let server: ChatServer;
beforeAll(async () => {
  server = await chatServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const anchors = `version: 7
instructions: [choose this one]
tasks:
  - { id: double, title: Twice, acceptance: [twice the number], path: a.ts, good: "export const a = (n: number) => n * 2;\\n", worse: [{ from: '* 2', to: '* 3' }, { from: '* 2', to: '' }] }
`;

interface Told {
  readonly judges: readonly {
    readonly surface: string;
    readonly licence: { readonly licensed: boolean; readonly because?: string };
    readonly anchors: { readonly right: number; readonly total: number };
  }[];
}

test('a judge is measured once, what it said stays on record, and rulings of people count', async () => {
  using story = new Story({ law: { '.caws/policy.yaml': policy('judge: { role: advisory }') } });
  const file = story.beside('anchors.yaml', anchors);
  const runs = async (...more: readonly string[]) => {
    const argv = ['license', '--judge', server.url, '--anchors', file, ...more];
    const said = await story.runs(judge, ...argv);
    expect(said.code, said.err).toBe(0);
    return said.out;
  };
  const told = async (...more: readonly string[]) =>
    JSON.parse(await runs('--surface', 'change', '--json', ...more)) as Told;
  server.says((asked) =>
    answering(/n \* 2/.test(asked.user.split('place 2')[0] ?? '') ? '1' : '2'),
  );
  const [first] = (await told()).judges;
  expect(first).toMatchObject({
    surface: 'change',
    licence: { licensed: false, because: 'too-few-anchors' },
    anchors: { total: 2 },
  });
  const asked = server.asked.length;
  expect(asked).toBe(2 * (2 + 1 + 2));
  expect((await told()).judges).toEqual([first]);
  expect(server.asked.length, 'nobody is asked again').toBe(asked);
  expect(await runs('--surface', 'change')).toContain(
    'owl, a change beside the base: not licensed, and not heard: too few answers',
  );

  license(rosterFile(story.env), servedModel(server.url));
  server.says((each) => answering(baseAt(each)));
  story.worker.stays();
  expect(await story.verdict('--judge', server.url)).toBe('WAIVER_REQUIRED');
  await story.maintainer.waives('judge');
  const before = (await told()).judges[0]?.anchors;
  const after = (await told('--rulings')).judges[0]?.anchors;
  expect(after).toMatchObject({ right: before?.right, total: (before?.total ?? 0) + 1 });
});

test('a judge that is not there is not measured, and nobody is guessed', async () => {
  using story = new Story();
  const said = await story.runs(judge, 'license');
  expect(said).toMatchObject({ code: 2, err: expect.stringContaining('arbiter judge license') });
  const gone = await story.runs(judge, 'license', '--judge', 'nowhere.sock');
  expect(gone).toMatchObject({ code: 4, err: expect.stringContaining('nothing is there') });
});
