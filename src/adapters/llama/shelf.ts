import type { Silence, Spoken } from '../../3-deliberation/judge/judgement.ts';
import type { ModelCall } from '../../3-deliberation/judge/prompt.ts';
import type { ModelFault, RunProfile } from '../../5-publication/model-faults.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import type { ModelHost, Opened } from './model-host.ts';
import { type Open, openFor, type ShelfTerms } from './opening.ts';
import {
  bytesAtLeast,
  covers,
  type SizedProfile,
  SURFACES,
  type Surface,
  surfaceOf,
} from './profiles.ts';
import { type Expected, expectedOf } from './self-test.ts';
import { type Standing, stillStands } from './standing.ts';
import { type PinnedModel, verifiedWeights } from './weights.ts';

/** A model whose process ended so often in a row without an answer ends it: it is asked no more. */
const DEATHS_MAX = 3;

/** As it is kept. */
interface Loaded extends Open {
  /** The file as it stood when it was read; its process reads from it as long as it runs. */
  readonly standing: Standing;
  /** Counts up: the least was used longest ago. */
  used: number;
}

interface InForce extends SizedProfile {
  /** What computes. */
  readonly provider: string;
}

interface Place {
  readonly name: string;
  readonly model: PinnedModel;
  /** Of the last time it was open; null: never. */
  opened: Opened | null;
  engines: Loaded[];
  readonly faults: Map<Surface, ModelFault>;
  deaths: number;
}

/** The models of this machine: loaded when they are asked, and put away by least use where memory is short. */
export class Shelf implements AsyncDisposable {
  readonly #terms: ShelfTerms;
  readonly #closing = new AbortController();
  readonly #places: ReadonlyMap<string, Place>;
  #last: Promise<unknown> = Promise.resolve();
  #uses = 0;

