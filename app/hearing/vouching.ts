import type { Heard } from '../../src/4-verdict/commands/answer.ts';
import type { ForgeFault, LiveComment } from '../../src/forge.ts';
import { ok, type Result } from '../../src/primitives.ts';
import { once } from './asked-once.ts';
import type { HeardPull } from './heard-pull.ts';
import type { Said } from './said.ts';

type Vouched = (heard: Heard) => Promise<Result<Heard, ForgeFault>>;

/**
 * Word of a comment may be late or lost; then the forge has to say whether somebody edited it. It is asked once, about all that
 * is said in such comments, and only where a word of one is decided.
 */
export function vouchingFor({ forge }: Pick<HeardPull, 'forge'>, said: readonly Said[]): Vouched {
  const unknown = new Map(
    said.flatMap(({ heard }) => unvouched(heard)).map((each) => [each.id, each]),
  );
  const asked = once(() => forge.neverEdited([...unknown.values()]));
  return async (heard) => {
    if (heard.kind !== 'comment' || !unknown.has(heard.id)) return ok(heard);
    const known = await asked();
    if (!known.ok) return known;
    return ok(known.value.has(heard.id) ? { ...heard, recorded: 'never-edited' } : heard);
  };
}

/** A comment that shows by its times that it was edited, or that an app wrote, needs no look. */
function unvouched(heard: Heard): readonly LiveComment[] {
  if (heard.kind !== 'comment' || heard.recorded !== null || heard.live === null) return [];
  const { live } = heard;
  return live.appId === null && live.createdAt === live.updatedAt ? [live] : [];
}
