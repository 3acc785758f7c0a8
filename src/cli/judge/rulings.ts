import type { Judgement, ModelIdentity } from '../../3-deliberation/judge/judgement.ts';
import { opinionOf } from '../../3-deliberation/judge/protocol.ts';
import type { CaseFile } from '../../4-verdict/case.ts';
import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import type { AnyFault } from '../../5-publication/fault-words.ts';
import { type JudgeName, judgeKey, type NamedReading } from '../../adapters/roster/judges.ts';
import type { SqliteLedger } from '../../adapters/store-sqlite/ledger.ts';
import type { VerdictEntryBody } from '../../ledger/verdict-entry.ts';
import { fail, ok, type Result, type VerdictId } from '../../primitives.ts';
import { openLookDesk } from '../waiver/desk.ts';
import { judgeByBase } from '../waiver/look.ts';
import type { World } from '../world.ts';

/** What people ruled on a doubt of a judge, and whose doubt it was. */
export interface Ruling extends NamedReading {
  readonly about: (judge: JudgeName) => boolean;
}

/**
 * Doubts of judges that people decided in this ledger: approving the change says that the judge was wrong,
 * rejecting it that it was right. What nobody ruled on says nothing.
 */
export async function rulingsHere(
  world: World,
  ledger: string | undefined,
): Promise<Result<readonly Ruling[], AnyFault>> {
  const opened = await openLookDesk(world, ledger);
  if (!opened.ok) return fail({ kind: 'rulings-unreadable', reason: opened.fault.message });
  await using desk = opened.value;
  const judged = await judgeByBase(desk, world.now());
  if (!judged.ok) return fail({ kind: 'rulings-unreadable', reason: judged.fault.message });
  const rulings: Ruling[] = [];
  for (const { request, status, approvals } of [...judged.value.cases, ...judged.value.hosted]) {
    const ruled =
      status === 'rejected' ? 1 : status === 'active' || approvals.length > 0 ? 0 : null;
    if (request.gate !== 'judge' || ruled === null) continue;
    const judgement = await judgementOf(request.verdict, desk.ledger);
    if (!judgement.ok) return judgement;
    const [seat] = judgement.value?.seats ?? [];
    const opinion = judgement.value === null ? null : opinionOf(judgement.value);
    if (judgement.value === null || seat === undefined || opinion?.kind !== 'decides') continue;
    const { surface, prompts } = judgement.value;
    rulings.push({
      anchor: request.verdict,
      kind: 'ruling',
      hit: ruled,
      lean: Math.abs(opinion.lean),
      about: (judge) =>
        same(judge.model, seat.model) &&
        judge.surface === surface &&
        judge.prompts === prompts.digest,
    });
  }
  return ok(rulings);
}

const same = (one: ModelIdentity, other: ModelIdentity): boolean =>
  judgeKey(one) === judgeKey(other);

async function judgementOf(
  id: VerdictId,
  ledger: SqliteLedger,
): Promise<Result<Judgement | null, AnyFault>> {
  const entry = await ledger.find('verdict', id);
  if (!entry.ok || entry.value === null) return entry.ok ? ok(null) : entry;
  const { record } = JSON.parse(entry.value.body) as VerdictEntryBody<VerdictRecord>;
  const file = await ledger.blob(record.caseDigest);
  if (!file.ok || file.value === null) return file.ok ? ok(null) : file;
  const { judgement } = JSON.parse(Buffer.from(file.value).toString('utf8')) as CaseFile;
  return ok(judgement ?? null);
}
