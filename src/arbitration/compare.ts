import { groundsOf, withDebate } from '../3-deliberation/judge/debate.ts';
import { type Preference, preferred } from '../3-deliberation/judge/order.ts';
import { opinionOf } from '../3-deliberation/judge/protocol.ts';
import {
  type Compared,
  type Judged,
  pairsToCompare,
  preferenceIn,
} from '../4-verdict/arbitration.ts';
import type { CaseFile } from '../4-verdict/case.ts';
import type { HeardChange } from '../4-verdict/change-dossier.ts';
import { hear } from '../4-verdict/hearing.ts';
import { judge, weighWithoutJudge } from '../4-verdict/judge.ts';
import type { World } from '../cycle/world.ts';
import { readReports } from '../cycle.ts';
import { canonicalJson } from '../ledger/canonical.ts';
import { sha256Of } from '../ledger/entry.ts';
import type { Debaters, Judge, LedgerFault } from '../ports.ts';
import { type Digest, ok, type Result, type VerdictId } from '../primitives.ts';
import type { ArbitrationFault } from './lease.ts';

/** What comparing needs of the world. */
export interface CompareWorld extends Pick<World, 'ledger' | 'repository' | 'reports'> {
  readonly judge?: Judge;
  /** Who speaks for candidates that are nearly equal, where there is somebody. */
  readonly debaters?: Debaters;
  /** Aborted where nobody waits for an opinion any more. */
  readonly signal?: AbortSignal;
}

/** The score as computed, where a judge's opinion is in the record's own. */
export async function scoreWithoutOpinion(
  record: Judged['record'],
  world: Pick<CompareWorld, 'ledger' | 'reports'>,
): Promise<Result<Judged['score'], ArbitrationFault>> {
  if (record.deliberation.judge === undefined) return ok(record.deliberation.score);
  const file = await caseOf(record, world);
  if (!file.ok) return file;
  const { judgement: _, ...unjudged } = file.value;
  const read = await readReports(unjudged, world);
  if (!read.ok) return read;
  const again = judge(unjudged, { id: record.id, caseDigest: record.caseDigest }, read.value);
  return again.ok ? ok(again.value.deliberation.score) : again;
}

/** The case as it was recorded a moment ago. */
async function caseOf(
  { caseDigest }: Judged['record'],
  { ledger }: Pick<CompareWorld, 'ledger'>,
): Promise<Result<CaseFile, LedgerFault>> {
  const blob = await ledger.blob(caseDigest);
  if (!blob.ok) return blob;
  if (blob.value === null) throw new Error(`the case ${caseDigest}, recorded just now, is gone`);
  return ok(JSON.parse(Buffer.from(blob.value).toString('utf8')) as CaseFile);
}

/** What a judge said of two candidates, and what of it the ledger keeps. */
export interface Said {
  readonly compared: Compared;
  readonly blobs: readonly { readonly digest: Digest; readonly bytes: Uint8Array }[];
}

/** Asks the judge about those that lie near to the best; nobody where there is no judge or no pair. */
export async function compareNear(
  judged: readonly Judged[],
  spec: string,
  world: CompareWorld,
): Promise<Result<readonly Said[], ArbitrationFault>> {
  if (world.judge === undefined) return ok([]);
  const said: Said[] = [];
  for (const [one, other] of pairsToCompare(judged, spec)) {
    const sides = [await heardAgain(one, world), await heardAgain(other, world)] as const;
    if (!sides[0].ok) return sides[0];
    if (!sides[1].ok) return sides[1];
    if (sides[0].value === null || sides[1].value === null) continue;
    const compared = await compare([sides[0].value, sides[1].value], world.judge, world);
    if (compared !== null) said.push(compared);
  }
  return ok(said);
}

/** @returns null where the target's policy asks for no judge, or where what was said cannot be recorded. */
async function compare(
  pair: readonly [HeardChange, HeardChange],
  by: Judge,
  { debaters, signal }: CompareWorld,
): Promise<Said | null> {
  const { policy } = pair[0].hearing.reading;
  if (policy.judge === null) return null;
  const { timeoutMs, mayLeave } = policy.judge;
  const terms = { timeoutMs, mayLeave, ...(signal === undefined ? {} : { signal }) };
  const { candidatesDossier, linesToQuote, peopleOfAll } = await import(
    '../4-verdict/change-dossier.ts'
  );
  const plain = candidatesDossier(pair);
  const about = { dossier: plain, lines: linesToQuote(plain, pair) };
  const debate = (await debaters?.hold(about, terms)) ?? null;
  const dossier =
    debate === null
      ? plain
      : withDebate(plain, debate.spoken, groundsOf(plain, about.lines), peopleOfAll(pair));
  const judgement = await by.hear(dossier, { surface: 'candidates', ...terms });
  const kept = blobOf(judgement);
  const said = debate === null ? undefined : blobOf(debate);
  // An opinion counts only as far as anybody can look it up.
  if (kept === null || said === null) return null;
  const opinion = opinionOf(judgement);
  const better = preferred(opinion, dossier.candidates);
  const between = [pair[0].id as VerdictId, pair[1].id as VerdictId] as const;
  return {
    compared: {
      between,
      judgement: kept.digest,
      debate: said?.digest ?? null,
      preferred: better as VerdictId | null,
      abstained: opinion.kind === 'abstains' ? opinion.because : null,
    },
    blobs: said === undefined ? [kept] : [kept, said],
  };
}

function blobOf(value: unknown) {
  const canonical = canonicalJson(value);
  if (!canonical.ok) return null;
  const bytes = Buffer.from(canonical.value);
  return { digest: sha256Of(bytes), bytes };
}

/** A candidate as its case says, with the texts of its change; null where they cannot be read. */
async function heardAgain(
  { record }: Judged,
  world: CompareWorld,
): Promise<Result<HeardChange | null, ArbitrationFault>> {
  const file = await caseOf(record, world);
  if (!file.ok) return file;
  const hearing = hear(file.value);
  if (!hearing.ok) return hearing;
  const { blobsToRead } = await import('../4-verdict/change-dossier.ts');
  const { policy } = hearing.value.reading;
  const texts = await world.repository.blobs(blobsToRead(file.value.change, policy));
  if (!texts.ok) return ok(null);
  const read = await readReports(file.value, world);
  if (!read.ok) return read;
  const unjudged = weighWithoutJudge(hearing.value, file.value, read.value);
  return ok({
    id: record.id,
    hearing: hearing.value,
    file: file.value,
    unjudged,
    texts: texts.value,
  });
}

export const preferenceOf = (said: readonly Said[]): Preference =>
  preferenceIn(said.map(({ compared }) => compared));
