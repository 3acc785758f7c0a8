/** The adapter on the offline GitHub, as an installed app has it. */
import { ask } from '../../../src/adapters/github/client.ts';
import { gitHubForge } from '../../../src/adapters/github/forge.ts';
import { repositoryOf } from '../../../src/adapters/github/repository.ts';
import type { Forge } from '../../../src/forge.ts';
import type { Instant } from '../../../src/primitives.ts';
import type { Hub } from '../../hub/hub.ts';
import type { InstalledApp } from '../../hub/installed.ts';
import { clientOf } from '../../hub/testing.ts';

/** @param apiUrl github.com has its API at a host of its own, an Enterprise server under `/api/v3`. */
export async function forgeOn(
  hub: Hub,
  installed: InstalledApp,
  name: { readonly owner: string; readonly name: string },
  apiUrl: string = hub.apiUrl,
): Promise<Forge> {
  const token = installed.token();
  const client = clientOf({ apiUrl }, token);
  const now = () => Date.now() as Instant;
  const repository = await ask('reading the repository', now, () => repositoryOf(client, name));
  if (!repository.ok) throw new Error(JSON.stringify(repository.fault));
  return gitHubForge({
    ...{ client, now, repository: repository.value, appId: installed.appId, webUrl: hub.url },
    token: () => Promise.resolve(token),
  });
}
