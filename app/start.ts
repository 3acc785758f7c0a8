import { lookup } from 'node:dns/promises';
import type { StartFault } from '../src/5-publication/app-faults.ts';
import { fail, type Instant, ok, type Result } from '../src/primitives.ts';
import { nameIn, reasonAgainst } from './forge-address.ts';
import { type ForgeClient, forgeClient } from './forge-client.ts';
import type { Hands, MakeHands, Tools } from './hands.ts';
import { healthOf } from './health.ts';
import { type Inbox, inboxOf } from './intake/inbox.ts';
import { type Intake, intakeOf } from './intake/receive.ts';
import { recordsOf } from './intake/records.ts';
import { appLog, type Logger } from './log.ts';
import { type Metrics, metricsOf } from './metrics.ts';
import { frontOf } from './pages/front.ts';
import { learnOwnLogin, ownLogin } from './self.ts';
import { type Listening, listen } from './server.ts';
import type { Settings } from './settings.ts';
import { type DataHold, holdData, openStore, type Store } from './store.ts';
import { dispatcher, wantAll } from './work/dispatch.ts';
import { type Queue, queueOf } from './work/queue.ts';
import { type ReconcileReport, reconcile } from './work/reconcile.ts';
import type { Lane } from './work/task.ts';
import { startWorkers, together, type Workers } from './work/workers.ts';

/** What the app takes from the process it runs in. */
export interface AppWorld {
  readonly now: () => Instant;
  /** 0 up to, not including, 1. */
  readonly chance: () => number;
  /** Takes whole lines of the log. */
  readonly write: (line: string) => void;
  /** Told at named steps: tests end the process there. */
  readonly step?: (name: 'stored' | 'ended') => void;
  /** false: reconciling waits for its call. */
  readonly timers?: boolean;
}

export interface App {
  /** `http://HOST:PORT` as it is now. */
  readonly address: string;
  readonly reconcile: () => Promise<ReconcileReport>;
  /** Kept when nothing is due and nothing runs. */
  readonly settled: () => Promise<void>;
  /** How many tasks run at the moment. */
  readonly busy: () => number;
  readonly tools: Tools;
  /** Takes nothing more, finishes what runs or hands it back, and lets go of everything. */
  readonly stop: () => Promise<void>;
}

/** What a running app is made of. */
interface Parts {
  readonly settings: Settings;
  readonly world: AppWorld;
  readonly log: Logger;
  readonly hold: DataHold;
  readonly store: Store;
  readonly queue: Queue;
  readonly metrics: Metrics;
  readonly client: ForgeClient;
  readonly inbox: Inbox;
  readonly intake: Intake;
  readonly hands: Hands;
  readonly workers: Workers;
  readonly tools: Tools;
  readonly stopping: AbortController;
}

const DAY_MS = 86_400_000;
/** What is being answered when the app stops: a delivery is, in milliseconds. */
const ANSWER_GRACE_MS = 5_000;

/** Starts the app; from then on deliveries are taken and worked on. */
export async function startApp(
  settings: Settings,
  makeHands: MakeHands,
  world: AppWorld,
): Promise<Result<App, StartFault>> {
  const address = await forgeFault(settings);
  if (address !== null) return fail(address);
  const hold = holdData(settings.dataFolder);
  if (!hold.ok) return hold;
  const store = openStore(settings.dataFolder);
  if (!store.ok) {
    hold.value[Symbol.dispose]();
    return store;
  }
  const parts = await assemble(settings, makeHands, world, hold.value, store.value).catch(
    (error) => {
      // Whoever starts again after a fault must not find the folder held.
      store.value[Symbol.dispose]();
      hold.value[Symbol.dispose]();
      throw error;
    },
  );
  const signs = healthOf({
    store: parts.store,
    queue: parts.queue,
    now: world.now,
    forgeHeardAt: parts.client.heardAt,
    reconcileMs: settings.reconcileMs,
  });
  const listening = await listen({
    host: settings.host,
    port: settings.port,
    probot: parts.client.probot,
    intake: parts.intake,
    page: parts.hands.page,
    runs: parts.hands.runs,
    signs,
    front: frontOf({ signs, now: world.now }),
    metrics: parts.metrics,
    metricsToken: settings.metricsToken,
    log: parts.log,
  });
  if (!listening.ok) {
    await parts.workers.stop(0);
    await letGo(parts);
    return listening;
  }
  return ok(running(parts, listening.value));
}

/** A name can lead to an address that must not be called, whatever it is called itself. */
async function forgeFault({ forge, localForge }: Settings): Promise<StartFault | null> {
  if (forge.host === 'github.com') return null;
  const names = [forge.webUrl, forge.apiUrl].map((address) => nameIn(new URL(address)));
  // A name that cannot be looked up now may be later; calls will say so.
  const found = await Promise.all(names.map((name) => lookup(name, { all: true }).catch(() => [])));
  for (const { address } of found.flat()) {
    const reason = reasonAgainst(address, localForge);
    if (reason !== undefined) return { kind: 'forge-address-refused', host: forge.host, reason };
  }
  return null;
}

