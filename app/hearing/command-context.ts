import { type CommandContext, type Contest, saidAt } from '../../src/4-verdict/commands/answer.ts';
import type { SeenHead } from '../../src/4-verdict/commands/bind-head.ts';
import type { CommandNote } from '../../src/4-verdict/commands/note.ts';
import { hear } from '../../src/4-verdict/hearing.ts';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import { teamsNamed, whomToAsk } from '../../src/4-verdict/waivers/whom-to-ask.ts';
import { allGlassEvents } from '../../src/adapters/break-glass-events.ts';
import { shippedPolicy } from '../../src/adapters/shipped.ts';
import { indexWaivers, type WaiverEventsFault } from '../../src/adapters/waiver-events.ts';
import { boundPolicyOf } from '../../src/caws/bound-policy.ts';
import { readPolicy } from '../../src/caws/read-policy.ts';
import type { Adjudicated } from '../../src/cycle/world.ts';
import type { ForgeFault, PullMove } from '../../src/forge.ts';
import type { LedgerFault, LedgerStore } from '../../src/ports.ts';
import { fail, ok, type Result, type VerdictId } from '../../src/primitives.ts';
import { askedOnce, once } from './asked-once.ts';
import { acceptedHere, contestOf } from './contest.ts';
import type { HeardPull } from './heard-pull.ts';
import { recordedVerdict } from './judge-pull.ts';
import { peopleFacts } from './people-facts.ts';
import type { Said } from './said.ts';
import { caseFileOf } from './states.ts';
import { vouchingFor } from './vouching.ts';

export type AnswerFault = ForgeFault | LedgerFault | { readonly kind: 'case-gone' };

/** The verdicts of one pull request that a command may be about, and the notes on it. */
const VERDICTS_READ_MAX = 500;
const NOTES_READ_MAX = 2_000;
const GLASS_READ_MAX = 1_000;

/** What the answers of one hearing rest on. */
export interface Contexts {
  /** Accounts that the forge is asked about whoever speaks. */
  readonly speakers: () => Promise<Result<ReadonlySet<number>, AnswerFault>>;
  readonly of: (
    said: Pick<Said, 'heard' | 'by' | 'target' | 'verb'>,
  ) => Promise<Result<CommandContext, AnswerFault>>;
  /** An entry was appended: the next answer rests on it as well. */
  readonly recorded: () => void;
}

/**
 * Everything that the answers of one hearing rest on. The forge is asked once about each person, and the
 * ledger read again only where something was appended: a crowd of lines costs no more than its speakers.
 */
export function contextsOf(
  pull: HeardPull,
  adjudicated: Adjudicated,
  allSaid: readonly Said[],
): Contexts {
  const vouched = vouchingFor(pull, allSaid);
  const forge = askedOnce(pull.forge);
  const judged = once(() => readJudged(pull, adjudicated));
  const moved = once(() => pull.forge.moves(pull.live));
  let heard = once(() => readHeard(pull));
  const both = async () => {
    const [case_, events] = [await judged(), await heard()];
    if (!case_.ok) return case_;
    return events.ok ? ok({ ...case_.value, ...events.value }) : events;
  };
  let contested = contestsOf(pull, adjudicated, judged);
  return {
    recorded() {
      heard = once(() => readHeard(pull));
      contested = contestsOf(pull, adjudicated, judged);
    },
    async speakers() {
      const known = await both();
      return known.ok ? ok(new Set(known.value.people.map(({ id }) => id))) : known;
    },
    async of(said) {
      const known = await both();
      if (!known.ok) return known;
      const { people, waivers, specsBound: _, ...read } = known.value;
      const beside = await waivers.besideWord({ by: said.by, named: said.target });
      if (!beside.ok) return withoutCase(beside.fault);
      const waiverEvents = [...new Set([...read.waiverEvents, ...beside.value])];
      const heard = await vouched(said.heard);
      if (!heard.ok) return heard;
      const facts = await peopleFacts({
        forge,
        pull: pull.live,
        arbiterKeys: pull.deps.arbiterKeys,
        people: [said.by, ...people],
        teams: teamsNamed(read.policy),
        now: pull.deps.now,
      });
      if (!facts.ok) return facts;
      const merge = await mergeWaits(pull, said, allSaid);
      if (!merge.ok) return merge;
      const waiting = { merge: merge.value, gates: false };
      const isBound = said.verb === 'merge' || said.verb === 'accept';
      const moves = isBound ? await moved() : ok([]);
      if (!moves.ok) return moves;
      const where = whereSaid(pull, said.by, heard.value, moves.value);
      const contest = await contested(said.verb);
      if (!contest.ok) return contest;
      return ok({
        ...{ ...read, waiverEvents, ...where, facts: facts.value, waiting },
        contest: contest.value,
      });
    },
  };
}

