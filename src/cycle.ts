import { type ReadItem, readItem } from './3-deliberation/answered.ts';
import type {
  GateAnswerGiven,
  GateLost,
  GateRunning,
  PlannedGate,
} from './3-deliberation/deliberation.ts';
import type { Judgement } from './3-deliberation/judge/judgement.ts';
import type { CaseFile } from './4-verdict/case.ts';
import { caseKeyOf } from './4-verdict/case-key.ts';
import { type Hearing, hear } from './4-verdict/hearing.ts';
import { conclude, weighWithoutJudge } from './4-verdict/judge.ts';
import { isAskedOf } from './4-verdict/judge-part.ts';
import type { VerdictRecord } from './4-verdict/verdict.ts';
import { plead } from './cycle/plead.ts';
import { publish } from './cycle/publish.ts';
import type { Acceptances, Adjudicated, CycleFault, Request, Step, World } from './cycle/world.ts';
import { canonicalJson } from './ledger/canonical.ts';
import { sha256Of } from './ledger/entry.ts';
import { judgeKey } from './ledger/key.ts';
import type { ReportUnread } from './ports.ts';
import { type Digest, fail, ok, type Result, type VerdictId } from './primitives.ts';

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
