import { createPublicKey } from 'node:crypto';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hostedList } from '../../src/4-verdict/hosted-list.ts';
import { hostedWaiversOf, judgeHostedWaivers } from '../../src/4-verdict/hosted-waivers.ts';
import { DAY_MS } from '../../src/4-verdict/waivers/event.ts';
import type { HostedGrounds } from '../../src/4-verdict/waivers/heard.ts';
import type { HostedRequested } from '../../src/4-verdict/waivers/hosted-event.ts';
import { hostedIdOf, openHosted, signHosted } from '../../src/4-verdict/waivers/open-hosted.ts';
import { indexWaivers, waiverEventsFor } from '../../src/adapters/waiver-events.ts';
import { type PublicKey, readPublicKey } from '../../src/ledger/key.ts';
import { type CommitSha, type Instant, isoOf, type VerdictId } from '../../src/primitives.ts';
import { digestOf, sha } from '../2-examination/case.ts';
import { given, newFolder, open, signer } from './store-sqlite/kit.ts';

const START = Date.parse('2027-03-01T10:00:00Z') as Instant;
const day = (count: number): Instant => (START + count * DAY_MS) as Instant;
const HEAD = sha('1') as CommitSha;

let comments = 0;
const said = (pull: number, [id, login]: readonly [number, string], at: Instant) => {
  comments += 1;
  return {
    schema: 'caws-arbiter/hosted-event@1',
    at: isoOf(at),
    by: { forge: 'github', id, login },
    source: { kind: 'comment', comment: comments, line: 1, text: digestOf('line') },
    repositoryId: 9,
    pull,
  } as const;
};

const kim = [11, 'kim'] as const;
const noor = [14, 'noor'] as const;
const mia = [12, 'mia'] as const;
/** Another account that was once called as mia is now. */
const formerMia = [13, 'Mia'] as const;

/** One waiver and what was said of it, in this order. */
interface Told {
  readonly id: string;
  readonly bodies: readonly string[];
}

function waiver(
  pull: number,
  words: readonly ('approved' | 'rejected' | 'revoked')[],
  {
    days = 7,
    approver = mia as typeof mia | typeof formerMia,
    asker = kim as typeof kim | typeof formerMia,
  } = {},
): Told {
  const content: Omit<HostedRequested, 'waiver'> = {
    ...said(pull, asker, START),
    event: 'requested',
    gate: 'budget_limit',
    floors: [{ rule: 'budget.lines', subject: 'lines', value: 300, unit: 'lines', files: null }],
    spec: { id: 'CART-1', digest: digestOf('spec') },
    policy: digestOf('policy'),
    repository: 'https://github.com/acme/shop',
    baseRef: 'refs/heads/main',
    head: HEAD,
    verdict: '01957a3e-7a00-7000-8000-000000000001' as VerdictId,
    expiresAt: isoOf(day(days)),
    reason: 'generated once, read by nobody, goes with #418',
  };
  const id = hostedIdOf(content);
  const asked = JSON.stringify(signHosted({ ...content, waiver: id }, signer));
  const opened = given(openHosted(asked) as Parameters<typeof given>[0]) as { digest: never };
  const decided = words.map((event) => {
    const reason = event === 'approved' ? {} : { reason: 'no longer so, see #7 for what is' };
    const base = {
      ...said(pull, approver, day(1)),
      waiver: id,
      request: opened.digest,
      head: HEAD,
    };
    return JSON.stringify(signHosted({ ...base, event, ...reason } as never, signer));
  });
  return { id, bodies: [asked, ...decided] };
}

async function ledgerOf(told: readonly Told[]) {
  const ledger = await open(join(newFolder(), 'ledger.db'));
  for (const { id, bodies } of told)
    for (const body of bodies)
      given(
        await ledger.append(
          { at: START, kind: 'waiver', about: id, body: JSON.parse(body), blobs: [] },
          signer,
        ),
      );
  return ledger;
}

const arbiterKey = createPublicKey(signer.publicKey)
  .export({ type: 'spki', format: 'der' })
  .toString('base64');

const groundsAt = (pull: number, now: Instant): HostedGrounds => ({
  facts: {
    forge: 'github',
    repositoryId: 9,
    pull,
    arbiterKeys: [arbiterKey],
    author: { id: 11, login: 'kim' },
    commits: [],
    pushes: [],
    people: [{ id: 12, login: 'mia', kind: 'person', role: 'maintain', teams: [], askedAt: now }],
    askedAt: now,
  },
  commits: [],
  now,
  trusted: null,
  baseRef: 'refs/heads/main',
});

const change = (pull: number, at: Instant) => ({ name: String(pull), at });

