import type { Audit, AuditedCommit, OrganizationNamed } from '../../4-verdict/audited.ts';
import {
  type Landing,
  type LandingFault,
  type LandingWay,
  landingFault,
} from '../../4-verdict/landing.ts';
import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import type { LedgerFault, RepositoryFault } from '../../ports.ts';
import { type CommitSha, fail, type Instant, ok, type Result } from '../../primitives.ts';
import type { Landings } from '../git/landings.ts';
import type { SqliteLedger } from '../store-sqlite/ledger.ts';
import { verdictBodyOf, verdictProof } from '../store-sqlite/verdict-proof.ts';
import type { BranchKeys } from './branch-keys.ts';
import { heldAgainst } from './held-against.ts';
import type { Group } from './line-groups.ts';
import { type Named, namedBy } from './naming.ts';
import { namesItsOrganization, organizationOf } from './organization-named.ts';
import { isRewritten } from './rewritten.ts';
import { isSuperseded } from './superseded.ts';

/** A line of more commits is looked at in another clone: one that begins later. */
export const LINE_COMMITS_MAX = 100_000;

export type AuditFault =
  | RepositoryFault
  | LedgerFault
  | { readonly kind: 'line-too-long'; readonly max: number };

export interface AuditPlan {
  readonly landings: Landings;
  readonly ledger: SqliteLedger;
  readonly keys: BranchKeys;
  /** The full ref whose verdicts count. */
  readonly ref: string;
  /** What the repository was called before, in verdicts that are older than its name. */
  readonly formerNames: readonly string[];
  /** Exclusive; null: from the beginning. */
  readonly since: CommitSha | null;
  readonly until: CommitSha;
  /** The newest so many only. */
  readonly countMax: number;
}

/**
 * Looks at every commit of a branch's own line, oldest first, and says by which verdict it came there. The
 * whole line is read whatever part of it is asked for: a verdict lets one change land once.
 */
export async function auditLine(plan: AuditPlan): Promise<Result<Audit, AuditFault>> {
  const { landings, since, until, countMax } = plan;
  const whole = await landings.between(null, until, LINE_COMMITS_MAX + 1);
  if (!whole.ok) return whole;
  const line = whole.value;
  if (line.length > LINE_COMMITS_MAX) return fail({ kind: 'line-too-long', max: LINE_COMMITS_MAX });
  const asked = since === null ? whole : await landings.between(since, until, LINE_COMMITS_MAX);
  if (!asked.ok) return asked;
  const first = await landings.firstPolicy(until);
  if (!first.ok) return first;
  const repositories = [nameOf(landings, line), ...plan.formerNames];
  const rewritten = await isRewritten(line, { ...plan, repositories });
  if (!rewritten.ok) return rewritten;
  const walk = newWalk({ ...plan, repositories, rewritten: rewritten.value }, line, first.value);
  const count = Math.min(asked.value.length, countMax);
  for (let place = line.length - 1; place >= count; place -= 1) passOver(walk, place);
  for (let place = count - 1; place >= 0; place -= 1) {
    const fault = await visit(walk, place);
    if (fault !== null) return fail(fault);
  }
  const commits = walk.found.slice(0, count).filter((commit) => commit !== undefined);
  return ok({
    ref: plan.ref,
    repositories,
    notes: landings.hasNotes,
    rewritten: walk.plan.rewritten,
    commits,
  });
}

/** As verdicts name a repository: by its remote, else by the first commit. */
const nameOf = (landings: Landings, line: readonly Landing[]): string =>
  landings.remote ?? `root:${line.at(-1)?.sha ?? ''}`;

/** What is known on the way from the oldest commit to the newest. */
interface Walk {
  readonly plan: AuditPlan & {
    readonly repositories: readonly string[];
    readonly rewritten: boolean;
  };
  readonly line: readonly Landing[];
  readonly places: ReadonlyMap<CommitSha, number>;
  /** The place of the commit that brought the first policy; -1 where there never was one. */
  readonly policyFrom: number;
  readonly found: (AuditedCommit | undefined)[];
  readonly used: Set<string>;
  notBefore: Instant | null;
}

function newWalk(plan: Walk['plan'], line: readonly Landing[], first: CommitSha | null): Walk {
  const places = new Map(line.map(({ sha }, place) => [sha, place]));
  const policyFrom = first === null ? -1 : (places.get(first) ?? line.length);
  return {
    plan,
    line,
    places,
    policyFrom,
    found: Array.from<undefined>({ length: line.length }),
    used: new Set(),
    notBefore: null,
  };
}

/** What lies before the part that is asked for has used up the verdicts that it names. */
function passOver(walk: Walk, place: number): void {
  const landing = walk.line[place];
  const named = landing === undefined ? null : namedBy(landing);
  if (named?.id != null) walk.used.add(named.id);
}

async function visit(walk: Walk, place: number): Promise<AuditFault | null> {
  const landing = walk.line[place];
  if (landing === undefined) return null;
  const named = namedBy(landing);
  const row = rowOf(landing, named);
  if (named.id === null) {
    const fault = named.several ? 'several-verdicts-named' : 'no-verdict-named';
    // Whoever can rewrite the line can take the first policies out of it.
    const before = place >= walk.policyFrom && !named.several && !walk.plan.rewritten;
    walk.found[place] = before
      ? { ...row, state: 'before-policy' }
      : { ...row, state: 'unverified', fault };
    return null;
  }
  const judged = await judge(walk, place, named.id);
  if (!judged.ok) return judged.fault;
  const { fault, record, group, ...facts } = judged.value;
  walk.found[place] = {
    ...row,
    ...facts,
    state: fault === null ? 'verified' : 'unverified',
    fault,
  };
  if (fault === null && record !== null) settle(walk, place, record, group?.others ?? []);
  return null;
}

