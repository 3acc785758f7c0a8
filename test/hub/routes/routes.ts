/** Everything of the REST API that the offline GitHub serves; the rest answers 501. */
import type { Route } from '../http.ts';
import { actionRoutes } from './actions.ts';
import { appRoutes } from './apps.ts';
import { checkRoutes } from './checks.ts';
import { commitRoutes } from './commits.ts';
import { contentRoutes } from './contents.ts';
import { hookRoutes } from './hooks.ts';
import { issueRoutes } from './issues.ts';
import { limitRoutes } from './limits.ts';
import { peopleRoutes } from './people.ts';
import { pullRoutes } from './pulls.ts';
import { repositoryRoutes } from './repos.ts';
import { ruleRoutes } from './rules.ts';
import { statusRoutes } from './statuses.ts';

export const routes: readonly Route[] = [
  ...actionRoutes,
  ...appRoutes,
  ...checkRoutes,
  ...commitRoutes,
  ...contentRoutes,
  ...hookRoutes,
  ...issueRoutes,
  ...limitRoutes,
  ...peopleRoutes,
  ...pullRoutes,
  ...repositoryRoutes,
  ...ruleRoutes,
  ...statusRoutes,
];
