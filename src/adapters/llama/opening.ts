import type { ModelEvent, ModelFault, RunProfile } from '../../5-publication/model-faults.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import type { Gguf } from './gguf.ts';
import type { Provider } from './library.ts';
import { ModelHost, type Opened } from './model-host.ts';
import {
  bytesAtLeast,
  type Profiles,
  profilesFor,
  type SizedProfile,
  type Surface,
} from './profiles.ts';
import { agreements, type Expected } from './self-test.ts';

export interface ShelfTerms {
  readonly folder: string;
  /** Starts a process that calls `serveModel`. */
  readonly program: readonly [string, ...string[]];
  readonly profiles: Profiles;
  /** What computes, whatever the profiles say; null: as they say. */
  readonly provider: Provider | null;
  readonly threads: number | null;
  /** What all loaded models may take together. */
  readonly memoryBytes: number;
  readonly watch: (event: ModelEvent) => void;
  readonly graceMs?: number;
  /** What is being opened is let go of. */
  readonly signal?: AbortSignal;
}

/** A model that is open: as it was opened for one surface, it may serve others. */
export interface Open extends SizedProfile {
  readonly host: ModelHost;
  readonly opened: Opened;
  /** Tokens of the model's own context. */
  readonly contextMax: number;
}

export interface Asked {
  readonly name: string;
  readonly surface: Surface;
  /** The dearest first. */
  readonly order: readonly RunProfile[];
  /** What it has to say; none: it cannot be known for what it is, and is not kept. */
  readonly expected: readonly Expected[];
  readonly file: string;
  readonly gguf: Gguf;
}

/**
 * Opens a model with the first profile that fits so much memory, opens, and says what is expected: with each of them
 * on what is to compute, then on what comes behind that, and on the processor at last. What is passed over is told,
 * with its figures.
 */
export async function openFor(
  terms: ShelfTerms,
  asked: Asked,
  free: number,
): Promise<Result<Open, ModelFault>> {
  const { name, surface, order, gguf } = asked;
  const { memoryBytes, profiles, provider, watch } = terms;
  const availableBytes = Math.max(0, Math.min(free, memoryBytes));
  const { fitting, dearer } = profilesFor(gguf, order, availableBytes);
  if (fitting.length === 0) {
    const neededBytes = bytesAtLeast(gguf, order);
    return fail({ kind: 'memory-short', name, surface, neededBytes, availableBytes });
  }
  for (const each of dearer)
    watch({ kind: 'profile-short', name, surface, ...each, availableBytes });
  const named = provider === null ? profiles[surface].providers : [provider];
  // A graphics processor that answers wrongly, or not at all, has others beside it, and the processor at last.
  for (let left: readonly Provider[] = [...new Set([...named, 'cpu' as const])]; ; ) {
    const opened = await openOnFirst(terms, asked, fitting, left);
    if (opened.ok) return opened;
    const { fault, on } = opened.fault;
    const tried = on === null ? 0 : left.indexOf(on);
    left = left.slice(1 + Math.max(0, tried));
    if (left.length === 0) return fail(fault);
  }
}

interface Failed {
  readonly fault: ModelFault;
  /** What was to compute; null: it did not come so far. */
  readonly on: Provider | null;
}

/** With the first of the profiles that does, on the first of the providers that is here. */
async function openOnFirst(
  terms: ShelfTerms,
  asked: Asked,
  fitting: readonly SizedProfile[],
  providers: readonly Provider[],
): Promise<Result<Open, Failed>> {
  const { name, surface } = asked;
  const untried = { kind: 'model-not-opened', name, reason: 'not tried', provider: null } as const;
  let failed: Failed = { fault: untried, on: null };
  for (const each of fitting) {
    const opened = await opening(terms, asked, { ...each, providers });
    if (opened.ok) return opened;
    failed = opened.fault;
    terms.watch({ kind: 'fell-back', name, surface, fault: failed.fault });
    // It ended before a profile mattered.
    if (failed.on === null) break;
  }
  return fail(failed);
}

async function opening(
  { program, graceMs, signal, watch, profiles, provider: named }: ShelfTerms,
  { name, surface, expected, file, gguf }: Asked,
  { profile, bytes, providers }: SizedProfile & { readonly providers: readonly Provider[] },
): Promise<Result<Open, Failed>> {
  // A number that is no word of its vocabulary would end the process.
  const sayable = expected.map(({ tokens }) =>
    tokens.every((token) => token < gguf.shape.vocabulary) ? tokens : [],
  );
  const started = await ModelHost.open(
    program,
    { file, providers, profile, expected: sayable },
    { ...(graceMs !== undefined && { graceMs }), ...(signal !== undefined && { signal }) },
  );
  if (!started.ok) {
    const { provider: on } = started.fault;
    return fail({ fault: { kind: 'model-not-opened', name, ...started.fault }, on });
  }
  const { host, opened } = started.value;
  const { provider: on } = opened;
  for (const { provider, isHere } of opened.passedOver)
    if (isHere || named !== null)
      watch({ kind: 'other-provider', name, wanted: provider, found: on });
  const said = agreements(expected, opened, profile, profiles.qualityMin);
  const missed = said.findIndex(({ agreed, needed }) => agreed < needed);
  if (expected.length === 0 || missed !== -1) {
    await host[Symbol.asyncDispose]();
    const { against, ...figures } = said[missed] ?? { against: name, agreed: 0, of: 0, needed: 1 };
    const tokens = expected[missed]?.tokens ?? [];
    const found = opened.tokens;
    const what = { name, against, ...figures, provider: on, profile, expected: tokens, found };
    return fail({ fault: { kind: 'self-test-failed', ...what }, on });
  }
  const backend = `${opened.version} on ${on}`;
  watch({ kind: 'loaded', name, surface, backend, bytes, profile, said });
  return ok({ host, opened, profile, bytes, contextMax: gguf.shape.context });
}
