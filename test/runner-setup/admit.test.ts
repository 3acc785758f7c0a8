/** The hook that a job meets first, run as the runner runs it, by the runner's user. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Host, isWithoutUsers, jitconfig, openHost } from './host.ts';

const workflow = 'octo/shop/.github/workflows/arbitrate.yml';
const ours = `${workflow}@refs/heads/main`;
const dispatch = {
  inputs: { case: 'a' },
  ref: 'refs/heads/main',
  repository: { id: 7, full_name: 'octo/shop', fork: false },
  sender: { login: 'caws-arbiter[bot]' },
  workflow: '.github/workflows/arbitrate.yml',
};

let host: Host;
const isWithout = isWithoutUsers();
beforeAll(() => {
  if (isWithout) return;
  host = openHost('a');
  host.installed();
});
afterAll(() => {
  if (!isWithout) host[Symbol.dispose]();
});

describe.skipIf(isWithout)('the hook before a job', () => {
  let event: string;
  beforeAll(() => {
    event = join(host.folder, 'event.json');
    writeFileSync(event, JSON.stringify(dispatch));
  });

  /** The runner calls `bash -e FILE` with the variables of the job. */
  const hears = (changed: Readonly<Record<string, string>> = {}) =>
    host.asRunner(['/bin/bash', '-e', host.place('opt/caws-runner/hooks/job-started.sh')], {
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'octo/shop',
      GITHUB_REPOSITORY_ID: '7',
      GITHUB_WORKFLOW_REF: ours,
      GITHUB_EVENT_NAME: 'workflow_dispatch',
      GITHUB_REF: 'refs/heads/main',
      GITHUB_EVENT_PATH: event,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'oidc-token',
      ...changed,
    });
  const refuses = (changed: Readonly<Record<string, string>>) => {
    const { status, stdout } = hears(changed);
    expect([status, stdout.split('\n')[0]], JSON.stringify(changed).slice(0, 200)).toEqual([
      1,
      'This runner refuses the job, and nothing of it was run.',
    ]);
    // The runner obeys commands that a hook prints, and shows the rest to people.
    expect(stdout).not.toMatch(/::|##\[|[^\n\x20-\x7e]|oidc-token/);
    expect(stdout.split('\n')).toHaveLength(6);
    expect(stdout.length).toBeLessThan(1500);
    expect(stdout).toMatch(/measured.*admitted.*place.*next/s);
    return stdout;
  };

  test('a dispatch of the one workflow on the one ref is let in', () => {
    expect(hears()).toMatchObject({ status: 0, stdout: `This runner admits ${ours}.\n` });
  });

  test.each([
    '',
    '*',
    `${ours}\n`,
    `${ours} `,
    `octo/shop/.github/workflows/evil.yml@refs/heads/main\n${ours}`,
    ours.replace('octo', 'Octo'),
    ours.replace('arbitrate', 'ARBITRATE'),
    ours.replace('arbitrate.yml', '*'),
    ours.replace('arbitrate.yml', '../workflows/arbitrate.yml'),
    ours.replace('arbitrate', 'evil'),
    ours.replace('octo', 'evil'),
    `${workflow}@refs/heads/evil`,
    `${workflow}@refs/pull/1/merge`,
    `${workflow}@refs/tags/main`,
    `${workflow}@refs/heads/main/../evil`,
    `${workflow}@refs/heads/evil@refs/heads/main`,
    `${ours}@refs/heads/evil`,
    `evil/x/${ours}`,
    '$(touch /tmp/caws-hook-was-here)',
    '::add-path::/tmp\n::stop-commands::x',
    '##[set-env name=PATH]/tmp',
    '-n',
    'a'.repeat(100_000),
    'оcto/shop/.github/workflows/arbitrate.yml@refs/heads/main',
  ])('no other workflow is let in: %j', (value) => {
    refuses({ GITHUB_WORKFLOW_REF: value });
  });

  test('no other event, repository, ref or server, and nothing of a pull request', () => {
    for (const name of [
      'pull_request',
      'pull_request_target',
      'push',
      'workflow_run',
      'Workflow_Dispatch',
      'workflow_dispatch\n',
      '',
    ])
      refuses({ GITHUB_EVENT_NAME: name });
    for (const name of ['octo/shop-fork', 'mallory/shop', 'octo/Shop', 'octo/*', ''])
      refuses({ GITHUB_REPOSITORY: name });
    for (const name of ['refs/heads/evil', 'refs/pull/1/merge', 'main', ''])
      refuses({ GITHUB_REF: name });
    for (const name of ['https://github.com.example.org', 'http://github.com', ''])
      refuses({ GITHUB_SERVER_URL: name });
    refuses({ GITHUB_HEAD_REF: 'feature' });
    refuses({ GITHUB_BASE_REF: 'main' });
  });

  test('the payload has to say the same', () => {
    const place = (name: string, content: string) => {
      const file = join(host.folder, name);
      writeFileSync(file, content);
      return file;
    };
    const { repository } = dispatch;
    const fork = { ...repository, full_name: 'mallory/shop', fork: true };
    for (const [name, payload] of Object.entries({
      fork: { ...dispatch, repository: fork },
      none: { ...dispatch, repository: undefined },
      ref: { ...dispatch, ref: 'refs/heads/evil' },
      workflow: { ...dispatch, workflow: '.github/workflows/evil.yml' },
      pull: { ...dispatch, pull_request: { head: { repo: fork } } },
      run: { ...dispatch, workflow_run: { head_repository: fork } },
      list: [dispatch],
      nothing: null,
    }))
      refuses({ GITHUB_EVENT_PATH: place(`${name}.json`, JSON.stringify(payload)) });
    refuses({ GITHUB_EVENT_PATH: place('half.json', '{"ref":') });
    refuses({ GITHUB_EVENT_PATH: place('empty.json', '') });
    refuses({
      GITHUB_EVENT_PATH: place(
        'huge.json',
        JSON.stringify({ ...dispatch, inputs: 'a'.repeat(1_100_000) }),
      ),
    });
    refuses({ GITHUB_EVENT_PATH: '' });
    refuses({ GITHUB_EVENT_PATH: host.folder });
    symlinkSync(event, join(host.folder, 'linked.json'));
    refuses({ GITHUB_EVENT_PATH: join(host.folder, 'linked.json') });
    execFileSync('mkfifo', ['-m', '666', join(host.folder, 'pipe.json')]);
    refuses({ GITHUB_EVENT_PATH: join(host.folder, 'pipe.json') });
  });

  test('a repository that was made anew under the same name is another one', () => {
    expect(host.setup('update', '--repository-id', '7').status).toBe(0);
    expect(hears().status).toBe(0);
    refuses({ GITHUB_REPOSITORY_ID: '8' });
    refuses({ GITHUB_REPOSITORY_ID: '' });
    const other = join(host.folder, 'other.json');
    writeFileSync(
      other,
      JSON.stringify({ ...dispatch, repository: { ...dispatch.repository, id: 8 } }),
    );
    refuses({ GITHUB_EVENT_PATH: other });
  });

  test('nothing in the environment stands in for what the hook calls', () => {
    const shims = join(host.folder, 'shims');
    mkdirSync(shims);
    for (const name of ['env', 'bash', 'node', 'cat', 'stat', 'dirname'])
      writeFileSync(join(shims, name), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    writeFileSync(join(shims, 'evil.cjs'), 'process.exit(0)');
    const evil = { GITHUB_WORKFLOW_REF: ours.replace('arbitrate', 'evil') };
    for (const hostile of [
      { PATH: `${shims}:/usr/bin:/bin` },
      {
        NODE_OPTIONS: `--require=${shims}/evil.cjs`,
        GITHUB_WORKFLOW_REF: ours,
        GITHUB_EVENT_PATH: '/nowhere',
      },
      ...[
        'exit',
        'exec',
        'set',
        '[',
        'printf',
        'config',
        'refuse_job',
        'must_be',
        'cd',
        'return',
        '.',
      ].map((name) => ({
        [`BASH_FUNC_${name}%%`]: '() { builtin exit 0; }',
      })),
    ])
      refuses({ ...evil, ...hostile });
    expect(hears({ PATH: `${shims}:/usr/bin:/bin` }).status).toBe(0);
  });

  test('without its configuration it lets nobody in', () => {
    const file = host.place('opt/caws-runner/config');
    const text = readFileSync(file, 'utf8');
    for (const broken of [
      '',
      text.replace(/^repository=.*$/m, 'repository='),
      text.replace(/^ref=.*\n/m, ''),
    ]) {
      writeFileSync(file, broken);
      expect(hears().status).not.toBe(0);
    }
    writeFileSync(file, text);
    expect(hears().status).toBe(0);
  });
});

