import type { Instant } from '../../src/primitives.ts';
import { isUnavailable, type Store } from '../store.ts';
import type { Queue } from '../work/queue.ts';
import type { Concern, Heard, Hearing } from './concern-types.ts';
import { sweepDenials } from './denials.ts';
import { keep, pullsAt } from './records.ts';

/** A delivery whose signature holds. */
export interface Delivery {
  readonly guid: string;
  readonly event: string;
  readonly body: Uint8Array;
  /** SHA-256 of the body, 64 hex digits. */
  readonly digest: string;
  readonly receivedAt: Instant;
  readonly hearing: Hearing;
}

/** `again`: this very body came under this very GUID before. */
export interface Receipt {
  readonly kind: 'taken' | 'again';
  /** Another body came under the same GUID: somebody replays, or the forge errs. */
  readonly guidReused: boolean;
}

/** Takes deliveries in: when the promise is kept, the delivery and all that it asks for are on the disk. */
export interface Inbox {
  /** @throws what SQLite says where it takes nothing; then nothing of the delivery is stored. */
  readonly take: (delivery: Delivery) => Promise<Receipt>;
  /** Drops bodies and rows that are too old or too many. At most `most` rows of each kind a call. */
  readonly sweep: (now: Instant, most?: number) => number;
}

export interface InboxBounds {
  readonly keptMs: number;
  readonly bytesMax: number;
}

interface Waiting {
  readonly delivery: Delivery;
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (error: unknown) => void;
}

/** One transaction takes at most so many, so that the first does not wait for a crowd behind it. */
const TOGETHER_MAX = 64;

/**
 * @param arrived told after each commit, so that work starts without a timer.
 */
export function inboxOf(
  store: Store,
  queue: Queue,
  bounds: InboxBounds,
  arrived: () => void,
): Inbox {
  let waiting: Waiting[] = [];
  const flush = () => {
    const now = waiting.slice(0, TOGETHER_MAX);
    waiting = waiting.slice(TOGETHER_MAX);
    if (waiting.length > 0) setImmediate(flush);
    takeTogether(store, queue, now);
    arrived();
  };
  return {
    // Deliveries that arrive in the same turn share one commit: the disk is what they wait for.
    take: (delivery) =>
      new Promise((resolve, reject) => {
        waiting.push({ delivery, resolve, reject });
        if (waiting.length === 1) setImmediate(flush);
      }),
    sweep: (now, most = 1_000) => sweep(store, bounds, now, most),
  };
}

function takeTogether(store: Store, queue: Queue, waiting: readonly Waiting[]): void {
  try {
    const receipts = store.transaction(() =>
      waiting.map(({ delivery }) => insert(store, queue, delivery)),
    );
    waiting.forEach(({ resolve }, at) => {
      resolve(receipts[at] ?? { kind: 'taken', guidReused: false });
    });
  } catch (error) {
    // What one delivery brought must not keep the others out; a disk that is full keeps all out.
    if (waiting.length > 1 && !isUnavailable(error))
      for (const one of waiting) takeTogether(store, queue, [one]);
    else for (const { reject } of waiting) reject(error);
  }
}

function insert(store: Store, queue: Queue, delivery: Delivery): Receipt {
  const { guid, event, body, digest, receivedAt, hearing } = delivery;
  const added = store
    .statement(
      'INSERT OR IGNORE INTO deliveries (guid, digest, event, received_at, size, body) VALUES (:guid, :digest, :event, :receivedAt, :size, :body)',
    )
    .run({ guid, digest, event, receivedAt, size: body.length, body });
  if (added.changes === 0) return { kind: 'again', guidReused: false };
  const same = store.statement('SELECT count(*) AS n FROM deliveries WHERE guid = ?').get(guid);
  for (const heard of hearing.heard) remember(store, queue, heard, delivery);
  return { kind: 'taken', guidReused: Number(same?.['n']) > 1 };
}

function remember(store: Store, queue: Queue, heard: Heard, delivery: Delivery): void {
  const { where, concerns, notes } = heard;
  const at = delivery.receivedAt;
  for (const note of notes) {
    if (note.kind === 'taken-away') queue.takeAway(where.repositoryId);
    else keep(store, where.repositoryId, note, { at, delivery: delivery.digest });
  }
  for (const concern of concerns)
    for (const subject of narrowed(store, where.repositoryId, concern))
      queue.want(where, subject, at);
}

/** A head whose pull requests we know needs no call to the forge. */
function narrowed(store: Store, repositoryId: number, concern: Concern): readonly Concern[] {
  if (concern.kind !== 'pulls-at') return [concern];
  const pulls = new Set([...concern.named, ...pullsAt(store, repositoryId, concern.head)]);
  return pulls.size === 0 ? [concern] : [...pulls].map((pull) => ({ kind: 'pull', pull }));
}

function sweep(store: Store, bounds: InboxBounds, now: Instant, most: number): number {
  return store.transaction(() => {
    const old = store
      .statement(
        'DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE received_at <= :before ORDER BY id LIMIT :most)',
      )
      .run({ before: now - bounds.keptMs, most });
    // The row stays: it is what a second coming of the same delivery is known by.
    const large = store
      .statement(
        `UPDATE deliveries SET body = NULL WHERE id IN (
           SELECT id FROM (SELECT id, sum(size) OVER (ORDER BY id DESC) AS upTo FROM deliveries WHERE body IS NOT NULL)
           WHERE upTo > :bytesMax ORDER BY id LIMIT :most)`,
      )
      .run({ bytesMax: bounds.bytesMax, most });
    return Number(old.changes) + Number(large.changes) + sweepDenials(store, now, most);
  });
}
