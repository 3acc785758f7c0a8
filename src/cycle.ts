import type { Change } from './1-pleading/change.ts';
import { compareChangeDiff } from './1-pleading/change-diff.ts';
import { noPlea, type PleaSource, readPlea } from './1-pleading/plea.ts';
import type { Examination } from './2-examination/examination.ts';
import { type ReadItem, readItem } from './3-deliberation/answered.ts';
import type {
  Deliberation,
  GateAnswerGiven,
  GateLost,
  GateRunning,
  PlannedGate,
} from './3-deliberation/deliberation.ts';
import type { Judgement } from './3-deliberation/judge/judgement.ts';
import type { StandingAcceptance } from './4-verdict/acceptance.ts';
import type { CaseFile, DiffComparison, OpenedCase } from './4-verdict/case.ts';
import { caseKeyOf } from './4-verdict/case-key.ts';
import { type CaseFault, type Hearing, hear } from './4-verdict/hearing.ts';
import { conclude, weighWithoutJudge } from './4-verdict/judge.ts';
import { isAskedOf } from './4-verdict/judge-part.ts';
import type { VerdictRecord } from './4-verdict/verdict.ts';
import type { LawText } from './caws/law.ts';
import type { EvidenceReference } from './caws/plea.ts';
import { RULE_SET } from './caws/rules.ts';
import { canonicalJson } from './ledger/canonical.ts';
import { type Envelope, envelop, IN_TOTO_PAYLOAD_TYPE } from './ledger/dsse.ts';
import { sha256Of } from './ledger/entry.ts';
import { judgeKey } from './ledger/key.ts';
import { type VerdictFacts, verdictStatement } from './ledger/statement.ts';
import { verdictEntryBody } from './ledger/verdict-entry.ts';
import type {
  Clock,
  GateSource,
  JudgeSource,
  LedgerEntry,
  LedgerFault,
  LedgerStore,
  Precedents,
  Publisher,
  ReportReader,
  ReportUnread,
  Repository,
  RepositoryFault,
  ResolvedRange,
  Signer,
  WaiverEventsTooMany,
} from './ports.ts';
import { type Digest, fail, type Instant, ok, type Result, type VerdictId } from './primitives.ts';

/** What a person or the app asks to have judged. */
export interface Request {
  readonly range: ResolvedRange;
  /** The plea as brought: a file or a pull request's body; null: what the commit messages say. */
  readonly plea: PleaSource | null;
  /** Reads a file that the plea names beside itself (`change_diff`), or says that it cannot. */
  readonly pleaFile: (file: string) => Promise<string | null>;
  readonly specNamed: string | null;
  readonly branches: readonly string[];
}

/** Everything the cycle needs of the world. */
export interface World {
  readonly clock: Clock;
  readonly newId: (at: Instant) => VerdictId;
  readonly version: string;
  readonly shippedPolicy: LawText;
  readonly repository: Repository;
  /** The runner for one case; reports are held against the digests that its plea names. */
  readonly gatesFor: (references: readonly EvidenceReference[]) => GateSource;
  readonly ledger: LedgerStore;
  readonly precedents: Precedents;
  readonly signer: Signer;
  readonly publisher: Publisher;
  /** Where there is one; a policy decides whether it is asked. */
  readonly judge?: JudgeSource;
  /** Whom people accepted for a spec; absent where nobody can be accepted. */
  readonly acceptances?: Acceptances;
  /** Absent: reports are read here, and whoever else is in this process waits. */
  readonly reports?: ReportReader;
  /**
   * Whoever hears one change again and again knows what it decided from the same inputs, and gives the
   * same verdict; who does not leaves this out.
   */
  readonly standing?: Standing;
}

/**
 * @param key what `caseKeyOf` says of all that is known of a case.
 * @returns the verdict that stands for exactly this, or the id that a new one is to have: the same after a
 * crash as before it.
 */
export type Standing = (
  key: Digest,
  at: Instant,
) => Promise<Result<{ readonly stands: Adjudicated } | { readonly id: VerdictId }, LedgerFault>>;

