import { describe, expect, test } from 'vitest';
import type { Isolation } from '../../../src/adapters/sandbox/isolation.ts';
import { strongestSandbox } from '../../../src/adapters/sandbox/strongest.ts';
import { toolFolders } from '../../../src/adapters/sandbox/tool-folders.ts';
import { runSuite } from '../../../src/adapters/suites/run-suite.ts';
import { loadSuites } from '../../../src/adapters/suites/shipped-suites.ts';
import { commandWorker, type Script, scriptedWorker } from '../../../src/adapters/suites/worker.ts';
import { readSuite, type Suite } from '../../../src/models/lifecycle/suite.ts';
import type { TaskResult } from '../../../src/models/lifecycle/suite-run.ts';
import { must } from '../roster/kit.ts';

let isolation: Promise<Isolation> | undefined;
const sandbox = () => {
  isolation ??= strongestSandbox(toolFolders(process.env));
  return isolation;
};
const bench = (worker: ReturnType<typeof scriptedWorker>) => ({
  worker,
  sandbox,
  elapsed: () => 0,
  signal: new AbortController().signal,
  done: () => undefined,
});
const codeSuite = must(loadSuites(null)).find(({ id }) => id === 'code-editing') as Suite;
const pagesOnly: Suite = { ...codeSuite, tasks: codeSuite.tasks.slice(0, 1) };
const mended = `export function pageCount(items, perPage) {
  if (perPage < 1) throw new RangeError('perPage');
  return Math.ceil(items / perPage);
}
`;
const onPages = async (script: Script): Promise<TaskResult | undefined> =>
  must(await runSuite(pagesOnly, false, bench(scriptedWorker({ 'page-count': script })))).tasks[0];

describe('a hidden check', () => {
  test('is passed by code that does what was asked', async () => {
    expect(await onPages({ writes: { 'pages.js': mended } })).toMatchObject({
      passed: true,
      kept: true,
      erred: false,
    });
  });

  test.each([
    ['that changes nothing', {}],
    ['that ends the check before it prints', { 'pages.js': `${mended}process.exit(0);\n` }],
    [
      'that prints what it thinks is wanted, and ends',
      { 'pages.js': `${mended}console.log('[2,3,0,1,1]');\nprocess.exit(0);\n` },
    ],
    [
      'that reads the check to find what is wanted',
      {
        'pages.js': `import { readFileSync } from 'node:fs';\nconst text = readFileSync('hidden/check.mjs', 'utf8');\nconsole.log(text.match(/prints: (.*)/)?.[1] ?? 'nothing');\nprocess.exit(0);\nexport const pageCount = 1;\n`,
      },
    ],
    ['that does not parse', { 'pages.js': 'export function (' }],
  ])('is not passed by code %s', async (_, writes) => {
    expect(await onPages({ writes: writes as Record<string, string> })).toMatchObject({
      passed: false,
      erred: false,
    });
  });

  test('is not replaced by what the worker puts in its place, and that breaks its bounds', async () => {
    const forged = `console.log('[2,3,0,1,1,"RangeError","RangeError"]');\n`;
    expect(await onPages({ writes: { 'package.json': '{}', 'check.mjs': forged } })).toMatchObject({
      passed: false,
      kept: false,
    });
  });

  test('that cannot run here says nothing of the model', async () => {
    const none = { ...bench(scriptedWorker({})), sandbox: async () => ({ kind: 'none' }) as const };
    expect(await runSuite(pagesOnly, false, none)).toMatchObject({
      ok: false,
      fault: { kind: 'check-not-run', task: 'page-count' },
    });
  });
});

test('a worker that ends badly has done nothing, and out of time it broke its bounds', async () => {
  const right = { writes: { 'pages.js': mended } };
  expect(await onPages({ ...right, ends: 'crashed' })).toMatchObject({
    passed: false,
    kept: true,
    erred: true,
  });
  expect(await onPages({ ...right, ends: 'timed-out' })).toMatchObject({
    passed: false,
    kept: false,
    erred: true,
  });
});

