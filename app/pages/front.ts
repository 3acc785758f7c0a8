import { statusPage } from '../../src/5-publication/pages/other-pages.ts';
import { pageHeaders } from '../../src/5-publication/pages/style.ts';
import type { Instant } from '../../src/primitives.ts';
import type { PageAnswer } from '../hands.ts';
import type { Sign } from '../health.ts';

/** The page at `/`: what `/readyz` tells a monitor, for people. */
export function frontOf(plan: {
  readonly signs: () => readonly Sign[];
  readonly now: () => Instant;
}): () => PageAnswer {
  const startedAt = plan.now();
  return () => {
    const signs = plan.signs();
    return {
      status: signs.every(({ well }) => well) ? 200 : 503,
      headers: pageHeaders,
      body: statusPage({ parts: signs.map(partOf), startedAt }, plan.now()),
    };
  };
}

const names: Readonly<Record<Sign['name'], string>> = {
  store: 'Store of deliveries',
  queue: 'Queue',
  forge: 'GitHub',
};

const partOf = ({ name, well, detail }: Sign) =>
  ({ name: names[name], state: well ? 'works' : 'down', says: detail }) as const;
