import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  compareWithExpected,
  expectedEvents,
  expectedPermissions,
} from '../../app/doctor/expected.ts';
import { createKey } from '../../src/adapters/keys/key-ring.ts';
import { command as doctor } from '../../src/cli/doctor.ts';
import type { Instant } from '../../src/primitives.ts';
import { rehearsal } from '../cli/rehearsal.ts';
import type { RepositoryHandle } from '../hub/handles.ts';
import { type Hub, startHub } from '../hub/hub.ts';
import { type InstalledApp, usualPermissions } from '../hub/installed.ts';
import type { NewRuleset } from '../hub/rulesets.ts';
import { judge, listen } from '../hub/testing.ts';

const root = mkdtempSync(join(tmpdir(), 'arbiter-doctor-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const schema = new URL('../../policies/schema/doctor.schema.json', import.meta.url);
const keepsSchema = new Ajv2020().compile(JSON.parse(readFileSync(schema, 'utf8')) as object);

interface Line {
  readonly topic: string;
  readonly state: string;
  readonly says: string;
  readonly remedy: string | null;
}

interface Ward extends AsyncDisposable {
  readonly hub: Hub;
  readonly app: InstalledApp;
  readonly repo: RepositoryHandle;
  /** What was found of a topic. */
  finds(topic: string): Promise<string>;
  visits(env?: Record<string, string>, aheadMs?: number): Promise<readonly Line[]>;
  code(): number | undefined;
}

const CHECK = 'CAWS verdict';
let wards = 0;

async function ward(
  wish: {
    readonly ruleset?: (appId: number) => NewRuleset;
    readonly permissions?: Record<string, 'read' | 'write' | 'admin'>;
    readonly settings?: object;
    readonly files?: Readonly<Record<string, string>>;
    readonly webhookUrl?: string;
    readonly events?: readonly string[];
  } = {},
): Promise<Ward> {
  const hub = await startHub();
  const acme = hub.organization('acme');
  const settings = { squashMessage: 'PR_BODY', mergeMessage: 'PR_BODY', ...wish.settings } as const;
  const repo = await hub.repository({
    owner: acme,
    name: 'shop',
    settings,
    files: wish.files ?? {},
  });
  const app = await hub.installApp({
    on: acme,
    permissions: wish.permissions ?? usualPermissions,
    ...(wish.events === undefined ? {} : { events: wish.events }),
    ...(wish.webhookUrl === undefined ? {} : { webhookUrl: wish.webhookUrl }),
  });
  hub.ruleset(
    repo,
    wish.ruleset?.(app.appId) ?? { requires: [{ context: CHECK, appId: app.appId }] },
  );
  wards += 1;
  const data = join(root, `data-${wards}`);
  mkdirSync(data, { mode: 0o700 });
  createKey(join(data, 'keys'), undefined, Date.now() as Instant);
  let code: number | undefined;
  const visits: Ward['visits'] = async (more = {}, aheadMs = 0) => {
    const { world, out, err, code: ended } = rehearsal(root);
    const env = {
      PATH: process.env['PATH'] ?? '',
      APP_ID: String(app.appId),
      PRIVATE_KEY: app.privateKey,
      WEBHOOK_SECRET: app.webhookSecret.padEnd(16, '0'),
      GHE_HOST: new URL(hub.url).host,
      GHE_PROTOCOL: 'http',
      ARBITER_LOCAL_FORGE: 'allow',
      ARBITER_DATA: data,
      ...more,
    };
    const now = () => (Date.now() + aheadMs) as Instant;
    await doctor({ ...world, env, now }).parseAsync(['acme/shop', '--json'], { from: 'user' });
    expect(err()).toBe('');
    const said = JSON.parse(out()) as { readonly checks: readonly Line[] };
    expect(keepsSchema(said), JSON.stringify(keepsSchema.errors)).toBe(true);
    code = ended();
    return said.checks;
  };
  return {
    ...{ hub, app, repo, visits },
    code: () => code,
    async finds(topic) {
      const lines = (await visits()).filter((line) => line.topic === topic);
      return lines.map(({ state, says }) => `${state}: ${says}`).join('\n');
    },
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]();
    },
  };
}

