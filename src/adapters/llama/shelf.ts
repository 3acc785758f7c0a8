import type { Silence, Spoken } from '../../3-deliberation/judge/judgement.ts';
import type { ModelCall } from '../../3-deliberation/judge/prompt.ts';
import type { ModelEvent, ModelFault } from '../../5-publication/model-faults.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import type { Provider } from './library.ts';
import { ModelHost, type Opened } from './model-host.ts';
import { bytesAtLeast, profilesFor } from './profiles.ts';
import { type PinnedModel, verifiedWeights } from './weights.ts';

/** A model whose process ended so often in a row without an answer ends it: it is asked no more. */
const DEATHS_MAX = 3;
/** Of the self-test's tokens: other hardware rounds otherwise, but the beginning stays. */
const SELF_TEST_SURE = 4;

export interface ShelfTerms {
  readonly folder: string;
  /** Starts a process that calls `serveModel`. */
  readonly program: readonly [string, ...string[]];
  readonly provider: Provider | null;
  readonly threads: number | null;
  /** What all loaded models may take together. */
  readonly memoryBytes: number;
  readonly watch: (event: ModelEvent) => void;
  readonly graceMs?: number;
}

interface Place {
  readonly name: string;
  readonly model: PinnedModel;
  /** Of the last time it was open; null: never. */
  opened: Opened | null;
  loaded: { readonly host: ModelHost; readonly bytes: number } | null;
  fault: ModelFault | null;
  deaths: number;
  /** Counts up: the least was used longest ago. */
  used: number;
}

/** The models of this machine: loaded when they are asked, and put away by least use where memory is short. */
export class Shelf implements AsyncDisposable {
  readonly #terms: ShelfTerms;
  readonly #places: ReadonlyMap<string, Place>;
  #last: Promise<unknown> = Promise.resolve();
  #uses = 0;

