/**
 * Every rule the arbiter can hold against a change: its class, the clause of CAWS it enforces and
 * whether policy may change it. `arbiter explain RULE` prints from here; the words stand in
 * 5-publication/sentences.ts.
 */

/**
 * The version of everything that decides. It is raised whenever a decided case could come out
 * differently; a record names it, and replay answers by it or says that it cannot.
 */
export const RULE_SET = 1;

/** hard: FAIL. waivable: WAIVER_REQUIRED until waived. warn: said, never decides. */
export type RuleClass = 'hard' | 'waivable' | 'warn';

export interface Rule {
  readonly class: RuleClass;
  /** The gate it counts under; `*` where the finding names its own gate. */
  readonly gate: string;
  /** Which part of the working standard it enforces. */
  readonly clause: string;
  /** Whether the base's policy may make it milder or stricter (gate mode, waivable). */
  readonly policyMayChange: boolean;
  /**
   * What a waiver of it holds on to. `places`: the files, or the quantity where one is measured.
   * `content`: the files as they are, so that an approved file cannot be swapped for another.
   */
  readonly waiverHolds: 'places' | 'content';
}

const hard = (gate: string, clause: string): Rule => ({
  class: 'hard',
  gate,
  clause,
  policyMayChange: false,
  waiverHolds: 'places',
});

/** Policy may turn it into a warning, or refuse waivers of it. */
const waivable = (gate: string, clause: string): Rule => ({
  class: 'waivable',
  gate,
  clause,
  policyMayChange: true,
  waiverHolds: 'places',
});

/** People decide, whatever the gate's mode is, and they decide about these very files. */
const humans = (gate: string, clause: string): Rule => ({
  class: 'waivable',
  gate,
  clause,
  policyMayChange: false,
  waiverHolds: 'content',
});

/** Like `humans`, but about a fact that has no file. */
const decided = (gate: string, clause: string): Rule => ({
  ...humans(gate, clause),
  waiverHolds: 'places',
});

const warn = (gate: string, clause: string): Rule => ({
  class: 'warn',
  gate,
  clause,
  policyMayChange: false,
  waiverHolds: 'places',
});

