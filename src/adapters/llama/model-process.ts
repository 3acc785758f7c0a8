import { type Engine, openEngine } from './engine.ts';
import { loadLibrary } from './library.ts';
import type { FromModel, Opening, ToModel } from './model-messages.ts';

/** A text that every vocabulary has words for. */
const SELF_TEST_TEXT = 'The quick brown fox jumps over the lazy dog. 1, 2, 3, 4, 5,';
const SELF_TEST_TOKENS = 16;

/**
 * The process of one model: opens it when told to, and answers until whoever started it is gone. A file that
 * ends the library's process ends this one, and an evaluation that hangs is ended with it.
 *
 * @param channel the IPC channel of this process.
 */
export async function serveModel(channel: Pick<NodeJS.Process, 'on' | 'send'>): Promise<void> {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const tell = (message: FromModel) => void channel.send?.(message);
  const cancels = new Map<number, AbortController>();
  let engine: Engine | null = null;
  const open = async (opening: Opening) => {
    try {
      const { file, profile, providers, expected } = opening;
      const library = await loadLibrary(providers, profile.threads ?? undefined);
      tell({ kind: 'computes', provider: library.provider });
      engine = await openEngine(library, file, profile);
      const tokens = await engine.continuation(SELF_TEST_TEXT, SELF_TEST_TOKENS);
      const agreed: number[] = [];
      for (const each of expected) agreed.push(await engine.agreement(SELF_TEST_TEXT, each));
      const { version, provider, passedOver } = library;
      tell({ kind: 'opened', version, provider, passedOver, tokens, agreed });
    } catch (error) {
      tell({ kind: 'failed', reason: reasonOf(error) });
    }
  };
  channel.on('message', (message: ToModel) => {
    if (message.kind === 'open') void open(message.opening);
    else if (message.kind === 'cancel') cancels.get(message.id)?.abort();
    else void answer(message.id, message.call);
  });
  const answer = async (id: number, call: Parameters<Engine['answer']>[0]) => {
    const cancel = new AbortController();
    cancels.set(id, cancel);
    const said = await (engine?.answer(call, cancel.signal) ?? Promise.reject(new Error())).catch(
      () => 'unavailable' as const,
    );
    cancels.delete(id);
    tell({ kind: 'said', id, said, evaluated: engine?.evaluated ?? 0 });
  };
  channel.on('disconnect', () => {
    // An evaluation may be under way in another thread, and leaving in order would wait for it.
    process.kill(process.pid, 'SIGKILL');
    end();
  });
  await ended;
}

/** One line, whatever the library put into its error. */
const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ').slice(0, 300);
