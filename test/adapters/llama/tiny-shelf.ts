/** A folder with tiny models of random weights, pinned as an operator would, and a shelf that serves them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelEvent } from '../../../src/5-publication/model-faults.ts';
import type { ShelfTerms } from '../../../src/adapters/llama/opening.ts';
import { Shelf } from '../../../src/adapters/llama/shelf.ts';
import { type PinnedModel, pin, takeIn } from '../../../src/adapters/llama/weights.ts';
import { profilesOf } from '../../../src/cli/models/shipped.ts';
import { ok } from '../../../src/primitives.ts';
import { type TinyModel, writeTinyGguf } from './tiny-gguf.ts';

export const processOf = (name: 'tiny' | 'odd', ...args: readonly string[]) =>
  [process.execPath, join(import.meta.dirname, `${name}-model-process.ts`), ...args] as const;

export interface TinyFolder extends Disposable {
  readonly folder: string;
  /** Pins one more. */
  readonly add: (
    name: string,
    facts?: Partial<TinyModel>,
    selfTest?: NonNullable<PinnedModel['selfTest']>,
  ) => Promise<readonly [string, PinnedModel]>;
}

export function tinyFolder(): TinyFolder {
  const root = mkdtempSync(join(tmpdir(), 'models-'));
  return {
    folder: root,
    add: async (name, facts = {}, selfTest) => {
      const source = writeTinyGguf(join(root, 'fetched.gguf'), facts);
      const said = {
        family: name.split('-')[0] ?? name,
        roles: ['judge' as const],
        licence: 'Apache-2.0',
        quantisation: 'F32',
        repository: null,
        revision: null,
      };
      const taken = await takeIn(root, source, said, async (_, taken) => ok(taken));
      if (!taken.ok) throw new Error(JSON.stringify(taken.fault));
      const model: PinnedModel = {
        ...taken.value,
        ...(selfTest === undefined ? {} : { selfTest }),
      };
      const pinned = await pin(root, (models) => {
        models[name] = model;
      });
      if (!pinned.ok) throw new Error(JSON.stringify(pinned.fault));
      return [name, model];
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** @returns a shelf, and all that it tells its operator. */
export function tinyShelf(
  folder: string,
  models: readonly (readonly [string, PinnedModel])[],
  terms: Partial<ShelfTerms> = {},
): { readonly shelf: Shelf; readonly events: ModelEvent[] } {
  const events: ModelEvent[] = [];
  const shelf = new Shelf(
    {
      folder,
      program: processOf('tiny'),
      profiles: profilesOf({ schema: 'caws-arbiter/models-lock@1', models: {} }),
      provider: 'cpu',
      threads: 1,
      memoryBytes: 1024 ** 3,
      watch: (event) => void events.push(event),
      ...terms,
    },
    models,
  );
  return { shelf, events };
}
