import fc from 'fast-check';
import { pullRequest, signatureOf } from '../app/mail.ts';
import {
  burst,
  busy,
  forged,
  loop,
  oversized,
  overtaken,
  refusedAddress,
  replayed,
  shuffled,
  unclear,
  unclearHeaders,
  written,
} from './delivering-cases.ts';
import { crashed, lost } from './delivering-desk.ts';
import { everyOf, forEvery, type Row } from './row.ts';

const body = pullRequest(1);

/** F: what comes over the wire, and what the queue makes of it. */
export const deliveringRows: readonly Row[] = [
  {
    id: 'F80',
    name: 'a delivery whose signature does not hold',
    expected: '401 before anything is parsed; nothing is kept',
    defence: {
      file: 'app/intake/body.ts',
      from: 'isCurrent = timingSafeEqual(mac.digest(), signature)',
      to: 'isCurrent = timingSafeEqual(signature, signature)',
    },
    holds: () => forged(signatureOf(body, 'not the secret')),
    variants: () =>
      forEvery(20, fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) =>
        forged(`sha256=${Buffer.from(bytes).toString('hex')}`),
      ),
  },
  {
    id: 'F80a',
    name: 'a signature header that could be read in two ways',
    expected: '401 for two signatures, SHA-1, other cases and lengths',
    defence: {
      file: 'app/intake/envelope.ts',
      from: 'found?.length === 1',
      to: 'found !== undefined',
    },
    holds: () =>
      unclear([
        `x-hub-signature-256: ${signatureOf(body)}`,
        `x-hub-signature-256: sha256=${'0'.repeat(64)}`,
      ]),
    variants: () => everyOf(unclearHeaders, unclear),
  },
  {
    id: 'F80b',
    name: 'a body larger than GitHub sends',
    expected: '413 while it still comes in; memory stays bounded',
    defence: {
      file: 'app/intake/body.ts',
      from: 'size + chunk.length > bytesMax',
      to: 'size + chunk.length > bytesMax * 9',
    },
    holds: () => oversized(26, 1_000_000),
    variants: () =>
      forEvery(
        4,
        fc.tuple(fc.integer({ min: 26, max: 32 }), fc.integer({ min: 970_000, max: 1_100_000 })),
        ([count, size]) => oversized(count, size),
      ),
  },
  {
    id: 'F81',
    name: 'an old delivery, replayed under a new id',
    expected: 'a comment stays bound to the head that it was written for',
    defence: {
      file: 'app/intake/records.ts',
      from: 'INSERT OR IGNORE INTO comments',
      to: 'INSERT OR REPLACE INTO comments',
    },
    holds: () => replayed(1, 86_400_000),
    variants: () =>
      forEvery(10, fc.tuple(fc.integer({ min: 1, max: 5 }), fc.nat(1e9)), ([pushes, wait]) =>
        replayed(pushes, wait),
      ),
  },
  {
    id: 'F82',
    name: 'deliveries doubled and out of order',
    expected: 'the newest head is known in any order, and heard after the last event',
    defence: {
      file: 'app/intake/records.ts',
      from: 'ORDER BY updated_at DESC, id DESC LIMIT 1',
      to: 'ORDER BY id DESC LIMIT 1',
    },
    holds: () => shuffled([1, 0]),
    variants: () =>
      forEvery(15, fc.array(fc.nat(4), { minLength: 1, maxLength: 8 }), (order) => shuffled(order)),
  },
  {
    id: 'F83',
    name: 'a delivery that never came',
    expected: 'asked for again, within three days and a bound; what came is not',
    defence: {
      file: 'app/work/reconcile.ts',
      from: 'if (statusCode >= 200 && statusCode < 300) return false;',
      to: 'if (statusCode >= 0) return false;',
    },
    holds: () => lost([502, 202, 0]),
    variants: () =>
      forEvery(
        20,
        fc.array(fc.constantFrom(0, 200, 202, 301, 401, 500, 502, 504), { maxLength: 40 }),
        lost,
      ),
  },
  {
    id: 'F84',
    name: 'a burst',
    expected: 'each pull request is heard after its last event, and not once per event',
    defence: {
      file: 'app/work/queue.ts',
      from: "again = iif(state = 'running', 1, again)",
      to: 'again = again',
    },
    holds: () => burst(20, 10),
    variants: () =>
      forEvery(
        5,
        fc.tuple(fc.integer({ min: 2, max: 30 }), fc.integer({ min: 2, max: 8 })),
        ([pulls, each]) => burst(pulls, each),
      ),
  },
  {
    id: 'F85',
    name: 'a process that ends while it works',
    expected: 'the lease lapses, and all of its work is taken up again',
    defence: {
      file: 'app/work/queue.ts',
      from: "OR (state = 'running' AND lease_until <= :now)",
      to: '',
    },
    holds: () => crashed(5, 2),
    variants: () =>
      forEvery(10, fc.tuple(fc.integer({ min: 1, max: 30 }), fc.nat(30)), ([tasks, begun]) =>
        crashed(tasks, Math.min(tasks, begun)),
      ),
  },
  {
    id: 'F86',
    name: 'two holders of one pull request',
    expected: 'only the newer one may publish or finish',
    defence: {
      file: 'app/work/queue.ts',
      from: 'id = :id AND fence = :fence AND',
      to: 'id = :id AND :fence > 0 AND',
    },
    holds: () => overtaken(60_000),
    variants: () => forEvery(5, fc.integer({ min: 60_000, max: 1e8 }), overtaken),
  },
  {
    id: 'F87',
    name: 'bots that answer each other',
    expected: 'heard at growing distance, at most half a minute, and never put aside',
    defence: { file: 'app/work/pause.ts', from: 'over <= 0 ? 0', to: 'over > 0 ? 0' },
    holds: () => loop(30, 3),
    variants: () =>
      forEvery(
        5,
        fc.tuple(fc.integer({ min: 10, max: 30 }), fc.integer({ min: 1, max: 6 })),
        ([rounds, most]) => loop(rounds, most),
      ),
  },
  {
    id: 'F89',
    name: 'a forge that is busy',
    expected: 'asked again when it says so, and nothing is made of half an answer',
    defence: {
      file: 'app/hands.ts',
      from: "{ kind: 'retry', because, notBefore: fault.retryAt }",
      to: "{ kind: 'done' }",
    },
    holds: () => busy(60_000),
    variants: () => forEvery(5, fc.integer({ min: 5_000, max: 3_600_000 }), busy),
  },
  {
    id: 'F92',
    name: 'a forge address that leads to credentials of the machine',
    expected: 'the app does not start',
    defence: {
      file: 'app/forge-address.ts',
      from: 'linkLocal.check(name, kind)',
      to: 'name === kind',
    },
    holds: async () => refusedAddress('169.254.169.254'),
    variants: () =>
      forEvery(200, fc.tuple(fc.nat(255), fc.nat(255), fc.nat(4)), async ([a, b, form]) =>
        refusedAddress(written([169, 254, a, b], form)),
      ),
  },
];
