import type { CaseFile } from '../../src/4-verdict/case.ts';
import { descriptionNaming, mergeMessage } from '../../src/5-publication/merge-message.ts';
import type { NotMerged } from '../../src/5-publication/merge-words.ts';
import type { Adjudicated } from '../../src/cycle/world.ts';
import type { ForgeFault, LivePull, MergeMethod, MergeRefused } from '../../src/forge.ts';
import { type CommitSha, ok, type Result } from '../../src/primitives.ts';
import type { HeardPull } from '../hearing/heard-pull.ts';
import { isLive } from '../hearing/judge-pull.ts';

/** What became of a wish to merge. */
export type MergeOutcome =
  | { readonly kind: 'merged'; readonly commit: CommitSha }
  /** The forge will do it as soon as its own rules allow. */
  | { readonly kind: 'when-ready' | 'queued' }
  | ({ readonly kind: 'refused' } & NotMerged)
  | { readonly kind: 'refused-by-forge'; readonly detail: string };

/**
 * Merges exactly the head that was judged, with a message that names its verdict. The forge is asked for
 * the pull request once more just before: what has moved since is not what was judged.
 *
 * @param adjudicated the verdict as it stands now; only a live PASS that enforces merges.
 * @param file its inputs, for the names of co-authors; null where they are gone.
 */
export async function mergePull(
  pull: HeardPull,
  wish: { readonly head: CommitSha; readonly method: MergeMethod | null },
  adjudicated: Adjudicated,
  file: CaseFile | null,
): Promise<Result<MergeOutcome, ForgeFault>> {
  const { forge, live, deps, lease } = pull;
  const { record } = adjudicated;
  const passes =
    record.verdict === 'PASS' && record.mode === 'enforce' && isLive(record, deps.now());
  if (!passes) return ok({ kind: 'refused', because: 'no-pass' });
  const now = await forge.pull(live.number);
  if (!now.ok) return now;
  if (!isSame(now.value, live) || record.subject.head !== wish.head || !lease.stillHeld())
    return ok({ kind: 'refused', because: 'head-moved' });
  const { queue } = pull.rules;
  if (queue !== null && wish.method !== null && wish.method !== queue)
    return ok({ kind: 'refused', because: 'queue-method', method: queue });
  const named = descriptionNaming(now.value?.body ?? '', record.id);
  if (queue !== null && queue !== 'rebase' && named === null)
    return ok({ kind: 'refused', because: 'verdict-in-description' });
  const { mergeMethods } = forge.repository;
  const method = queue ?? wish.method ?? mergeMethods[0] ?? 'merge';
  const text = mergeMessage({
    title: titleOf(live, method),
    body: live.body,
    fallbackTitle: `Merge pull request #${live.number}`,
    coAuthors: method === 'squash' ? coAuthorsOf(file) : [],
    verdict: record.id,
  });
  const wanted = { head: wish.head, method, ...text };
  if (queue !== null) return enqueue(pull, wanted);
  const merged = await forge.merge(live.number, wanted);
  if (merged.ok) return { ok: true, value: { kind: 'merged', commit: merged.value } };
  if (!isRefused(merged.fault)) return { ok: false, fault: merged.fault };
  if (merged.fault.kind === 'head-moved') return ok({ kind: 'refused', because: 'head-moved' });
  return whenReady(pull, wanted, merged.fault.detail);
}

/** The queue words and merges by itself; the verdict stands in the description that it takes. */
async function enqueue(
  pull: HeardPull,
  wanted: Parameters<HeardPull['forge']['mergeWhenReady']>[1],
): Promise<Result<MergeOutcome, ForgeFault>> {
  const asked = await pull.forge.enqueue(pull.live.number, wanted.head);
  if (asked.ok) return ok({ kind: 'queued' });
  if (!isRefused(asked.fault)) return { ok: false, fault: asked.fault };
  return whenReady(pull, wanted, asked.fault.detail);
}

/** Other rules of the branch may still be open; then the forge waits for them, with our message. */
async function whenReady(
  { forge, live }: HeardPull,
  wanted: Parameters<HeardPull['forge']['mergeWhenReady']>[1],
  detail: string,
): Promise<Result<MergeOutcome, ForgeFault>> {
  const asked = await forge.mergeWhenReady(live.number, wanted);
  if (asked.ok) return { ok: true, value: { kind: 'when-ready' } };
  if (!isRefused(asked.fault)) return { ok: false, fault: asked.fault };
  return { ok: true, value: { kind: 'refused-by-forge', detail } };
}

const isRefused = (fault: ForgeFault | MergeRefused): fault is MergeRefused =>
  fault.kind === 'head-moved' || fault.kind === 'not-mergeable';

function isSame(now: LivePull | null, then: LivePull): boolean {
  return (
    now !== null &&
    now.state === 'open' &&
    now.head.sha === then.head.sha &&
    now.base.branch === then.base.branch
  );
}

/** As the forge itself titles them, so that a history reads the same whoever merged. */
function titleOf({ title, number, head }: LivePull, method: MergeMethod): string {
  return method === 'squash'
    ? `${title} (#${number})`
    : `Merge pull request #${number} from ${head.repositoryName?.owner ?? 'ghost'}/${head.branch}`;
}

/** A squash has one author; whoever else wrote commits is named, as the forge does. */
function coAuthorsOf(file: CaseFile | null) {
  const people = new Map(
    (file?.change.commits ?? [])
      .filter(({ parents }) => parents.length < 2)
      .map(({ authorName, authorEmail }) => [
        authorEmail.toLowerCase(),
        { name: authorName, email: authorEmail },
      ]),
  );
  const [, ...others] = people.values();
  return others;
}
