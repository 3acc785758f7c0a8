/** What the ledger says of whom people accepted. */
import {
  type AcceptanceBody,
  type AcceptanceEntry,
  acceptanceAbout,
  isStanding,
} from '../../src/4-verdict/acceptance.ts';
import type { Acceptances } from '../../src/cycle/world.ts';
import type { LivePull } from '../../src/forge.ts';
import type { LedgerFault, LedgerStore } from '../../src/ports.ts';
import { ok, type Result } from '../../src/primitives.ts';

/** The newest word about a spec onto a branch; null: nobody ever accepted one. */
export async function newestAcceptance(
  about: string,
  ledger: Pick<LedgerStore, 'find'>,
): Promise<Result<AcceptanceEntry | null, LedgerFault>> {
  const found = await ledger.find('acceptance', about);
  if (!found.ok || found.value === null) return found.ok ? ok(null) : found;
  const { sequence, digest, body } = found.value;
  return ok({ sequence, digest, body: JSON.parse(body) as AcceptanceBody });
}

/**
 * What supersedes a pull request, read anew whenever it is judged: no delivery has to come for it. The accepted
 * commit itself is not superseded, whoever opens it a second time.
 */
export function acceptancesBeside(
  { number, head }: Pick<LivePull, 'number' | 'head'>,
  ledger: LedgerStore,
): Acceptances {
  return async ({ specs, baseRef }) => {
    for (const spec of specs) {
      const newest = await newestAcceptance(acceptanceAbout({ baseRef, spec }), ledger);
      if (!newest.ok) return newest;
      if (!isStanding(newest.value)) continue;
      const { sequence: entry, digest, body } = newest.value;
      const { pull, winner, by } = body;
      if (pull === number || body.head === head.sha) continue;
      return ok({ spec, baseRef, pull, head: body.head, winner, by, entry, digest });
    }
    return ok(null);
  };
}
