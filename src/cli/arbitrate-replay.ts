import type { ArbitrationBody, ArbitrationRecord } from '../4-verdict/arbitration.ts';
import {
  decidedOtherwise,
  type KeptCandidate,
  type KeptComparison,
} from '../4-verdict/arbitration-replay.ts';
import type { CaseFile } from '../4-verdict/case.ts';
import { replayedText } from '../5-publication/arbitration-words.ts';
import type { AnyFault } from '../5-publication/fault-words.ts';
import type { SqliteLedger } from '../adapters/store-sqlite/ledger.ts';
import { verdictBodyOf } from '../adapters/store-sqlite/verdict-proof.ts';
import { sha256Of } from '../ledger/entry.ts';
import { type Digest, fail, ok, type Result } from '../primitives.ts';
import { stop } from './stop.ts';
import { openLedgerToRead } from './verdict/open.ts';
import { exits, type World } from './world.ts';

/** Of one spec, the newest are looked through for a decision. */
const ENTRIES_READ_MAX = 1_000;

/** What of a decision can be read, or a part that retention has dropped. */
type Kept =
  | {
      readonly kind: 'whole';
      readonly candidates: readonly KeptCandidate[];
      readonly comparisons: readonly KeptComparison[];
    }
  | { readonly kind: 'gone'; readonly digest: Digest };

/** `arbiter arbitrate SPEC --replay`. Exit 0: the same; 4: not everything is kept any more; 6: it differs. */
export async function replayArbitration(world: World, spec: string): Promise<void> {
  const replayed = await replay(world, spec);
  if (!replayed.ok) return stop(world, replayed.fault);
  const { decision, kept } = replayed.value;
  const differs =
    kept.kind === 'gone' ? null : decidedOtherwise(decision, kept.candidates, kept.comparisons);
  const text = replayedText(decision, kept.kind === 'gone' ? kept : differs);
  const exit =
    kept.kind === 'gone'
      ? exits.couldNotFinish
      : differs === null
        ? exits.pass
        : exits.ledgerBroken;
  (exit === exits.pass ? world.out : world.err)(text);
  world.finish(exit);
}

async function replay(
  world: World,
  spec: string,
): Promise<Result<{ readonly decision: ArbitrationRecord; readonly kept: Kept }, AnyFault>> {
  const opened = await openLedgerToRead(world);
  if (!opened.ok) return opened;
  await using ledger = opened.value;
  const entries = await ledger.recent(ENTRIES_READ_MAX, 'arbitration', spec);
  if (!entries.ok) return entries;
  const bodies = entries.value.map(({ body }) => JSON.parse(body) as ArbitrationBody);
  const decision = bodies.find((body): body is ArbitrationRecord => body.state === 'decided');
  if (decision === undefined) return fail({ kind: 'arbitration-unknown', spec });
  const kept = await keptOf(decision, ledger);
  return kept.ok ? ok({ decision, kept: kept.value }) : kept;
}

async function keptOf(
  decision: ArbitrationRecord,
  ledger: SqliteLedger,
): Promise<Result<Kept, AnyFault>> {
  const candidates: KeptCandidate[] = [];
  for (const { verdict } of decision.candidates) {
    const entry = await ledger.find('verdict', verdict);
    if (!entry.ok) return entry;
    const body = entry.value === null ? null : verdictBodyOf(entry.value);
    if (body === null) return fail({ kind: 'verdict-unknown', id: verdict });
    const file = await jsonOf<CaseFile>(body.record.caseDigest, ledger);
    if (!file.ok) return file;
    if (file.value === null) return ok({ kind: 'gone', digest: body.record.caseDigest });
    candidates.push({ record: body.record, file: file.value });
  }
  const comparisons: KeptComparison[] = [];
  for (const { judgement: said, debate: spoken } of decision.compared) {
    const judgement = await jsonOf<KeptComparison['judgement']>(said, ledger);
    if (!judgement.ok) return judgement;
    if (judgement.value === null) return ok({ kind: 'gone', digest: said });
    const debate = spoken === null ? ok(null) : await jsonOf<object>(spoken, ledger);
    if (!debate.ok) return debate;
    if (spoken !== null && debate.value === null) return ok({ kind: 'gone', digest: spoken });
    comparisons.push({
      judgement: judgement.value,
      debate: debate.value as KeptComparison['debate'],
    });
  }
  return ok({ kind: 'whole', candidates, comparisons });
}

/** @returns null where it was dropped, or is not what its digest names: it then proves nothing. */
async function jsonOf<T>(
  digest: Digest,
  ledger: SqliteLedger,
): Promise<Result<T | null, AnyFault>> {
  const blob = await ledger.blob(digest);
  if (!blob.ok) return blob;
  if (blob.value === null || sha256Of(blob.value) !== digest) return ok(null);
  return ok(JSON.parse(Buffer.from(blob.value).toString('utf8')) as T);
}