/**
 * @param bound the specs that bind a change, and where it leads.
 * @returns what supersedes it; null where nothing does.
 */
export type Acceptances = (bound: {
  readonly specs: readonly string[];
  readonly baseRef: string;
}) => Promise<Result<StandingAcceptance | null, LedgerFault>>;

export type Stage = 'Pleading' | 'Examination' | 'Deliberation' | 'Verdict' | 'Publication';

/** What a watcher is told while it happens. Times are the clock's own. */
export type Step =
  | { readonly kind: 'stage-started'; readonly stage: Stage; readonly at: Instant }
  | { readonly kind: 'pleaded'; readonly change: Change; readonly at: Instant }
  | { readonly kind: 'examined'; readonly examination: Examination; readonly at: Instant }
  | {
      readonly kind: 'gate';
      readonly gate: string;
      readonly state: 'started' | 'done';
      readonly at: Instant;
    }
  | { readonly kind: 'deliberated'; readonly deliberation: Deliberation; readonly at: Instant }
  | { readonly kind: 'decided'; readonly record: VerdictRecord; readonly at: Instant }
  | { readonly kind: 'published'; readonly entry: LedgerEntry; readonly at: Instant };

/** Why no verdict was given. Nothing was decided, and merging stays blocked. */
export type CycleFault =
  | RepositoryFault
  | LedgerFault
  | CaseFault
  | WaiverEventsTooMany
  | { readonly kind: 'gates-running'; readonly gates: readonly GateRunning[] }
  | { readonly kind: 'runner-lost'; readonly lost: GateLost }
  | ReportUnread
  /** The target names the signing key, and says that it does not count. */
  | {
      readonly kind: 'signer-not-valid';
      readonly keyId: string;
      readonly standing: 'revoked' | 'expired' | 'not-valid-then';
    }
  /** Not JSON as RFC 8785 has it; only a bug can make that of plain data. */
  | { readonly kind: 'not-canonical' };

/** A verdict that stands in the ledger, and what was signed. */
export interface Adjudicated {
  readonly record: VerdictRecord;
  readonly envelope: Envelope;
  readonly entry: LedgerEntry;
}

/**
 * Hears one change through the five stages: the only place that waits between them. The verdict is
 * recorded before anyone is told; a crash after that is repaired by announcing again from the ledger.
 */
export async function adjudicate(
  request: Request,
  world: World,
  watch: (step: Step) => void,
): Promise<Result<Adjudicated, CycleFault>> {
  const heard = await hearWithGates(request, world, watch);
  if (!heard.ok) return heard;
  const { hearing, file } = heard.value;
  const standing = await standingFor(file, world);
  if (!standing.ok) return standing;
  if ('stands' in standing.value) return ok(standing.value.stands);
  const canonical = canonicalJson(file);
  if (!canonical.ok) return fail({ kind: 'not-canonical' });
  const caseBytes = Buffer.from(canonical.value);
  const caseDigest = sha256Of(caseBytes);
  const read = await readReports(file, world);
  if (!read.ok) return read;
  const record = conclude(hearing, file, { id: standing.value.id, caseDigest }, read.value);
  watch({ kind: 'deliberated', deliberation: record.deliberation, at: world.clock.now() });
  watch({ kind: 'decided', record, at: world.clock.now() });
  return publish(record, { digest: caseDigest, bytes: caseBytes }, world, watch);
}

/** What a verdict would say, and what it would rest on. */
export interface Weighed {
  readonly record: VerdictRecord;
  readonly file: CaseFile;
  readonly planned: readonly PlannedGate[];
  /** Equal to another case's: that case's verdict is this one's, too. */
  readonly key: Digest;
}