  constructor(terms: ShelfTerms, models: readonly (readonly [string, PinnedModel])[]) {
    this.#terms = terms;
    this.#places = new Map(
      models.map(([name, model]) => [
        model.sha256,
        { name, model, opened: null, loaded: null, fault: null, deaths: 0, used: 0 },
      ]),
    );
  }

  /** Every model with what is known of it: null until it was opened once. */
  get models(): readonly {
    readonly name: string;
    readonly model: PinnedModel;
    readonly opened: Opened | null;
    readonly fault: ModelFault | null;
  }[] {
    return [...this.#places.values()].map(({ name, model, opened, fault }) => ({
      name,
      model,
      opened,
      fault,
    }));
  }

  /**
   * Opens a model, if it is not open: its file read to the last byte, its memory estimated, its self-test
   * held. What failed once is not tried again before the daemon is started anew, but for a lost process.
   */
  async open(sha256: string): Promise<Result<ModelHost, ModelFault>> {
    const place = this.#places.get(sha256);
    if (place === undefined)
      return fail({
        kind: 'model-not-pinned',
        name: sha256,
        known: [],
        folder: this.#terms.folder,
      });
    const turn = this.#last.catch(() => undefined).then(() => this.#opened(place));
    this.#last = turn;
    return await turn;
  }

  async answer(sha256: string, call: ModelCall, signal: AbortSignal): Promise<Spoken | Silence> {
    // Reading a large file takes minutes, for which nobody who gave up waits.
    const opened = await Promise.race([this.open(sha256), aborted(signal)]);
    const place = this.#places.get(sha256);
    if (opened === null) return 'cancelled';
    if (!opened.ok || place === undefined) return 'unavailable';
    const said = await opened.value.answer(call, signal);
    if (opened.value.isAlive) place.deaths = 0;
    else if (place.loaded?.host === opened.value) this.#lost(place, signal);
    return said;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last.catch(() => undefined);
    await Promise.all(
      [...this.#places.values()].map(
        async ({ loaded }) => await loaded?.host[Symbol.asyncDispose](),
      ),
    );
  }

  /** A process that was ended because somebody gave up tells nothing of its model. */
  #lost(place: Place, signal: AbortSignal): void {
    place.loaded = null;
    if (!signal.aborted) place.deaths += 1;
    this.#terms.watch({ kind: 'ended', name: place.name });
    if (place.deaths < DEATHS_MAX) return;
    place.fault = { kind: 'model-ends', name: place.name, times: place.deaths };
    this.#terms.watch({ kind: 'not-loaded', name: place.name, fault: place.fault });
  }

  async #opened(place: Place): Promise<Result<ModelHost, ModelFault>> {
    if (place.fault !== null) return fail(place.fault);
    this.#uses += 1;
    place.used = this.#uses;
    if (place.loaded?.host.isAlive === true) return ok(place.loaded.host);
    place.loaded = null;
    const loaded = await this.#load(place);
    if (loaded.ok) {
      place.loaded = loaded.value;
      place.opened = loaded.value.opened;
      return ok(loaded.value.host);
    }
    // Memory may be free again; a wrong file stays wrong.
    if (loaded.fault.kind !== 'memory-short') place.fault = loaded.fault;
    this.#terms.watch({ kind: 'not-loaded', name: place.name, fault: loaded.fault });
    return loaded;
  }

  async #load({
    name,
    model,
  }: Place): Promise<
    Result<NonNullable<Place['loaded']> & { readonly opened: Opened }, ModelFault>
  > {
    const { folder, memoryBytes, provider } = this.#terms;
    const verified = await verifiedWeights(folder, model);
    if (!verified.ok) return verified;
    const { file, gguf } = verified.value;
    const available = await this.#makeRoom(bytesAtLeast(gguf));
    const [best, ...plainer] = profilesFor(gguf, available);
    if (best === undefined)
      return fail({
        kind: 'memory-short',
        name,
        neededBytes: bytesAtLeast(gguf),
        availableBytes: Math.min(available, memoryBytes),
      });
    const tries = [
      ...[best, ...plainer].map((fitting) => ({ ...fitting, provider })),
      // A graphics processor that answers wrongly, or not at all, has the other one beside it.
      ...(provider === 'cpu' ? [] : [{ ...best, provider: 'cpu' as const }]),
    ];
    let fault: ModelFault = { kind: 'model-not-opened', name, reason: 'not tried' };
    for (const each of tries) {
      const opened = await this.#try({ name, model, file }, each);
      if (opened.ok) return ok({ ...opened.value, bytes: each.bytes });
      fault = opened.fault;
      this.#terms.watch({ kind: 'fell-back', name, fault });
    }
    return fail(fault);
  }

  async #try(
    {
      name,
      model,
      file,
    }: { readonly name: string; readonly model: PinnedModel; readonly file: string },
    {
      profile,
      provider,
      bytes,
    }: ReturnType<typeof profilesFor>[number] & { readonly provider: Provider | null },
  ): Promise<Result<{ readonly host: ModelHost; readonly opened: Opened }, ModelFault>> {
    const { program, threads, graceMs, watch } = this.#terms;
    const opening = { file, provider, threads, profile };
    const started = await ModelHost.open(
      program,
      opening,
      graceMs === undefined ? {} : { graceMs },
    );
    if (!started.ok) return fail({ kind: 'model-not-opened', name, reason: started.fault });
    const { host, opened } = started.value;
    if (provider !== null && opened.provider !== provider)
      watch({ kind: 'other-provider', name, wanted: provider, found: opened.provider });
    if (!selfTestHolds(model, opened)) {
      await host[Symbol.asyncDispose]();
      return fail({
        kind: 'self-test-failed',
        name,
        expected: model.selfTest?.tokens ?? [],
        found: opened.tokens,
      });
    }
    const { contextTokens } = profile;
    const backend = `${opened.version} on ${opened.provider}`;
    watch({ kind: 'loaded', name, backend, bytes, contextTokens });
    return started;
  }

  /** Puts models away, the least used first and never one that answers, until so much is free. */
  async #makeRoom(bytes: number): Promise<number> {
    const loaded = [...this.#places.values()]
      .filter(({ loaded }) => loaded !== null)
      .sort((one, other) => one.used - other.used);
    let free =
      this.#terms.memoryBytes - loaded.reduce((sum, each) => sum + (each.loaded?.bytes ?? 0), 0);
    for (const place of loaded) {
      if (free >= bytes) break;
      if (place.loaded === null || place.loaded.host.isBusy) continue;
      free += place.loaded.bytes;
      await place.loaded.host[Symbol.asyncDispose]();
      place.loaded = null;
      this.#terms.watch({ kind: 'unloaded', name: place.name });
    }
    return free;
  }
}

/** Whether a model says what it said when it was pinned; to the last token where the same program runs it. */
function selfTestHolds({ selfTest }: PinnedModel, opened: Opened): boolean {
  if (selfTest === undefined) return false;
  const same = selfTest.by === `${opened.version} on ${opened.provider}`;
  const sure = same ? selfTest.tokens.length : SELF_TEST_SURE;
  return selfTest.tokens.slice(0, sure).every((token, at) => token === opened.tokens[at]);
}

async function aborted(signal: AbortSignal): Promise<null> {
  const { promise, resolve } = Promise.withResolvers<null>();
  if (signal.aborted) resolve(null);
  signal.addEventListener('abort', () => resolve(null), { once: true });
  return await promise;
}
