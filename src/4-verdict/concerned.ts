import type { WeighedFinding } from '../caws/findings.ts';
import type { Waiver } from '../caws/waiver.ts';

/** What a waiver can say that it is about. */
interface Concern {
  readonly repository: string;
  readonly branches: readonly string[];
  /** The head and every commit of the change. */
  readonly commits: ReadonlySet<string>;
  readonly spec: { readonly id: string; readonly waiverIds: readonly string[] } | null;
}

/**
 * The findings without the refusals of waivers that never claimed to be about this change: a ledger
 * of years holds thousands, and a verdict that named them all would hide the one that was meant.
 */
export function onlyConcerned(
  findings: readonly WeighedFinding[],
  waivers: readonly Waiver[],
  change: Concern,
): readonly WeighedFinding[] {
  const concerned = new Set(
    waivers.filter((waiver) => concerns(waiver, change)).map(({ id }) => id),
  );
  return findings.map((finding) => ({
    ...finding,
    waiversRefused: finding.waiversRefused.filter(({ waiver }) => concerned.has(waiver)),
  }));
}

function concerns(waiver: Waiver, change: Concern): boolean {
  const { repository, branch, head, spec } = waiver.scope;
  // Whatever else it names: somebody looked at a commit that is part of this change.
  if (head !== null && change.commits.has(head)) return true;
  if (repository !== null && repository !== change.repository) return false;
  if (branch !== null) return change.branches.includes(branch);
  if (waiver.shape === 'arbiter' && waiver.file === null) return false;
  if (spec !== null) return spec === change.spec?.id;
  // A file that names neither branch nor spec is about everything, or about the specs that name it.
  return waiver.shape === 'v11' || change.spec?.waiverIds.includes(waiver.id) === true;
}