/** Hears a change whole, gates included, and records nothing: for a target that does not stand yet. */
export async function weigh(
  request: Request,
  world: Omit<World, 'ledger' | 'publisher' | 'standing'>,
  watch: (step: Step) => void,
): Promise<Result<Weighed, CycleFault>> {
  const heard = await hearWithGates(request, world, watch);
  if (!heard.ok) return heard;
  const { hearing, file } = heard.value;
  const key = caseKeyOf(file);
  if (key === null) return fail({ kind: 'not-canonical' });
  const read = await readReports(file, world);
  if (!read.ok) return read;
  const identity = { id: world.newId(file.at), caseDigest: key };
  const record = conclude(hearing, file, identity, read.value);
  return ok({ record, file, planned: hearing.planned, key });
}

async function hearWithGates(
  request: Request,
  world: Omit<World, 'ledger' | 'publisher' | 'standing'>,
  watch: (step: Step) => void,
): Promise<Result<{ readonly hearing: Hearing; readonly file: CaseFile }, CycleFault>> {
  const at = world.clock.now();
  watch({ kind: 'stage-started', stage: 'Pleading', at });
  const opened = await plead(request, world, at);
  if (!opened.ok) return opened;
  watch({ kind: 'pleaded', change: opened.value.change, at: world.clock.now() });

  const hearing = hear(opened.value);
  if (!hearing.ok) return hearing;
  const { examination, planned, trusted } = hearing.value;
  // A verdict that the target would not believe is not given: nobody may act on it.
  const signer = judgeKey(world.signer.keyId, at, trusted?.keys ?? []);
  if (signer !== 'trusted' && signer !== 'untrusted')
    return fail({ kind: 'signer-not-valid', keyId: world.signer.keyId, standing: signer });
  watch({ kind: 'examined', examination, at: world.clock.now() });

  const gates = world.gatesFor(opened.value.plea.evidence);
  const answers = await gates.answer(planned, request.range, (gate, state) =>
    watch({ kind: 'gate', gate, state, at: world.clock.now() }),
  );
  const lost = answers.find(({ state }) => state === 'lost');
  if (lost?.state === 'lost') return fail({ kind: 'runner-lost', lost });
  const running = answers.filter(isRunning);
  if (running.length > 0) return fail({ kind: 'gates-running', gates: running });
  const file: CaseFile = { ...opened.value, answers: answers.filter(isGiven) };
  const judged = await hearJudge(hearing.value, file, world, watch);
  if (!judged.ok) return judged;
  const judgement = judged.value;
  if (judgement !== null && 'state' in judgement)
    return fail({ kind: 'gates-running', gates: [judgement] });
  const acceptance = await acceptedElsewhere(hearing.value, file, world);
  if (!acceptance.ok) return acceptance;
  return ok({
    hearing: hearing.value,
    file: {
      ...file,
      ...(judgement === null ? {} : { judgement }),
      ...(acceptance.value === null ? {} : { acceptance: acceptance.value }),
    },
  });
}

/** Asked by the specs that the law of the target binds it with, whatever the change says of itself. */
async function acceptedElsewhere(
  { binding }: Hearing,
  { change: { baseRef } }: CaseFile,
  { acceptances }: Pick<World, 'acceptances'>,
): ReturnType<Acceptances> {
  if (acceptances === undefined || binding.kind !== 'bound') return ok(null);
  return acceptances({ specs: binding.specs.map(({ id }) => id), baseRef });
}

/** What comes of the reports of a case, as the world reads them. */
export const readReports = async (
  { answers }: Pick<CaseFile, 'answers'>,
  { reports }: Pick<World, 'reports'>,
): Promise<Result<ReadItem, ReportUnread>> =>
  reports === undefined ? ok(readItem) : reports.read(answers);

