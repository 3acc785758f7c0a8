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
 * Opens a model with the first profile that fits so much memory, opens, and says what is expected. What is passed
 * over is told, with its figures.
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
  const [best] = fitting;
  if (best === undefined) {
    const neededBytes = bytesAtLeast(gguf, order);
    return fail({ kind: 'memory-short', name, surface, neededBytes, availableBytes });
  }
  for (const each of dearer)
    watch({ kind: 'profile-short', name, surface, ...each, availableBytes });
  const wanted = provider === null ? profiles[surface].providers : [provider];
  const tries = [
    ...fitting.map((each) => ({ ...each, providers: wanted })),
    // A graphics processor that answers wrongly, or not at all, has the other one beside it.
    ...(wanted[0] === 'cpu' ? [] : [{ ...best, providers: ['cpu'] as const }]),
  ];
  let fault: ModelFault = { kind: 'model-not-opened', name, reason: 'not tried' };
  for (const each of tries) {
    const opened = await opening(terms, asked, each);
    if (opened.ok) return opened;
    fault = opened.fault;
    watch({ kind: 'fell-back', name, surface, fault });
  }
  return fail(fault);
}

async function opening(
  { program, graceMs, watch, profiles, provider: named }: ShelfTerms,
  { name, surface, expected, file, gguf }: Asked,
  { profile, bytes, providers }: SizedProfile & { readonly providers: readonly Provider[] },
): Promise<Result<Open, ModelFault>> {
  // A number that is no word of its vocabulary would end the process.
  const sayable = expected.map(({ tokens }) =>
    tokens.every((token) => token < gguf.shape.vocabulary) ? tokens : [],
  );
  const started = await ModelHost.open(
    program,
    { file, providers, profile, expected: sayable },
    graceMs === undefined ? {} : { graceMs },
  );
  if (!started.ok) return fail({ kind: 'model-not-opened', name, reason: started.fault });
  const { host, opened } = started.value;
  for (const { provider, isHere } of opened.passedOver)
    if (isHere || named !== null)
      watch({ kind: 'other-provider', name, wanted: provider, found: opened.provider });
  const said = agreements(expected, opened, profile, profiles.qualityMin);
  const missed = said.findIndex(({ agreed, needed }) => agreed < needed);
  if (expected.length === 0 || missed !== -1) {
    await host[Symbol.asyncDispose]();
    const { against, ...figures } = said[missed] ?? { against: name, agreed: 0, of: 0, needed: 1 };
    const tokens = expected[missed]?.tokens ?? [];
    const found = opened.tokens;
    const what = { name, against, ...figures, profile, expected: tokens, found };
    return fail({ kind: 'self-test-failed', ...what });
  }
  const backend = `${opened.version} on ${opened.provider}`;
  watch({ kind: 'loaded', name, surface, backend, bytes, profile, said });
  return ok({ host, opened, profile, bytes, contextMax: gguf.shape.context });
}
