import {
  type ArbitrationRecord,
  type Judged,
  rank,
  type Superseded,
} from '../4-verdict/arbitration.ts';
import type { Request, Step, World } from '../cycle/world.ts';
import { adjudicate } from '../cycle.ts';
import type { LedgerEntry, LedgerFault, Precedents } from '../ports.ts';
import {
  type CommitSha,
  type Instant,
  isoOf,
  ok,
  type Result,
  type VerdictId,
} from '../primitives.ts';
import {
  type CompareWorld,
  compareNear,
  preferenceOf,
  type Said,
  scoreWithoutOpinion,
} from './compare.ts';
import { type ArbitrationFault, append, type Claimed, claim, leave, overtaken } from './lease.ts';

/** Candidates of one spec: each costs a whole cycle, and each pair of near ones a judge's calls. */
export const CANDIDATES_MAX = 8;

/** One change that is to be judged beside others. */
export interface CandidateRequest {
  /** What a person knows it by. */
  readonly name: string;
  readonly submittedAt: Instant;
  readonly request: Request;
  /** The runner of its gates: each brings reports of its own. */
  readonly gatesFor: World['gatesFor'];
}

interface ArbitrationRequest {
  readonly spec: string;
  /** 2 to CANDIDATES_MAX, all against one base and each of another head. */
  readonly candidates: readonly CandidateRequest[];
  /** Ends another arbitration of the spec that seems to be running; that one can decide nothing then. */
  readonly takesOver: boolean;
}

/** The world of a cycle, in which every candidate is to be judged as if the others were not there. */
export interface ArbitrationWorld
  extends Omit<World, 'precedents' | 'gatesFor' | 'judge'>,
    Pick<CompareWorld, 'debaters' | 'judge'> {
  readonly precedentsBeside: (others: ReadonlySet<VerdictId>) => Precedents;
}

/** What was decided, and the entry that says so. */
export interface Arbitrated {
  readonly record: ArbitrationRecord;
  readonly entry: LedgerEntry;
}

/** Who said what happens while it happens. */
type WatchCandidate = (name: string, step: Step) => void;

/**
 * Judges several changes for one spec, each through the whole cycle, and accepts the best that passes.
 *
 * The spec is claimed by an entry of the ledger, and decided by another that is appended only while
 * nothing followed the claim: whoever was taken over, or comes back after a long sleep, decides nothing.
 * The decision is recorded before the verdicts that it supersedes are marked; a crash in between is
 * repaired by reading the decision, which names them all.
 */
export async function arbitrate(
  asked: ArbitrationRequest,
  world: ArbitrationWorld,
  watch: WatchCandidate,
): Promise<Result<Arbitrated, ArbitrationFault>> {
  const { spec, candidates, takesOver } = asked;
  const base = candidates[0]?.request.range.base as CommitSha;
  const claimed = await claim({ spec, base, takesOver }, world);
  if (!claimed.ok) return claimed;
  let decided = false;
  try {
    const judged = await judgeAll(asked.candidates, world, watch);
    if (!judged.ok) return judged;
    const spoken = await compareNear(judged.value, asked.spec, world);
    if (!spoken.ok) return spoken;
    const done = await decide(
      { asked, claimed: claimed.value, judged: judged.value },
      spoken.value,
      world,
    );
    decided = done.ok;
    return done;
  } finally {
    if (!decided) await leave(claimed.value, world);
  }
}

/** One after the other, so that entries stand in the order of the candidates. */
async function judgeAll(
  candidates: readonly CandidateRequest[],
  world: ArbitrationWorld,
  watch: WatchCandidate,
): Promise<Result<readonly Judged[], ArbitrationFault>> {
  const judged: Judged[] = [];
  for (const { name, submittedAt, request, gatesFor } of candidates) {
    const others = new Set(judged.map(({ record }) => record.id));
    const given = await adjudicate(
      request,
      { ...world, gatesFor, precedents: world.precedentsBeside(others) },
      (step) => watch(name, step),
    );
    if (!given.ok) return given;
    const { record } = given.value;
    const score = await scoreWithoutOpinion(record, world);
    if (!score.ok) return score;
    judged.push({ name, submittedAt, record, score: score.value });
  }
  return ok(judged);
}

/** Ranks, records the decision, then marks what it supersedes. */
async function decide(
  {
    asked: { spec },
    claimed,
    judged,
  }: {
    readonly asked: ArbitrationRequest;
    readonly claimed: Claimed;
    readonly judged: readonly Judged[];
  },
  said: readonly Said[],
  world: ArbitrationWorld,
): Promise<Result<Arbitrated, ArbitrationFault>> {
  const candidates = rank(judged, spec, preferenceOf(said));
  const subject = judged[0]?.record.subject as Judged['record']['subject'];
  const record: ArbitrationRecord = {
    schema: 'caws-arbiter/arbitration@1',
    state: 'decided',
    id: claimed.body.id,
    spec,
    repository: subject.repository,
    baseRef: subject.baseRef,
    base: subject.base,
    decidedAt: isoOf(world.clock.now()),
    claim: claimed.entry.sequence,
    candidates,
    winner: candidates.find(({ standing }) => standing === 'accepted')?.verdict ?? null,
    compared: said.map(({ compared }) => compared),
  };
  const blobs = said.flatMap((each) => each.blobs);
  const entry = await append('arbitration', spec, record, world, {
    after: claimed.entry.sequence,
    blobs,
  });
  if (!entry.ok) return overtaken(entry, spec);
  const marked = await markSuperseded(record, entry.value, world);
  return marked.ok ? ok({ record, entry: entry.value }) : marked;
}

async function markSuperseded(
  { candidates, winner, spec, base }: ArbitrationRecord,
  { sequence }: LedgerEntry,
  world: ArbitrationWorld,
): Promise<Result<null, LedgerFault>> {
  for (const { standing, verdict, head } of candidates) {
    if (standing !== 'superseded' || winner === null) continue;
    const body: Superseded = {
      schema: 'caws-arbiter/superseded@1',
      verdict,
      head,
      spec,
      base,
      by: winner,
      arbitration: sequence,
    };
    const entry = await append('superseded', verdict, body, world, {});
    if (!entry.ok) return entry;
  }
  return ok(null);
}