/** Asks the judge, last of all: null where there is none to ask, or nothing that it could change. */
async function hearJudge(
  hearing: Hearing,
  file: CaseFile,
  world: Pick<World, 'judge' | 'repository' | 'clock' | 'reports'>,
  watch: (step: Step) => void,
): Promise<Result<Judgement | GateRunning | null, ReportUnread>> {
  const { judge, repository, clock } = world;
  const { policy } = hearing.reading;
  if (judge === undefined || policy.judge === null) return ok(null);
  const read = await readReports(file, world);
  if (!read.ok) return read;
  const unjudged = weighWithoutJudge(hearing, file, read.value);
  const { changeClass } = hearing.examination;
  if (!isAskedOf({ policy, without: unjudged.verdict, changeClass })) return ok(null);
  // Most policies have no judge: what only one needs is loaded then.
  const { blobsToRead, changeDossier } = await import('./4-verdict/change-dossier.ts');
  const texts = await repository.blobs(blobsToRead(file.change, policy));
  // What cannot be read is not shown, and a judge that saw nothing has no opinion.
  if (!texts.ok) return ok(null);
  watch({ kind: 'gate', gate: 'judge', state: 'started', at: clock.now() });
  const { timeoutMs, mayLeave } = policy.judge;
  const dossier = changeDossier({ hearing, file, unjudged, texts: texts.value });
  const judgement = await judge.hear(dossier, { surface: 'change', timeoutMs, mayLeave });
  watch({ kind: 'gate', gate: 'judge', state: 'done', at: clock.now() });
  return ok(judgement);
}

type Answer = GateAnswerGiven | GateRunning | GateLost;
const isRunning = (answer: Answer): answer is GateRunning => answer.state === 'running';
const isGiven = (answer: Answer): answer is GateAnswerGiven =>
  answer.state !== 'running' && answer.state !== 'lost';

async function standingFor(
  file: CaseFile,
  world: World,
): Promise<Result<{ readonly stands: Adjudicated } | { readonly id: VerdictId }, CycleFault>> {
  if (world.standing === undefined) return ok({ id: world.newId(file.at) });
  const key = caseKeyOf(file);
  return key === null ? fail({ kind: 'not-canonical' }) : world.standing(key, file.at);
}

/**
 * What examination alone would say: no gate is asked, nothing is signed or recorded. For a look
 * before a commit or a push.
 */
export async function rehearse(
  request: Request,
  world: Omit<World, 'ledger' | 'signer' | 'publisher' | 'gatesFor'>,
  watch: (step: Step) => void,
): Promise<Result<VerdictRecord, CycleFault>> {
  const at = world.clock.now();
  watch({ kind: 'stage-started', stage: 'Pleading', at });
  const opened = await plead(request, world, at);
  if (!opened.ok) return opened;
  watch({ kind: 'pleaded', change: opened.value.change, at: world.clock.now() });
  const hearing = hear(opened.value);
  if (!hearing.ok) return hearing;
  watch({ kind: 'examined', examination: hearing.value.examination, at: world.clock.now() });
  const file: CaseFile = { ...opened.value, answers: [] };
  const caseDigest = sha256Of(JSON.stringify(file));
  const { reading } = hearing.value;
  const unasked = { ...reading, policy: { ...reading.policy, judge: null } };
  const rehearsed = { ...hearing.value, reading: unasked, planned: [] };
  return ok(conclude(rehearsed, file, { id: world.newId(at), caseDigest }));
}

/** Stage 1: everything that is to be known of the change, its law and its plea, before it is judged. */
async function plead(
  request: Request,
  world: Pick<World, 'repository' | 'precedents' | 'version' | 'shippedPolicy'>,
  at: Instant,
): Promise<Result<OpenedCase, CycleFault>> {
  const { range } = request;
  const [change, law, messages] = await Promise.all([
    world.repository.measure(range),
    world.repository.law(range),
    request.plea === null ? world.repository.messages(range) : ok([]),
  ]);
  if (!change.ok) return change;
  if (!law.ok) return law;
  if (!messages.ok) return messages;
  const precedents = await world.precedents.known(
    range,
    law.value,
    request.branches,
    change.value.commits.map(({ sha }) => sha),
    at,
  );
  if (!precedents.ok) return precedents;
  const plea = pleaOf(request.plea ?? { kind: 'commit-messages', messages: messages.value });
  const diff = await compareDiff(plea, change.value, request, world);
  if (!diff.ok) return diff;
  return ok({
    schema: 'caws-arbiter/case@1',
    recordForm: 2,
    tool: { version: world.version, rules: RULE_SET },
    at,
    change: change.value,
    law: law.value,
    shipped: world.shippedPolicy,
    ...plea.read,
    diff: diff.value,
    specNamed: request.specNamed,
    branches: request.branches,
    ...precedents.value,
  });
}

