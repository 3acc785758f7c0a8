import packageJson from '../../package.json' with { type: 'json' };
import type { CaseFile } from '../../src/4-verdict/case.ts';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import type { HostedFacts } from '../../src/4-verdict/waivers/hosted-facts.ts';
import { teamsNamed, whomToAsk } from '../../src/4-verdict/waivers/whom-to-ask.ts';
import { withoutVerdict } from '../../src/5-publication/merge-message.ts';
import { glassEventsFor } from '../../src/adapters/break-glass-events.ts';
import { openRemembered } from '../../src/adapters/git/remembered.ts';
import { checkGates } from '../../src/adapters/github/check-gates.ts';
import type { CacheFault, ObjectCache } from '../../src/adapters/github/object-cache.ts';
import { ledgerPrecedents } from '../../src/adapters/precedents.ts';
import { shippedPolicy } from '../../src/adapters/shipped.ts';
import { waiverEventsFor } from '../../src/adapters/waiver-events.ts';
import { boundPolicy } from '../../src/caws/bound-policy.ts';
import type { LawTexts } from '../../src/caws/law.ts';
import { readLawPolicy } from '../../src/caws/read-policy.ts';
import { textDigest } from '../../src/caws/text-digest.ts';
import type { Adjudicated, CycleFault, Request, Step, World } from '../../src/cycle/world.ts';
import { adjudicate } from '../../src/cycle.ts';
import type {
  Forge,
  ForgeFault,
  LiveCheckRun,
  LivePull,
  LiveWorkflowRun,
} from '../../src/forge.ts';
import type { VerdictEntryBody } from '../../src/ledger/verdict-entry.ts';
import type {
  GateSource,
  LedgerFault,
  LedgerStore,
  Precedents,
  ReportReader,
  Repository,
  RepositoryFault,
  ResolvedRange,
  Signer,
} from '../../src/ports.ts';
import {
  type CommitSha,
  fail,
  type Instant,
  ok,
  type Result,
  type VerdictId,
} from '../../src/primitives.ts';
import type { Where } from '../intake/concern-types.ts';
import type { Bench } from '../judging/bench.ts';
import { byAnswer, type Runners } from '../runs/runners.ts';
import { acceptancesBeside } from './acceptance-entries.ts';
import type { Docket, Looked, PullName } from './docket.ts';
import type { OrganizationFault, Organizations } from './organizations.ts';
import { peopleFacts } from './people-facts.ts';

