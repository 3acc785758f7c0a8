/** Everything of the REST API that the offline GitHub serves; the rest answers 501. */
import type { Route } from '../http.ts';
import { appRoutes } from './apps.ts';
import { checkRoutes } from './checks.ts';
import { commitRoutes } from './commits.ts';
import { issueRoutes } from './issues.ts';
import { pullRoutes } from './pulls.ts';
import { repositoryRoutes } from './repos.ts';

export const routes: readonly Route[] = [
  ...appRoutes,
  ...checkRoutes,
  ...commitRoutes,
  ...issueRoutes,
  ...pullRoutes,
  ...repositoryRoutes,
];