/** A plea that cannot be read is a doubt that people decide, not a reason to say nothing. */
function pleaOf(source: PleaSource): {
  readonly read: Pick<OpenedCase, 'plea' | 'pleaSigns' | 'pleaFault'>;
  readonly diffFile: string | null;
} {
  const reading = readPlea(source);
  if (!reading.ok)
    return { read: { plea: noPlea, pleaSigns: [], pleaFault: reading.fault }, diffFile: null };
  const { plea, signs, diffFile } = reading.value;
  return { read: { plea, pleaSigns: signs, pleaFault: null }, diffFile };
}

/** Holds a worker's change.diff against the objects; one that is named and cannot be read differs. */
async function compareDiff(
  { read, diffFile }: ReturnType<typeof pleaOf>,
  change: Change,
  request: Request,
  world: Pick<World, 'repository'>,
): Promise<Result<DiffComparison, CycleFault>> {
  const text = diffFile === null ? read.plea.changeDiff : await request.pleaFile(diffFile);
  if (text === null)
    return ok(
      diffFile === null
        ? { kind: 'absent' }
        : { kind: 'differs', path: diffFile, what: 'the file cannot be read' },
    );
  const wanted = change.files.flatMap(({ blobBefore }) =>
    blobBefore === null ? [] : [blobBefore],
  );
  const blobs = await world.repository.blobs(wanted);
  if (!blobs.ok) return blobs;
  const before = new Map(
    change.files.map((file) => [
      file.pathBefore ?? file.path,
      file.blobBefore === null ? undefined : blobs.value.get(file.blobBefore),
    ]),
  );
  const compared = compareChangeDiff({
    diff: text,
    change,
    blobsBefore: (path) => before.get(path),
  });
  if (compared.ok) return ok({ kind: 'equal' });
  const { path, what, detail } = compared.fault;
  return ok({ kind: 'differs', path: path ?? 'change.diff', what: `${what} ${detail}`.trim() });
}

/** Stage 5: the entry first, then the word. */
async function publish(
  record: VerdictRecord,
  caseBlob: { readonly digest: Digest; readonly bytes: Uint8Array },
  world: World,
  watch: (step: Step) => void,
): Promise<Result<Adjudicated, CycleFault>> {
  const canonical = canonicalJson(record);
  if (!canonical.ok) return fail({ kind: 'not-canonical' });
  const recordDigest = sha256Of(canonical.value);
  const statement = verdictStatement(factsOf(record, recordDigest));
  const envelope = envelop(IN_TOTO_PAYLOAD_TYPE, statement, world.signer);
  const body = verdictEntryBody(record, recordDigest, envelope);
  const entry = await world.ledger.append(
    {
      at: world.clock.now(),
      kind: 'verdict',
      about: record.id,
      body,
      blobs: [caseBlob],
    },
    world.signer,
  );
  if (!entry.ok) return entry;
  watch({ kind: 'published', entry: entry.value, at: world.clock.now() });
  await world.publisher.announce(record, entry.value);
  return ok({ record, envelope, entry: entry.value });
}

/** What the signed statement says of a record. */
function factsOf(record: VerdictRecord, recordDigest: Digest): VerdictFacts {
  const { subject, law } = record;
  return {
    verdictId: record.id,
    verdict: record.verdict,
    decidedAt: record.decidedAt,
    repository: subject.repository,
    baseRef: subject.baseRef,
    base: subject.base,
    head: subject.head,
    headTree: subject.headTree,
    policy: { uri: `${subject.repository}#${law.policy.file}`, digest: law.policy.digest },
    record: recordDigest,
    caseFile: record.caseDigest,
    tool: { name: record.tool.name, version: record.tool.version },
  };
}
