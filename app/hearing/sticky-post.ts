import type { SingleState } from '../../src/5-publication/check/state.ts';
import { type CommentsPolicy, stickySteps } from '../../src/5-publication/check/sticky.ts';
import type { ForgeFault } from '../../src/forge.ts';
import { ok, type Result } from '../../src/primitives.ts';
import { contextOf, type HeardPull } from './heard-pull.ts';
import { told } from './telling.ts';

/** Said once, and only where somebody has to act: everything else the check says. */
const COMMENTS: CommentsPolicy = 'action-needed';

/** Makes the one comment of a pull request say what it should; most of the time there is none. */
export async function postSticky(
  pull: HeardPull,
  state: SingleState,
): Promise<Result<void, ForgeFault>> {
  const { forge, lease } = pull;
  const outside = await isOutside(pull, state);
  if (!outside.ok) return outside;
  const steps = stickySteps(
    {
      state,
      comments: COMMENTS,
      authorIsOutside: outside.value,
      standing: pull.comments,
      appId: forge.appId,
    },
    contextOf(pull, 'enforce'),
  );
  for (const step of steps) {
    if (!lease.stillHeld()) return ok(undefined);
    const done = step.kind === 'create' ? await create(pull, step.body) : await edit(pull, step);
    if (!done.ok) return done;
  }
  return ok(undefined);
}

async function create(pull: HeardPull, body: string): Promise<Result<void, ForgeFault>> {
  const written = await told(pull, 'comment', pull.forge.comment(pull.job.pull, body));
  if (!written.ok) return written;
  if (written.value !== null) pull.comments = [...pull.comments, written.value];
  return ok(undefined);
}

async function edit(
  pull: HeardPull,
  { id, body, folding }: Extract<ReturnType<typeof stickySteps>[number], { kind: 'edit' }>,
): Promise<Result<void, ForgeFault>> {
  // Folding first: the text says that both were done.
  const folded =
    folding === null ? ok(undefined) : await pull.forge.foldComment(id, folding === 'fold');
  // What cannot be folded says in its text that nothing is to do.
  if (!folded.ok && folded.fault.kind !== 'forge-refused') return folded;
  const edited = await told(pull, 'comment', pull.forge.editComment(id, body));
  if (!edited.ok || edited.value === null) return edited.ok ? ok(undefined) : edited;
  pull.comments = pull.comments.map((each) => (each.id === id ? { ...each, body } : each));
  return ok(undefined);
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
