/** Values to vary: a change that passes under a policy that keeps everything, and its parts. */
import { createHash } from 'node:crypto';
import { type BindingInput, bindSpec, type SpecReading } from '../../src/1-pleading/binding.ts';
import type { Change, CommitMeasure, FileChange } from '../../src/1-pleading/change.ts';
import { touchedPaths } from '../../src/1-pleading/spec-scope.ts';
import { type ExaminationInput, examine, weighContextOf } from '../../src/2-examination/examine.ts';
import type { WaiverReading } from '../../src/2-examination/waivers.ts';
import { decide } from '../../src/4-verdict/decide.ts';
import type { Finding, WeighedFinding } from '../../src/caws/findings.ts';
import type { Gate, Policy, PolicySource } from '../../src/caws/policy.ts';
import type { RuleId } from '../../src/caws/rules.ts';
import type { Spec } from '../../src/caws/spec.ts';
import type { Waiver } from '../../src/caws/waiver.ts';
import {
  type CommitSha,
  type Digest,
  type Instant,
  type ObjectId,
  ok,
} from '../../src/primitives.ts';

export const now = Date.parse('2026-11-23T12:00:00Z') as Instant;
export const day = 86_400_000;
export const later = (days: number) => (now + days * day) as Instant;

export const sha = (of: string) =>
  createHash('sha1').update(of).digest('hex') as CommitSha & ObjectId;
export const digestOf = (of: string) =>
  `sha256:${createHash('sha256').update(of).digest('hex')}` as Digest;

/** A text file of ten new lines. */
export function aFile(path: string, facts: Partial<FileChange> = {}): FileChange {
  const lines = facts.lines ?? 10;
  return {
    path,
    pathBefore: null,
    pathIsLossy: false,
    status: 'modified',
    kind: 'text',
    modeBefore: '100644',
    modeAfter: '100644',
    blobBefore: sha(`before ${path}`),
    blobAfter: sha(`after ${path}`),
    added: lines,
    deleted: 0,
    ownAdded: lines,
    ownDeleted: 0,
    lines,
    linesAdded: lines,
    bytes: lines * 40,
    bytesAdded: lines * 40,
    longestLineBytes: 60,
    linkTarget: null,
    signs: [],
    signsTotal: 0,
    stubLines: [],
    ...facts,
  };
}

/** One commit of ten lines by ada, who signs nothing. */
export function aCommit(facts: Partial<CommitMeasure> = {}): CommitMeasure {
  return {
    sha: sha('commit'),
    parents: [sha('parent')],
    authorName: 'Ada Author',
    authorEmail: 'ada@example.org',
    committerEmail: 'ada@example.org',
    coAuthors: [],
    files: 1,
    added: 10,
    deleted: 0,
    paths: [],
    pathsCut: false,
    mergeOwnLines: 0,
    signature: { state: 'none' },
    specTrailers: [],
    verdictTrailers: [],
    ...facts,
  };
}

/** Its files in one commit, unless commits are given. */
export function aChange(facts: Partial<Change> = {}): Change {
  const files = facts.files ?? [aFile('src/a.ts')];
  const sum = (side: 'added' | 'deleted') => files.reduce((all, file) => all + file[side], 0);
  return {
    repository: 'https://example.org/acme/widgets',
    baseRef: 'refs/heads/main',
    base: sha('base'),
    mergeBase: sha('base'),
    head: sha('head'),
    headTree: sha('tree'),
    files,
    commits: [
      aCommit({
        files: files.length,
        added: sum('added'),
        deleted: sum('deleted'),
        paths: files.flatMap(touchedPaths),
      }),
    ],
    inspected: [],
    collisions: [],
    shadows: [],
    incomplete: [],
    digest: digestOf('change'),
    ...facts,
  };
}

export function aSpec(facts: Partial<Spec> = {}): Spec {
  const id = facts.id ?? 'FEAT-1';
  return {
    id,
    title: 'A feature',
    file: `.caws/specs/${id}.yaml`,
    dialect: '11',
    digest: digestOf(id),
    tier: 2,
    mode: 'feature',
    lifecycle: 'active',
    scopeIn: ['src'],
    scopeOut: [],
    scopeSupport: [],
    // biome-ignore lint/suspicious/noThenProperty: the working standard names it so.
    acceptance: [{ id: 'A1', then: 'it works' }],
    invariants: ['it stays so'],
    contracts: [{ type: 'api', path: null }],
    waiverIds: [],
    changeBudget: null,
    experimentalUntil: null,
    ...facts,
  };
}

export function aGate(id: string, facts: Partial<Gate> = {}): Gate {
  return {
    id,
    description: '',
    mode: 'block',
    answer: { by: 'arbiter' },
    measures: 'exit-code',
    minimum: null,
    timeoutMs: 60_000,
    waivable: true,
    approvers: [],
    approversMin: 1,
    longestWaiverDays: 30,
    trustMin: 'runner',
    ...facts,
  };
}