/** What landed along with a verified commit is no riddle any more, unless it tells a story of its own. */
function settle(walk: Walk, place: number, record: VerdictRecord, others: readonly number[]): void {
  walk.used.add(record.id);
  const decidedAt = Date.parse(record.decidedAt) as Instant;
  walk.notBefore = Math.max(walk.notBefore ?? 0, decidedAt) as Instant;
  const [by, landing] = [walk.found[place], walk.line[place]];
  for (const other of others) {
    const row = walk.found[other];
    if (row?.fault !== 'no-verdict-named' && row?.state !== 'before-policy') continue;
    walk.found[other] = {
      ...row,
      state: 'verified',
      fault: null,
      verdict: record.id,
      way: by?.way ?? null,
      landedWith: landing?.sha ?? null,
      breakGlass: by?.breakGlass ?? false,
      organization: by?.organization ?? null,
    };
  }
}

const rowOf = (landing: Landing, { id, by, noteSays }: Named) => ({
  ...{ landing, verdict: id, by, noteSays },
  ...{ fault: null, way: null, landedWith: null, head: null, keyId: null, breakGlass: false },
  organization: null,
});

interface Judged {
  readonly fault: LandingFault | null;
  readonly record: VerdictRecord | null;
  readonly group: Group | null;
  readonly way: LandingWay | null;
  readonly head: CommitSha | null;
  readonly keyId: string | null;
  readonly breakGlass: boolean;
  readonly organization: OrganizationNamed | null;
}

async function judge(walk: Walk, place: number, id: string): Promise<Result<Judged, AuditFault>> {
  const { ledger } = walk.plan;
  const nothing = { record: null, group: null, way: null, head: null, keyId: null };
  const end = (fault: LandingFault) =>
    ok({ ...nothing, fault, breakGlass: false, organization: null });
  const entry = await ledger.find('verdict', id);
  if (!entry.ok) return entry;
  if (entry.value === null) return end('verdict-unknown');
  const body = verdictBodyOf(entry.value);
  // A verdict has exactly one entry: of two, somebody would choose the one that suits.
  if (body === null || ledger.countAbout('verdict', id) !== 1) return end('proof-broken');
  const caseFile = await ledger.blob(body.record.caseDigest);
  if (!caseFile.ok) return caseFile;
  const checks = verdictProof({ ledger, entry: entry.value, body }, caseFile.value);
  const signature = checks.find(({ name }) => name === 'signature');
  const keyId = signature !== undefined && 'keyId' in signature ? signature.keyId : null;
  const broken = checks.some(({ state }) => state === 'broken');
  const { record } = body;
  const agrees = broken || namesItsOrganization(record, caseFile.value);
  return weigh(walk, place, record, { keyId: broken ? null : keyId, agrees });
}

/**
 * @param keyId of the one who signed; null where the proof is broken.
 * @param agrees whether record and case file name the same policy of the owner.
 */
async function weigh(
  walk: Walk,
  place: number,
  record: VerdictRecord,
  { keyId, agrees }: { readonly keyId: string | null; readonly agrees: boolean },
): Promise<Result<Judged, AuditFault>> {
  const { landings, keys, ref, repositories } = walk.plan;
  const landing = walk.line[place] as Landing;
  const held = await heldAgainst(walk.line, place, record, landings);
  if (!held.ok) return held;
  const { way, group, merged } = held.value;
  const { onto } = group;
  const trusted =
    keyId !== null && (await keys.trusts(keyId, Date.parse(record.decidedAt) as Instant, onto));
  // What is fast-forwarded was committed before it was judged.
  const landedAt = way === 'fast-forward' ? null : landing.committedAt;
  const superseded = await isSuperseded(record, landedAt, walk.plan.ledger);
  if (!superseded.ok) return superseded;
  const fault = landingFault({
    isSuperseded: superseded.value,
    ...{ landing, way, onto, ref, repositories, record, merged },
    proof: keyId === null ? 'broken' : !trusted ? 'untrusted' : agrees ? 'holds' : 'contradicts',
    ...(await timesOf(walk, onto, record)),
  });
  const { head } = record.subject;
  const breakGlass = record.law.breakGlass !== undefined;
  const organization = keyId === null ? null : organizationOf(record);
  return ok({ fault, record, group, way, head, keyId, breakGlass, organization });
}

async function timesOf(walk: Walk, onto: CommitSha | null, record: VerdictRecord) {
  const { plan, places, used, notBefore } = walk;
  const { base } = record.subject;
  const [ontoPlace, basePlace] = [places.get(onto ?? base), places.get(base)];
  const baseStoodBefore =
    ontoPlace !== undefined && basePlace !== undefined && basePlace >= ontoPlace;
  const [then, now] =
    onto === null || !baseStoodBefore || base === onto
      ? [null, null]
      : await Promise.all([plan.landings.bindingIds(base), plan.landings.bindingIds(onto)]);
  return {
    baseStoodBefore,
    policyStood: then?.policy === now?.policy,
    usedBefore: used.has(record.id),
    notBefore,
  };
}
