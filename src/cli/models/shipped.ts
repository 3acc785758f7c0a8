import shippedText from '../../../runner-setup/models.lock.json' with { type: 'json' };
import type { Profiles } from '../../adapters/llama/profiles.ts';
import { type ModelsLock, readModelsLock } from '../../caws/models-lock.ts';

/** What this version suggests. */
export function shippedLock(): ModelsLock {
  const read = readModelsLock({ file: 'models.lock.json', text: JSON.stringify(shippedText) });
  if (!read.ok) throw new Error(read.fault.problems[0]?.message);
  return read.value;
}

/** How a folder's models are run: as its lock says, or as shipped. */
export function profilesOf({ profiles }: ModelsLock): Profiles {
  const found = profiles ?? shippedLock().profiles;
  if (found === undefined) throw new Error('profiles are shipped');
  return found;
}