/** Looked up once, however many say the word; whoever has no right to it may say it, too. */
function contestsOf(
  pull: HeardPull,
  { record }: Adjudicated,
  judged: () => ReturnType<typeof readJudged>,
) {
  const accepting = once(async () => {
    const known = await judged();
    return known.ok ? contestOf(pull, record, known.value.specsBound) : known;
  });
  const here = once(() => acceptedHere(pull, record));
  return async (verb: Said['verb']): Promise<Result<CommandContext['contest'], AnswerFault>> => {
    if (verb === 'accept') return accepting();
    return verb === 'unaccept' ? here() : ok(null);
  };
}

/** The case that is spoken about. It stays what it is while it is spoken about. */
async function readJudged({ job, deps, ledger }: HeardPull, { record }: Adjudicated) {
  const read = await caseFileOf(record, ledger);
  if (!read.ok) return read;
  const file = read.value;
  const hearing = file === null ? null : hear(file);
  if (file === null || hearing?.ok !== true) return fail({ kind: 'case-gone' } as const);
  const { binding } = hearing.value;
  const ids = deps.docket.verdictsOf(job, VERDICTS_READ_MAX);
  const verdicts = await verdictsOf(ledger, new Set([record.id, ...ids]));
  if (!verdicts.ok) return verdicts;
  return ok({
    commits: file.change.commits,
    policy: hearing.value.reading.policy,
    policyDigest: boundPolicyOf(record.law),
    trusted: hearing.value.trusted,
    verdicts: verdicts.value,
    filedWaivers: hearing.value.filed,
    specsBound: binding.kind === 'bound' ? binding.specs.length : 0,
  });
}

/** What was said so far, and by whom on this pull request. */
async function readHeard({ live, ledger, forge, deps }: HeardPull) {
  const waivers = await indexWaivers(ledger);
  if (!waivers.ok) return withoutCase(waivers.fault);
  const change = { name: String(live.number), at: deps.now() };
  const waiverEvents = await waivers.value.bearingOn(change);
  if (!waiverEvents.ok) return withoutCase(waiverEvents.fault);
  const glass = await allGlassEvents(ledger, GLASS_READ_MAX);
  if (!glass.ok) return glass;
  const notes = await notesOf(ledger, live.number);
  if (!notes.ok) return notes;
  const breakGlassEvents = glass.value.events;
  const people = whomToAsk([...waiverEvents.value, ...breakGlassEvents], {
    repositoryId: forge.repository.id,
    pull: live.number,
  });
  return ok({
    waivers: waivers.value,
    waiverEvents: waiverEvents.value,
    breakGlassEvents,
    notes: notes.value,
    people,
  });
}

/** Where more events bear on a case than are read, nobody can speak about it: the check says why. */
function withoutCase(fault: WaiverEventsFault) {
  return fault.kind === 'waiver-events-too-many'
    ? fail({ kind: 'case-gone' } as const)
    : fail(fault);
}

/**
 * What is known while gates run: who speaks, and no verdict. Enough for verbs that ask neither policy nor
 * verdict; for every other one there is nothing to speak about.
 */
export function contextBeforeVerdict(
  pull: HeardPull,
  allSaid: readonly Said[],
): Omit<Contexts, 'speakers'> {
  const vouched = vouchingFor(pull, allSaid);
  const { deps, live, ledger } = pull;
  let noted = once(() => notesOf(ledger, live.number));
  let accepted = once(() => acceptedBefore(pull));
  const forge = askedOnce(pull.forge);
  const reading = readPolicy(null, shippedPolicy());
  if (!reading.ok) throw new Error('the shipped policy cannot be read');
  const { policy, source } = reading.value;
  const of: Contexts['of'] = async (said) => {
    const { arbiterKeys, now } = deps;
    const people = [said.by];
    const heard = await vouched(said.heard);
    if (!heard.ok) return heard;
    const facts = await peopleFacts({ forge, pull: live, arbiterKeys, now, people, teams: [] });
    if (!facts.ok) return facts;
    const notes = await noted();
    if (!notes.ok) return notes;
    const merge = await mergeWaits(pull, said, allSaid);
    if (!merge.ok) return merge;
    const contest = said.verb === 'unaccept' ? await accepted() : ok(null);
    if (!contest.ok) return contest;
    return ok({
      ...whereSaid(pull, said.by, heard.value, []),
      facts: facts.value,
      commits: [],
      policy,
      policyDigest: source.digest,
      trusted: null,
      verdicts: [],
      filedWaivers: [],
      waiverEvents: [],
      breakGlassEvents: [],
      notes: notes.value,
      waiting: { merge: merge.value, gates: true },
      contest: contest.value,
    });
  };
  return {
    of,
    recorded() {
      noted = once(() => notesOf(ledger, live.number));
      accepted = once(() => acceptedBefore(pull));
    },
  };
}

