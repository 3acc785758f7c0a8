import { type ChildProcess, spawn } from 'node:child_process';
import type { Silence, Spoken } from '../../3-deliberation/judge/judgement.ts';
import type { ModelCall } from '../../3-deliberation/judge/prompt.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { oneWorker, type Provider } from './library.ts';
import { type FromModel, type Opening, readSaid, type ToModel } from './model-messages.ts';

/** How long a cancelled call may take to end by itself: one batch of a large model. */
const GRACE_MS = 3_000;
/** Loading reads the whole file once, from a slow disk. */
const OPEN_MS_MAX = 10 * 60_000;

export type Opened = Omit<Extract<FromModel, { readonly kind: 'opened' }>, 'kind'>;

export interface NotOpened {
  readonly reason: string;
  /** What was to compute; null: it did not come so far. */
  readonly provider: Provider | null;
}

/** Of whoever runs the daemon: where a driver lies, and which graphics processors are for models. */
const PASSED_ON = [
  ...['PATH', 'HOME', 'TMPDIR', 'LD_LIBRARY_PATH', 'VK_DRIVER_FILES'],
  ...['CUDA_VISIBLE_DEVICES', 'GGML_VK_VISIBLE_DEVICES'],
];

/** A model in a process of its own, which is ended where it does not answer when it has to. */
export class ModelHost implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #graceMs: number;
  #asked: { readonly id: number; readonly done: (said: Spoken | Silence) => void } | null = null;
  #grace: NodeJS.Timeout | null = null;
  #last: Promise<void> = Promise.resolve();
  #busy = 0;
  #next = 0;
  #ended = false;
  /** Tokens that the model evaluated so far. */
  evaluated = 0;

  private constructor(child: ChildProcess, graceMs: number) {
    this.#child = child;
    this.#graceMs = graceMs;
  }

  /**
   * Starts the process and opens the model.
   *
   * @param program what starts a process that calls `serveModel`, e.g. node with the command's own file.
   * @returns what it said of itself, or why there is no model.
   */
  static async open(
    program: readonly [string, ...string[]],
    opening: Opening,
    {
      graceMs = GRACE_MS,
      openMsMax = OPEN_MS_MAX,
      signal,
    }: {
      readonly graceMs?: number;
      readonly openMsMax?: number;
      readonly signal?: AbortSignal;
    } = {},
  ): Promise<Result<{ readonly host: ModelHost; readonly opened: Opened }, NotOpened>> {
    const [command, ...args] = program;
    const child = spawn(command, args, {
      // It needs no secret, and a stranger's file is read in it.
      env: {
        ...oneWorker,
        ...Object.fromEntries(PASSED_ON.map((name) => [name, process.env[name]])),
      },
      // What the library writes is for nobody, and a full pipe would hold it.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const host = new ModelHost(child, graceMs);
    const { promise, resolve } = Promise.withResolvers<Opened | string>();
    let provider: Provider | null = null;
    child.on('message', (message: FromModel) => {
      if (message.kind === 'opened') resolve(message);
      else if (message.kind === 'computes') ({ provider } = message);
      else if (message.kind === 'failed') resolve(message.reason);
      else host.#said(message);
    });
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (code, signal) => {
      host.#end();
      resolve(`ended by ${signal ?? `exit ${code}`}`);
    });
    host.#tell({ kind: 'open', opening });
    const late = setTimeout(() => resolve('not loaded in time'), openMsMax);
    const leave = () => resolve('nobody waits for it any more');
    signal?.addEventListener('abort', leave, { once: true });
    if (signal?.aborted) leave();
    const opened = await promise;
    clearTimeout(late);
    signal?.removeEventListener('abort', leave);
    if (typeof opened !== 'string') return ok({ host, opened });
    await host[Symbol.asyncDispose]();
    return fail({ reason: opened, provider });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isAlive(): boolean {
    return !this.#ended;
  }

  get isBusy(): boolean {
    return this.#busy > 0;
  }

  /** Answers in turn, or is silent: `cancelled` soon after the signal, whatever the model does. */
  async answer(call: ModelCall, signal: AbortSignal): Promise<Spoken | Silence> {
    const { promise: gone, resolve: leave } = Promise.withResolvers<void>();
    const before = this.#last;
    const { promise: through, resolve: next } = Promise.withResolvers<void>();
    this.#last = through;
    this.#busy += 1;
    const onAbort = () => leave();
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) leave();
    try {
      await Promise.race([before, gone]);
      return signal.aborted ? 'cancelled' : await this.#ask(call, signal);
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#busy -= 1;
      // Whoever gave up in the queue keeps the place of those behind.
      void before.then(next);
    }
  }

  async #ask(call: ModelCall, signal: AbortSignal): Promise<Spoken | Silence> {
    if (this.#ended) return 'unavailable';
    const id = this.#next;
    this.#next += 1;
    const { promise, resolve } = Promise.withResolvers<Spoken | Silence>();
    this.#asked = { id, done: resolve };
    const cancel = () => {
      this.#tell({ kind: 'cancel', id });
      // A prompt's evaluation hears nothing until it is through; only the process can be ended.
      this.#grace = setTimeout(() => this.#child.kill('SIGKILL'), this.#graceMs);
    };
    signal.addEventListener('abort', cancel, { once: true });
    this.#tell({ kind: 'answer', id, call });
    const said = await promise;
    signal.removeEventListener('abort', cancel);
    if (this.#grace !== null) clearTimeout(this.#grace);
    this.#grace = null;
    return signal.aborted ? 'cancelled' : said;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#child.once('exit', () => resolve());
    this.#child.once('error', () => resolve());
    this.#child.kill('SIGKILL');
    if (this.#child.pid === undefined) return;
    await promise;
  }

  #tell(message: ToModel): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #said({ id, said, evaluated }: Extract<FromModel, { kind: 'said' }>): void {
    if (this.#asked?.id !== id) return;
    this.evaluated = Number.isSafeInteger(evaluated) ? evaluated : 0;
    this.#asked.done(readSaid(said));
    this.#asked = null;
  }

  #end(): void {
    this.#ended = true;
    this.#asked?.done('unavailable');
    this.#asked = null;
  }
}