  /** @param models no two of one file: `twiceNamed` says so before. */
  constructor(terms: ShelfTerms, models: readonly (readonly [string, PinnedModel])[]) {
    this.#terms = { ...terms, signal: this.#closing.signal };
    this.#places = new Map(
      models.map(([name, model]) => [
        model.sha256,
        { name, model, opened: null, engines: [], faults: new Map(), deaths: 0 },
      ]),
    );
  }

  /** Every model with what is known of it: what opened last, and why it does not serve where it serves for nothing. */
  get models(): readonly {
    readonly name: string;
    readonly model: PinnedModel;
    readonly opened: Opened | null;
    readonly fault: ModelFault | null;
    /** What it is open with, by what it is asked for. */
    readonly inForce: Readonly<Partial<Record<Surface, InForce>>>;
  }[] {
    return [...this.#places.values()].map((place) => {
      const { name, model, opened, faults } = place;
      const open = SURFACES.flatMap((surface) => {
        const engine = this.#thereFor(place, surface);
        return engine === undefined ? [] : [[surface, inForce(engine)] as const];
      });
      const [first = null] = faults.values();
      // What opened once has room again when others are through: who asks meanwhile is told that it is not there.
      const lasting = [...faults.values()].filter(({ kind }) => kind !== 'memory-short');
      const [last = null] = lasting.length === SURFACES.length ? lasting : [];
      const fault = opened === null ? first : last;
      return { name, model, opened, fault, inForce: Object.fromEntries(open) };
    });
  }

  /**
   * Opens a model for a surface, if it is not open: its file read to the last byte, its memory estimated, what it
   * says held against what is expected. What failed once is not tried again before the daemon is started anew, but
   * for memory, which may be free again, and a lost process.
   */
  async open(sha256: string, surface: Surface = 'judging'): Promise<Result<ModelHost, ModelFault>> {
    const place = this.#places.get(sha256);
    if (place === undefined)
      return fail({
        kind: 'model-not-pinned',
        name: sha256,
        known: [],
        folder: this.#terms.folder,
      });
    const turn = this.#last.catch(() => undefined).then(() => this.#opened(place, surface));
    this.#last = turn;
    return await turn;
  }

  async answer(sha256: string, call: ModelCall, signal: AbortSignal): Promise<Spoken | Silence> {
    const place = this.#places.get(sha256);
    if (place === undefined) return 'unavailable';
    const surface = surfaceOf(call);
    const there = this.#readyFor(place, surface);
    if (there !== undefined) return await this.#askedOf(place, there, call, signal);
    // Reading a large file takes minutes, for which nobody who gave up waits.
    const opened = await Promise.race([this.open(sha256, surface), aborted(signal)]);
    if (opened === null) return 'cancelled';
    return opened.ok ? await this.#askedOf(place, opened.value, call, signal) : 'unavailable';
  }

  /** One that is open is asked at once: it does not wait for another that is being loaded. */
  #readyFor(place: Place, surface: Surface): ModelHost | undefined {
    const known = place.faults.get(surface);
    if (known !== undefined && !mayPass(known)) return undefined;
    const there = this.#thereFor(place, surface);
    if (there === undefined) return undefined;
    this.#uses += 1;
    there.used = this.#uses;
    return there.host;
  }

  async #askedOf(
    place: Place,
    host: ModelHost,
    call: ModelCall,
    signal: AbortSignal,
  ): Promise<Spoken | Silence> {
    const standing = place.engines.find((each) => each.host === host)?.standing;
    const said = await host.answer(call, signal);
    if (!host.isAlive) {
      if (place.engines.some((each) => each.host === host)) this.#lost(place, host, signal);
      return said;
    }
    place.deaths = 0;
    if (standing === undefined || (await stillStands(standing))) return said;
    await this.#exchanged(place, host, standing);
    return 'wrong-model';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#last.catch(() => undefined);
    const engines = [...this.#places.values()].flatMap(({ engines: all }) => all);
    await Promise.all(engines.map(async ({ host }) => await host[Symbol.asyncDispose]()));
  }

  /** Weights are read from the file while the model speaks: whoever writes there makes another model of it. */
  async #exchanged(place: Place, host: ModelHost, { file }: Standing): Promise<void> {
    const { name, engines } = place;
    place.engines = engines.filter((each) => each.host !== host);
    this.#terms.watch({ kind: 'exchanged', name, file });
    await host[Symbol.asyncDispose]();
  }

  /** A process that was ended because somebody gave up tells nothing of its model. */
  #lost(place: Place, host: ModelHost, signal: AbortSignal): void {
    place.engines = place.engines.filter((each) => each.host !== host);
    if (!signal.aborted) place.deaths += 1;
    this.#terms.watch({ kind: 'ended', name: place.name });
    if (place.deaths < DEATHS_MAX) return;
    const fault = { kind: 'model-ends', name: place.name, times: place.deaths } as const;
    for (const surface of SURFACES) place.faults.set(surface, fault);
    this.#terms.watch({ kind: 'not-loaded', name: place.name, fault });
  }

  #order(surface: Surface): readonly RunProfile[] {
    const { profiles, threads } = this.#terms;
    return profiles[surface].profiles.map((each) => ({
      ...each,
      threads: threads ?? each.threads,
    }));
  }

  /** A model that is open and gives what one of the surface's profiles asks for: it is not opened twice for it. */
  #thereFor({ engines }: Place, surface: Surface): Loaded | undefined {
    return engines.find(
      ({ host, profile, contextMax }) =>
        host.isAlive && this.#order(surface).some((each) => covers(profile, each, contextMax)),
    );
  }

  async #opened(place: Place, surface: Surface): Promise<Result<ModelHost, ModelFault>> {
    const known = place.faults.get(surface);
    if (known !== undefined && !mayPass(known)) return fail(known);
    const there = this.#readyFor(place, surface);
    if (there !== undefined) return ok(there);
    this.#uses += 1;
    place.engines = place.engines.filter(({ host }) => host.isAlive);
    const needed = await this.#neededBeside(place, surface);
    const loaded = needed.ok ? await this.#load(place, surface) : needed;
    if (loaded.ok) {
      place.faults.delete(surface);
      await this.#took(place, { ...loaded.value, used: this.#uses });
      return ok(loaded.value.host);
    }
    const { fault } = loaded;
    place.faults.set(surface, fault);
    if (isOfFile(fault)) for (const each of SURFACES) place.faults.set(each, fault);
    // Told of once.
    if (known === undefined) this.#terms.watch({ kind: 'not-loaded', name: place.name, fault });
    return loaded;
  }

  /** One that is in fewer bits than another serves where that one does not. */
  async #neededBeside(place: Place, surface: Surface): Promise<Result<null, ModelFault>> {
    const dearer = this.#dearerThan(place);
    if (dearer === undefined) return ok(null);
    const opened = await this.#opened(dearer, surface);
    if (!opened.ok) return ok(null);
    return fail({ kind: 'not-needed', name: place.name, insteadOf: dearer.name });
  }

  #dearerThan({ name, model }: Place): Place | undefined {
    const { insteadOf } = model;
    const found = [...this.#places.values()].find((each) => each.name === insteadOf);
    // Whoever stands in for somebody has nobody stand in for him: no two wait for each other.
    return found?.model.insteadOf === undefined && found?.name !== name ? found : undefined;
  }

  /** Keeps what was opened, and puts away what it makes needless. */
  async #took(place: Place, loaded: Loaded): Promise<void> {
    const [needless, kept] = [place.engines, place.engines].map((engines, at) =>
      engines.filter(
        ({ host, profile, contextMax }) =>
          (!host.isBusy && covers(loaded.profile, profile, contextMax)) === (at === 0),
      ),
    );
    place.engines = [...(kept ?? []), loaded];
    place.opened = loaded.opened;
    for (const { host } of needless ?? []) await host[Symbol.asyncDispose]();
  }

  async #load(place: Place, surface: Surface): Promise<Result<Omit<Loaded, 'used'>, ModelFault>> {
    const verified = await verifiedWeights(this.#terms.folder, place.model);
    if (!verified.ok) return verified;
    const order = this.#order(surface);
    const free = await this.#makeRoom(bytesAtLeast(verified.value.gguf, order));
    const asked = { name: place.name, surface, order, expected: this.#expectedOf(place) };
    const { file, gguf, standing } = verified.value;
    const opened = await openFor(this.#terms, { ...asked, file, gguf }, free);
    if (!opened.ok) return opened;
    if (await stillStands(standing)) return ok({ ...opened.value, standing });
    // Its process opened it by its path: what it holds may be another than what was read here.
    await opened.value.host[Symbol.asyncDispose]();
    const reason = 'it was exchanged while it was opened';
    return fail({ kind: 'weights-unreadable', file, reason });
  }

  /** Its own words, and those of the model that it stands in for; none where one was pinned without a test. */
  #expectedOf(place: Place): readonly Expected[] {
    const dearer = this.#dearerThan(place);
    const own = expectedOf(place.name, place.model, true);
    if (dearer === undefined || own.length === 0) return own;
    const other = expectedOf(dearer.name, dearer.model, false);
    return other.length === 0 ? [] : [...own, ...other];
  }

  /** Puts models away, the least used first and never one that answers, until so much is free. */
  async #makeRoom(bytes: number): Promise<number> {
    const loaded = [...this.#places.values()]
      .flatMap((place) => place.engines.map((engine) => ({ place, engine })))
      .sort((one, other) => one.engine.used - other.engine.used);
    let free = this.#terms.memoryBytes - loaded.reduce((sum, { engine }) => sum + engine.bytes, 0);
    for (const { place, engine } of loaded) {
      if (free >= bytes) break;
      if (engine.host.isBusy) continue;
      free += engine.bytes;
      // Nobody is sent to one that is being ended.
      place.engines = place.engines.filter((each) => each !== engine);
      await engine.host[Symbol.asyncDispose]();
      this.#terms.watch({ kind: 'unloaded', name: place.name });
    }
    return free;
  }
}

const inForce = ({ profile, bytes, opened: { provider } }: Loaded): InForce => ({
  ...{ provider, profile, bytes },
});

/** Whether what was wrong may be over: it is looked at anew each time. */
const mayPass = ({ kind }: ModelFault): boolean => kind === 'memory-short' || kind === 'not-needed';

/** Whether it is the file that is wrong, which no other profile mends. */
const isOfFile = ({ kind }: ModelFault): boolean => kind.startsWith('weights-');

async function aborted(signal: AbortSignal): Promise<null> {
  const { promise, resolve } = Promise.withResolvers<null>();
  if (signal.aborted) resolve(null);
  signal.addEventListener('abort', () => resolve(null), { once: true });
  return await promise;
}
