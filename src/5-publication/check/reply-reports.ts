/** The longer answers to a command: how it stands, and why. */
import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import { findingsOf, markedHeadline, verdictWords } from '../report.ts';
import { timeText } from '../waiver-words.ts';
import { type Block, bullets, paragraph, table } from './fit.ts';
import { code, link, type Markdown, md, nothing, sentence } from './markdown.ts';
import { findingHeader, findingRow } from './rows.ts';
import { stateWord } from './several.ts';
import type { CheckContext, PendingWaiver, SingleState } from './state.ts';
import { decides } from './titles.ts';
import { askedItem, recordUrl } from './verdict-summary.ts';
import { findingList } from './verdict-text.ts';

/** Every finding in full, or those of one gate. */
export function explainBlocks(record: VerdictRecord, gate: string | null): readonly Block[] {
  const findings = findingsOf(record).filter((finding) => gate === null || finding.gate === gate);
  return findings.length === 0 ? [] : [findingList(findings, record)];
}

export function statusBlocks(
  state: SingleState,
  pending: readonly PendingWaiver[],
  context: CheckContext,
): readonly Block[] {
  return [
    ...(state.kind === 'decided'
      ? decidedBlocks(state.record, context)
      : [paragraph(md`**${stateWord(state)}**: there is no verdict of this head yet.`)]),
    ...(pending.length === 0
      ? []
      : [paragraph(md`**Asked for, waiting for an approval:**`), bullets(pending, askedItem)]),
  ];
}

function decidedBlocks(record: VerdictRecord, context: CheckContext): readonly Block[] {
  const findings = findingsOf(record);
  const { word } = verdictWords[record.verdict];
  return [
    paragraph(
      md`**${word}** - ${sentence(markedHeadline(record, findings))} ${link('Full record', recordUrl(context, record.id))}`,
    ),
    table(findingHeader, findings.filter(decides), (finding) => findingRow(finding, record)),
    bullets(record.law.waivers, waiverItem),
  ];
}

function waiverItem({ id, expiresAt }: VerdictRecord['law']['waivers'][number]): Markdown {
  return md`Waiver ${code(id)} counts${expiresAt === null ? nothing : md` until ${timeText(expiresAt)}`}`;
}
