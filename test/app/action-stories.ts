/** The whole way: a pull request, the run that the app starts for it, the shipped action in it, and the verdict. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { fetchCommits } from '../../action/fetch-commits.ts';
import { type RunWorld, run as runAction } from '../../action/run.ts';
import { strongestSandbox } from '../../src/adapters/sandbox/strongest.ts';
import { openLedger } from '../../src/adapters/store-sqlite/ledger.ts';
import type { CommitSha, Digest, Instant } from '../../src/primitives.ts';
import { freePort } from '../free-port.ts';
import type { RunHandle } from '../hub/workflow-run.ts';
import { readToken, runsAction } from './action-process.ts';
import { caseOf, newestRun } from './runner.ts';
import type { Town } from './town.ts';

const sandbox = await strongestSandbox([]);
if (sandbox.kind !== 'works') {
  if (process.env['ARBITER_NO_SKIP'] !== undefined) throw new Error('no sandbox on this machine');
  process.stdout.write('skipped: this machine has no sandbox (apt-get install bubblewrap)\n');
}

/** @param townOf the town that all stories of runs share. */
export function actionStories(townOf: () => Town): void {
  let town: Town;
  beforeAll(() => {
    town = townOf();
  });

  const suite = (cases: string) => `<testsuite>${cases}</testsuite>`;
  const passes = '<testcase name="a"/><testcase name="b"/>';

  async function opened(branch: string, files: Readonly<Record<string, string>>) {
    const pull = await town.opens(branch, { 'src/cart/junit.xml': suite(passes), ...files });
    await town.rest();
    return { pull, run: newestRun(town) };
  }

  test.skipIf(sandbox.kind !== 'works')(
    'a pull request whose gates hold passes by what the action found in its sandbox',
    async () => {
      const { pull, run } = await opened('good', {});
      const before = town.log.length;
      const ran = await runsAction(town, run);
      expect(ran.printed).toContain('tests: exit 0, junit.xml');
      expect(town.log.slice(before).join('\n')).not.toContain('a runner was refused');
      expect(ran.code).toBe(0);
      expect(ran.summary).toMatch(/<td>lint<\/td><td>exit 0<\/td>/);
      expect(ran.summary).toContain('bwrap');
      await town.rest();
      expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
    },
  );

  test.skipIf(sandbox.kind !== 'works')(
    'a gate that fails is shown with what was measured, and saw nothing of the run around it',
    async () => {
      const failing = `${passes}<testcase name="c"><failure message="no"/></testcase>`;
      const { pull, run } = await opened('bad', {
        'src/cart/junit.xml': suite(failing),
        // The head's own file, which the policy's command runs: it looks for whatever could speak for the run.
        'ci/lint.sh': 'env; cat /proc/*/environ | tr "\\0" "\\n"; ls /proc; exit 3\n',
      });
      const ran = await runsAction(town, run);
      expect(ran.code).toBe(0);
      await town.rest();
      const check = town.check(pull);
      expect(check).toMatchObject({ conclusion: 'failure' });
      expect(check?.title).toMatch(/^FAIL · /);
      expect(check?.summary).toContain('found 1 test failing; 0 tests allowed');
      const said = await recordedOf(run);
      expect(said).toContain('CI=true');
      expect(said).not.toMatch(/ACTIONS_ID_TOKEN|GITHUB_|RUNNER_|INPUT_/);
      expect(said).not.toContain(run.environment['ACTIONS_ID_TOKEN_REQUEST_TOKEN']);
      expect(said).not.toMatch(/ghs_/);
    },
  );

  test.skipIf(sandbox.kind !== 'works')(
    'a head that makes its own checks milder is held against those of the target',
    async () => {
      const { pull, run } = await opened('milder', {
        'src/cart/ugly.ts': 'export {};\n',
        'ci/lint.sh': 'exit 0\n',
      });
      expect(await runsAction(town, run)).toMatchObject({ code: 0 });
      await town.rest();
      const check = town.check(pull);
      expect(check).toMatchObject({ conclusion: 'failure' });
      expect(check?.summary).toContain(
        'Gate `lint` does not pass on this code with the tests that the target has',
      );
    },
  );

  /** The evidence of a run as the ledger holds it. */
  async function recordedOf(run: RunHandle): Promise<string> {
    const data = town.environment['ARBITER_DATA'] ?? '';
    const file = join(data, 'ledgers', String(town.repository.id), 'ledger.db');
    const opened = await openLedger({ file, anchors: [], access: 'read' });
    if (!opened.ok) throw new Error(JSON.stringify(opened.fault));
    await using ledger = opened.value;
    const entry = await ledger.find('evidence', caseOf(run));
    if (!entry.ok || entry.value === null) throw new Error('no evidence is recorded');
    const { bundle } = JSON.parse(entry.value.body) as { readonly bundle: Digest };
    const blob = await ledger.blob(bundle);
    return blob.ok ? Buffer.from(blob.value ?? []).toString() : '';
  }

  /** The action in this process, as far as what it takes from a run is concerned. */
  function worldOf(run: RunHandle, changed: Partial<RunWorld> = {}): RunWorld {
    const folder = mkdtempSync(join(tmpdir(), 'action-'));
    onTestFinished(() => {
      expect(readdirSync(folder).filter((name) => name.startsWith('caws-run-'))).toEqual([]);
      rmSync(folder, { recursive: true, force: true });
    });
    return {
      idToken: (audience) => run.idToken(audience),
      now: () => town.now() as Instant,
      run: { id: run.id, attempt: 1 },
      runner: { name: 'm2-01', os: 'Linux', arch: 'X64' },
      repositoryUrl: town.repository.gitUrl,
      folder,
      version: '1.2.3',
      sandbox: () => Promise.resolve(sandbox),
      caches: null,
      ref: 'refs/heads/main',
      log: () => undefined,
      signal: new AbortController().signal,
      pauseMs: 1,
      ...changed,
    };
  }

  const inputsOf = (run: RunHandle, app = town.app.address) => ({
    ...{ app, case: caseOf(run), token: readToken(town) },
    head: String(run.state.inputs['head']),
  });

  test.skipIf(sandbox.kind !== 'works')(
    'evidence that does not reach the app is left behind, and taken from there',
    async () => {
      const { pull, run } = await opened('cut-off', {});
      await run.begins();
      const [port, target] = [await freePort(), town.app.address];
      const site = `http://127.0.0.1:${port}`;
      // The app can be asked, and takes nothing.
      const between = createServer((request, response) => {
        if (request.method === 'POST') return response.writeHead(502).end();
        const headers = { authorization: String(request.headers.authorization) };
        void fetch(`${target}${request.url}`, { headers }).then(async (answer) =>
          response.writeHead(answer.status).end(await answer.text()),
        );
        return response;
      });
      await new Promise<void>((resolve) => between.listen(port, '127.0.0.1', resolve));
      onTestFinished(() => void between.close());
      const idToken = (audience: string) => run.idToken(audience.replace(site, target));
      const done = await runAction(inputsOf(run, site), worldOf(run, { idToken }));
      if (!done.ok || done.value.unsent === null) throw new Error(JSON.stringify(done));
      expect(done.value.unsent.because).toContain('502');
      const { file } = done.value.unsent;
      run.uploads('caws-evidence', { 'caws-evidence.json': readFileSync(file) });
      await run.ends('success');
      await town.rest();
      expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
    },
  );

  test.skipIf(sandbox.kind !== 'works')(
    'what the target’s own code left is there for a later head, and the record names it',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'caches-'));
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
      const caches = { folder, bytesMax: 1_000_000 };
      for (const branch of ['warms', 'warm']) {
        const { pull, run } = await opened(branch, {});
        await run.begins();
        expect(await runAction(inputsOf(run), worldOf(run, { caches }))).toMatchObject({
          ok: true,
        });
        await run.ends('success');
        await town.rest();
        expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
        const kept = /"caches":\[\{"path":"deps","digest":"sha256:[0-9a-f]{64}"\}\]/;
        expect(kept.test(await recordedOf(run))).toBe(branch === 'warm');
      }
      expect(readdirSync(folder)).toEqual([String(town.repository.id)]);
    },
  );

  test('a machine without a sandbox runs no gate, whatever the policy would let it', async () => {
    const { pull, run } = await opened('bare', {});
    await run.begins();
    const done = await runAction(
      inputsOf(run),
      worldOf(run, { sandbox: () => Promise.resolve({ kind: 'none' }) }),
    );
    if (!done.ok) throw new Error(done.fault);
    expect(done.value.unsent).toBeNull();
    expect(new Set(done.value.gates.map(({ state }) => state))).toEqual(
      new Set(['could-not-start']),
    );
    await run.ends('success');
    await town.rest();
    expect(town.check(pull)).toMatchObject({ conclusion: 'failure' });
    expect(`${town.check(pull)?.summary}${town.check(pull)?.text}`).toContain(
      'this machine has no sandbox',
    );
  });

  test.skipIf(sandbox.kind !== 'works')(
    'a sandbox that fails before a gate begins is ours: a second run is asked for, and then there is no verdict',
    async () => {
      const { pull, run } = await opened('sandbox-fails', {});
      if (sandbox.kind !== 'works') throw new Error('no sandbox');
      const { sandbox: own } = sandbox;
      // bubblewrap is asked to show what is not there.
      const failing = {
        ...own,
        confine: async (asked: Parameters<typeof own.confine>[0]) => {
          const confined = await own.confine(asked);
          const words = confined.words.map((word) => (word === '/usr' ? '/usr/gone' : word));
          return { ...confined, words };
        },
      };
      for (const each of [run, null]) {
        const begun = each ?? newestRun(town);
        await begun.begins();
        const world = worldOf(begun, {
          sandbox: () => Promise.resolve({ kind: 'works', sandbox: failing }),
        });
        expect(await runAction(inputsOf(begun), world)).toMatchObject({
          ok: false,
          fault: expect.stringMatching(
            /bwrap: Can't find source path .*arbiter runner sandbox-test/,
          ),
        });
        await begun.ends('failure');
        await town.rest();
      }
      expect(town.check(pull)).toMatchObject({ conclusion: 'failure' });
      expect(town.check(pull)?.title).toMatch(/^ERROR · runner lost .*not your code/);
    },
  );

  test('a head that takes more of the disk than it may is not kept, nothing of it runs, and there is no verdict', async () => {
    const { pull } = await opened('large', {
      'src/cart/large.txt': randomBytes(300_000).toString('hex'),
    });
    for (const attempt of [1, 2]) {
      const run = newestRun(town);
      await run.begins();
      const world = worldOf(run, { fetchBytesMax: 200_000 });
      expect(await runAction(inputsOf(run), world), `attempt ${attempt}`).toEqual({
        ok: false,
        fault:
          'the head and the base would take more than 200,000 bytes of the disk, or all that is free; nothing of it was run',
      });
      expect(readdirSync(world.folder)).toEqual([]);
      await run.ends('failure');
      await town.rest();
    }
    expect(town.check(pull)).toMatchObject({ conclusion: 'failure' });
    expect(town.check(pull)?.title).toMatch(/^ERROR · runner lost .*not your code/);
  });

  test('each commit is asked for by itself where they do not come together, and a ref that moved is none', async () => {
    const { pull, run } = await opened('apart', {});
    const { folder, repositoryUrl, signal } = worldOf(run);
    const base = { what: 'base', commit: 'c'.repeat(40) as CommitSha } as const;
    const head = { what: 'head', commit: pull.head as CommitSha, ref: null } as const;
    const fetched = (name: string, ref: string | null) => {
      const sought = [head, { ...base, ref }];
      return fetchCommits(join(folder, name), sought, readToken(town), { repositoryUrl, signal });
    };
    expect(await fetched('gone', null)).toMatchObject({
      fault: expect.stringMatching(/^the base could not be fetched: \S/),
    });
    const kept = readFileSync(join(folder, 'gone', 'refs/heads/head'), 'utf8').trim();
    expect(kept).toBe(pull.head);
    expect(await fetched('moved', 'refs/heads/main')).toMatchObject({
      fault: expect.stringMatching(/^the base could not be fetched: \S/),
    });
  });

  test('a run that nobody waits for, or that is about another head, ends with its reason', async () => {
    const { run } = await opened('odd', {});
    await run.begins();
    const inputs = inputsOf(run);
    expect(await runAction({ ...inputs, head: 'c'.repeat(40) }, worldOf(run))).toEqual({
      ok: false,
      fault: 'the case of the app is about another head than this run',
    });
    const other = { ...inputs, case: '0198f0a0-0000-7000-8000-000000000001' };
    expect(await runAction(other, worldOf(run))).toMatchObject({
      fault: expect.stringContaining('There is no such case'),
    });
    for (const app of ['http://arbiter.example', 'arbiter.example', 'https://arbiter.example/'])
      expect(await runAction({ ...inputs, app }, worldOf(run))).toMatchObject({
        fault: expect.stringContaining('CAWS_ARBITER_APP'),
      });
    expect(
      await runAction(inputs, worldOf(run, { repositoryUrl: `${town.hub.url}/no/one.git` })),
    ).toMatchObject({
      fault: expect.stringContaining('the head could not be fetched'),
    });
  });
}
