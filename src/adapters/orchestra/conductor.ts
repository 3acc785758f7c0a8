import type { RosterStorageFault } from '../../models/faults.ts';
import type { QueueFault } from '../../models/orchestration/faults.ts';
import type { Instant, Result } from '../../primitives.ts';
import type { Journal } from '../roster/journal.ts';
import type { Roster } from '../roster/roster.ts';
import { beat, forgetSilent, leave } from './breakers.ts';
import { finishStep, handBack, hearLate, loseStep } from './ending.ts';
import type { Hands, StepEnd, Stop, Told } from './hands.ts';
import { KnownProfiles } from './profiles.ts';
import { sweep } from './queue.ts';
import { Router, type RouterOptions } from './router.ts';
import { goOn, renew, type Taken, type Taker, take, type Work } from './taking.ts';

export interface ConductorOptions {
  readonly roster: Roster;
  /** Writes what is done together; whoever made it closes it. */
  readonly journal: Journal;
  readonly routing: RouterOptions;
  readonly hands: Hands;
  /** Its name among runners; two that run at once have two. */
  readonly runner: string;
  /** Steps that it does at one time. */
  readonly atOnce: number;
  /** How long nothing may be heard of it before its tasks are given to others. */
  readonly leaseMs?: number;
  readonly now: () => Instant;
  /** Milliseconds of a clock that never goes back. */
  readonly elapsed: () => number;
  readonly told?: (told: Told) => void;
}

/** Ten seconds of a machine that does nothing but swap; a lost runner's tasks wait as long. */
const LEASE_MS = 15_000;
/** A third, so that two beats may be missed. */
const BEATS_IN_LEASE = 3;
/** How soon a task that another process added is begun, and one that it cancelled is ended. */
const POLL_MS = 250;
const HOUSEKEEPING_MS = 60_000;
/** What a step may take to end after its time; then its abort is said. */
const GRACE_MS = 1_000;

const nothing: Taken = { works: [], ended: [] };

interface Held {
  readonly work: Work;
  readonly controller: AbortController;
  stop: Stop | null;
}

/**
 * Takes tasks as they come, decides who does each, has it done and records what came of it. All that it
 * knows stands in the file: after a crash another one, or the same again, goes on from there.
 */
export class Conductor {
  readonly #options: ConductorOptions;
  readonly #taker: Taker;
  readonly #held = new Map<string, Held>();
  readonly #working = new Set<Promise<void>>();
  #wake: () => void = () => undefined;
  #beatAt = Number.NEGATIVE_INFINITY;
  #keptAt = Number.NEGATIVE_INFINITY;

  /** @throws as SQLite does: the router reads what it knows. */
  constructor(options: ConductorOptions) {
    const { roster, routing, runner, elapsed, leaseMs = LEASE_MS } = options;
    this.#options = options;
    const router = new Router(roster, routing);
    this.#taker = { roster, router, runner, leaseMs, elapsed, profiles: new KnownProfiles() };
  }

