/** The text under a decided check: every finding, the evidence, the score, the law, and how to judge again. */
import type { GateOutcome, Score } from '../../3-deliberation/deliberation.ts';
import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import type { WeighedFinding } from '../../caws/findings.ts';
import { PLACES_MAX } from '../../caws/findings.ts';
import { type RuleClass, rules } from '../../caws/rules.ts';
import { shellWord, visible } from '../escape.ts';
import { judgesText, ONLY_LOWERS, opinionText } from '../judge-words.ts';
import { quantityText } from '../quantity.ts';
import { findingsOf } from '../report.ts';
import { markedWordsOf } from '../sentences.ts';
import { markedWaiverRefusalWords } from '../waiver-refusal-words.ts';
import { timeText } from '../waiver-words.ts';
import { baseBranch, wayOut } from './advice.ts';
import { type Block, bullets, each, paragraph, table } from './fit.ts';
import { code, fenced, isEmpty, joined, type Markdown, md, sentence } from './markdown.ts';
import { durationText } from './progress.ts';
import { gateRow, heldHeader, placesPhrase, standingWords } from './rows.ts';
import type { Decided } from './state.ts';

export const classWords: Readonly<Record<RuleClass, string>> = {
  hard: 'nobody can waive it',
  waivable: 'people may allow it for a time',
  warn: 'said, and never decides',
};

export function textBlocks({ record }: Decided): readonly Block[] {
  const findings = findingsOf(record);
  return [
    paragraph(md`### Findings`),
    findings.length === 0
      ? paragraph(md`Nothing was found: every rule of the policy holds.`)
      : findingList(findings, record),
    ...gateBlocks(record),
    ...judgeBlocks(record),
    ...scoreBlocks(record.deliberation.score),
    paragraph(md`### Law`),
    bullets(lawItems(record), (item) => item),
    paragraph(md`### Judge it again`),
    paragraph(
      md`With a clone and the published command; the ledger's own replay needs no clone at all.`,
    ),
    paragraph(fenced(againCommands(record), 'sh')),
  ];
}

export function findingList(findings: readonly WeighedFinding[], record: VerdictRecord): Block {
  return {
    open: null,
    rows: each(findings, (finding) => findingBlock(finding, record)),
    seam: '\n\n',
    close: null,
  };
}

function findingBlock(finding: WeighedFinding, record: VerdictRecord): Block {
  const rule = rules[finding.rule];
  const words = markedWordsOf(finding);
  const numbers = numbersText(finding);
  const places = placesPhrase(finding, PLACES_MAX);
  const items = [
    ...(numbers === '' ? [] : [md`Numbers: ${numbers}`]),
    ...(isEmpty(places) ? [] : [md`At: ${places}`]),
    ...(finding.standing === 'waived' ? [md`Waived by ${code(finding.waivedBy ?? '')}`] : []),
    ...finding.waiversRefused.map(
      (refusal) => md`Waiver ${sentence(markedWaiverRefusalWords(refusal))}`,
    ),
    ...(finding.standing === 'waived' ? [] : [md`Way out: ${sentence(wayOut(finding, record))}`]),
    md`Enforces: ${rule.clause}; gate ${code(finding.gate)}; ${classWords[rule.class]}`,
  ];
  return {
    open: md`**${standingWords[finding.standing]}: ${code(finding.rule)}** ${sentence(words.says)}
`,
    rows: items.map((item) => md`- ${item}`),
    seam: '\n',
    close: null,
  };
}

export function numbersText({ measured, limit }: WeighedFinding): string {
  return [
    ...(measured === null ? [] : [`measured ${quantityText(measured)}`]),
    ...(limit === null ? [] : [`limit ${quantityText(limit)}`]),
  ].join(', ');
}

function gateBlocks({ deliberation }: VerdictRecord): readonly Block[] {
  if (deliberation.gates.length === 0) return [];
  const cells = (gate: GateOutcome) => [
    ...gateRow(gate),
    md`${gate.trust ?? 'none'}`,
    md`${gate.durationMs === 0 ? '' : durationText(gate.durationMs)}`,
    joined(
      gate.evidence.map(({ name, digest }) => md`${code(name)} ${code(digest.slice(0, 19))}`),
      ', ',
    ),
  ];
  return [
    paragraph(md`### Gates and their evidence`),
    table([...heldHeader, 'Trust', 'Took', 'Evidence'], deliberation.gates, cells),
  ];
}

