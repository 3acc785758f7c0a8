import type { Landing } from '../../4-verdict/landing.ts';
import type { LedgerFault } from '../../ports.ts';
import { commitSha, ok, type Result } from '../../primitives.ts';
import type { Landings } from '../git/landings.ts';
import type { SqliteLedger } from '../store-sqlite/ledger.ts';
import { verdictBodyOf } from '../store-sqlite/verdict-proof.ts';

/** So many of the newest verdicts are asked where they stood. */
const VERDICTS_SEEN = 1_000;

interface Asked {
  readonly ledger: SqliteLedger;
  readonly landings: Pick<Landings, 'allFollow'>;
  readonly ref: string;
  readonly repositories: readonly string[];
}

/**
 * Whether the ledger knows verdicts under a policy of this branch against commits that its line does not
 * hold: somebody took commits out of it. What such a line shows of its beginning is not to be believed.
 */
export async function isRewritten(
  line: readonly Landing[],
  { ledger, landings, ref, repositories }: Asked,
): Promise<Result<boolean, LedgerFault>> {
  const entries = await ledger.recent(VERDICTS_SEEN, 'verdict');
  if (!entries.ok) return entries;
  const held = new Set<string>(line.map(({ sha }) => sha));
  const [tip] = line;
  const lost = entries.value.flatMap((entry) => {
    const record = verdictBodyOf(entry)?.record;
    const missed =
      record?.subject.baseRef === ref &&
      repositories.includes(record.subject.repository) &&
      record.law?.policy?.kind === 'base' &&
      !held.has(record.subject.base);
    return missed ? [record.subject.base] : [];
  });
  if (tip === undefined || lost.length === 0) return ok(false);
  const known = lost.flatMap((base) => commitSha(base) ?? []);
  // An older part of a line is audited without what came after it.
  const later = await landings.allFollow(tip.sha, [...new Set(known)]);
  return ok(known.length < lost.length || !later);
}