test('what the doctor expects is what app.yml asks for', () => {
  const manifest = parse(readFileSync(new URL('../../app.yml', import.meta.url), 'utf8')) as {
    readonly default_permissions: object;
    readonly default_events: readonly string[];
  };
  expect(expectedPermissions).toEqual(manifest.default_permissions);
  expect(expectedEvents.toSorted()).toEqual(manifest.default_events.toSorted());
  expect(
    compareWithExpected({ ...expectedPermissions, checks: 'read', administration: 'write' }),
  ).toEqual({
    lacking: ['checks: write'],
    beyond: ['administration: write'],
  });
});

test('where all is well, nothing is to mend, and nothing was written', async () => {
  await using listener = await listen();
  await using here = await ward({ webhookUrl: listener.url });
  await here.hub.settle();
  const lines = await here.visits({ ARBITER_PUBLIC_URL: listener.url });
  // Who may pass the ruleset by is shown to administrators alone, and the app is none.
  expect(lines.filter(({ state }) => state !== 'ok').map(({ topic }) => topic)).toEqual([
    'bypass',
    'pushes',
  ]);
  expect(here.code()).toBe(0);
  expect(lines.map(({ topic }) => topic)).toEqual([
    ...['settings', 'git', 'data', 'key', 'clock', 'app', 'permissions', 'events'],
    ...['webhook', 'deliveries', 'granted', 'organization', 'required'],
    ...['one branch', 'bypass', 'pushes', 'queue'],
    ...['squash text', 'merge text', 'runner'],
  ]);
  const written = here.hub
    .requests()
    .filter(({ method, path }) => method !== 'GET' && !path.endsWith('/access_tokens'));
  expect(written).toEqual([]);
  judge(here.hub);
});

test.each([
  ['nobody requires the check', (): NewRuleset => ({}), /^fail: .* does not require/],
  [
    'a check of this name is required of nobody in particular',
    (): NewRuleset => ({ requires: [{ context: CHECK }] }),
    /^fail: .* from anybody who may write/,
  ],
  [
    'another app is named',
    (appId: number): NewRuleset => ({ requires: [{ context: CHECK, appId: appId + 1 }] }),
    /^fail: .* of another app/,
  ],
  [
    'the rule is not in force',
    (appId: number): NewRuleset => ({
      requires: [{ context: CHECK, appId }],
      enforcement: 'evaluate',
    }),
    /^fail: .* does not require/,
  ],
  [
    'the name is asked for that stands where nothing is asked for',
    (appId: number): NewRuleset => ({ requires: [{ context: `${CHECK} (not required)`, appId }] }),
    /^fail: .* does not require .*\nfail: .* shown where no verdict is required/,
  ],
] as const)('a branch is no gate where %s', async (_, ruleset, says) => {
  await using here = await ward({ ruleset });
  expect(await here.finds('required')).toMatch(says);
  expect(here.code()).toBe(1);
});

test.each([
  ['one branch', ['main'], CHECK, 'ok'],
  ['a name of its own beside another', ['main'], `${CHECK} (main)`, 'ok'],
  ['two branches of one ruleset', ['main', 'release'], CHECK, 'warn'],
  ['a pattern', ['*'], CHECK, 'warn'],
] as const)(
  'a name that is asked for by %s is said to be shared or not',
  async (_, branches, context, state) => {
    await using here = await ward({
      ruleset: (appId) => ({ branches, requires: [{ context, appId }] }),
    });
    const { appId } = here.app;
    here.hub.ruleset(here.repo, {
      branches: ['next'],
      requires: [{ context: `${CHECK} (next)`, appId }],
    });
    expect(await here.finds('required')).toMatch(/^ok: /);
    expect(await here.finds('one branch')).toMatch(new RegExp(`^${state}: `));
  },
);

