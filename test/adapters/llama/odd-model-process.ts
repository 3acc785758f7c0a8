/**
 * A model's process that says what a test wants, since a library of a second's start is not needed for it:
 * `answers`, or `answers-late`. Or one that misbehaves once it is asked: `hangs`, `rambles`, `dies`, `lies`;
 * or before: `never-opens`, `cannot-open`. Or one whose machine has graphics processors, and the better one is gone
 * before it computes (`cuda-gone`), dies as it opens (`cuda-dies`), or says something else (`cuda-lies`); or both
 * die (`both-die`). A second word is part of the name of a file that is never opened.
 */
import type { FromModel, ToModel } from '../../../src/adapters/llama/model-messages.ts';

const [, , does = 'hangs', unopened = '?'] = process.argv;
const tell = (message: unknown) => void process.send?.(message);
const opened: Extract<FromModel, { kind: 'opened' }> = {
  kind: 'opened',
  version: 'odd 1',
  provider: 'cpu',
  passedOver: [],
  tokens: [1, 2, 3, 4, 5, 6, 7, 8],
  agreed: [],
};
/** What becomes of the process, or of what it says, on a machine with graphics processors. */
function onGraphics(providers: readonly string[]): FromModel {
  const provider = providers.includes('cuda')
    ? 'cuda'
    : providers.includes('vulkan')
      ? 'vulkan'
      : 'cpu';
  if (does === 'cuda-gone' && provider === 'cuda') process.kill(process.pid, 'SIGABRT');
  tell({ kind: 'computes', provider });
  const dies = { 'cuda-dies': provider === 'cuda', 'both-die': provider !== 'cpu' };
  if (Object.entries(dies).some(([name, now]) => name === does && now))
    process.kill(process.pid, 'SIGABRT');
  return { ...opened, provider, agreed: [does === 'cuda-lies' && provider === 'cuda' ? 5 : 8] };
}
const agreement = (expected: readonly number[]) =>
  expected.filter((token, at) => token === opened.tokens[at]).length;
process.on('disconnect', () => process.exit());
process.on('message', (message: ToModel) => {
  if (message.kind === 'open') {
    if (message.opening.file.includes(unopened)) return;
    if (does === 'cannot-open') tell({ kind: 'failed', reason: 'no memory' });
    else if (/^cuda-|^both-/.test(does)) tell(onGraphics(message.opening.providers));
    else if (does !== 'never-opens') {
      const { expected, providers } = message.opening;
      const others = providers.filter((provider) => provider !== 'cpu');
      const passedOver = others.map((provider) => ({ provider, isHere: provider === 'cuda' }));
      tell({ ...opened, passedOver, agreed: expected.map(agreement) });
    }
  }
  if (message.kind !== 'answer') return;
  const { id } = message;
  const said = { text: 'x'.repeat(200_000), optionLogits: null, tokensIn: 1, tokensOut: 1, ms: 1 };
  const fine = { ...said, text: 'fine', tokensCached: null };
  if (does === 'answers') tell({ kind: 'said', id, evaluated: 2, said: fine });
  if (does === 'answers-late')
    setTimeout(() => tell({ kind: 'said', id, evaluated: 2, said: fine }), 50);
  if (does === 'dies') process.kill(process.pid, 'SIGKILL');
  if (does === 'rambles')
    tell({ kind: 'said', id, evaluated: 1, said: { ...said, tokensCached: null } });
  if (does === 'lies')
    for (const each of [null, 'PASS', { ...said, tokensIn: -1 }, { ...said, tokensCached: 0.5 }])
      tell({ kind: 'said', id, evaluated: 'many', said: each });
});