/** What judging a pull request needs beside the forge. */
export interface Court {
  readonly objects: ObjectCache;
  readonly docket: Docket;
  readonly organizations: Organizations;
  /** What answers gates that run a command, and why nobody does where nobody may. */
  readonly runners: Runners;
  /** Who asks the judge; null: there is none. */
  readonly bench: Bench | null;
  readonly reports: ReportReader;
  readonly signer: Signer;
  readonly now: () => Instant;
  readonly newId: (at: Instant) => VerdictId;
  /** SPKI in base64 of the keys that sign, and signed, what the app hears. */
  readonly arbiterKeys: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What is known of the head before its objects are here. */
export interface HeadAtForge {
  readonly checkRuns: readonly LiveCheckRun[];
  readonly seenAt: Instant;
}

export type Judged =
  | { readonly kind: 'judged'; readonly adjudicated: Adjudicated; readonly looked: Looked }
  /** Nothing in the target asks for a verdict, and nothing ever did. */
  | { readonly kind: 'no-policy' }
  /** git and the API do not show the same commit yet. */
  | { readonly kind: 'behind'; readonly expected: CommitSha; readonly found: CommitSha | null };

export type JudgeFault =
  | ForgeFault
  | CacheFault
  | RepositoryFault
  | OrganizationFault
  | CycleFault
  | LedgerFault;

export interface Hearing {
  readonly name: PullName & Pick<Where, 'installationId'>;
  readonly forge: Forge;
  readonly pull: LivePull;
  readonly at: HeadAtForge;
  readonly ledger: LedgerStore;
  readonly signal: AbortSignal;
  /** Whether the branch demands our check, policy or not. */
  readonly required: boolean;
  readonly watch: (step: Step) => void;
  /** Whether runs may be started for it; a target that does not stand yet starts none. */
  readonly mayRun: boolean;
}

const headRef = (pull: LivePull) => `refs/pull/${pull.number}/head`;
const baseRef = (pull: LivePull) => `refs/heads/${pull.base.branch}`;

/**
 * Brings the objects of a pull request here and judges them by the law of its target. Asked again with the
 * same inputs, it gives the verdict that stands; after a crash, the id that was meant for it.
 */
export async function judgePull(
  hearing: Hearing,
  court: Court,
): Promise<Result<Judged, JudgeFault>> {
  const { forge, pull, signal } = hearing;
  const token = await forge.gitToken();
  if (!token.ok) return token;
  const fetched = await court.objects.fetch(
    { repositoryId: hearing.name.repositoryId, url: forge.gitUrl, token: token.value },
    [baseRef(pull), headRef(pull)],
    signal,
  );
  if (!fetched.ok) return explained(fetched.fault, hearing);
  using objects = fetched.value;
  const found = objects.tips.get(headRef(pull)) ?? null;
  if (found !== pull.head.sha) return ok({ kind: 'behind', expected: pull.head.sha, found });
  using repository = openRemembered(objects, { env: court.env });
  // By ids: another fetch may have moved a ref since, and what is judged is what the check stands on.
  const onto = objects.tips.get(baseRef(pull)) ?? baseRef(pull);
  const resolved = await repository.resolve(`${onto}...${pull.head.sha}`);
  if (!resolved.ok) return resolved;
  const range = { ...resolved.value, baseRef: baseRef(pull) };
  const law = await lawOf(range, repository, hearing, court);
  if (!law.ok) return law;
  if (!isAsked(law.value, hearing, court)) return ok({ kind: 'no-policy' });
  const facts = await factsOfSpeakers(law.value, hearing, court);
  if (!facts.ok) return facts;
  // Awaited here: repository and objects are let go of when this returns.
  return await adjudicateRange(
    {
      range,
      // What binds was read above; the cycle records exactly that.
      repository: { ...repository, law: async () => law },
      facts: facts.value,
      looked: lookedAt(range, law.value),
    },
    hearing,
    court,
  );
}

/** The law of the target, and its owner's beside it. */
export async function lawOf(
  range: ResolvedRange,
  repository: Repository,
  { name, forge, signal }: Pick<Hearing, 'name' | 'forge' | 'signal'>,
  { organizations }: Pick<Court, 'organizations'>,
): Promise<Result<LawTexts, JudgeFault>> {
  const own = await repository.law(range);
  if (!own.ok) return own;
  const owner = { installationId: name.installationId, owner: forge.repository.owner };
  const theirs = await organizations.lawOf(owner, signal);
  if (!theirs.ok) return theirs;
  return ok(theirs.value === undefined ? own.value : { ...own.value, organization: theirs.value });
}

const lookedAt = ({ base }: ResolvedRange, { organization }: LawTexts): Looked => ({
  base,
  organization: organization === undefined ? null : textDigest(organization.policy.text),
});

/** A refusal of git says no more than a number; the API names the permission that is missing, if one is. */
async function explained(
  fault: CacheFault,
  { forge, pull }: Hearing,
): Promise<Result<never, JudgeFault>> {
  if (fault.kind !== 'fetch-refused') return fail(fault);
  const looked = await forge.branchTip(pull.base.branch);
  return fail(looked.ok ? fault : looked.fault);
}

/** Where nobody has spoken on this pull request, nobody is asked about. */
export async function factsOfSpeakers(
  law: LawTexts,
  { forge, pull, ledger }: Hearing,
  { arbiterKeys, now }: Court,
): Promise<Result<HostedFacts | null, JudgeFault>> {
  const events = await waiverEventsFor(ledger, { name: String(pull.number), at: now() });
  if (!events.ok) return events;
  const glass = await glassEventsFor(ledger, pull.head.sha);
  if (!glass.ok) return glass;
  const people = whomToAsk([...events.value, ...glass.value], {
    repositoryId: forge.repository.id,
    pull: pull.number,
  });
  const reading = readLawPolicy(law, shippedPolicy());
  // A policy that cannot be read ends the case a little later, with its own words.
  if (people.length === 0 || !reading.ok) return ok(null);
  const teams = teamsNamed(reading.value.policy);
  return peopleFacts({ forge, pull, arbiterKeys, people, teams, now });
}

/** What is judged, with what was learned of the people. */
interface Opened {
  readonly range: ResolvedRange;
  readonly repository: Repository;
  readonly facts: HostedFacts | null;
  readonly looked: Looked;
}

/** Installed for a whole organization, the app judges where a policy asks for it, or once did. */
function isAsked(law: LawTexts, { name, required }: Hearing, { docket, now }: Court): boolean {
  if (law.policy !== null || law.organization !== undefined) docket.enrol(name.repositoryId, now());
  return required || docket.enrolled(name.repositoryId);
}

async function adjudicateRange(
  { range, repository, facts, looked }: Opened,
  hearing: Hearing,
  court: Court,
): Promise<Result<Judged, JudgeFault>> {
  const asked = await caseOf({ range, repository, facts }, hearing, court);
  if (!asked.ok) return asked;
  const adjudicated = await adjudicate(
    asked.value.request,
    {
      ...asked.value.world,
      ledger: hearing.ledger,
      publisher: { announce: async () => {} },
      standing: (key, now) => standing({ key, now }, hearing, court),
    },
    hearing.watch,
  );
  return adjudicated.ok
    ? ok({ kind: 'judged', adjudicated: adjudicated.value, looked })
    : adjudicated;
}

/** What is asked of the cycle for a pull request on one target, and what that needs of the world. */
export async function caseOf(
  { range, repository, facts }: Omit<Opened, 'looked'>,
  hearing: Hearing,
  court: Court,
): Promise<
  Result<
    { readonly request: Request; readonly world: Omit<World, 'ledger' | 'publisher' | 'standing'> },
    ForgeFault
  >
> {
  const { name, forge, pull, ledger, at } = hearing;
  const workflowRuns = await workflowRunsFor(forge, pull.head.sha, at.checkRuns);
  if (!workflowRuns.ok) return workflowRuns;
  const cancelled = court.docket.isCancelled(name, pull.head.sha);
  return ok({
    request: {
      range,
      plea: { kind: 'pull-request-body', text: withoutVerdict(pull.body) },
      // A body names no files that we could read; what a plea brings is in its text.
      pleaFile: async () => null,
      specNamed: null,
      // The number alone: a branch may be named as another pull request's number.
      branches: [String(pull.number)],
    },
    world: {
      clock: { now: court.now },
      newId: court.newId,
      version: packageJson.version,
      shippedPolicy: shippedPolicy(),
      repository,
      gatesFor: () =>
        byAnswer(
          checkGates({
            checkRuns: at.checkRuns,
            workflowRuns: workflowRuns.value,
            seenAt: at.seenAt,
            now: court.now(),
            cancelled,
          }),
          () => runnersFor(repository, range, hearing, court),
        ),
      precedents: withFacts(ledgerPrecedents(ledger), facts),
      signer: court.signer,
      reports: court.reports,
      acceptances: acceptancesBeside(pull, ledger),
      ...judgeOf(hearing, cancelled, court),
    },
  });
}

/** The judge of the app; what it said of exactly this before is what it says now. */
function judgeOf(
  { name, forge, pull, ledger }: Hearing,
  cancelled: boolean,
  { bench, docket }: Court,
): Pick<World, 'judge'> {
  if (bench === null) return {};
  const { owner, name: repository } = forge.repository;
  const { installationId, repositoryId } = name;
  const job = { installationId, repositoryId, owner, name: repository, pull: pull.number };
  const recorded = async () => {
    const stands = docket.row(name)?.verdict;
    const verdict = stands == null ? ok(null) : await recordedVerdict(ledger, stands.id);
    if (!verdict.ok || verdict.value === null) return null;
    const file = await ledger.blob(verdict.value.record.caseDigest);
    if (!file.ok || file.value === null) return null;
    const { judgement } = JSON.parse(Buffer.from(file.value).toString('utf8')) as CaseFile;
    return judgement ?? null;
  };
  return { judge: bench.source({ job, head: pull.head.sha, cancelled, recorded }) };
}

/** By the policy that binds, whatever it was that moved since a run was asked for. */
async function runnersFor(
  repository: Repository,
  range: ResolvedRange,
  hearing: Hearing,
  court: Court,
): Promise<GateSource | null> {
  const law = await repository.law(range);
  const reading = law.ok ? readLawPolicy(law.value, shippedPolicy()) : null;
  // It was read before this, so that only a bug leaves it unread now; then nobody answers.
  return reading?.ok === true
    ? court.runners.source(hearing, boundPolicy(reading.value.source))
    : null;
}

function withFacts(precedents: Precedents, facts: HostedFacts | null): Precedents {
  if (facts === null) return precedents;
  return {
    known: async (...asked) => {
      const known = await precedents.known(...asked);
      return known.ok ? ok({ ...known.value, hosted: facts }) : known;
    },
  };
}

/** Only checks of workflows can be told apart by their files; where none ran there is nothing to ask. */
export async function workflowRunsFor(
  forge: Forge,
  head: CommitSha,
  checkRuns: readonly LiveCheckRun[],
): Promise<Result<readonly LiveWorkflowRun[], ForgeFault>> {
  const others = checkRuns.some(({ appId }) => appId !== forge.appId);
  return others ? forge.workflowRuns(head) : ok([]);
}

/** The verdict that stands for these inputs, or the id that theirs is to have. */
async function standing(
  asked: { readonly key: Parameters<Docket['intent']>[1]; readonly now: Instant },
  { name, ledger, pull }: Hearing,
  { docket, newId }: Court,
): Promise<Result<{ readonly stands: Adjudicated } | { readonly id: VerdictId }, LedgerFault>> {
  const intended = docket.intent(name, asked.key);
  if (intended !== null) {
    const recorded = await recordedVerdict(ledger, intended);
    if (!recorded.ok) return recorded;
    // Meant and never recorded: a crash lay between, and nobody has seen another.
    if (recorded.value === null) return ok({ id: intended });
    if (isLive(recorded.value.record, asked.now)) return ok({ stands: recorded.value });
  }
  const id = docket.nextId(name, pull.head.sha, () => newId(asked.now));
  docket.intend(name, asked.key, id);
  return ok({ id });
}

export function isLive({ validUntil }: Pick<VerdictRecord, 'validUntil'>, now: Instant): boolean {
  return validUntil === null || now < Date.parse(validUntil);
}

/** A verdict as its entry holds it, or null where there is none of this id. */
export async function recordedVerdict(
  ledger: LedgerStore,
  id: VerdictId,
): Promise<Result<Adjudicated | null, LedgerFault>> {
  const entry = await ledger.find('verdict', id);
  if (!entry.ok) return fail(entry.fault);
  if (entry.value === null) return ok(null);
  // The ledger was checked when it was opened, so what stands in it is what was recorded.
  const body = JSON.parse(entry.value.body) as VerdictEntryBody<VerdictRecord>;
  return ok({ record: body.record, envelope: body.envelope, entry: entry.value });
}
