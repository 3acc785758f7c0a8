/** Whom of several pull requests for one spec a person accepts. It raises nobody's verdict: all others are superseded. */
import { isoOf } from '../../primitives.ts';
import {
  type AcceptanceEnded,
  type AcceptanceEntry,
  type AcceptanceRecord,
  acceptedAmong,
  hadEnded,
  isStanding,
} from '../acceptance.ts';
import type { Candidate } from '../arbitration.ts';
import type { VerdictRecord } from '../verdict.ts';
import { sourceKey } from '../waivers/hosted-event.ts';
import { approverDoubt } from '../waivers/hosted-facts.ts';
import {
  type Answer,
  type Asking,
  baseOf,
  type Contest,
  denied,
  done,
  type Effect,
  headOf,
  notDone,
  passesNow,
  saidAt,
  verdictOn,
} from './answer.ts';
import { earliestOf, movedSinceSaid } from './moved.ts';
import type { AcceptedBrief, AcceptRefused } from './reply.ts';

/** Rows of one reply: the entry has them all. */
const ROWS_MAX = 20;
/** A verdict is dated by our clock, and a comment by the forge's. */
const CLOCKS_APART_MS = 60_000;
/** Nobody has this number at a forge: a word on a spec answers nobody's request. */
const NOBODY = 0;

/** Accepts exactly the head that the person can have looked at, by somebody who had no part in it. */
export function accept(asking: Asking): Answer {
  const { pull, contest, spoken, by } = asking;
  const bound = headOf(asking);
  if (!bound.ok) return notDone({ kind: 'head-unclear', verb: 'accept', fault: bound.fault });
  const head = bound.value;
  const verdict = verdictOn(asking, head);
  const spec = verdict?.law.spec?.id ?? '';
  const refuse = (because: AcceptRefused) =>
    notDone({ kind: 'accept-refused', verb: 'accept', spec, head, live: pull.head, ...because });
  if (head !== pull.head) return refuse({ because: 'head-moved' });
  const doubt = approverDoubt(by, NOBODY, asking);
  if (doubt === 'approver-unknown-now')
    return { kind: 'retry', reply: { kind: 'could-not-check', verb: 'accept' } };
  if (doubt !== undefined)
    return denied(asking, {
      ...{ kind: 'not-allowed', verb: 'accept', because: doubt },
      ...{ circle: 'writers', named: [] },
    });
  if (verdict === undefined) return notDone({ kind: 'no-verdict-yet', verb: 'accept', head });
  if (contest === null || verdict.law.spec === null) return refuse({ because: 'no-spec' });
  if (contest === 'unreadable') return refuse({ because: 'unreadable' });
  const { scope } = spoken.command;
  if (scope !== null && scope !== spec)
    return notDone({ kind: 'spec-differs', named: scope, spec });
  const refused = refusalOf(asking, contest, verdict);
  if (refused === 'done') return again(contest, asking);
  if (refused !== null) return refuse(refused);
  const body = acceptanceOf(asking, contest, verdict);
  const after = contest.newest?.sequence ?? 0;
  return done([{ kind: 'acceptance', body, after }, hearRivals(spec, asking)], replyOf(body));
}

/** @returns `done`: this very word was carried out before, and a crash kept it from being answered. */
function refusalOf(
  asking: Asking,
  contest: Contest,
  verdict: VerdictRecord,
): AcceptRefused | 'done' | null {
  const { pull } = asking;
  const moved = movedSinceSaid(asking);
  if (moved?.because === 'elsewhere') return { ...moved, now: pull.baseRef };
  if (moved !== null) return { because: moved.because };
  if (verdict.law.spec?.standing === true) return { because: 'standing-spec' };
  if (contest.specsBound > 1) return { because: 'several-specs' };
  if (isStanding(contest.newest)) {
    const { body } = contest.newest;
    if (body.pull === pull.number && isSaidHere(body, asking)) return 'done';
    const because = body.pull === pull.number ? 'already' : 'another';
    return { because, stands: briefOf(contest.newest) };
  }
  const unlooked = asking.spoken.command.scope === null ? otherSpec(asking, verdict) : null;
  if (unlooked !== null) return unlooked;
  const ended = contest.newest?.body;
  if (ended?.state === 'ended' && hadEnded(ended, baseOf(asking))) return { because: 'over-since' };
  if (!passesNow(verdict, asking)) return { because: 'no-pass' };
  // A change of several specs is compared under the first of them alone, and is a rival under each.
  if (asking.policy.severalSpecsPerChange) return null;
  const rivals = contest.candidates.filter((each) => each.head !== pull.head);
  return rivals.length === 0 && contest.leftOut === 0 ? { because: 'no-rivals' } : null;
}