async function assemble(
  settings: Settings,
  makeHands: MakeHands,
  world: AppWorld,
  hold: DataHold,
  store: Store,
): Promise<Parts> {
  const { now, chance } = world;
  const log = appLog(settings, world.write);
  const bounds = {
    leaseMs: settings.leaseMs,
    attemptsMax: settings.attemptsMax,
    runsAtOnce: settings.evaluationsAtOnce,
  };
  const queue = queueOf(store, bounds, chance);
  const metrics = metricsOf(queue, now);
  const client = forgeClient({ settings, log, now, called: metrics.apiCall });
  let workers: Workers | undefined;
  const want: Tools['want'] = (pulls) => {
    wantAll(store, queue, pulls, now());
    workers?.poke();
  };
  const tools: Tools = {
    settings,
    now,
    log,
    metrics,
    records: recordsOf(store),
    store,
    self: () => ({ appId: settings.appId, login: ownLogin(store) }),
    octokitOf: client.octokitOf,
    appOctokit: () => client.octokitOf(0),
    want,
    errand: (where, subject, at) => {
      store.transaction(() => queue.want(where, subject, at));
      workers?.poke();
    },
  };
  const hands = await makeHands(tools);
  const lane = (name: Lane, count: number) =>
    startWorkers({
      ...{ queue, lane: name, count, now, log },
      run: dispatcher(hands, want),
      leaseMs: settings.leaseMs,
      ended: ({ subject }, outcome) => {
        metrics.task(subject.kind, outcome.kind);
        world.step?.('ended');
      },
    });
  // On one machine two models at once are slower than both in turn.
  const working = together([lane('hearing', settings.workers), lane('proposing', 1)]);
  workers = working;
  const kept = { keptMs: settings.deliveryDays * DAY_MS, bytesMax: settings.deliveriesBytesMax };
  const inbox = inboxOf(store, queue, kept, () => setImmediate(working.poke));
  const intake = intakeOf({
    secrets: {
      current: settings.webhookSecret.reveal(),
      previous: settings.previousWebhookSecret?.reveal() ?? null,
    },
    inbox,
    self: tools.self,
    now,
    receivingBytesMax: settings.receivingBytesMax,
    log,
    count: metrics.delivery,
    byPreviousSecret: metrics.previousSecret,
    stored: () => world.step?.('stored'),
  });
  return {
    settings,
    world,
    log,
    hold,
    store,
    queue,
    metrics,
    client,
    inbox,
    intake,
    hands,
    workers: working,
    tools,
    stopping: new AbortController(),
  };
}

function running(parts: Parts, listening: Listening): App {
  const { settings, world, log, workers } = parts;
  let passing: Promise<ReconcileReport> | undefined;
  // One pass at a time: who asks meanwhile gets the one that is going on.
  const pass = () => {
    passing ??= onePass(parts).finally(() => {
      passing = undefined;
    });
    return passing;
  };
  const passAlone = () => void pass().catch((error) => log.error({ err: error }, 'a pass failed'));
  const timer = world.timers === false ? undefined : setInterval(passAlone, settings.reconcileMs);
  if (timer !== undefined) passAlone();
  workers.poke();
  log.info({ address: listening.address, forge: settings.forge.host }, 'the app listens');
  let stopping: Promise<void> | undefined;
  const stop = async () => {
    clearInterval(timer);
    parts.stopping.abort();
    log.info({ busy: workers.busy() }, 'the app is being stopped');
    parts.intake.close();
    parts.hands.endStreams?.();
    // Both at once: a worker that is done while the last answers go out must not begin something new.
    await Promise.all([listening.close(ANSWER_GRACE_MS), workers.stop(settings.shutdownMs)]);
    await letGo(parts, passing);
  };
  return {
    address: listening.address,
    reconcile: pass,
    settled: workers.settled,
    busy: workers.busy,
    tools: parts.tools,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

async function onePass(parts: Parts): Promise<ReconcileReport> {
  const { store, queue, client, hands, world, log, workers, inbox } = parts;
  const { now, chance } = world;
  await learnOwnLogin(store, client, log);
  // By portions: deliveries go on being taken while old ones are dropped.
  while (inbox.sweep(now()) > 0 && !parts.stopping.signal.aborted) await nextTurn();
  queue.sweep(now());
  await hands.sweep?.(now());
  const report = await reconcile({
    store,
    queue,
    deliveries: client.deliveries,
    searches: hands.searches,
    now,
    chance,
    log,
    halted: () => parts.stopping.signal.aborted,
  });
  workers.poke();
  return report;
}

async function letGo(parts: Parts, passing?: Promise<unknown>): Promise<void> {
  // A pass that waits for a slow forge is cut off: it is done again at the next start.
  await Promise.race([passing?.catch(() => undefined), after(ANSWER_GRACE_MS)]);
  await parts.hands.close?.();
  parts.store[Symbol.dispose]();
  parts.hold[Symbol.dispose]();
  parts.log.info('the app has stopped');
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
