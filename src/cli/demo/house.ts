import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../../adapters/new-file.ts';
import type { World } from '../world.ts';
import { homeVariables, type Program, programIn, type Said } from './program.ts';
import { type DemoRepository, demoRepository, layDown } from './repository.ts';
import { reportsOf, scenes, stage, waived } from './scenes.ts';

/** The demo's stage: a repository with its branches and reports, two people's keys, and the program. */
export interface House {
  readonly shop: DemoRepository;
  /** The program as the arbiter's operator starts it, inside the repository. */
  readonly arbiter: Program;
  /** What points a shell at the operator's home. */
  readonly variables: Readonly<Record<string, string>>;
}

/** The maintainer's private key, as seen from inside the repository. */
export const MAINTAINER_KEY = '../sam.pem';

/** @returns the house, or what the program said instead of making a key. */
export async function buildHouse(world: World, folder: string): Promise<House | Said> {
  const shop = demoRepository(join(folder, 'shop'));
  const [home, samsHome] = [join(folder, 'home'), join(folder, 'home-of-sam')];
  const arbiter = programIn(world, shop.directory, home);
  const keys: string[] = ['version: 1\nkeys:\n'];
  for (const { as, role, holder } of [
    { as: home, role: 'arbiter', holder: '@shop-arbiter' },
    { as: samsHome, role: 'maintainer', holder: '@sam' },
  ]) {
    const said = await arbiter.as(as).run('keys', 'create', '--json');
    const key = keyIn(said);
    if (key === null) return said;
    keys.push(trustedKey(key, role, holder));
    if (role === 'maintainer') {
      const file = join(as, 'config', 'caws-arbiter', 'keys', `${key.keyId}.private.pem`);
      copyFileSync(file, join(shop.directory, MAINTAINER_KEY));
    }
  }
  layDown(shop, keys.join(''));
  for (const scene of [...scenes, waived]) {
    const report = stage(scene, shop);
    const reports = join(shop.directory, reportsOf(scene));
    makeFolder(reports);
    writeFileSync(join(reports, 'lcov.info'), report);
  }
  shop.git('switch', '--quiet', 'main');
  return { shop, arbiter, variables: homeVariables(home) };
}

interface NewKey {
  readonly keyId: string;
  readonly publicKey: string;
  readonly validFrom: string;
}

function keyIn({ code, out }: Said): NewKey | null {
  return code === 0 ? (JSON.parse(out) as NewKey) : null;
}

function trustedKey({ keyId, publicKey, validFrom }: NewKey, role: string, holder: string): string {
  const base64 = publicKey.split('\n').slice(1, -2).join('');
  return `  - id: "${keyId}"
    algorithm: ed25519
    publicKey: "${base64}"
    role: ${role}
    holder: "${holder}"
    validFrom: "${validFrom}"
`;
}
