import { type Audit, type AuditedCommit, auditCounts } from '../4-verdict/audited.ts';
import type { LandingFault } from '../4-verdict/landing.ts';
import { isoOf } from '../primitives.ts';
import { shellWord, visible } from './escape.ts';
import { groupDigits } from './quantity.ts';
import type { Paint } from './report.ts';

/** Why a commit is not what a verdict allowed, as one sentence. */
export const landingFaultWords: Readonly<Record<LandingFault, string>> = {
  'no-verdict-named': 'Neither its message nor a note names a verdict, and none covers it.',
  'several-verdicts-named': 'It names several verdicts; which of them is meant is a guess.',
  'verdict-unknown': 'The verdict that it names is not in this ledger.',
  'proof-broken': 'The record, signature or chain of its verdict is broken.',
  'key-untrusted': 'Its verdict is signed by a key that the branch did not trust.',
  'organization-policy-differs':
    "Its record names another policy of the organization's than its case file holds.",
  'verdict-does-not-pass': 'Its verdict is no PASS.',
  'verdict-observes-only': 'Its verdict only observed: no policy was enforced.',
  'verdict-of-another-repository': 'Its verdict is about another repository.',
  'verdict-of-another-branch': 'Its verdict is about a merge into another branch.',
  'verdict-of-another-head': 'Its verdict is about another commit than it brings in.',
  'verdict-had-ended': 'Its verdict had ended: a waiver or an experiment ran out before.',
  'verdict-came-later': 'Its verdict was given after it had landed.',
  'verdict-used-before': 'An older commit landed by the same verdict; it allows one.',
  'verdict-superseded': 'Another change had won its spec; it was superseded.',
  'policy-had-changed': 'The policy changed between its verdict and its landing.',
  'line-was-left': 'The branch was moved to a line that its verdict did not start from.',
  'head-missing': 'The judged commit is not here, so the merge cannot be tried again.',
  'tree-differs': 'Its files are not what merging the judged commit gives.',
};

const PAGE_COLUMNS = 80;
const COLUMNS = { sha: 9, date: 10, verdict: 8, how: 20 } as const;
const TITLE_COLUMNS =
  PAGE_COLUMNS - 2 - Object.values(COLUMNS).reduce((sum, width) => sum + width + 2, 0);
/** Details of so many commits are written out; the table has all of them. */
const DETAILS_MAX = 20;

/** The command that shows or mends most, for one commit that does not hold. */
function nextCommand(commit: AuditedCommit, ledger: string | null): string {
  const { landing, verdict, head } = commit;
  const sha = landing.sha.slice(0, 12);
  const parent = landing.parents[0]?.slice(0, 12);
  const named = ledger === null ? '' : ` --ledger ${shellWord(ledger)}`;
  switch (commit.fault) {
    case 'head-missing':
      return `git fetch origin ${head ?? ''}`;
    case 'tree-differs':
      return `git diff ${head?.slice(0, 12) ?? ''} ${sha}`;
    case 'proof-broken':
      return `arbiter ledger verify${named}`;
    case 'key-untrusted':
      return `arbiter audit${named} --trust FILE`;
    case 'verdict-unknown':
      return 'arbiter audit --ledger FILE';
    case 'no-verdict-named':
      return parent === undefined ? `git show ${sha}` : `arbiter verify ${parent}...${sha}`;
    case 'several-verdicts-named':
    case null:
      return `git show ${sha}`;
    case 'line-was-left':
      return `git log --graph --oneline ${sha}`;
    case 'policy-had-changed':
      return `git log --oneline ${sha} -- .caws`;
    case 'organization-policy-differs':
    case 'verdict-came-later':
    case 'verdict-does-not-pass':
    case 'verdict-had-ended':
    case 'verdict-observes-only':
    case 'verdict-of-another-branch':
    case 'verdict-of-another-head':
    case 'verdict-of-another-repository':
    case 'verdict-used-before':
    case 'verdict-superseded':
      return `arbiter verdict show ${shellWord(visible(verdict ?? '', 36))}`;
  }
}

/** The audit as people read it, 80 columns wide but for commands. */
export function auditText(audit: Audit, paint: Paint, ledger: string | null): string {
  const failing = audit.commits.filter(({ state }) => state === 'unverified');
  const lines = [
    `${paint('strong', visible(audit.ref, 60))} of ${visible(audit.repositories[0] ?? '', 100)}`,
    '',
    paint('faint', row('  ', ['COMMIT', 'LANDED', 'VERDICT', 'HOW, NAMED BY', 'TITLE'])),
    ...audit.commits.map((commit) => commitLine(commit, paint)),
    '',
  ];
  for (const commit of failing.slice(0, DETAILS_MAX)) {
    if (commit.fault === null) continue;
    lines.push(
      `${paint('bad', '✗')} ${commit.landing.sha.slice(0, COLUMNS.sha)}  ${landingFaultWords[commit.fault]}`,
    );
    lines.push(`    ${nextCommand(commit, ledger)}`);
  }
  if (failing.length > DETAILS_MAX)
    lines.push(`and ${groupDigits(failing.length - DETAILS_MAX)} more: arbiter audit --json`);
  lines.push(...remarks(audit), summary(audit));
  return `${lines.join('\n')}\n`;
}