function judgeBlocks({ deliberation: { judge } }: VerdictRecord): readonly Block[] {
  if (judge === undefined) return [];
  return [
    paragraph(md`### Judge`),
    paragraph(md`The judge said: ${opinionText(judge)}. ${ONLY_LOWERS}`),
    paragraph(md`Who: ${judgesText(judge)}; what it was told: ${code(judge.prompts)}`),
  ];
}

export const scoreParts: readonly {
  readonly key: Exclude<keyof Score, 's'>;
  readonly weight: number;
  readonly name: string;
}[] = [
  { key: 'e', weight: 0.4, name: 'E, evidence' },
  { key: 'b', weight: 0.3, name: 'B, budget left' },
  { key: 'g', weight: 0.2, name: 'G, gates' },
  { key: 'p', weight: 0.1, name: 'P, provenance' },
];

function scoreBlocks(score: Score): readonly Block[] {
  return [
    paragraph(md`### Score`),
    paragraph(md`S = ${score.s.toFixed(2)}. It ranks candidates and never decides.`),
    table(['Part', 'Value', 'Weight'], scoreParts, ({ key, weight, name }) => [
      md`${name}`,
      md`${score[key].toFixed(2)}`,
      md`${weight}`,
    ]),
  ];
}

/** Whose policy it was: the target's, its owner's, or the shipped one. */
function policyItems(record: VerdictRecord): readonly Markdown[] {
  const { law, subject } = record;
  const { policy, organization } = law;
  const own =
    policy.kind === 'default'
      ? md`Policy: the shipped default, ${code(policy.digest)}`
      : md`Policy: ${code(policy.file)} of ${code(baseBranch(record))} at ${code(subject.base.slice(0, 12))}, ${code(policy.digest)}`;
  if (organization === undefined) return [own];
  const { file, commit, digest, sets } = organization;
  const at = commit === null ? '' : md` at ${code(commit.slice(0, 12))}`;
  if (policy.kind === 'organization')
    return [md`Policy: the organization's, ${code(file)}${at}, ${code(digest)}`];
  const names = sets.slice(0, SETS_SHOWN);
  return [
    own,
    md`and the organization's, ${code(file)}${at}, ${code(digest)}: of each value the stricter one`,
    ...(names.length === 0
      ? []
      : [
          md`Set by the organization: ${joined(
            names.map((name) => code(name)),
            ', ',
          )}${sets.length > names.length ? ` and ${sets.length - names.length} more` : ''}`,
        ]),
  ];
}

/** A reader looks for the one that held the change up. */
const SETS_SHOWN = 20;

function lawItems(record: VerdictRecord): readonly Markdown[] {
  const { law } = record;
  const { spec, trustedKeys } = law;
  return [
    ...policyItems(record),
    spec === null
      ? md`Spec: none`
      : md`Spec: ${code(spec.id)}${spec.standing ? ', a standing one' : ''}, ${code(spec.digest)}`,
    ...law.waivers.map(
      ({ id, digest, expiresAt }) =>
        md`Waiver: ${code(id)}${expiresAt === null ? '' : ` until ${timeText(expiresAt)}`}, ${code(digest)}`,
    ),
    trustedKeys === null
      ? md`Trusted keys: none on the target`
      : md`Trusted keys: ${code(trustedKeys.digest)}, ${trustedKeys.maintainers} of them a maintainer's`,
    md`Case file: ${code(record.caseDigest)}; rule set ${record.tool.rules}, version ${record.tool.version}`,
  ];
}

export function againCommands(record: VerdictRecord): readonly string[] {
  const { base, head } = record.subject;
  return [
    `git fetch origin ${visible(shellWord(baseBranch(record)))} ${head}`,
    `arbiter verify ${base}...${head}`,
    `arbiter verdict replay ${record.id}   # where the ledger is`,
  ];
}
