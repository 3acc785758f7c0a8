import { faultSentences } from '../../5-publication/fault-words.ts';
import type { ModelEvent } from '../../5-publication/model-faults.ts';
import { modelEventText } from '../../5-publication/weights-words.ts';
import type { Provider } from '../../adapters/llama/library.ts';
import { memoryForModels } from '../../adapters/llama/memory.ts';
import { Shelf } from '../../adapters/llama/shelf.ts';
import { isPinned, lockOf, type PinnedModel, twiceNamed } from '../../adapters/llama/weights.ts';
import { stop } from '../stop.ts';
import type { World } from '../world.ts';
import { modelProgram, modelsFolder } from './options.ts';
import { profilesOf } from './shipped.ts';

interface Choice {
  readonly models?: string;
  readonly json?: boolean;
  readonly provider?: Provider;
  readonly threads?: number;
}

/** Models that a command opens, and what became of them. */
export interface Chosen {
  readonly shelf: Shelf;
  /** What was passed over when a model was opened, a line each. */
  readonly passedOverFor: (name: string) => readonly string[];
  readonly models: readonly (readonly [string, PinnedModel])[];
}

/** The named models, or all that are pinned; null where that was answered already. */
export async function choose(
  world: World,
  names: readonly string[],
  options: Choice,
): Promise<Chosen | null> {
  const folder = modelsFolder(world, options.models);
  const json = options.json === true;
  const lock = await lockOf(folder);
  if (!lock.ok) {
    stop(world, lock.fault, json);
    return null;
  }
  const pinned = Object.entries(lock.value.models).filter((entry): entry is [string, PinnedModel] =>
    isPinned(entry[1]),
  );
  const known = pinned.map(([name]) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined || pinned.length === 0) {
    const fault =
      unknown === undefined
        ? ({ kind: 'no-models', folder } as const)
        : ({ kind: 'model-not-pinned', name: unknown, known, folder } as const);
    stop(world, fault, json);
    return null;
  }
  const twice = twiceNamed(folder, pinned);
  if (twice !== null) {
    stop(world, twice, json);
    return null;
  }
  const models = pinned.filter(([name]) => names.length === 0 || names.includes(name));
  const events: ModelEvent[] = [];
  const shelf = new Shelf(
    {
      folder,
      program: modelProgram(),
      profiles: profilesOf(lock.value),
      provider: options.provider ?? null,
      threads: options.threads ?? null,
      memoryBytes: memoryForModels(),
      watch: (event) => void events.push(event),
    },
    models,
  );
  const passedOverFor = (name: string) => [
    ...new Set(
      events
        .filter((event) => event.name === name && isPassedOver.has(event.kind))
        .map((event) => modelEventText(event, (fault) => faultSentences(fault).what).trimEnd()),
    ),
  ];
  return { shelf, models, passedOverFor };
}

const isPassedOver: ReadonlySet<ModelEvent['kind']> = new Set([
  ...(['fell-back', 'other-provider', 'profile-short'] as const),
]);
