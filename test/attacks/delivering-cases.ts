import { randomUUID } from 'node:crypto';
import { forgeAddress } from '../../app/forge-address.ts';
import type { ForgeFault } from '../../src/forge.ts';
import {
  commentOn,
  deliver,
  given,
  headLines,
  installation,
  later,
  pullRequest,
  raw,
  repository,
  START,
  sha,
  signatureOf,
  statusIn,
} from '../app/mail.ts';
import { here, newOffice } from './office.ts';
import { must, mustEqual } from './row.ts';

const body = pullRequest(1);

export async function forged(signature: string): Promise<void> {
  await using office = await newOffice();
  const headers = { 'x-hub-signature-256': signature };
  mustEqual((await deliver(office, { body, headers })).status, 401, 'a forged delivery');
  await office.settled();
  mustEqual(office.heard, [], 'what a forged delivery caused');
  mustEqual((await deliver(office, { body })).status, 202, 'an honest delivery');
}

const right = signatureOf(body);
export const unclearHeaders: readonly (readonly string[])[] = [
  [],
  [`x-hub-signature: sha1=${'a'.repeat(40)}`],
  [`x-hub-signature-256: ${right}`, `X-Hub-Signature-256: ${right}`],
  [`x-hub-signature-256: ${right}, ${right}`],
  [`x-hub-signature-256: ${right.slice(7)}`],
  [`x-hub-signature-256: ${right}00`],
  [`x-hub-signature-256: ${right.replace('sha256', 'SHA256')}`],
  [`x-hub-signature-256: ${right.replace('sha256', 'sha1')}`],
  [`x-hub-signature-256: ${right} x`],
];

