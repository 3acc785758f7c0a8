import type { CommandContext } from '../../src/4-verdict/commands/answer.ts';
import type { SeenHead } from '../../src/4-verdict/commands/bind-head.ts';
import type { CommandNote } from '../../src/4-verdict/commands/note.ts';
import { hear } from '../../src/4-verdict/hearing.ts';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import { teamsNamed, whomToAsk } from '../../src/4-verdict/waivers/whom-to-ask.ts';
import { allGlassEvents } from '../../src/adapters/break-glass-events.ts';
import { shippedPolicy } from '../../src/adapters/shipped.ts';
import { loadWaiverEvents } from '../../src/adapters/waiver-events.ts';
import { boundPolicyOf } from '../../src/caws/bound-policy.ts';
import { readPolicy } from '../../src/caws/read-policy.ts';
import type { Adjudicated } from '../../src/cycle.ts';
import type { ForgeFault } from '../../src/forge.ts';
import type { LedgerFault, LedgerStore } from '../../src/ports.ts';
import { fail, ok, type Result } from '../../src/primitives.ts';
import type { HeardPull } from './heard-pull.ts';
import { peopleFacts } from './people-facts.ts';
import type { Said } from './said.ts';
import { caseFileOf } from './states.ts';

export type AnswerFault = ForgeFault | LedgerFault | { readonly kind: 'case-gone' };

/** The verdicts of one pull request that a command may be about. */
const VERDICTS_READ_MAX = 500;
const NOTES_READ_MAX = 2_000;
const GLASS_READ_MAX = 1_000;

/** Everything that an answer rests on, asked for this answer. */
export async function contextFor(
  pull: HeardPull,
  adjudicated: Adjudicated,
  { heard, by }: Said,
): Promise<Result<CommandContext, AnswerFault>> {
  const { deps, live, ledger, forge } = pull;
  const read = await caseFileOf(adjudicated.record, ledger);
  if (!read.ok) return read;
  const file = read.value;
  const hearing = file === null ? null : hear(file);
  if (file === null || hearing?.ok !== true) return fail({ kind: 'case-gone' });
  const waiverEvents = await loadWaiverEvents(ledger);
  if (!waiverEvents.ok)
    return waiverEvents.fault.kind === 'waiver-events-too-many'
      ? fail({ kind: 'case-gone' })
      : fail(waiverEvents.fault);
  const glass = await allGlassEvents(ledger, GLASS_READ_MAX);
  if (!glass.ok) return glass;
  const breakGlassEvents = glass.value.events;
  const { policy } = hearing.value.reading;
  const facts = await peopleFacts({
    forge,
    pull: live,
    arbiterKeys: deps.arbiterKeys,
    people: [
      by,
      ...whomToAsk([...waiverEvents.value, ...breakGlassEvents], {
        repositoryId: forge.repository.id,
        pull: live.number,
      }),
    ],
    teams: teamsNamed(policy),
    now: deps.now,
  });
  if (!facts.ok) return facts;
  const verdicts = await verdictsOf(ledger, live.number);
  if (!verdicts.ok) return verdicts;
  const notes = await notesOf(ledger);
  if (!notes.ok) return notes;
  return ok({
    ...whereSaid(pull, { heard, by }),
    facts: facts.value,
    commits: file.change.commits,
    policy,
    policyDigest: boundPolicyOf(adjudicated.record.law),
    trusted: hearing.value.trusted,
    verdicts: verdicts.value,
    filedWaivers: hearing.value.filed,
    waiverEvents: waiverEvents.value,
    breakGlassEvents,
    notes: notes.value,
    waiting: { merge: live.autoMerge, gates: false },
  });
}

/**
 * What is known while gates run: who speaks, and no verdict. Enough for verbs that ask neither policy nor
 * verdict; for every other one there is nothing to speak about.
 */
export async function contextBeforeVerdict(
  pull: HeardPull,
  said: Said,
): Promise<Result<CommandContext, ForgeFault>> {
  const { deps, live, forge } = pull;
  const { arbiterKeys, now } = deps;
  const facts = await peopleFacts({
    ...{ forge, pull: live, arbiterKeys, now },
    people: [said.by],
    teams: [],
  });
  if (!facts.ok) return facts;
  const reading = readPolicy(null, shippedPolicy());
  if (!reading.ok) throw new Error('the shipped policy cannot be read');
  return ok({
    ...whereSaid(pull, said),
    facts: facts.value,
    commits: [],
    policy: reading.value.policy,
    policyDigest: reading.value.source.digest,
    trusted: null,
    verdicts: [],
    filedWaivers: [],
    waiverEvents: [],
    breakGlassEvents: [],
    notes: [],
    waiting: { merge: live.autoMerge, gates: true },
  });
}

function whereSaid(pull: HeardPull, { heard, by }: Pick<Said, 'heard' | 'by'>) {
  const { deps, live } = pull;
  return {
    now: deps.now(),
    heard,
    by: { forge: 'github', id: by.id, login: by.login },
    pull: {
      number: live.number,
      state: live.state,
      head: live.head.sha,
      baseRef: `refs/heads/${live.base.branch}`,
    },
    heads: headsSeen(pull),
    answered: new Set<string>(),
    botsAllowed: [],
  } as const;
}

function headsSeen({ deps, job, live, seenAt }: HeardPull): readonly SeenHead[] {
  const recorded = deps.records.heads(job.repositoryId, job.pull);
  // The live head stands there too, so that a head of which no delivery came is one all the same.
  return [...recorded, { sha: live.head.sha, seenAt, pushedAt: null }];
}

async function verdictsOf(
  ledger: LedgerStore,
  pull: number,
): Promise<Result<readonly VerdictRecord[], LedgerFault>> {
  const entries = await ledger.recent(VERDICTS_READ_MAX, 'verdict');
  if (!entries.ok) return entries;
  const records = entries.value.map(
    ({ body }) => (JSON.parse(body) as { readonly record: VerdictRecord }).record,
  );
  return ok(records.filter(({ subject }) => subject.branches[0] === String(pull)));
}

async function notesOf(ledger: LedgerStore): Promise<Result<readonly CommandNote[], LedgerFault>> {
  const entries = await ledger.recent(NOTES_READ_MAX, 'command');
  return entries.ok
    ? ok(entries.value.map(({ body }) => JSON.parse(body) as CommandNote))
    : entries;
}
