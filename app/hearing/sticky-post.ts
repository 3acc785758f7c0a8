import type { SingleState } from '../../src/5-publication/check/state.ts';
import { type CommentsPolicy, stickySteps } from '../../src/5-publication/check/sticky.ts';
import type { ForgeFault } from '../../src/forge.ts';
import { ok, type Result } from '../../src/primitives.ts';
import { contextOf, type HeardPull } from './heard-pull.ts';

/** Said once, and only where somebody has to act: everything else the check says. */
const COMMENTS: CommentsPolicy = 'action-needed';

/** Makes the one comment of a pull request say what it should; most of the time there is none. */
export async function postSticky(
  pull: HeardPull,
  state: SingleState,
): Promise<Result<void, ForgeFault>> {
  const { forge, live, job, lease } = pull;
  const standing = live.comments === 0 ? ok([]) : await forge.comments(live);
  if (!standing.ok) return standing;
  const outside = await isOutside(pull, state);
  if (!outside.ok) return outside;
  const steps = stickySteps(
    {
      state,
      comments: COMMENTS,
      authorIsOutside: outside.value,
      standing: standing.value,
      appId: forge.appId,
    },
    contextOf(pull, 'enforce'),
  );
  for (const step of steps) {
    if (!lease.stillHeld()) return ok(undefined);
    const done =
      step.kind === 'create' ? await forge.comment(job.pull, step.body) : await edit(pull, step);
    if (!done.ok) return done;
  }
  return ok(undefined);
}

async function edit(
  { forge }: HeardPull,
  step: Extract<ReturnType<typeof stickySteps>[number], { readonly kind: 'edit' }>,
): Promise<Result<void, ForgeFault>> {
  // Folding first: the text says that both were done.
  const folded = step.minimised ? await forge.minimizeComment(step.id) : ok(undefined);
  return folded.ok ? forge.editComment(step.id, step.body) : folded;
}

/** Whoever works here looks at checks; a bot and a guest are told. Asked only where it matters. */
async function isOutside(
  { forge, live }: HeardPull,
  state: SingleState,
): Promise<Result<boolean, ForgeFault>> {
  if (state.kind !== 'decided' || state.record.verdict !== 'FAIL') return ok(false);
  if (live.author.kind !== 'person') return ok(true);
  const role = await forge.role(live.author);
  return role.ok ? ok(role.value === 'none' || role.value === 'read') : role;
}