describe.skipIf(isWithout)('a JIT configuration', () => {
  test('is handed to the runner alone, and only one of this place, this group and one job', () => {
    const handed = host.place('run/caws-runner/handover/jitconfig');
    const good = jitconfig();
    expect(host.asRoot('prepare')).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(readFileSync(handed, 'utf8')).toBe(good);
    expect(host.asRunner(['/usr/bin/cat', handed]).stdout).toBe(good);
    host.answers('');
    expect(host.asRoot('prepare').status).not.toBe(0);
    expect(host.asRunner(['/usr/bin/cat', handed]).status).not.toBe(0);

    const checked = (input: string) =>
      execFileSync(
        join(host.folder, 'node'),
        [
          host.place('opt/caws-runner/libexec/jitconfig.cjs'),
          'https://github.com',
          'octo/shop',
          'caws',
        ],
        { input, encoding: 'utf8', stdio: 'pipe' },
      );
    expect(checked(`${jitconfig({ GitHubUrl: 'https://github.com/octo' })}\n`)).not.toBe('');
    for (const [told, answer] of [
      ['is empty', ' \n'],
      ['base64', `${good}\n${good}`],
      ['base64', '{"message":"Bad credentials"}'],
      ['more than 65536', 'a'.repeat(70_000)],
      ['settings', 'aGVsbG8='],
      ['settings', Buffer.from('{".runner":1}').toString('base64')],
      ['another place', jitconfig({ GitHubUrl: 'https://github.com/octo/shop-2' })],
      ['another place', jitconfig({ GitHubUrl: 'https://example.org/octo/shop' })],
      ['another place', jitconfig({ GitHubUrl: undefined })],
      ['more than one job', jitconfig({ Ephemeral: false })],
      ['another runner group', jitconfig({ PoolName: 'Default' })],
    ] as const) {
      let said = '';
      try {
        checked(answer);
      } catch (error) {
        const { stdout, stderr } = error as { stdout: string; stderr: string };
        expect(stdout).toBe('');
        said = stderr;
      }
      expect(said).toContain(told);
      expect(said).not.toContain(answer.trim().slice(0, 12) || 'nothing');
    }
  });

  test('that lies in a file is used once', () => {
    const file = join(host.folder, 'once');
    expect(host.setup('update', '--jitconfig-file', file).status).toBe(0);
    writeFileSync(file, jitconfig(), { mode: 0o600 });
    expect(host.asRoot('prepare').status).toBe(0);
    expect(readFileSync(host.place('run/caws-runner/handover/jitconfig'), 'utf8')).toBe(
      jitconfig(),
    );
    expect(host.asRoot('prepare').status).not.toBe(0);
  });
});
