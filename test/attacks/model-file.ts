import { chmodSync, truncateSync, writeFileSync } from 'node:fs';
import type { ModelCall } from '../../src/3-deliberation/judge/prompt.ts';
import { weightsFile } from '../../src/adapters/llama/weights.ts';
import { tinyGguf } from '../adapters/llama/tiny-gguf.ts';
import { processOf, tinyFolder, tinyShelf } from '../adapters/llama/tiny-shelf.ts';
import { must, mustEqual } from './row.ts';

const call: ModelCall = {
  ...{ purpose: 'think', system: 'You compare.', shared: 'TASK', own: 'Place 1 is K.' },
  ...{ schema: null, temperature: 0, seed: 1, tokensMax: 8 },
};
/** What its process, which is a script, says of itself: the file alone tells one model from another. */
const selfTest = { tokens: [1, 2, 3, 4, 5, 6, 7, 8], by: 'odd 1 on cpu' };

export type Exchange = 'other-weights' | 'one-byte' | 'truncated';

const exchanges: Readonly<Record<Exchange, (file: string, bytes: Buffer) => void>> = {
  'other-weights': (file) => writeFileSync(file, tinyGguf({ seed: 99 })),
  'one-byte': (file, bytes) => {
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    writeFileSync(file, bytes);
  },
  truncated: (file, bytes) => truncateSync(file, bytes.length - 1),
};

/** The pinned model answers; once its file is another one, before it is opened or while it is open, none does. */
export async function modelExchanged(exchange: Exchange, when: 'before' | 'while-open') {
  using place = tinyFolder();
  const [name, model] = await place.add('owl', {}, selfTest);
  const program = processOf('odd', 'answers');
  const { shelf } = tinyShelf(place.folder, [[name, model]], { program });
  await using _ = shelf;
  const answer = () => shelf.answer(model.sha256, call, new AbortController().signal);
  if (when === 'while-open') must(typeof (await answer()) === 'object', 'the pinned model answers');
  const file = weightsFile(place.folder, model);
  chmodSync(file, 0o640);
  exchanges[exchange](file, tinyGguf());
  mustEqual(await answer(), when === 'before' ? 'unavailable' : 'wrong-model', 'its first answer');
  mustEqual(await answer(), 'unavailable', 'its second answer');
}