const counting = must(
  readSuite({
    file: 's.yaml',
    text: `schema: caws-arbiter/suite@1
id: counting
version: 1
surface: data-analysis
title: Counting
tasks:
  - id: lines
    kind: query
    prompt: How many lines has a.txt? Write answer.json.
    timeoutSeconds: 20
    files: { a.txt: "1\\n2\\n" }
    mayChange: [answer.json]
    tools: [shell, sql]
    check: { by: answer, answers: { n: { number: 2 } } }
`,
  }),
);
const byShell = async (script: string) =>
  must(
    await runSuite(
      counting,
      false,
      bench(commandWorker(['/bin/sh', '-c', script], { PATH: '/usr/bin:/bin' })),
    ),
  ).tasks[0];

describe('a program as worker', () => {
  test('finds its prompt and the files, and nothing of the environment that it was not given', async () => {
    process.env['ARBITER_TEST_SECRET'] = 'x';
    const done = await byShell(
      'grep -q lines "$ARBITER_TASK_PROMPT" && [ -z "$ARBITER_TEST_SECRET" ] && echo "{\\"n\\": $(wc -l < a.txt)}" > answer.json',
    );
    delete process.env['ARBITER_TEST_SECRET'];
    expect(done).toMatchObject({ passed: true, kept: true, tools: null });
  });

  const right = 'echo "{\\"n\\": 2}" > answer.json';

  test('may say which tools it used, and what that cost', async () => {
    const says = `echo '{"tools": ["sql", "web"], "costUsd": 0.02}' > "$ARBITER_TASK_USED"`;
    const done = await byShell(`${right}; ${says}`);
    expect(done).toMatchObject({ passed: true, kept: true, tools: 0.5, costUsd: 0.02 });
  });

  test.each([
    ['no JSON', 'echo cheap', 'it is not JSON'],
    ['no object', 'echo 3', 'it is not an object'],
    ['a cost below nothing', `echo '{"costUsd": -1}'`, 'its costUsd is no amount'],
    ['a cost that is text', `echo '{"costUsd": "1"}'`, 'its costUsd is no amount'],
    ['one tool for a list', `echo '{"tools": "sql"}'`, 'its tools are no list of names'],
  ])('that writes %s as what it used is no failure of the model', async (_, prints, detail) => {
    const script = `${right}; ${prints} > "$ARBITER_TASK_USED"`;
    const worker = commandWorker(['/bin/sh', '-c', script], { PATH: '/usr/bin:/bin' });
    expect(await runSuite(counting, false, bench(worker))).toMatchObject({
      fault: { kind: 'worker-misreported', detail },
    });
  });

  test.each([
    [
      'changes what it may not',
      'echo "{\\"n\\": 2}" > answer.json; echo 3 >> a.txt',
      true,
      'changed a.txt',
    ],
    [
      'removes what it may not',
      'echo "{\\"n\\": 2}" > answer.json; rm a.txt',
      true,
      'removed a.txt',
    ],
    [
      'answers by a link',
      'echo "{\\"n\\": 2}" > /dev/null; ln -s a.txt answer.json',
      false,
      'left answer.json, which cannot be read',
    ],
    ['leaves a pipe', 'mkfifo answer.json', false, 'left answer.json, which cannot be read'],
  ])('that %s breaks its bounds', async (_, script, passed, wrong) => {
    const done = await byShell(script);
    expect(done).toMatchObject({ passed, kept: false });
    expect(done?.wrong).toContain(wrong);
  });

  test('that fails is told with what it said last', async () => {
    expect(await byShell('echo out of memory >&2; exit 3')).toMatchObject({
      erred: true,
      wrong: [expect.stringMatching(/exit 3: out of memory/)],
    });
  });
});

test('of the tools that a task calls for, the share counts that was used', async () => {
  const script = { writes: { 'answer.json': '{"n":2}' }, tools: ['shell', 'browser'] };
  const run = must(await runSuite(counting, false, bench(scriptedWorker({ lines: script }))));
  expect(run.tasks[0]?.tools).toBe(0.5);
  // .40 + .25 + .15 + .20 / 2
  expect(run.figures.composite).toBeCloseTo(0.9, 9);
});