export function aPolicy(facts: Partial<Policy> = {}): Policy {
  const tier = {
    coveragePercentMin: null,
    mutationPercentMin: null,
    contractsRequired: false,
    manualReviewRequired: false,
    bytes: 100_000,
    longestLineBytes: 1_000,
  };
  return {
    version: 1,
    mode: 'enforce',
    tiers: {
      1: { ...tier, files: 5, lines: 100 },
      2: { ...tier, files: 10, lines: 200 },
      3: { ...tier, files: 30, lines: 1_000 },
    },
    linesCounted: 'changed',
    pathBudgets: [],
    excluded: {
      paths: ['**/package-lock.json'],
      caps: { files: 2, lines: 5_000, bytes: null, longestLineBytes: null },
    },
    protectedPaths: ['infra/'],
    controlPlanePaths: ['**/.git*'],
    governancePaths: ['.caws/'],
    governanceApproversMin: 1,
    gates: [aGate('budget_limit'), aGate('scope_boundary'), aGate('spec_completeness')],
    editRules: {
      policyAndCodeSamePr: false,
      requireSignedCommits: false,
      requireDualControlForGovernance: false,
      minApproversForBudgetRaise: 1,
    },
    waivers: {
      approvers: [],
      approversMin: 1,
      longestDays: 30,
      defaultDays: 7,
      activePerGateMax: null,
      filesAreApprovals: false,
    },
    standingSpecs: [],
    severalSpecsPerChange: false,
    breakGlass: null,
    judge: null,
    workers: { afterFail: false, offer: 'suggestion', strategy: 'cascade', samples: null },
    nonGovernedZones: [],
    rootPassthrough: [],
    history: 'net',
    rolling: null,
    ...facts,
  };
}

const source: PolicySource = {
  kind: 'base',
  file: '.caws/policy.yaml',
  dialect: 'arbiter',
  digest: digestOf('policy'),
};

/** A grant of the arbiter's own for one gate of the change of `aCase()`, approved by mia yesterday. */
export function aWaiver(facts: Partial<Waiver> = {}): Waiver {
  return {
    id: 'W-1',
    title: 'An exception',
    reason: 'because it is needed once',
    digest: digestOf('waiver'),
    shape: 'arbiter',
    file: null,
    gates: ['budget_limit'],
    status: 'active',
    grantedAt: later(-1),
    expiresAt: later(6),
    approvals: [{ by: '@mia', at: later(-1), proof: 'signed-event' }],
    requestedBy: '@ada',
    delta: null,
    scope: {
      spec: 'FEAT-1',
      specDigest: digestOf('FEAT-1'),
      policyDigest: source.digest,
      repository: 'https://example.org/acme/widgets',
      branch: '42',
      head: sha('head'),
    },
    floors: [],
    usesMax: null,
    ...facts,
  };
}

/** A waiver file of the base as the published v11 dialect writes it: no floor, no delta, one name. */
export function aWaiverFile(facts: Partial<Waiver> = {}): Waiver {
  return aWaiver({
    shape: 'v11',
    file: '.caws/waivers/W-1.yaml',
    approvals: [{ by: 'mia', at: null, proof: 'file-on-base' }],
    requestedBy: null,
    scope: {
      spec: 'FEAT-1',
      specDigest: null,
      policyDigest: null,
      repository: null,
      branch: null,
      head: null,
    },
    ...facts,
  });
}

export interface Case {
  readonly change?: Partial<Change>;
  readonly files?: readonly FileChange[];
  readonly policy?: Partial<Policy>;
  readonly source?: Partial<PolicySource>;
  readonly specs?: readonly SpecReading[];
  readonly named?: string | null;
  readonly trailers?: readonly string[];
  readonly waivers?: readonly (Waiver | WaiverReading)[];
  readonly input?: Partial<ExaminationInput>;
}

/** What is examined where only the named parts differ from a change that passes. */
export function aCase(facts: Case = {}): ExaminationInput {
  const policy = aPolicy(facts.policy);
  const change = aChange({ ...(facts.files ? { files: facts.files } : {}), ...facts.change });
  const specs = facts.specs ?? [ok(aSpec())];
  const binding: BindingInput = {
    named: facts.named ?? null,
    trailers: facts.trailers ?? [],
    specs,
    change,
    policy,
    now,
  };
  return {
    change,
    policy,
    source: { ...source, ...facts.source },
    binding: bindSpec(binding),
    specs,
    waivers: (facts.waivers ?? []).map((each) => ('ok' in each ? each : ok([each]))),
    identities: ['@ada'],
    branches: ['42'],
    rolling: null,
    waiverUses: null,
    now,
    ...facts.input,
  };
}

export const examined = (facts: Case = {}) => examine(aCase(facts));
export const contextOf = (facts: Case = {}) => weighContextOf(aCase(facts));

/** The verdict that the examination alone allows. */
export function verdictOf(findings: readonly WeighedFinding[]) {
  return decide({ standings: findings.map(({ standing }) => standing), measured: true });
}

/** `rule standing` of every finding, the gravest first. */
export function standings(facts: Case = {}): readonly string[] {
  return examined(facts).findings.map(({ rule, standing }) => `${rule} ${standing}`);
}

export const rulesOf = (facts: Case = {}): readonly RuleId[] =>
  examined(facts).findings.map(({ rule }) => rule);

/** The finding of a rule, which has to be there. */
export function findingOf(facts: Case, rule: RuleId): WeighedFinding {
  const found = examined(facts).findings.find((each) => each.rule === rule);
  if (found === undefined) throw new Error(`no ${rule} among ${standings(facts).join(', ')}`);
  return found;
}

/** A finding as a gate would give it. */
export function aFinding(facts: Partial<Finding> = {}): Finding {
  return {
    rule: 'budget.lines',
    gate: 'budget_limit',
    subject: 'tier',
    measured: { value: 250, unit: 'lines' },
    limit: { value: 200, unit: 'lines' },
    places: [],
    placesTotal: 0,
    detail: {},
    ...facts,
  };
}