  /**
   * Works until it is told to stop, or, with `untilIdle`, until nothing is left that it could do. What runs
   * then is ended with all its programs and given back. Never rejects for what the disk does.
   */
  async run(signal: AbortSignal, untilIdle = false): Promise<void> {
    const woken = () => this.#wake();
    signal.addEventListener('abort', woken);
    try {
      while (!signal.aborted) {
        const idle = await this.#turn();
        if (untilIdle && idle) break;
        if (!signal.aborted) await this.#pause();
      }
    } finally {
      signal.removeEventListener('abort', woken);
      for (const id of this.#held.keys()) this.#stop(id, 'stopping');
      await Promise.all(this.#working);
      const name = `runner:${this.#options.runner}` as const;
      await this.#write(() => leave(this.#options.roster, name));
    }
  }

  /** @returns whether there was nothing to do. */
  async #turn(): Promise<boolean> {
    await this.#beat();
    const { roster, runner, atOnce } = this.#options;
    const seen = roster.read(() => ({
      waiting: Number(roster.statement('SELECT waiting FROM queue').get()?.['waiting']),
      free: roster
        .statement(
          // A model that has as much as it can do now will have room.
          `SELECT 1 FROM queue_tasks WHERE state = 'waiting' AND (held = '[]' OR held LIKE '%"kind":"load"%') LIMIT 1`,
        )
        .get(),
      elsewhere: roster
        .statement("SELECT 1 FROM queue_tasks WHERE state = 'running' LIMIT 1")
        .get(),
      cancelling: roster
        .statement(
          "SELECT id FROM queue_tasks WHERE state = 'running' AND runner = ? AND cancelling = 1",
        )
        .all(runner),
    }));
    if (!seen.ok) return this.#storage(seen.fault);
    const { cancelling, elsewhere, free, waiting } = seen.value;
    for (const { id } of cancelling) this.#stop(String(id), 'cancelled');
    const slots = atOnce - this.#held.size;
    if (slots > 0 && (waiting > 0 || elsewhere !== undefined)) await this.#take(slots);
    return this.#held.size === 0 && free === undefined && elsewhere === undefined;
  }

  async #take(slots: number): Promise<void> {
    const { now } = this.#options;
    const taken = await this.#write(() => take(this.#taker, slots, now()));
    if (!taken.ok) return;
    for (const task of taken.value.ended) this.#tell({ kind: 'ended', task });
    for (const work of taken.value.works) {
      const working = this.#carry(work).finally(() => {
        this.#working.delete(working);
        this.#wake();
      });
      this.#working.add(working);
    }
  }

  /** Says that it is there, holds what it holds, and now and then clears up. */
  async #beat(): Promise<void> {
    const { roster, runner, now, elapsed } = this.#options;
    const everyMs = this.#taker.leaseMs / BEATS_IN_LEASE;
    const at = elapsed();
    if (at - this.#beatAt < everyMs) return;
    this.#beatAt = at;
    const clears = at - this.#keptAt >= HOUSEKEEPING_MS;
    if (clears) this.#keptAt = at;
    const lost = await this.#write(() => {
      beat(roster, `runner:${runner}`, { seenAt: now(), everyMs: Math.ceil(everyMs) });
      if (clears) {
        sweep(roster);
        forgetSilent(roster, now());
        hearLate(this.#taker);
      }
      const claims = [...this.#held.values()].map(({ work }) => work.claim);
      return renew(this.#taker, claims, now());
    });
    if (lost.ok) for (const id of lost.value) this.#stop(id, 'lease-lost');
  }

  /** Does the steps of one task, one after the other, for as long as it is held. */
  async #carry(first: Work): Promise<void> {
    for (let work: Work | null = first; work !== null; ) {
      this.#tell({ kind: 'taken', work });
      const held: Held = { work, controller: new AbortController(), stop: null };
      this.#held.set(work.claim.id, held);
      const began = this.#options.elapsed();
      const end = await this.#done(held);
      const next: Work | null = await this.#settle(held, end, this.#options.elapsed() - began);
      this.#held.delete(work.claim.id);
      work = next;
    }
  }

  async #done({ work, controller }: Held): Promise<StepEnd> {
    const { name } = work.step;
    const hand = Object.hasOwn(this.#options.hands, name) ? this.#options.hands[name] : undefined;
    if (hand === undefined)
      return { kind: 'could-not-start', detail: `this runner does no step ${name}` };
    const late = () => this.#stop(work.claim.id, 'timed-out');
    const timer = setTimeout(late, work.timeoutMs + GRACE_MS);
    try {
      return await hand(work, controller.signal);
    } catch (error) {
      return { kind: 'crashed', detail: String(error).slice(0, 300) };
    } finally {
      clearTimeout(timer);
    }
  }

  /** Records how a step ended. @returns what is to be done next under the same claim. */
  async #settle(held: Held, end: StepEnd, latencyMs: number): Promise<Work | null> {
    const { work, stop } = held;
    const { now } = this.#options;
    const { claim } = work;
    if (stop === 'lease-lost') return this.#given(work, stop);
    if (end.kind === 'done') {
      const done = await this.#write(() => {
        const task = finishStep(this.#taker, claim, end, { at: now(), latencyMs });
        const goes = task.ok && task.value.state === 'running';
        const stops = goes && (task.value.cancelling || stop !== null);
        if (stops) handBack(this.#taker, claim, { at: now(), latencyMs: 0 });
        return { task, next: goes && !stops ? goOn(this.#taker, task.value, now()) : nothing };
      });
      if (!done.ok) return null;
      const { next, task } = done.value;
      if (task.ok) this.#tell({ kind: 'finished', work, task: task.value });
      else this.#tell({ kind: 'refused', work, fault: task.fault });
      for (const each of next.ended) this.#tell({ kind: 'ended', task: each });
      return next.works[0] ?? null;
    }
    const ended = { at: now(), latencyMs };
    if (stop === 'cancelled' || stop === 'stopping') {
      const given = await this.#write(() => handBack(this.#taker, claim, ended));
      return this.#answered(work, given) === null ? null : this.#given(work, stop);
    }
    const loss = stop === null ? end : { kind: stop, detail: end.detail };
    const { kind: why, detail } = loss;
    const lost = await this.#write(() =>
      loseStep(this.#taker, claim, { ended: why, detail }, ended),
    );
    const task = this.#answered(work, lost);
    if (task !== null) this.#tell({ kind: 'lost', work, task, end: loss });
    return null;
  }

  /** What was written, or null after saying why it was not. */
  #answered<Value>(
    work: Work,
    written: Result<Result<Value, QueueFault>, RosterStorageFault>,
  ): Value | null {
    if (!written.ok) return null;
    if (written.value.ok) return written.value.value;
    this.#tell({ kind: 'refused', work, fault: written.value.fault });
    return null;
  }

  #given(work: Work, because: Stop): null {
    this.#tell({ kind: 'given-back', work, because });
    return null;
  }

  #stop(id: string, why: Stop): void {
    const held = this.#held.get(id);
    if (held === undefined || held.stop !== null) return;
    held.stop = why;
    held.controller.abort();
  }

  /**
   * Writes together with others. Where the file cannot be written it tries again for as long as a lease
   * lasts: after that what was done counts for nothing anyway, and somebody else does it again.
   */
  async #write<Value>(work: () => Value): Promise<Result<Value, RosterStorageFault>> {
    const { elapsed, journal, roster } = this.#options;
    const until = elapsed() + this.#taker.leaseMs;
    for (;;) {
      const written = await journal.together(work);
      if (written.ok) return written;
      this.#storage(written.fault);
      // What was undone had moved the router in memory.
      roster.read(() => this.#taker.router.reload());
      if (elapsed() >= until) return written;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  #storage(fault: RosterStorageFault): false {
    this.#tell({ kind: 'storage', fault });
    return false;
  }

  #tell(told: Told): void {
    this.#options.told?.(told);
  }

  #pause(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, POLL_MS);
    this.#wake = () => {
      clearTimeout(timer);
      resolve();
    };
    return promise;
  }
}
