import type { ModelEvent } from '../../models/events.ts';
import type { RosterFault, RosterStorageFault } from '../../models/faults.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { applyWithin } from './applying.ts';
import type { Roster } from './roster.ts';

/** Pieces of work of one transaction: so many events take some 50 ms, and no other writer waits for longer. */
const BATCH_MAX = 256;
/** Pieces that may wait, some 10 MB of events. */
export const WAITING_MAX = 10_000;
/** How long a piece waits for others to be written with it: about what a batch of some takes. */
const GATHER_MS = 5;

interface Waiting {
  readonly work: () => unknown;
  readonly answer: (result: Result<unknown, RosterStorageFault>) => void;
}

/**
 * Takes events as they come and writes them together. An event is acknowledged when it is in the file, and not
 * before: what a crash of this process takes was never acknowledged. A power cut can take what was
 * acknowledged in the last moments, all events after one of them, and never half of one.
 */
export class Journal implements AsyncDisposable {
  readonly #roster: Roster;
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(roster: Roster) {
    this.#roster = roster;
  }

  /** @returns the event's number in the log, once it stands there. Never rejects. */
  async record(event: ModelEvent): Promise<Result<number, RosterFault>> {
    const applied = await this.together(() => applyWithin(this.#roster, event));
    return applied.ok ? applied.value : applied;
  }

  /**
   * Runs a piece of work in the transaction of what else waits: it stands if and only if they all do.
   *
   * @param work runs once, when its turn comes; throws only as SQLite does.
   * @returns what the work gave, once that stands there. Never rejects for what the disk does.
   */
  together<Value>(work: () => Value): Promise<Result<Value, RosterStorageFault>> {
    if (this.#waiting.length >= WAITING_MAX)
      return Promise.resolve(fail({ kind: 'journal-full', eventsMax: WAITING_MAX }));
    const { promise, resolve } = Promise.withResolvers<Result<Value, RosterStorageFault>>();
    // Each piece is answered with what it gave itself.
    const answer = (result: Result<unknown, RosterStorageFault>) =>
      resolve(result as Result<Value, RosterStorageFault>);
    this.#waiting.push({ work, answer });
    if (this.#waiting.length >= BATCH_MAX) this.#later(0);
    else if (this.#timer === undefined) this.#later(GATHER_MS);
    return promise;
  }

  /** Writes what waits now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#waiting.length > 0) this.#write(this.#waiting.splice(0, BATCH_MAX));
  }

  /** The roster itself stays open: whoever opened it closes it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.flush();
  }

  #later(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#writeOne(), ms);
  }

  /** One batch a turn: between two of them whoever waits for an answer gets it. */
  #writeOne(): void {
    this.#timer = undefined;
    this.#write(this.#waiting.splice(0, BATCH_MAX));
    if (this.#waiting.length > 0) this.#later(0);
  }

  #write(batch: readonly Waiting[]): void {
    const written = this.#roster.write(() => batch.map(({ work }) => work()));
    for (const [at, { answer }] of batch.entries())
      answer(written.ok ? ok(written.value[at]) : written);
  }
}
