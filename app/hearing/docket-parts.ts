import type { Store } from '../store.ts';
import type { Docket } from './docket.ts';
import { acceptedOf } from './docket-accepted.ts';
import { heardOf } from './docket-heard.ts';
import { leftOf } from './docket-left.ts';
import { pullsOf } from './docket-pulls.ts';
import { placesOf } from './docket-repositories.ts';
import { headsOf, intentsOf } from './docket-verdicts.ts';
import { answersOf, unsaidOf } from './docket-words.ts';

/** Everything that is remembered, each part by whoever knows its tables. */
export function docketOf(store: Store): Docket {
  return {
    ...pullsOf(store),
    ...leftOf(store),
    ...acceptedOf(store),
    ...heardOf(store),
    ...headsOf(store),
    ...intentsOf(store),
    ...answersOf(store),
    ...unsaidOf(store),
    ...placesOf(store),
  };
}