/** By the newest verdict that was given. */
async function acceptedBefore(pull: HeardPull): Promise<Result<Contest | null, LedgerFault>> {
  const newest = await newestVerdict(pull);
  return newest.ok ? acceptedHere(pull, newest.value?.record) : newest;
}

/**
 * Whether a merge waits that the word could take back: at the forge, or to be heard, for what denies is heard first.
 * Where a branch has a queue, it is asked for then alone.
 */
async function mergeWaits(
  { live, forge, rules, deps }: HeardPull,
  { verb, heard }: Pick<Said, 'verb' | 'heard'>,
  allSaid: readonly Said[],
): Promise<Result<boolean, ForgeFault>> {
  const waits = live.autoMerge !== null;
  if (waits || (verb !== 'cancel' && verb !== 'hold')) return ok(waits);
  const now = deps.now();
  const isWish = (each: Said) =>
    each.verb === 'merge' && saidAt({ heard: each.heard, now }) <= saidAt({ heard, now });
  if (allSaid.some(isWish)) return ok(true);
  return rules.queue === null ? ok(false) : forge.isQueued(live.number);
}

function whereSaid(
  pull: HeardPull,
  by: Said['by'],
  heard: Said['heard'],
  moves: readonly PullMove[],
) {
  const { deps, live, job } = pull;
  return {
    now: deps.now(),
    heard,
    by: { forge: 'github', id: by.id, login: by.login },
    pull: {
      number: live.number,
      state: live.state,
      head: live.head.sha,
      baseRef: `refs/heads/${live.base.branch}`,
      moves,
    },
    heads: headsSeen(pull),
    answered: new Set<string>(),
    botsAllowed: [],
    proposals: {
      canBeWritten: deps.proposing.workers > 0,
      isWaiting: deps.proposing.proposals.next(job) !== null,
      asked: deps.proposing.proposals.count(job),
    },
  } as const;
}

function headsSeen({ deps, job, live, seenAt }: HeardPull): readonly SeenHead[] {
  const recorded = deps.records.heads(job.repositoryId, job.pull);
  // A head of which no delivery came is one all the same; what a delivery dated is not dated by our clock again.
  const isRecorded = recorded.some(({ sha }) => sha === live.head.sha);
  return isRecorded ? recorded : [...recorded, { sha: live.head.sha, seenAt, pushedAt: null }];
}

async function verdictsOf(
  ledger: LedgerStore,
  ids: ReadonlySet<VerdictId>,
): Promise<Result<readonly VerdictRecord[], LedgerFault>> {
  const records: VerdictRecord[] = [];
  for (const id of ids) {
    const recorded = await recordedVerdict(ledger, id);
    if (!recorded.ok) return recorded;
    // An id is given before its verdict is.
    if (recorded.value !== null) records.push(recorded.value.record);
  }
  return ok(records);
}

/** The newest verdict that was given on a pull request, whatever its head was; null: none. */
export async function newestVerdict({
  deps,
  job,
  ledger,
}: Pick<HeardPull, 'deps' | 'job' | 'ledger'>): Promise<Result<Adjudicated | null, LedgerFault>> {
  // An id is given before its verdict is.
  for (const id of deps.docket.verdictsOf(job, VERDICTS_READ_MAX)) {
    const recorded = await recordedVerdict(ledger, id);
    if (!recorded.ok || recorded.value !== null) return recorded;
  }
  return ok(null);
}

async function notesOf(
  ledger: LedgerStore,
  pull: number,
): Promise<Result<readonly CommandNote[], LedgerFault>> {
  const entries = await ledger.recent(NOTES_READ_MAX, 'command', String(pull));
  return entries.ok
    ? ok(entries.value.map(({ body }) => JSON.parse(body) as CommandNote))
    : entries;
}
