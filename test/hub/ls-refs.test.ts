/** What the hub says of refs by itself is what git says of them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askGit, createBare, git } from './git.ts';
import { listRefs } from './ls-refs.ts';

const folder = mkdtempSync(join(tmpdir(), 'hub-refs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const packet = (line: string) => `${(line.length + 5).toString(16).padStart(4, '0')}${line}\n`;
const request = (
  words: readonly string[],
  capabilities: readonly string[] = ['agent=git/2.39.5'],
) =>
  Buffer.from(
    `${['command=ls-refs', ...capabilities].map(packet).join('')}0001${words.map(packet).join('')}0000`,
  );

const gits = async (body: Buffer) => {
  const options = { input: body, env: { GIT_PROTOCOL: 'version=2' } };
  return (await askGit(folder, ['upload-pack', '--stateless-rpc', '.'], options)).out.toString();
};

const identity = Object.fromEntries(
  ['AUTHOR', 'COMMITTER'].flatMap((who) => [
    [`GIT_${who}_NAME`, 'Ada'],
    [`GIT_${who}_EMAIL`, 'ada@example.org'],
  ]),
);
const born = ['peel', 'symrefs', 'unborn', 'ref-prefix HEAD'];

beforeAll(async () => {
  await createBare(folder, 'main');
  // Before its first commit there is nothing to name but HEAD, which is git's to tell.
  expect(listRefs(folder, request(born))).toBeNull();
  const run = async (...args: string[]) => (await git(folder, args, { env: identity })).trim();
  const tree = await run('hash-object', '-w', '-t', 'tree', '/dev/null');
  const [one, two] = [
    await run('commit-tree', tree, '-m', 'one'),
    await run('commit-tree', tree, '-m', 'two'),
  ];
  for (const name of ['heads/main', 'heads/a/b', 'heads/main-2', 'heads/zoë', 'pull/10/head'])
    await run('update-ref', `refs/${name}`, one);
  for (const name of ['heads/a-b', 'pull/1/head', 'pull/1/merge', 'notes/caws'])
    await run('update-ref', `refs/${name}`, two);
});

test.each([
  [[]],
  [['peel', 'symrefs']],
  [born],
  [['ref-prefix refs/heads/main', 'ref-prefix refs/pull/1/head']],
  [['peel', 'symrefs', 'ref-prefix refs/heads/', 'ref-prefix refs/heads/a']],
  [['symrefs', 'ref-prefix refs/pull/1']],
  [['ref-prefix main', 'ref-prefix refs/main', 'ref-prefix refs/tags/main', 'ref-prefix HE']],
  [['ref-prefix refs/no/where', 'ref-prefix r']],
])('asked for %j', async (words) => {
  const body = request(words, ['agent=git/2.39.5', 'object-format=sha1']);
  const answer = listRefs(folder, body)?.toString();
  expect(answer).toBe(await gits(body));
});

test('git itself is asked for whatever else there is', async () => {
  for (const [words, capabilities] of [
    [['ref-prefix refs/../config'], []],
    [['want everything'], []],
    [[], ['object-format=sha256']],
  ] as const)
    expect(listRefs(folder, request(words, capabilities))).toBeNull();
  expect(listRefs(folder, Buffer.from('0012command=fetch\n0000'))).toBeNull();
  expect(listRefs(folder, Buffer.from('nothing of the kind'))).toBeNull();
  await git(folder, ['tag', '-a', '-m', 'first', 'v1', 'main'], { env: identity });
  const tags = request(['peel', 'ref-prefix refs/tags/']);
  expect([listRefs(folder, tags), await gits(tags)]).toEqual([
    null,
    expect.stringContaining('peeled:'),
  ]);
  await git(folder, ['pack-refs', '--all']);
  expect(listRefs(folder, request(born))).toBeNull();
});