export async function unclear(signatures: readonly string[]): Promise<void> {
  await using office = await newOffice();
  const lines = [
    'content-type: application/json',
    'x-github-event: pull_request',
    `x-github-delivery: ${randomUUID()}`,
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  const said = await raw(office, headLines([...lines, ...signatures]), body);
  mustEqual(statusIn(said), 401, signatures.join(' | '));
  const honest = await raw(office, headLines([...lines, `x-hub-signature-256: ${right}`]), body);
  mustEqual(statusIn(honest), 202, 'one clear signature');
}

export async function oversized(count: number, size: number): Promise<void> {
  await using office = await newOffice();
  const head = headLines([
    'content-type: application/json',
    'x-github-event: pull_request',
    `x-github-delivery: ${randomUUID()}`,
    `x-hub-signature-256: sha256=${'0'.repeat(64)}`,
    'transfer-encoding: chunked',
  ]);
  const chunk = Buffer.alloc(size, 120);
  const chunks = Array.from({ length: count }, () => [
    `${size.toString(16)}\r\n`,
    chunk,
    '\r\n',
  ]).flat();
  mustEqual(statusIn(await raw(office, head, ...chunks, '0\r\n\r\n')), 413, `${count} MB`);
  mustEqual((await deliver(office, { body })).status, 202, 'an honest delivery');
}

export async function replayed(pushes: number, waitMs: number): Promise<void> {
  await using office = await newOffice();
  const comment = { event: 'issue_comment', body: commentOn(1, { body: '/caws approve W-1' }) };
  await deliver(office, { body: pullRequest(1, { head: sha('a') }) });
  await deliver(office, comment);
  for (let n = 1; n <= pushes; n += 1)
    await deliver(office, {
      body: pullRequest(1, { head: sha(String(n)), at: later(START, n * 1_000) }),
    });
  office.clock.pass(waitMs);
  mustEqual((await deliver(office, comment)).status, 202, 'the replay');
  const recorded = office.tools.records.comments(repository.id, 1);
  mustEqual(
    recorded.map(({ headBefore }) => headBefore),
    [sha('a')],
    'what the comment is bound to',
  );
}

export async function shuffled(order: readonly number[]): Promise<void> {
  await using office = await newOffice({ settings: { ARBITER_EVALUATIONS: '1000' } });
  const push = (n: number) => pullRequest(1, { head: sha(String(n)), at: later(START, n * 1_000) });
  for (const n of order) await deliver(office, { body: push(n) });
  await office.settled();
  const newest = Math.max(...order);
  mustEqual(
    office.tools.records.newestHead(repository.id, 1),
    sha(String(newest)),
    `after ${order.join()}`,
  );
  must(office.heard.length > 0, 'never heard');
}

export async function burst(pulls: number, each: number): Promise<void> {
  const gate = Promise.withResolvers<void>();
  const seen = new Map<number, string | null>();
  let runs = 0;
  await using office = await newOffice({
    settings: { ARBITER_WORKERS: '4' },
    hands: {
      work: async ({ pull }) => {
        runs += 1;
        // What is live when the hearing begins; what comes later has to be heard of again.
        seen.set(pull, office.tools.records.newestHead(repository.id, pull));
        await gate.promise;
        return { kind: 'done' };
      },
    },
  });
  const sent = Array.from({ length: pulls * each }, (_, at) =>
    pullRequest((at % pulls) + 1, {
      head: sha(String(Math.floor(at / pulls))),
      at: later(START, Math.floor(at / pulls) * 1_000),
    }),
  );
  for (const one of sent) mustEqual((await deliver(office, { body: one })).status, 202, 'a burst');
  gate.resolve();
  await office.settled();
  mustEqual(
    [...seen.values()],
    Array(pulls).fill(sha(String(each - 1))),
    'the heads that were heard',
  );
  must(runs <= pulls + 4, `${pulls} pull requests were heard ${runs} times`);
}

export async function overtaken(waitMs: number): Promise<void> {
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const held: boolean[] = [];
  let runs = 0;
  await using office = await newOffice({
    settings: { ARBITER_WORKERS: '2' },
    hands: {
      work: async (_job, lease) => {
        const at = runs;
        runs += 1;
        await gates[at]?.promise;
        held[at] = lease.stillHeld();
        return { kind: 'done' };
      },
    },
  });
  office.tools.want([{ ...here, pull: 1 }]);
  office.clock.pass(waitMs);
  // The lease has lapsed, as it does where a process hangs: a second holder comes.
  office.tools.want([{ ...here, pull: 2 }]);
  const settled = office.settled();
  gates[0]?.resolve();
  await new Promise(setImmediate);
  gates[1]?.resolve();
  await settled;
  mustEqual(held.slice(0, 2), [false, true], 'who may publish');
}

export async function loop(rounds: number, most: number): Promise<void> {
  await using office = await newOffice({ settings: { ARBITER_EVALUATIONS: String(most) } });
  const sender = { id: 31, login: 'other[bot]', type: 'Bot' };
  for (let n = 1; n <= rounds; n += 1) {
    await deliver(office, { event: 'issue_comment', body: commentOn(1, { id: n, sender }) });
    await office.settled();
  }
  mustEqual(office.heard.length, most + 1, 'hearings in the loop');
  office.clock.pass(30_000);
  await office.settled();
  mustEqual(office.heard.length, most + 2, 'hearings half a minute later');
}

export async function busy(waitMs: number): Promise<void> {
  const fault = (): ForgeFault => ({
    kind: 'forge-busy',
    doing: 'looking',
    retryAt: later(START, waitMs),
  });
  let asked = 0;
  await using office = await newOffice({
    hands: {
      lookUp: async () => {
        asked += 1;
        return asked === 1
          ? { ok: false, fault: fault() }
          : { ok: true, value: [{ ...here, pull: 7 }] };
      },
    },
  });
  const push = {
    ref: 'refs/heads/main',
    before: sha('a'),
    after: sha('b'),
    repository,
    installation,
  };
  await deliver(office, { event: 'push', body: JSON.stringify(push) });
  await office.settled();
  office.clock.pass(waitMs - 1);
  await office.settled();
  mustEqual([asked, office.heard], [1, []], 'while the forge is busy');
  office.clock.pass(1);
  await office.settled();
  mustEqual([asked, office.heard], [2, [7]], 'when it answers again');
}

export function refusedAddress(host: string): void {
  const asked = (name: string) =>
    forgeAddress({ host: name, protocol: 'https', localAllowed: true });
  must(!asked(host).ok, `${host} is called`);
  mustEqual(given(asked('ghe.example')).host, 'ghe.example', 'an honest address');
}

/** One IPv4 address in the forms that resolvers take it in. */
export function written([a = 0, b = 0, c = 0, d = 0]: readonly number[], form: number): string {
  const whole = ((a * 256 + b) * 256 + c) * 256 + d;
  switch (form) {
    case 0:
      return `${a}.${b}.${c}.${d}`;
    case 1:
      return String(whole);
    case 2:
      return `0x${whole.toString(16)}`;
    case 3:
      return `[::ffff:${a}.${b}.${c}.${d}]`;
    default:
      return `${a}.${b}.${c * 256 + d}:8443`;
  }
}