test('two rulesets that ask for one name share it', async () => {
  await using here = await ward();
  const { appId } = here.app;
  here.hub.ruleset(here.repo, { branches: ['next'], requires: [{ context: CHECK, appId }] });
  expect(await here.finds('one branch')).toMatch(/^warn: .*\(~DEFAULT_BRANCH, next\)/);
});

test('a branch that asks for two names of a verdict is said to let nothing land', async () => {
  await using here = await ward();
  const { appId } = here.app;
  here.hub.ruleset(here.repo, { requires: [{ context: `${CHECK} (main)`, appId }] });
  expect(await here.finds('required')).toContain(
    'fail: main requires "CAWS verdict (main)" and "CAWS verdict": a change is shown the first alone',
  );
});

test('a branch that moves by pull requests alone is said to', async () => {
  await using here = await ward({
    ruleset: (appId) => ({
      requires: [{ context: CHECK, appId }],
      rules: [{ type: 'pull_request', parameters: {} }],
    }),
  });
  expect(await here.finds('pushes')).toMatch(/^ok: main moves by pull requests alone/);
});

test('who may pass the ruleset by is named, and who may do so without a trace fails', async () => {
  const bypassing = (mode: 'always' | 'exempt') => (appId: number) => ({
    requires: [{ context: CHECK, appId }],
    bypass: [{ actor_id: 5, actor_type: 'RepositoryRole' as const, bypass_mode: mode }],
  });
  const permissions = { ...expectedPermissions, administration: 'write' as const };
  await using open = await ward({ ruleset: bypassing('always'), permissions });
  expect(await open.finds('bypass')).toBe(
    'warn: RepositoryRole 5 (always) may pass ruleset "law of the branch" by.',
  );
  await using silent = await ward({ ruleset: bypassing('exempt'), permissions });
  expect(await silent.finds('bypass')).toMatch(/^fail: exempt actors pass .* without a trace/);
});

test('a queue, and texts that lose the verdict, are told', async () => {
  await using here = await ward({
    settings: { squashMessage: 'COMMIT_MESSAGES', allowMerge: false },
    ruleset: (appId) => ({
      requires: [{ context: CHECK, appId }],
      rules: [
        {
          type: 'merge_queue',
          parameters: {
            check_response_timeout_minutes: 60,
            grouping_strategy: 'ALLGREEN',
            max_entries_to_build: 5,
            max_entries_to_merge: 5,
            merge_method: 'SQUASH',
            min_entries_to_merge: 1,
            min_entries_to_merge_wait_minutes: 5,
          },
        },
      ],
    }),
  });
  expect(await here.finds('queue')).toMatch(/^ok: main merges by a queue \(squash\)/);
  expect(await here.finds('squash text')).toMatch(/^warn: it is COMMIT_MESSAGES/);
  expect(await here.finds('merge text')).toBe('ok: merging this way is not allowed here.');
});

test('what the app may not do, and what it may beyond its need, is named', async () => {
  await using lacking = await ward({ permissions: { ...expectedPermissions, checks: 'read' } });
  expect(await lacking.finds('permissions')).toBe('fail: the app lacks checks: write.');
  expect(await lacking.finds('granted')).toBe('fail: the installation lacks checks: write.');
  await using beyond = await ward({
    permissions: { ...expectedPermissions, contents: 'write', workflows: 'write' },
  });
  expect(await beyond.finds('permissions')).toMatch(
    /^warn: the app has more than it uses: workflows: write/,
  );
  await using deaf = await ward({ events: ['push'] });
  expect(await deaf.finds('events')).toMatch(/^fail: the app does not hear of: pull_request/);
});

