/**
 * Whoever speaks for a run that is not theirs: each attempt is refused by the name of what is wrong, none of
 * them costs the real run its turn, and nothing is raised by any.
 */
import { createHash } from 'node:crypto';
import { generateKeyPair, SignJWT } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import type { EvidenceBundle } from '../../src/3-deliberation/runner/bundle.ts';
import { caseAudience, evidenceAudience } from '../../src/3-deliberation/runner/claims.ts';
import type { RunCase } from '../../src/3-deliberation/runner/run-case.ts';
import { textDigest } from '../../src/caws/text-digest.ts';
import type { PullHandle } from '../hub/handles.ts';
import type { RunHandle } from '../hub/workflow-run.ts';
import {
  askCase,
  caseOf,
  digestOf,
  newestRun,
  passingBundle,
  send,
  workflowFile,
} from './runner.ts';
import type { Town } from './town.ts';

/** @param townOf the town that all stories of runs share. */
export function forgedStories(townOf: () => Town): void {
  let town: Town;
  let pull: PullHandle;
  let run: RunHandle;
  let asked: RunCase;
  let bundle: EvidenceBundle;

  beforeAll(async () => {
    town = townOf();
    pull = await town.opens('forged', { 'src/cart/total.ts': 'export const total = 1;\n' });
    await town.rest();
    run = newestRun(town);
    await run.begins();
    asked = (await askCase(town, run)).body as unknown as RunCase;
    bundle = passingBundle(asked, run);
  });

  const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value));
  const audience = (value: unknown = bundle) =>
    evidenceAudience(town.app.address, caseOf(run), digestOf(bytesOf(value)));
  const seconds = (more: number) => Math.floor(town.now() / 1_000) + more;

  /** A token of the issuer's, with some claims as whoever made it would have them. */
  const claiming = (changed: Readonly<Record<string, unknown>>) => run.idToken(audience(), changed);

  const elsewhere = `acme/shop/.github/workflows/ci.yml@refs/heads/main`;
  const forged: readonly [string, () => Promise<string>, number, string | RegExp][] = [
    ['another repository', () => claiming({ repository_id: '1' }), 403, /repository_id is 1, and/],
    ['an older run', () => claiming({ run_id: '1' }), 403, /run_id is 1, and/],
    ['a second attempt', () => claiming({ run_attempt: '2' }), 403, /run_attempt is 2, and 1/],
    ['another workflow', () => claiming({ workflow_ref: elsewhere }), 403, /workflow_ref is/],
    ['an older workflow', () => claiming({ workflow_sha: 'c'.repeat(40) }), 403, /workflow_sha is/],
    [
      'a job from elsewhere',
      () => claiming({ job_workflow_ref: elsewhere }),
      403,
      /job_workflow_ref/,
    ],
    ['a pull request', () => claiming({ event_name: 'pull_request' }), 403, /event_name/],
    ['another branch', () => claiming({ ref: 'refs/heads/topic' }), 403, /ref is/],
    [
      'a machine of the forge',
      () => claiming({ runner_environment: 'github-hosted' }),
      403,
      /runner_environment is github-hosted, and self-hosted is waited for/,
    ],
    ['another issuer', () => claiming({ iss: 'https://evil.example' }), 401, /another issuer/],
    ['time past', () => claiming({ exp: seconds(-60), iat: seconds(-400) }), 401, /has run out/],
    ['time to come', () => claiming({ nbf: seconds(600) }), 401, /not valid yet/],
    ['long ago', () => claiming({ iat: seconds(-3_600) }), 401, /too long ago/],
    ['nobody, without an end', () => claiming({ exp: undefined }), 401, /no token/],
    ['nobody, without a number', () => claiming({ jti: undefined }), 401, /no token/],
    [
      'somebody else’s audience',
      () => run.idToken('https://other.example'),
      403,
      /another address/,
    ],
    [
      'the reading of a case',
      () => run.idToken(caseAudience(town.app.address, caseOf(run))),
      403,
      /another address/,
    ],
    [
      'the bytes of another bundle',
      () => run.idToken(audience({ ...bundle, head: 'c'.repeat(40) })),
      400,
      /the token is for sha256:/,
    ],
    ['a key of its own', () => signedBy('RS256'), 401, /no key of the issuer/],
    ['a shared secret', () => signedBy('HS256'), 401, /RS256/],
    ['no signature', () => Promise.resolve(unsigned()), 401, /no token|RS256/],
    [
      'a header that asks for more',
      () => Promise.resolve(unsigned({ alg: 'RS256', crit: ['x'], x: 1 })),
      401,
      /no token/,
    ],
    ['no form', () => Promise.resolve('x'.repeat(10_000)), 401, /no token/],
  ];

  async function signedBy(alg: 'RS256' | 'HS256'): Promise<string> {
    const key =
      alg === 'HS256'
        ? createHash('sha256').update('secret').digest()
        : (await generateKeyPair('RS256')).privateKey;
    const real = JSON.parse(
      Buffer.from((await claiming({})).split('.')[1] ?? '', 'base64url').toString(),
    );
    return new SignJWT(real).setProtectedHeader({ alg, kid: 'mine' }).sign(key);
  }

  function unsigned(header: object = { alg: 'none' }): string {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    return `${part(header)}.${part({ iss: town.hub.oidcIssuer })}.AA`;
  }

  describe('a token that speaks for', () => {
    test.each(forged)('%s is refused', async (_, token, status, words) => {
      const said = await send(town, run, bundle, await token());
      expect(said).toMatchObject({ status, body: { message: expect.stringMatching(words) } });
    });

    test('its run is good for one request', async () => {
      const token = await run.idToken(caseAudience(town.app.address, caseOf(run)));
      expect(await askCase(town, run, token)).toMatchObject({ status: 200 });
      expect(await askCase(town, run, token)).toMatchObject({
        ...{ status: 409, body: { error: 'token-used' } },
      });
    });
  });

  test('one token on two connections at once is good for one of them', async () => {
    const reading = await run.idToken(caseAudience(town.app.address, caseOf(run)));
    const asking = await Promise.all([askCase(town, run, reading), askCase(town, run, reading)]);
    expect(new Set(asking.map(({ status }) => status))).toEqual(new Set([200, 409]));
  });

  describe('a bundle of the run itself is refused that speaks of', () => {
    const others: readonly [string, Partial<EvidenceBundle>, RegExp][] = [
      ['another head', { head: 'c'.repeat(40) }, /another head/],
      ['another policy', { policy: textDigest('laxer') }, /another policy/],
      ['another plan', { plan: textDigest('shorter') }, /another plan/],
      ['another case', { nonce: 'f'.repeat(32) }, /another nonce/],
      ['another run', { run: { id: 1, attempt: 1 } }, /another run/],
      ['fewer gates', { gates: [] }, /cannot be read/],
      ['a verdict', { verdict: 'PASS' } as object, /cannot be read/],
    ];
    test.each(others)('%s', async (_, changed, words) => {
      const said = await send(town, run, { ...bundle, ...changed });
      expect(said).toMatchObject({ status: 422, body: { message: expect.stringMatching(words) } });
    });

    test('more than it may, before it is read to its end', async () => {
      const token = await claiming({});
      const { address } = town.app;
      const body = new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(1_000_000)),
      });
      const sent = fetch(`${address}/runs/${caseOf(run)}/evidence`, {
        ...{ method: 'POST', body, duplex: 'half' },
        headers: { authorization: `Bearer ${token}` },
      } as RequestInit);
      // It is told, or cut off while it still sends.
      expect(await sent.then(({ status }) => status).catch(() => 413)).toBe(413);
    });
  });

  test('nobody without a token learns whether there is a case', async () => {
    const { address } = town.app;
    for (const id of [caseOf(run), '0198f0a0-0000-7000-8000-000000000001'])
      for (const what of ['case', 'evidence']) {
        const method = what === 'case' ? 'GET' : 'POST';
        const said = await fetch(`${address}/runs/${id}/${what}`, { method });
        expect(said.status).toBe(401);
      }
    expect((await fetch(`${address}/runs/x/case`)).status).toBe(404);
  });

  test('none of this raised anything, and the run itself is heard all the same, once', async () => {
    await town.rest();
    expect(town.check(pull)).toMatchObject({ status: 'in_progress' });
    const token = await run.idToken(audience());
    expect(await send(town, run, bundle, token)).toMatchObject({ status: 200 });
    expect(await send(town, run, bundle, token)).toMatchObject({ body: { error: 'token-used' } });
    expect(await send(town, run, bundle)).toMatchObject({ body: { error: 'answered-before' } });
    await town.rest();
    expect(town.check(pull)).toMatchObject({ conclusion: 'success' });
    expect(newestRun(town).id).toBe(run.id);
    expect(run.state.workflowPath).toBe(workflowFile);
  });
}
