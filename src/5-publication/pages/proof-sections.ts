import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import { baseBranch } from '../check/advice.ts';
import type { PendingWaiver } from '../check/state.ts';
import { againCommands } from '../check/verdict-text.ts';
import { groupDigits } from '../quantity.ts';
import type { VerdictPageContext } from './context.ts';
import { type Html, html } from './html.ts';
import { chip, stackTable, time } from './pieces.ts';

/** What counts for this verdict, who broke the glass, and what waits; null where there is nothing. */
export function waiversSection(
  { law }: VerdictRecord,
  pending: readonly PendingWaiver[],
): Html | null {
  const rows = [
    ...(law.breakGlass === undefined ? [] : [glassRow(law.breakGlass)]),
    ...law.waivers.map(({ id, digest, expiresAt }) => [
      html`<code class="whole">${id}</code>`,
      chip('good', '✓ counts'),
      expiresAt === null ? html`no end` : time(expiresAt),
      html`<code class="small">${digest}</code>`,
    ]),
    ...pending.map(
      ({ id, gate, requestedBy, reason, expiresAt, approvals, approvalsNeeded, reads }) => [
        html`<code class="whole">${id}</code>`,
        chip('hold', `◆ ${approvals} of ${approvalsNeeded} approvals`),
        time(expiresAt),
        html`<span class="free"><code>${gate}</code>, asked by ${requestedBy}: “${reason}”${reads === undefined ? null : html` <span class="faint small">${reads}</span>`}</span>`,
      ],
    ),
  ];
  if (rows.length === 0) return null;
  return html`<div class="card scroll">${stackTable(['Waiver', 'State', 'Until', 'What'], rows)}</div>`;
}

function glassRow(glass: NonNullable<VerdictRecord['law']['breakGlass']>): readonly Html[] {
  return [
    html`<code>${glass.id}</code>`,
    chip('bad', '! BREAK-GLASS'),
    time(glass.expiresAt),
    html`${glass.findings === 1 ? '1 finding' : `${groupDigits(glass.findings)} findings`} let through by ${glass.by} alone, to be reviewed: <span class="free">“${glass.reason}”</span>`,
  ];
}

export function lawSection(record: VerdictRecord): Html {
  const { law, subject } = record;
  const policy =
    law.policy.kind === 'default'
      ? html`the shipped default; the target has none of its own`
      : law.policy.kind === 'organization'
        ? html`<code>${law.policy.file}</code>, the organization's; the target has none of its own`
        : html`<code>${law.policy.file}</code> of ${baseBranch(record)}`;
  const spec =
    law.spec === null
      ? html`none`
      : html`<code>${law.spec.id}</code>${law.spec.standing ? ', a standing one' : ''}<br><code class="small">${law.spec.digest}</code>`;
  const keys =
    law.trustedKeys === null
      ? html`none on the target`
      : html`${law.trustedKeys.maintainers} of them a maintainer's<br><code class="small">${law.trustedKeys.digest}</code>`;
  return html`<div class="card"><p class="faint small">Read at the target, so that no change rewrites what judges it.</p><dl>
<dt>Target</dt><dd>${baseBranch(record)} at <code class="small">${subject.base}</code></dd>
<dt>Policy</dt><dd>${policy}<br><code class="small">${law.policy.digest}</code></dd>
${organizationItem(law)}<dt>Spec</dt><dd>${spec}</dd>
<dt>Trusted keys</dt><dd>${keys}</dd></dl></div>`;
}

/** Beside the target's own policy its owner's; alone it stands there already. */
function organizationItem({ policy, organization }: VerdictRecord['law']): Html | null {
  if (organization === undefined) return null;
  const { file, commit, digest, sets } = organization;
  const set =
    sets.length === 0 || policy.kind === 'organization'
      ? null
      : html`<br>Set by it: <code class="small">${sets.join(', ')}</code>`;
  return html`<dt>Organization</dt><dd>of each value the stricter one: <code>${file}</code> at <code class="small">${commit ?? 'a file'}</code><br><code class="small">${digest}</code>${set}</dd>
`;
}

export function againSection(record: VerdictRecord): Html {
  return html`<p>With a clone and the published command; where the ledger is, <code>replay</code> needs no clone at all.</p>
<pre><code>${againCommands(record).join('\n')}</code></pre>`;
}

export function proofSection(record: VerdictRecord, context: VerdictPageContext): Html {
  const { entry, signature } = context;
  const { subject } = record;
  const signed =
    signature === null
      ? html`not known here`
      : html`key <code class="small">${signature.keyId}</code>, ${signature.standing}`;
  return html`<div class="card"><dl>
<dt>Verdict</dt><dd><code class="small">${record.id}</code></dd>
<dt>Ledger entry</dt><dd>${groupDigits(entry.sequence)}, ${time(entry.at)}<br><code class="small">${entry.digest}</code></dd>
<dt>Signed by</dt><dd>${signed}</dd>
<dt>Case file</dt><dd><code class="small">${record.caseDigest}</code></dd>
<dt>Change</dt><dd><code class="small">${subject.change}</code></dd>
<dt>Head</dt><dd><code class="small">${subject.head}</code>, tree <code class="small">${subject.headTree}</code></dd>
<dt>Merge base</dt><dd><code class="small">${subject.mergeBase}</code></dd>
<dt>Prove it</dt><dd>The exported files are checked by <code>sha256sum</code> and <code>openssl</code> alone.<pre><code>arbiter verdict verify ${record.id}
arbiter verdict export ${record.id} --out DIR</code></pre></dd></dl></div>`;
}