export const rules = {
  'budget.bytes': waivable('budget_limit', 'change budget'),
  'budget.files': waivable('budget_limit', 'change budget'),
  'budget.lines': waivable('budget_limit', 'change budget'),
  'budget.longest-line': waivable('budget_limit', 'change budget'),
  'budget.rolling': waivable('budget_limit', 'change budget over time'),
  'budget.rolling-unknown': decided('budget_limit', 'change budget over time'),
  'change.empty': hard('measurement', 'a verdict is about a change'),
  'change.incomplete': hard('measurement', 'the whole change is judged'),
  'content.binary': humans('hidden_content', 'no hidden content'),
  'gate.base-tests-fail': waivable('*', 'quality gates: the tests of the target hold'),
  'gate.base-unknown': waivable('*', 'quality gates: no measure is lowered'),
  'gate.below-base': waivable('*', 'quality gates: no measure is lowered'),
  'gate.below-minimum': waivable('*', 'quality gates: thresholds of the tier'),
  'gate.contradiction': waivable('*', 'quality gates: evidence agrees with itself'),
  'gate.could-not-start': waivable('*', 'quality gates: every planned gate is answered'),
  'gate.exit-code': waivable('*', 'quality gates'),
  'gate.failed': waivable('*', 'quality gates'),
  'gate.fewer-tests': waivable('*', 'quality gates: no test is lost'),
  'gate.missing': waivable('*', 'quality gates: every planned gate is answered'),
  'gate.no-tests': waivable('*', 'quality gates: something was measured'),
  'gate.output-too-large': waivable('*', 'quality gates: every planned gate is answered'),
  'gate.skipped': warn('*', 'gate modes'),
  'gate.timed-out': waivable('*', 'quality gates: every planned gate is answered'),
  'gate.unplanned-answer': warn('*', 'quality gates: the policy of the base plans them'),
  'gate.unreadable': waivable('*', 'quality gates: evidence can be read'),
  'gate.untrusted-evidence': waivable('*', 'quality gates: trusted evidence'),
  'governance.change': humans('governance', 'edit rules: governed documents'),
  'governance.gate-edit': humans('governance', 'edit rules: the gate itself'),
  'governance.keys-edit': humans('governance', 'edit rules: keys and signers'),
  'governance.mixed': hard('governance', 'edit rules: policy and code in one change'),
  'governance.spec-self-edit': humans('governance', 'edit rules: the spec of the change itself'),
  'governance.waiver-in-change': warn('governance', 'waivers: no self-service'),
  'history.churn': waivable('history', 'every commit counts'),
  'history.commit-budget': waivable('history', 'every commit counts'),
  'history.commit-paths': waivable('history', 'every commit counts'),
  'history.evil-merge': waivable('history', 'merges add nothing of their own'),
  'history.forged-verdict': hard('history', 'provenance: verdict trailers'),
  'history.net-zero': warn('history', 'every commit counts'),
  'history.paths-unknown': hard('history', 'every commit counts'),
  'history.signature-bad': hard('history', 'edit rules: signed commits'),
  'history.unsigned': decided('history', 'edit rules: signed commits'),
  'judge.absent': humans('judge', 'judges: one that the policy requires is heard'),
  'judge.concern': humans('judge', 'judges: a doubt with a citation goes to people'),
  'path.collision': waivable('path_safety', 'paths mean one file everywhere'),
  'path.control-plane': humans('protected_paths', 'files that steer agents or git'),
  'path.protected': humans('protected_paths', 'protected paths'),
  'path.unportable': waivable('path_safety', 'paths mean one file everywhere'),
  'path.unsafe': hard('path_safety', 'no hidden content'),
  'plea.diff-differs': hard('plea', 'provenance: the plea tells what git tells'),
  'plea.evidence-digest-differs': hard('plea', 'provenance: evidence is what the plea names'),
  'plea.hidden-text': hard('plea', 'no hidden content'),
  'plea.unreadable': decided('plea', 'provenance: a plea that can be read'),
  'policy.default-used': warn('governance', 'policy of the base'),
  'policy.pattern-unreadable': hard('governance', 'policy of the base'),
  'scope.excluded': waivable('scope_boundary', 'scope.out'),
  'scope.outside': waivable('scope_boundary', 'scope.in'),
  'scope.submodule': humans('scope_boundary', 'scope: what a submodule brings'),
  'scope.symlink': humans('scope_boundary', 'scope: links'),
  'scope.symlink-escapes': hard('scope_boundary', 'scope: links'),
  'spec.conflict': hard('spec_completeness', 'one spec binds a file'),
  'spec.contracts-missing': waivable('contract_compliance', 'contracts of the tier'),
  'spec.expired': hard('spec_completeness', 'experimental specs end'),
  'spec.incomplete': waivable('spec_completeness', 'acceptance criteria'),
  'spec.manual-review': humans('manual_review', 'manual review of the tier'),
  'spec.named-missing': hard('spec_completeness', 'a spec of the base binds'),
  'spec.neighbour-unreadable': decided('spec_completeness', 'one spec binds a file'),
  'spec.none': hard('spec_completeness', 'a spec of the base binds'),
  'spec.not-active': hard('spec_completeness', 'lifecycle'),
  'spec.several': hard('spec_completeness', 'one spec binds a file'),
  'spec.stricter-touched': decided('scope_boundary', 'the stricter spec binds'),
  'spec.superseded': hard('spec_completeness', 'one change is accepted for a spec'),
  'spec.unreadable': hard('spec_completeness', 'a spec of the base binds'),
  'structure.check-exempted': warn('structure', 'quality gates: code that is left out of them'),
  'structure.mass-deletion': waivable('structure', 'structure: deletions'),
  'structure.shadow': waivable('structure', 'structure: shadow files'),
  'structure.stub': waivable('todo_detection', 'structure: stubs for code'),
  'structure.stub-added': warn('todo_detection', 'structure: stubs for code'),
  'supply.git-attributes': humans('supply_chain', 'what git and reviewers are shown'),
  'supply.lifecycle-script': humans('supply_chain', 'code that runs on install'),
  'supply.registry': humans('supply_chain', 'where packages come from'),
  'supply.remote-dependency': humans('supply_chain', 'where packages come from'),
  'supply.submodule-url': humans('supply_chain', 'where submodules come from'),
  'supply.unreadable': humans('supply_chain', 'what cannot be read is not passed'),
  'unicode.hidden': hard('hidden_content', 'no hidden content'),
  'unicode.homoglyph': waivable('hidden_content', 'no look-alike letters'),
  'unicode.line-end': humans('hidden_content', 'no hidden content'),
  'waiver.break-glass': warn('waivers', 'waivers: emergencies, by one person alone'),
  'waiver.break-glass-not-counted': warn('waivers', 'waivers: emergencies, by one person alone'),
  'waiver.file-counted': warn('*', 'waivers: files as approvals'),
  'waiver.unreadable': warn('waivers', 'waivers: readable documents'),
  'workflow.head-checkout': humans('workflow_escalation', 'workflows: untrusted code with rights'),
  'workflow.permissions': humans('workflow_escalation', 'workflows: rights'),
  'workflow.pipe-to-shell': humans('workflow_escalation', 'workflows: code from elsewhere'),
  'workflow.privileged-trigger': humans('workflow_escalation', 'workflows: privileged triggers'),
  'workflow.secrets-inherit': humans('workflow_escalation', 'workflows: secrets'),
  'workflow.self-hosted': humans('workflow_escalation', 'workflows: own runners'),
  'workflow.unpinned-action': humans('workflow_escalation', 'workflows: code from elsewhere'),
  'workflow.unreadable': humans('workflow_escalation', 'workflows: readable documents'),
  'workflow.untrusted-expression': humans('workflow_escalation', 'workflows: injected text'),
} as const satisfies Record<string, Rule>;

export type RuleId = keyof typeof rules;