function commitLine(commit: AuditedCommit, paint: Paint): string {
  const { landing, state, verdict } = commit;
  const mark = { verified: '✓ ', unverified: '✗ ', 'before-policy': '· ' }[state];
  const tone = { verified: 'good', unverified: 'bad', 'before-policy': 'faint' } as const;
  const title = visible(landing.message.split('\n')[0] ?? '', TITLE_COLUMNS - 1);
  const cells = [
    landing.sha,
    dateOf(landing.committedAt),
    visible(verdict ?? '-', COLUMNS.verdict - 1),
    howText(commit),
    title,
  ];
  // An id that a stranger made up can be anything; a real one is cut where its time ends.
  if (/^[0-9a-f-]{36}$/.test(verdict ?? '')) cells[2] = (verdict ?? '').slice(0, COLUMNS.verdict);
  return paint(tone[state], row(mark, cells));
}

function row(mark: string, cells: readonly string[]): string {
  const widths = [...Object.values(COLUMNS), TITLE_COLUMNS];
  const padded = cells.map((cell, at) => {
    const width = widths[at] ?? 0;
    return Array.from(cell).slice(0, width).join('').padEnd(width);
  });
  return `${mark}${padded.join('  ')}`.trimEnd();
}

function howText({ way, by, landedWith, state, breakGlass }: AuditedCommit): string {
  if (state === 'before-policy') return 'before any policy';
  if (breakGlass) return 'BREAK-GLASS';
  if (landedWith !== null) return `${way ?? ''}, ${landedWith.slice(0, 7)}`;
  return [way, by].filter((part) => part !== null).join(', ') || '-';
}

/** A year that no calendar has is a lie of the committer's, and no reason to fail. */
function dateOf(at: AuditedCommit['landing']['committedAt']): string {
  return Math.abs(at) < 8e15 ? isoOf(at).slice(0, 10) : 'no date';
}

function remarks({ commits, notes, rewritten }: Audit): readonly string[] {
  const unnamed = commits.some(({ fault }) => fault === 'no-verdict-named');
  const differing = commits.filter(({ noteSays }) => noteSays !== null).length;
  const byLine = commits.filter(({ by }) => by === 'line').length;
  return [
    ...(rewritten
      ? [
          'Note: the ledger knows verdicts against commits that this line does not hold:',
          'somebody rewrote it. See which: arbiter verdict list',
        ]
      : []),
    ...(unnamed && !notes
      ? [
          'No notes are here; they name what messages lost:',
          '    git fetch origin refs/notes/caws:refs/notes/caws',
        ]
      : []),
    ...(differing > 0
      ? [
          `Note: ${commitsText(differing)} with a note that tells of another verdict than the message,`,
          'which counts. Whoever can push can write notes.',
        ]
      : []),
    ...organizationRemarks(commits),
    ...(byLine > 0
      ? [`Note: ${commitsText(byLine)} whose verdict stands in a line where git finds no trailer.`]
      : []),
  ];
}

/** Policies of owners that are remembered on a page; JSON names each commit's. */
const ORGANIZATIONS_SHOWN_MAX = 5;

/** By which policies of its owner it was judged as well, the newest first: where there are several, it changed. */
function organizationRemarks(commits: Audit['commits']): readonly string[] {
  const named = Map.groupBy(
    commits.flatMap(({ organization }) => organization ?? []),
    ({ repository, commit, digest }) => `${repository} ${commit} ${digest}`,
  );
  const shown = [...named.values()].slice(0, ORGANIZATIONS_SHOWN_MAX).flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const { repository, commit, digest } = first;
    const at = commit === null ? '' : ` at ${visible(commit, 12)}`;
    return [
      `Note: ${commitsText(same.length)} judged by the policy of ${visible(repository, 60)} as well,`,
      `    ${visible(digest, 19)}${at}`,
    ];
  });
  const more = named.size - ORGANIZATIONS_SHOWN_MAX;
  return more > 0 ? [...shown, `Note: ${more} more policies of the owner: see --json`] : shown;
}

const commitsText = (count: number): string =>
  count === 1 ? '1 commit' : `${groupDigits(count)} commits`;

function summary(audit: Audit): string {
  const { verified, unverified, beforePolicy } = auditCounts(audit);
  const before = beforePolicy === 0 ? '' : `, ${groupDigits(beforePolicy)} before the first policy`;
  const counted = `${groupDigits(verified)} verified, ${groupDigits(unverified)} unverified${before}`;
  if (audit.commits.length === 0) return 'There is no commit in this range.';
  if (unverified > 0) return `${counted}.\nNot everything on this branch was allowed by a verdict.`;
  return verified === 0 ? `${counted}: no verdict was needed yet.` : `${counted}: all of it holds.`;
}

/** The audit for programs, as policies/schema/audit.schema.json says. */
export function auditJson(audit: Audit, ledger: string | null) {
  return {
    schema: 'caws-arbiter/audit@1',
    ref: audit.ref,
    repositories: audit.repositories,
    holds: auditCounts(audit).unverified === 0,
    rewritten: audit.rewritten,
    counts: auditCounts(audit),
    commits: audit.commits.map((commit) => ({
      commit: commit.landing.sha,
      committedAt: dateTimeOf(commit.landing.committedAt),
      title: visible(commit.landing.message.split('\n')[0] ?? '', 256),
      state: commit.state,
      fault: commit.fault,
      says: commit.fault === null ? null : landingFaultWords[commit.fault],
      verdict: commit.verdict,
      namedBy: commit.by,
      way: commit.way,
      landedWith: commit.landedWith,
      noteSays: commit.noteSays,
      keyId: commit.keyId,
      breakGlass: commit.breakGlass,
      organization: commit.organization,
      next: commit.state === 'unverified' ? nextCommand(commit, ledger) : null,
    })),
  };
}

const dateTimeOf = (at: AuditedCommit['landing']['committedAt']): string | null =>
  Math.abs(at) < 8e15 ? isoOf(at) : null;
