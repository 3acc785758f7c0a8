import type { ModelEvent } from '../../models/events.ts';
import type { RosterFault } from '../../models/faults.ts';
import { fail, type Result } from '../../primitives.ts';
import { applyEvents } from './applying.ts';
import type { Roster } from './roster.ts';

/** Events of one transaction: so many take some 50 ms, and no other writer waits for longer. */
const BATCH_MAX = 256;
/** Events that may wait, some 10 MB. */
export const WAITING_MAX = 10_000;
/** How long an event waits for others to be written with it: about what a batch of some takes. */
const GATHER_MS = 5;

interface Waiting {
  readonly event: ModelEvent;
  readonly answer: (result: Result<number, RosterFault>) => void;
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
  record(event: ModelEvent): Promise<Result<number, RosterFault>> {
    if (this.#waiting.length >= WAITING_MAX)
      return Promise.resolve(fail({ kind: 'journal-full', eventsMax: WAITING_MAX }));
    const { promise, resolve } = Promise.withResolvers<Result<number, RosterFault>>();
    this.#waiting.push({ event, answer: resolve });
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
    const written = applyEvents(
      this.#roster,
      batch.map(({ event }) => event),
    );
    for (const [at, { answer }] of batch.entries()) {
      const applied = written.ok ? written.value[at] : written;
      if (applied !== undefined) answer(applied);
    }
  }
}
