import type { AcceptanceBody, AcceptanceRecord } from '../4-verdict/acceptance.ts';
import type {
  ArbitrationBody,
  ArbitrationRecord,
  ComparisonRecord,
} from '../4-verdict/arbitration.ts';
import {
  decidedOtherwise,
  type KeptCandidate,
  type KeptComparison,
  sentencesOf,
} from '../4-verdict/arbitration-replay.ts';
import type { CaseFile } from '../4-verdict/case.ts';
import { type Again, replayedText } from '../5-publication/arbitration-replay-words.ts';
import { asCalled } from '../5-publication/as-called.ts';
import type { AnyFault } from '../5-publication/fault-words.ts';
import type { SqliteLedger } from '../adapters/store-sqlite/ledger.ts';
import { verdictBodyOf } from '../adapters/store-sqlite/verdict-proof.ts';
import type { LedgerEntry } from '../ports.ts';
import { type Digest, fail, ok, type Result } from '../primitives.ts';
import { ledgerPlace, openAt } from './ledger-place.ts';
import { stop } from './stop.ts';
import { exits, type World } from './world.ts';

/** The body of an entry that can be decided again. */
type Decided = ArbitrationRecord | ComparisonRecord | AcceptanceRecord;

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

/** Which decision is meant, and how it is told. */
export interface ReplayOptions {
  /** The number of its entry; true: the newest about the spec. */
  readonly replay: string | true;
  readonly ledger?: string;
  readonly json?: boolean;
}

/** `arbiter arbitrate SPEC --replay [ENTRY]`. Exit 0: the same; 4: not everything is kept any more; 6: it differs. */
export async function replayArbitration(
  world: World,
  spec: string,
  options: ReplayOptions,
): Promise<void> {
  const replayed = await replay(world, spec, options);
  if (!replayed.ok) return stop(world, replayed.fault, options.json === true);
  const { again, comparisons } = replayed.value;
  const { kind } = again.came;
  const exit = { same: exits.pass, gone: exits.couldNotFinish, differs: exits.ledgerBroken }[kind];
  const text = replayedText(again, comparisons.map(sentencesOf));
  if (options.json === true) world.out(replayJson(again, comparisons, asCalled(text, world.call)));
  else (exit === exits.pass ? world.out : world.err)(text);
  world.finish(exit);
}

interface Replayed {
  readonly again: Again;
  /** Empty where not all of it is kept. */
  readonly comparisons: readonly KeptComparison[];
}

async function replay(
  world: World,
  spec: string,
  options: ReplayOptions,
): Promise<Result<Replayed, AnyFault>> {
  const place = await ledgerPlace(world, options.ledger);
  if (!place.ok) return place;
  const opened = await openAt(place.value, 'read');
  if (!opened.ok) return opened;
  await using ledger = opened.value;
  const entry = await entryOf(ledger, spec, options.replay);
  if (!entry.ok) return entry;
  const decision = JSON.parse(entry.value.body) as Decided;
  const kept = await keptOf(decision, ledger);
  if (!kept.ok) return kept;
  const { sequence, digest } = entry.value;
  const about = { decision, entry: { sequence, digest } };
  if (kept.value.kind === 'gone')
    return ok({ again: { ...about, came: kept.value }, comparisons: [] });
  const { candidates, comparisons } = kept.value;
  const differs = decidedOtherwise(decision, candidates, comparisons);
  const came =
    differs === null ? ({ kind: 'same' } as const) : ({ kind: 'differs', differs } as const);
  return ok({ again: { ...about, came }, comparisons });
}

/** The entry of this number, or the newest about the spec: a decision, a person's word, or a comparison that decided nothing. */
async function entryOf(
  ledger: SqliteLedger,
  spec: string,
  which: string | true,
): Promise<Result<LedgerEntry, AnyFault>> {
  const entry = which === true ? null : which;
  const unknown = fail({ kind: 'arbitration-unknown', spec, entry } as const);
  if (which !== true) {
    const found = await ledger.entry(Number(which));
    if (!found.ok) return found;
    return found.value !== null && isDecisionFor(found.value, spec) ? ok(found.value) : unknown;
  }
  const decided = await ledger.recent(ENTRIES_READ_MAX, 'arbitration', spec);
  if (!decided.ok) return decided;
  const compared = await ledger.recent(1, 'comparison', spec);
  if (!compared.ok) return compared;
  // Of these each branch has its own, so they are about both.
  const accepted = await ledger.recent(ENTRIES_READ_MAX, 'acceptance');
  if (!accepted.ok) return accepted;
  const [newest] = [...decided.value, ...compared.value, ...accepted.value]
    .filter((entry) => isDecisionFor(entry, spec))
    .toSorted((one, other) => other.sequence - one.sequence);
  return newest === undefined ? unknown : ok(newest);
}

function isDecisionFor({ kind, about, body }: LedgerEntry, spec: string): boolean {
  if (kind === 'comparison') return about === spec;
  if (kind !== 'arbitration' && kind !== 'acceptance') return false;
  const said = JSON.parse(body) as ArbitrationBody | AcceptanceBody;
  return said.spec === spec && (said.state === 'decided' || said.state === 'accepted');
}

async function keptOf(
  decision: Pick<ArbitrationRecord, 'candidates' | 'compared'>,
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

/** @returns null where retention dropped it; one that is not what its digest names is a broken ledger. */
async function jsonOf<T>(
  digest: Digest,
  ledger: SqliteLedger,
): Promise<Result<T | null, AnyFault>> {
  const blob = await ledger.blob(digest);
  if (!blob.ok || blob.value === null) return blob.ok ? ok(null) : blob;
  return ok(JSON.parse(Buffer.from(blob.value).toString('utf8')) as T);
}

const decidedBy: Readonly<Record<Decided['schema'], string>> = {
  'caws-arbiter/arbitration@1': 'winner',
  'caws-arbiter/acceptance@1': 'by-a-person',
  'caws-arbiter/comparison@1': 'nothing',
};

/** What policies/schema/arbitrate-replay.schema.json says; one line. */
function replayJson(
  { decision, entry, came }: Again,
  comparisons: readonly KeptComparison[],
  message: string,
): string {
  const { spec, repository, baseRef, candidates, winner, compared } = decision;
  return `${JSON.stringify({
    schema: 'caws-arbiter/arbitrate-replay@1',
    decided: decidedBy[decision.schema],
    ...{ spec, repository, baseRef },
    outcome: came.kind,
    differs: came.kind === 'differs' ? came.differs : null,
    gone: came.kind === 'gone' ? came.digest : null,
    ...{ candidates, winner },
    compared: compared.map((each, at) => {
      const comparison = comparisons[at];
      return { ...each, sentences: comparison === undefined ? null : sentencesOf(comparison) };
    }),
    ledger: entry,
    message,
  })}\n`;
}
