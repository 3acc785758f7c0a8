/** The whole run with the judge of this machine: its daemon, its socket, and the real library with random weights. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { modelsAtSocket } from '../../src/adapters/judge/at-socket.ts';
import { serveJudge } from '../../src/adapters/llama/judge-daemon.ts';
import { ModelHost } from '../../src/adapters/llama/model-host.ts';
import { rosterFile } from '../../src/adapters/roster/open.ts';
import { command as arbitrate } from '../../src/cli/arbitrate.ts';
import { writeTinyGguf } from '../adapters/llama/tiny-gguf.ts';
import { processOf, type TinyFolder, tinyFolder, tinyShelf } from '../adapters/llama/tiny-shelf.ts';
import { goodRecord, license } from '../adapters/roster/licensed.ts';
import { code, policy } from './documents.ts';
import { Story } from './story.ts';

/** As small as a model can be, with room for a case of one token a character; weights that soon end a speech. */
const least = { layers: 1, width: 32, feedForward: 32, heads: 2, context: 32_768, seed: 13 };

/** Pins a model with what it says at its start here, as `arbiter models add` does. */
async function measured(place: TinyFolder) {
  const file = writeTinyGguf(join(place.folder, 'measured.gguf'), least);
  const profile = {
    contextTokens: 512,
    batchTokens: 128,
    cache: 'f16',
    threads: 1,
    flashAttention: 'auto',
  } as const;
  const opening = { file, providers: ['cpu'], expected: [], profile } as const;
  const host = await ModelHost.open(processOf('tiny'), opening);
  if (!host.ok) throw new Error(host.fault.reason);
  const { opened } = host.value;
  await host.value.host[Symbol.asyncDispose]();
  const by = `${opened.version} on ${opened.provider}`;
  return await place.add('owl', least, { tokens: [...opened.tokens], by });
}

test('a model that says nothing of sense is debated with and judged by, decides nothing, and the record replays', async () => {
  using place = tinyFolder();
  const owl = await measured(place);
  const { shelf } = tinyShelf(place.folder, [owl]);
  await shelf.open(owl[1].sha256);
  const daemon = await serveJudge(join(place.folder, 'judge.sock'), shelf);
  if (!daemon.ok) throw new Error(daemon.fault.kind);
  await using served = daemon.value;
  const [model] = await modelsAtSocket(served.socket).then((found) =>
    found.ok ? found.value : [],
  );
  if (model === undefined) throw new Error('no model is served');

  using story = new Story({ law: { '.caws/policy.yaml': policy('judge: { role: advisory }') } });
  for (const [name, lines] of [
    ['best', 2],
    ['near', 4],
  ] as const) {
    story.branches(name);
    story.worker.commits((hands) => hands.writes('src/cart/tax.ts', code(lines, name)));
  }
  // Of each change by itself it has no opinion, which costs no call.
  license(rosterFile(story.env), model.identity, goodRecord, ['candidates']);
  const said = await story.runs(
    arbitrate,
    'CART-1',
    'best',
    'near',
    '--judge',
    served.socket,
    '--json',
  );
  expect(said.code).toBe(0);
  const { winner, candidates, compared } = JSON.parse(said.out);
  expect(winner).toBe(candidates[0].verdict);
  expect(compared).toMatchObject([{ debate: expect.stringMatching(/^sha256:/) }]);
  // Whoever is preferred, a model that knows nothing was not sure in both orders.
  expect(compared[0].preferred).toBe(null);
  expect(compared[0].abstained).not.toBe(null);
  expect(candidates[0].name).toBe('best');
  const again = await story.runs(arbitrate, 'CART-1', '--replay');
  expect(again).toMatchObject({ code: 0, out: expect.stringContaining('1 with a debate') });
  await expect(story).toTellTheSame();
});
