/** What is left of the hourly limit; asking costs nothing. */
import { json, type Route } from '../http.ts';

export const limitRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/rate_limit',
    needs: 'anyone',
    answer: ({ world }) => {
      const rate = {
        limit: world.hourlyLimit,
        remaining: world.hourlyLimit,
        reset: Math.ceil(world.now() / 1000) + 3_600,
        used: 0,
        resource: 'core',
      };
      return json({ resources: { core: rate, search: rate, graphql: rate }, rate });
    },
  },
];