/**
 * The author names the spec, and may name another one the moment somebody says the word: it counts where every
 * verdict that the person can have looked at was given under the same one.
 */
function otherSpec(asking: Asking, { law, subject }: VerdictRecord): AcceptRefused | null {
  const said = earliestOf(asking);
  const given = asking.verdicts.filter(
    (each) => each.subject.head === subject.head && each.subject.baseRef === subject.baseRef,
  );
  const at = ({ decidedAt }: VerdictRecord) => Date.parse(decidedAt);
  if (given.every((each) => at(each) > said + CLOCKS_APART_MS))
    return { because: 'not-judged-then' };
  const since = given.filter((each) => at(each) > said - CLOCKS_APART_MS);
  // A verdict that came back stands first, and another one may have been shown since it was given.
  const [before] = given
    .filter((each) => at(each) <= said - CLOCKS_APART_MS)
    .toSorted((one, two) => at(two) - at(one));
  const other = [...since, ...(before === undefined ? [] : [before])].find(
    (each) => each.law.spec?.id !== law.spec?.id,
  );
  return other === undefined ? null : { because: 'spec-moved', before: other.law.spec?.id ?? '' };
}

function acceptanceOf(
  asking: Asking,
  { spec, candidates, compared, leftOut }: Contest,
  { id: winner, subject }: VerdictRecord,
): AcceptanceRecord {
  const { by, source, at, pull } = baseOf(asking);
  const { repository, baseRef, head } = subject;
  return {
    schema: 'caws-arbiter/acceptance@1',
    state: 'accepted',
    ...{ spec, repository, baseRef, pull, head, winner },
    candidates: acceptedAmong(candidates, winner),
    ...{ compared, leftOut, by, source, at },
  };
}

function again({ newest, spec }: Contest, asking: Asking): Answer {
  const body = newest?.body as AcceptanceRecord;
  return done([hearRivals(spec, asking)], replyOf(body));
}

function hearRivals(spec: string, { policy }: Asking): Effect {
  return { kind: 'hear-rivals', spec, all: policy.severalSpecsPerChange };
}

function replyOf({ spec, head, candidates, leftOut }: AcceptanceRecord) {
  const shown: readonly Candidate[] = candidates.slice(0, ROWS_MAX);
  const more = leftOut + candidates.length - shown.length;
  return { kind: 'accepted', spec, head, candidates: shown, leftOut: more } as const;
}

/** Takes back what was accepted here. Whoever is superseded by it passes again if nothing else stands against them. */
export function unaccept(asking: Asking): Answer {
  const { pull, by } = asking;
  const contest = asking.contest === 'unreadable' ? null : asking.contest;
  const spec = contest?.spec ?? '';
  const refuse = (because: AcceptRefused) =>
    notDone({
      ...{ kind: 'accept-refused', verb: 'unaccept', spec, head: pull.head, live: pull.head },
      ...because,
    });
  const newest = contest?.newest ?? null;
  const said = baseOf(asking);
  if (newest?.body.state === 'ended' && isSaidHere(newest.body, asking))
    return done([hearRivals(spec, asking)], { kind: 'unaccepted', spec });
  if (!isStanding(newest)) return refuse({ because: 'nobody' });
  if (newest.body.pull !== pull.number)
    return refuse({ because: 'accepted-there', stands: briefOf(newest) });
  const { winner, baseRef, head } = newest.body;
  const body: AcceptanceEnded = {
    schema: 'caws-arbiter/acceptance@1',
    state: 'ended',
    ...{ spec, baseRef, pull: pull.number, head, winner },
    accepted: newest.sequence,
    because: 'taken-back',
    ...{ by, source: said.source, at: isoOf(saidAt(asking)) },
  };
  // What was accepted after this word was not meant by it.
  if (!hadEnded(body, newest.body)) return refuse({ because: 'over-since' });
  return done([{ kind: 'acceptance', body, after: newest.sequence }, hearRivals(spec, asking)], {
    kind: 'unaccepted',
    spec,
  });
}

function isSaidHere({ source, by }: AcceptanceRecord | AcceptanceEnded, asking: Asking): boolean {
  if (source === null || by === null) return false;
  return sourceKey({ source, by }) === sourceKey(baseOf(asking));
}

function briefOf({ sequence, body }: AcceptanceEntry<AcceptanceRecord>): AcceptedBrief {
  return { pull: body.pull, head: body.head, by: body.by.login, entry: sequence };
}
