/** Webhook deliveries: whom an event goes to, and how it is signed, handed over and recorded. */
import { createHmac, randomUUID } from 'node:crypto';
import type { DeliveryFault } from './faults.ts';
import type { App } from './state.ts';
import { nextId, type World } from './world.ts';

export interface Delivery {
  readonly id: number;
  /** Stays the same when a delivery is made again. */
  readonly guid: string;
  readonly appId: number;
  readonly installationId: number | null;
  readonly repositoryId: number | null;
  readonly event: string;
  readonly action: string | null;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly url: string;
  readonly redelivery: boolean;
  deliveredAt: number;
  seconds: number;
  /** `OK`, or what went wrong, as GitHub words it. */
  status: string;
  /** 0 before anything answered. */
  statusCode: number;
  answerHeaders: Readonly<Record<string, string>>;
  answerBody: string;
}

export type Draft = Pick<
  Delivery,
  'appId' | 'installationId' | 'repositoryId' | 'event' | 'action' | 'body'
>;

/** GitHub gives up on an app that has not answered after 10 s; here nothing fails because the machine is busy. */
const answerMsMax = 120_000;
const answerBytesMax = 65_536;
/** GitHub keeps deliveries for some days. A payload is some 25 KB, so that these are 250 MB at most. */
const keptMax = 10_000;
/** More than any test sends at once: an app that answers itself for ever ends here. */
const waitingMax = 100_000;

/** Hands deliveries over, at most so many at once, in the order they were made. */
export class Outbox {
  readonly #atOnce: number;
  readonly #waiting: (() => Promise<void>)[] = [];
  #active = 0;
  #swapped: Delivery | null = null;

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  get idle(): boolean {
    return this.#active === 0 && this.#waiting.length === 0;
  }

  get waiting(): number {
    return this.#waiting.length + this.#active;
  }

  send(world: World, draft: Draft): void {
    const app = world.apps.get(draft.appId);
    if (app?.webhookUrl == null) return;
    const fault = world.faults.forDelivery(draft.event, draft.action);
    if (fault?.kind === 'lost') return;
    const delivery = deliveryOf(world, app, draft, null);
    keep(world, delivery);
    this.#route(world, delivery, fault);
  }

  /** Makes a delivery again: same GUID, same body, a number of its own. */
  redeliver(world: World, old: Delivery): Delivery | null {
    const app = world.apps.get(old.appId);
    if (app?.webhookUrl == null) return null;
    const delivery = deliveryOf(world, app, old, old.guid);
    keep(world, delivery);
    this.#queue(world, delivery);
    return delivery;
  }

  /** The hub ends: what was not handed over never will be. */
  stop(): void {
    this.#waiting.length = 0;
    this.#swapped = null;
  }

  /** Hands over what waits for a later delivery that may never come. */
  flush(world: World): void {
    if (this.#swapped !== null && this.idle) this.#takeSwapped(world);
  }

  get holds(): boolean {
    return this.#swapped !== null;
  }

  #route(world: World, delivery: Delivery, fault: DeliveryFault | null): void {
    switch (fault?.kind) {
      case 'lost':
        return;
      case 'dropped':
        delivery.status = 'failed to connect to host';
        delivery.statusCode = 502;
        return;
      case 'late':
        world.faults.hold(delivery, () => this.#queue(world, delivery));
        return;
      case 'reordered':
        if (this.#swapped !== null) this.#takeSwapped(world);
        this.#swapped = delivery;
        return;
      case 'doubled':
        this.#queue(world, delivery);
        this.#queue(world, delivery);
        return;
      case undefined:
        this.#queue(world, delivery);
        if (this.#swapped !== null) this.#takeSwapped(world);
    }
  }

  #takeSwapped(world: World): void {
    const delivery = this.#swapped;
    this.#swapped = null;
    if (delivery !== null) this.#queue(world, delivery);
  }

  #queue(world: World, delivery: Delivery): void {
    if (this.#waiting.length >= waitingMax) throw new Error('too many deliveries wait');
    this.#waiting.push(() => handOver(world, delivery));
    this.#pump();
  }

  #pump(): void {
    while (this.#active < this.#atOnce) {
      const work = this.#waiting.shift();
      if (work === undefined) return;
      this.#active += 1;
      void work().finally(() => {
        this.#active -= 1;
        this.#pump();
      });
    }
  }
}

function keep(world: World, delivery: Delivery): void {
  if (world.deliveries.length >= keptMax) world.deliveries.shift();
  world.deliveries.push(delivery);
}

function deliveryOf(world: World, app: App, draft: Draft, guid: string | null): Delivery {
  const own = guid ?? randomUUID();
  return {
    ...draft,
    id: nextId(world),
    guid: own,
    headers: headersOf(app, draft, own),
    url: app.webhookUrl ?? '',
    redelivery: guid !== null,
    deliveredAt: world.now(),
    seconds: 0,
    status: 'pending',
    statusCode: 0,
    answerHeaders: {},
    answerBody: '',
  };
}

function headersOf(app: App, draft: Draft, guid: string): Record<string, string> {
  const signature = createHmac('sha256', app.webhookSecret).update(draft.body).digest('hex');
  return {
    Accept: '*/*',
    'Content-Type': 'application/json',
    'User-Agent': 'GitHub-Hookshot/0ff11ce',
    'X-GitHub-Delivery': guid,
    'X-GitHub-Event': draft.event,
    'X-GitHub-Hook-ID': String(app.id + 7),
    'X-GitHub-Hook-Installation-Target-ID': String(app.id),
    'X-GitHub-Hook-Installation-Target-Type': 'integration',
    'X-Hub-Signature-256': `sha256=${signature}`,
  };
}

async function handOver(world: World, delivery: Delivery): Promise<void> {
  delivery.deliveredAt = world.now();
  const started = performance.now();
  try {
    const answer = await fetch(delivery.url, {
      method: 'POST',
      headers: delivery.headers,
      body: delivery.body,
      signal: AbortSignal.timeout(answerMsMax),
      redirect: 'manual',
    });
    delivery.answerBody = (await answer.text()).slice(0, answerBytesMax);
    delivery.answerHeaders = Object.fromEntries(answer.headers);
    delivery.statusCode = answer.status;
    delivery.status = answer.ok ? 'OK' : `Invalid HTTP Response: ${answer.status}`;
  } catch (error) {
    const late = error instanceof Error && error.name === 'TimeoutError';
    delivery.statusCode = late ? 504 : 502;
    delivery.status = late ? 'timed out' : 'failed to connect to host';
  }
  delivery.seconds = (performance.now() - started) / 1000;
}