describe('the events of a ledger that bear on a pull request', () => {
  test('come to the same as all of them together, whatever was said on others', async () => {
    const pool = [7, 8, 9].flatMap((pull) => [
      waiver(pull, []),
      waiver(pull, ['approved']),
      waiver(pull, ['approved'], { days: 30 }),
      waiver(pull, ['approved', 'revoked']),
      waiver(pull, ['rejected']),
      waiver(pull, ['approved'], { approver: formerMia }),
      waiver(pull, [], { asker: formerMia, days: 2 }),
    ]);
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(pool),
        fc.integer({ min: 2, max: 40 }),
        async (told, days) => {
          await using ledger = await ledgerOf(told);
          const all = told.flatMap(({ bodies }) => bodies);
          const grounds = groundsAt(7, day(days));
          const bearing = given(await waiverEventsFor(ledger, change(7, day(days))));
          expect(hostedWaiversOf(bearing, grounds)).toEqual(hostedWaiversOf(all, grounds));
          const own = (events: readonly string[]) =>
            judgeHostedWaivers(events, grounds).cases.filter(({ request }) => request.pull === 7);
          expect(own(bearing)).toEqual(own(all));
        },
      ),
      { numRuns: 25 },
    );
  });

  test('are no more for all that was only asked for, refused or has ended on other pull requests', async () => {
    const own = waiver(7, []);
    const running = waiver(8, ['approved'], { days: 30 });
    const over = [waiver(8, []), waiver(8, ['rejected']), waiver(9, ['approved', 'revoked'])];
    await using ledger = await ledgerOf([...over, own, running]);
    expect(given(await waiverEventsFor(ledger, change(7, day(10))))).toEqual([
      ...own.bodies,
      ...running.bodies,
    ]);
  });

  test('hold a revocation wherever they hold what it takes back, also one that comes a moment later', async () => {
    const revoked = waiver(8, ['approved', 'revoked']);
    await using ledger = await ledgerOf([{ ...revoked, bodies: revoked.bodies.slice(0, 2) }]);
    expect(given(await waiverEventsFor(ledger, change(7, day(2))))).toHaveLength(2);
    const body = JSON.parse(revoked.bodies[2] ?? '');
    given(
      await ledger.append(
        { at: START, kind: 'waiver', about: revoked.id, body, blobs: [] },
        signer,
      ),
    );
    expect(given(await waiverEventsFor(ledger, change(7, day(2))))).toEqual(revoked.bodies);
  });

  test('hold what a key signed, what cannot be read, and what stands under another name', async () => {
    const misfiled = waiver(8, ['rejected']);
    const odd = { payloadType: 'application/vnd.caws-arbiter.waiver-event+json', payload: 'e30=' };
    const told = [
      { id: 'W-signed', bodies: [JSON.stringify(odd)] },
      { id: 'W-unread', bodies: ['{"payload":7}'] },
      { id: 'W-other', bodies: misfiled.bodies },
    ];
    await using ledger = await ledgerOf(told);
    expect(given(await waiverEventsFor(ledger, change(7, day(2))))).toHaveLength(4);
  });

  test('come in heaps that each hold their waivers whole, and come to the same as all of them', async () => {
    const told = [7, 8, 9].flatMap((pull) => [
      waiver(pull, ['approved', 'revoked']),
      waiver(pull, ['approved'], { approver: formerMia }),
    ]);
    await using ledger = await ledgerOf(told);
    const heaps: (readonly string[])[] = [];
    for await (const heap of given(await indexWaivers(ledger)).heaps(4)) heaps.push(given(heap));
    expect(heaps.map((heap) => heap.length)).toEqual([10, 5]);
    const all = told.flatMap(({ bodies }) => bodies);
    expect(heaps.flat()).toEqual(all);
    const listed = (events: readonly string[]) => hostedList(events, [arbiterKey], day(2)).cases;
    const byId = (cases: ReturnType<typeof listed>) =>
      new Map(cases.map((each) => [each.request.waiver, [each.status, each.denials]]));
    expect(byId(heaps.flatMap(listed))).toEqual(byId(listed(all)));
  });

  test('are each held against a key once, however often they are weighed', () => {
    const [event = ''] = waiver(7, []).bodies;
    const key = readPublicKey(signer.publicKey) as PublicKey;
    let looks = 0;
    const watched = {
      ...{ id: key.id, pem: key.pem },
      get key() {
        looks += 1;
        return key.key;
      },
    };
    const holds = () => {
      const opened = openHosted(event);
      return opened.ok && opened.value.isSignedBy(watched);
    };
    expect([holds(), holds(), holds(), looks]).toEqual([true, true, true, 1]);
    const forged = event.replace(/"sig":"./, (start) => `${start.slice(0, -1)}_`);
    const other = openHosted(forged);
    expect(other.ok && other.value.isSignedBy(key)).toBe(false);
  });

  test('come with the one waiver elsewhere that a word names, and with who else was called so', async () => {
    const elsewhere = waiver(8, ['rejected']);
    await using ledger = await ledgerOf([
      waiver(8, []),
      elsewhere,
      waiver(9, [], { asker: formerMia }),
    ]);
    const index = given(await indexWaivers(ledger));
    const beside = async (named: string | null, [id, login]: readonly [number, string]) =>
      given(await index.besideWord({ named, by: { id, login } }));
    expect(await beside(elsewhere.id, noor)).toEqual(elsewhere.bodies);
    expect(await beside(elsewhere.id.slice(0, 12), noor)).toEqual(elsewhere.bodies);
    expect(await beside('budget_limit', noor)).toEqual([]);
    expect(await beside(null, mia)).toHaveLength(1);
  });
});
