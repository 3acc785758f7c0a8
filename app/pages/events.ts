import { eventText } from '../../src/5-publication/pages/live.ts';
import { stateMoves, statePart, type Undecided } from '../../src/5-publication/pages/state-page.ts';
import type { VerdictId } from '../../src/primitives.ts';
import type { PullName, RepositoryPlace } from '../hearing/docket.ts';
import type { HearingDeps } from '../hearing/hearing-deps.ts';
import { NO_PULL } from '../merging/groups.ts';

type Deps = Pick<HearingDeps, 'live' | 'groups' | 'now'>;

/** How a verdict to come stands; null: it is decided, or nothing is known of it. */
export function undecidedState(
  { live, groups, now }: Deps,
  { pull }: PullName,
  id: VerdictId,
): Undecided | null {
  if (pull === NO_PULL) return groups.shown(id);
  const state = live.of(id);
  // After a start nothing is known before it is heard again.
  if (state === null) return { kind: 'queued', ahead: null, runner: null, since: now() };
  return state === 'decided' ? null : state;
}

/**
 * What of an open page changes, as it changes; the last event says that the page is another one now.
 *
 * @param mayRead asked before each word: who may read a page may not a moment later.
 * @returns null where too many pages follow already.
 */
export function eventsOf(
  deps: Deps,
  place: PullName,
  id: VerdictId,
  repository: RepositoryPlace,
  mayRead: () => Promise<boolean>,
): AsyncIterable<string> | null {
  const changes = deps.live.watch(id);
  return changes === null ? null : whileRead(told(deps, place, id, repository, changes), mayRead);
}

async function* whileRead(
  words: AsyncIterable<string>,
  mayRead: () => Promise<boolean>,
): AsyncGenerator<string> {
  for await (const word of words) {
    if (!(await mayRead())) return;
    yield word;
  }
}

const STILL_HERE = ':\n\n';

async function* told(
  deps: Deps,
  place: PullName,
  id: VerdictId,
  repository: RepositoryPlace,
  changes: AsyncIterable<void>,
): AsyncGenerator<string> {
  let before: string | null = null;
  for await (const _ of changes) {
    const state = undecidedState(deps, place, id);
    const context = { repository, now: deps.now(), pull: null };
    const moves = state !== null && stateMoves(state, context);
    // The page of a group whose waivers lapsed moves, too, and stands in the ledger: it is not asked for at once.
    if (!moves && (before !== null || place.pull !== NO_PULL)) return yield eventText('over', '');
    const part: string = moves ? statePart(state, context) : '';
    yield part === before || part === '' ? STILL_HERE : eventText('', part);
    before = part;
  }
}