test('a webhook that leads nowhere, or whose deliveries fail, is named', async () => {
  await using none = await ward();
  expect(await none.finds('webhook')).toBe('fail: no webhook is set.');
  await using listener = await listen();
  listener.status = 500;
  await using failing = await ward({ webhookUrl: listener.url });
  await failing.hub.settle();
  expect(await failing.finds('deliveries')).toMatch(
    /^fail: \d+ of the last \d+ did not come through/,
  );
  const elsewhere = await failing.visits({ ARBITER_PUBLIC_URL: 'https://gate.example.org' });
  expect(elsewhere.find(({ topic }) => topic === 'webhook')?.state).toBe('warn');
});

test('clock, key, folder and identity that do not hold are named with their remedy', async () => {
  await using here = await ward();
  const clockAt = async (ms: number) => {
    const lines = await here.visits({}, ms);
    return lines.find(({ topic }) => topic === 'clock');
  };
  expect((await clockAt(20_000))?.state).toBe('warn');
  expect(await clockAt(-600_000)).toMatchObject({
    state: 'fail',
    remedy: expect.stringContaining('NTP'),
  });
  const wrong = await here.visits({ APP_ID: '999999' });
  expect(wrong.find(({ topic }) => topic === 'app')?.state).toBe('fail');
  expect(wrong.at(-1)?.says).toMatch(/^acme\/shop was not looked at: /);
  const open = join(root, 'open');
  mkdirSync(open);
  chmodSync(open, 0o755);
  const others = await here.visits({ ARBITER_DATA: open });
  expect(others.find(({ topic }) => topic === 'data')?.state).toBe('fail');
  expect(others.find(({ topic }) => topic === 'key')?.state).toBe('warn');
  const faulty = await here.visits({ PORT: 'many' });
  expect(faulty.filter(({ topic }) => topic === 'settings').map(({ state }) => state)).toEqual([
    'fail',
  ]);
});

test.each([
  [null, 'ok: acme/.github has no .caws/policy.yaml: each repository has its own.'],
  ['version: 1\n', 'ok: the policy of acme/.github binds every repository as well.'],
  [
    'version: 1\nmode: lenient\n',
    'fail: acme/.github/.caws/policy.yaml:2 mode is "lenient", so nothing of its owner is judged.',
  ],
])('an organization whose policy is %j is told of it', async (policy, line) => {
  await using here = await ward({ webhookUrl: 'http://127.0.0.1:9/' });
  expect(await here.finds('organization')).toContain('ok: the installation covers no acme/.github');
  const files = {
    'README.md': 'acme\n',
    ...(policy === null ? {} : { '.caws/policy.yaml': policy }),
  };
  await here.hub.repository({ owner: 'acme', name: '.github', files });
  expect(await here.finds('organization')).toBe(line);
  judge(here.hub);
});

const commandGate = `version: 1
gates:
  build: { mode: block, answer: { by: command, command: [make] } }
  lint: { mode: skip, answer: { by: command, command: [make, lint] } }
`;

test.each([
  ['whose gates are no commands', {}, 'ok: no gate of the policy is a command, so none is needed.'],
  [
    'whose commands nothing runs',
    { '.caws/policy.yaml': commandGate },
    'fail: nothing runs the gates that are commands (build): the default branch has no .github/workflows/arbitrate.yml.',
  ],
  [
    'whose policy cannot be read',
    { '.caws/policy.yaml': 'version: 1\ngates: []\n' },
    'warn: .caws/policy.yaml cannot be read, so it is not known whether a gate is a command.',
  ],
  [
    'whose workflow runs its commands',
    { '.caws/policy.yaml': commandGate, '.github/workflows/arbitrate.yml': 'on: push\n' },
    'ok: .github/workflows/arbitrate.yml runs the gates that are commands: build.',
  ],
])('a repository %s is told of it', async (_, files, line) => {
  await using here = await ward({ files, webhookUrl: 'http://127.0.0.1:9/' });
  expect(await here.finds('runner')).toBe(line);
  judge(here.hub);
});
