/** Everything that goes wrong at a forge, switched on by a test for some requests or deliveries. */

import type { Delivery } from './outbox.ts';

export type RequestFault =
  /** The hourly limit is used up until `resetAt` (ms). */
  | { readonly kind: 'primary-limit'; readonly resetAt: number }
  | { readonly kind: 'secondary-limit'; readonly retryAfterSeconds: number }
  | { readonly kind: 'status'; readonly status: number; readonly message?: string }
  | { readonly kind: 'slow'; readonly ms: number }
  /** Says that the request is here, and answers it as things stand when it is let go. */
  | { readonly kind: 'held'; readonly here: () => void; readonly until: Promise<void> }
  /** The connection ends without an answer. */
  | { readonly kind: 'cut' }
  /** The list ends early: no next page, though `total_count` still tells the whole. */
  | { readonly kind: 'truncated'; readonly to: number }
  /** GraphQL answers 200 with errors, and null where the data would be. */
  | { readonly kind: 'graphql-errors'; readonly type: string; readonly message: string }
  /** The work is done, the answer is lost: the caller cannot know. */
  | { readonly kind: 'done-but-lost' };

export type DeliveryFault =
  /** Nobody answered; GitHub's list of deliveries tells of it. */
  | { readonly kind: 'dropped' }
  /** It never left GitHub, and no list tells of it. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'doubled' }
  /** Held until `release()`. */
  | { readonly kind: 'late' }
  /** Handed over after the next one. */
  | { readonly kind: 'reordered' };

export interface RequestMatch {
  readonly method?: string;
  /** The template, such as `/repos/{owner}/{repo}/pulls/{pull_number}`; `git` and `graphql` also count. */
  readonly route?: string;
  /** 1 is the next matching request. Without it, every one. */
  readonly call?: number;
  /** How many in a row, from `call` on; 1 where only `call` is given. */
  readonly times?: number;
}

export interface DeliveryMatch {
  /** `pull_request` or `pull_request.opened`. */
  readonly event?: string;
  readonly call?: number;
  readonly times?: number;
}

interface Armed<Match, Fault> {
  readonly match: Match;
  readonly fault: Fault;
  seen: number;
}

interface Counted {
  readonly call?: number;
  readonly times?: number;
}

interface Held {
  readonly delivery: Delivery;
  readonly handOver: () => void;
}

/** Switches for faults. A rule counts the requests that match it, from when it was switched on. */
export class Faults {
  #requests: Armed<RequestMatch, RequestFault>[] = [];
  #deliveries: Armed<DeliveryMatch, DeliveryFault>[] = [];
  #held: Held[] = [];

  request(match: RequestMatch, fault: RequestFault): void {
    this.#requests.push({ match, fault, seen: 0 });
  }

  delivery(match: DeliveryMatch, fault: DeliveryFault): void {
    this.#deliveries.push({ match, fault, seen: 0 });
  }

  /** Also where each of them has struck already. */
  get areOn(): boolean {
    return this.#requests.length > 0 || this.#deliveries.length > 0;
  }

  /** Switches every fault off. What is held stays held until it is released. */
  clear(): void {
    this.#requests = [];
    this.#deliveries = [];
  }

  hold(delivery: Delivery, handOver: () => void): void {
    this.#held.push({ delivery, handOver });
  }

  /**
   * Hands over what was late.
   *
   * @param arrange gives the order; it may leave deliveries out, which loses them, or name one twice.
   */
  release(arrange: (held: readonly Delivery[]) => readonly Delivery[] = (held) => held): void {
    const held = this.#held;
    this.#held = [];
    for (const delivery of arrange(held.map((each) => each.delivery)))
      held.find((each) => each.delivery === delivery)?.handOver();
  }

  forRequest(method: string, route: string): RequestFault | null {
    return firstDue(
      this.#requests,
      ({ match }) => (match.method ?? method) === method && (match.route ?? route) === route,
    );
  }

  forDelivery(event: string, action: string | null): DeliveryFault | null {
    const whole = action === null ? event : `${event}.${action}`;
    return firstDue(this.#deliveries, ({ match }) =>
      [undefined, event, whole].includes(match.event),
    );
  }
}

function firstDue<Match extends Counted, Fault>(
  armed: readonly Armed<Match, Fault>[],
  matches: (each: Armed<Match, Fault>) => boolean,
): Fault | null {
  let found: Fault | null = null;
  for (const each of armed.filter(matches)) {
    each.seen += 1;
    if (found === null && due(each.match, each.seen)) found = each.fault;
  }
  return found;
}

function due({ call, times }: Counted, seen: number): boolean {
  const first = call ?? 1;
  const count = times ?? (call === undefined ? Number.POSITIVE_INFINITY : 1);
  return seen >= first && seen < first + count;
}
