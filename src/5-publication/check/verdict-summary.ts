/** The summary of a decided check: the verdict's sentence, what decided, and what to do now. */
import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import type { WeighedFinding } from '../../caws/findings.ts';
import { visible } from '../escape.ts';
import { marked } from '../marked.ts';
import { groupDigits } from '../quantity.ts';
import { findingsOf, markedHeadline, observedText } from '../report.ts';
import { markedWordsOf } from '../sentences.ts';
import { markedWaiverRefusalWords } from '../waiver-refusal-words.ts';
import { timeText } from '../waiver-words.ts';
import { baseBranch, waiveCommand, wayOut } from './advice.ts';
import { type Block, bullets, details, numbered, paragraph, table } from './fit.ts';
import {
  code,
  fenced,
  isEmpty,
  joined,
  link,
  type Markdown,
  marker,
  md,
  nothing,
  sentence,
} from './markdown.ts';
import { durationText } from './progress.ts';
import { findingHeader, findingRow, heldHeader, heldRows, placesPhrase } from './rows.ts';
import type { CheckContext, Decided, PendingWaiver } from './state.ts';
import { decides, verdictWord } from './titles.ts';

/** Places of one finding that the summary names; the text and the record have more. */
const PLACES_SHOWN = 4;

export function summaryBlocks(state: Decided): readonly Block[] {
  const { record } = state;
  const findings = findingsOf(record);
  const deciding = findings.filter(decides);
  const held = heldRows(record);
  const holding = held.length === 1 ? '1 more that holds' : `${held.length} more that hold`;
  return [
    paragraph(md`**${verdictWord(record)}** - ${sentence(markedHeadline(record, findings))}`),
    ...(record.mode === 'observe' ? [paragraph(md`${observedText}`)] : []),
    decidingTable(deciding, record),
    ...(deciding.length === 0 ? [heldTable(held)] : todo(deciding, state)),
    ...(deciding.length > 0 && held.length > 0 ? [details(holding, [heldTable(held)])] : []),
    ...notes(findings),
    ...(record.verdict === 'PASS' && record.mode === 'enforce' ? [paragraph(mergeText)] : []),
  ];
}

/** Without a number anywhere the columns for numbers only take room. */
function decidingTable(deciding: readonly WeighedFinding[], record: VerdictRecord): Block {
  const areMeasured = deciding.some(({ measured, limit }) => measured !== null || limit !== null);
  const kept = <Cell>(cells: readonly Cell[]) =>
    areMeasured ? cells : [...cells.slice(0, 2), ...cells.slice(4)];
  return table(kept(findingHeader), deciding, (finding) => kept(findingRow(finding, record)));
}

const heldTable = (held: ReturnType<typeof heldRows>): Block =>
  table(heldHeader, held, (cells) => cells);

const mergeText = md`**Next:** comment ${code('/caws merge')}: it merges exactly this head and writes the trailer ${code('CAWS-VERDICT-ID')}.`;

function todo(deciding: readonly WeighedFinding[], state: Decided): readonly Block[] {
  const { record } = state;
  const [first] = deciding;
  return [
    first !== undefined && deciding.length === 1
      ? paragraph(md`**To fix**${placesSaid(first)}: ${sentence(wayOut(first, record))}`)
      : numbered(
          deciding,
          (finding) => md`${sentence(markedWordsOf(finding).says)}
   **To fix**${placesSaid(finding)}: ${sentence(wayOut(finding, record))}`,
        ),
    refused(deciding),
    ...(record.mode === 'observe' ? [] : waiverBlocks(deciding, state)),
  ];
}

/** Waivers that somebody may think would help; one is said once, whatever it does not cover. */
function refused(deciding: readonly WeighedFinding[]): Block {
  const said = new Set(
    deciding.flatMap(({ waiversRefused }) => waiversRefused.map(markedWaiverRefusalWords)),
  );
  return bullets([...said], (words) => md`Waiver ${sentence(words)}`);
}

/** Where it is, unless the sentence before has said it already. */
function placesSaid(finding: WeighedFinding): Markdown {
  const { says } = markedWordsOf(finding);
  const [first] = finding.places;
  const isSaid =
    finding.placesTotal === 1 && first?.line === null && says.includes(marked(visible(first.file)));
  const places = isSaid ? nothing : placesPhrase(finding, PLACES_SHOWN);
  return isEmpty(places) ? nothing : md` ${places}`;
}

function waiverBlocks(
  deciding: readonly WeighedFinding[],
  { record, pending }: Decided,
): readonly Block[] {
  // No push helps: the fix says who ends it.
  if (deciding.every(({ rule }) => rule === 'spec.superseded')) return [];
  if (record.verdict === 'FAIL')
    return [
      paragraph(
        md`Then push; the new head is judged by itself. No waiver helps while something fails that nobody may allow.`,
      ),
    ];
  const held = new Set(deciding.map(({ gate }) => gate));
  const asked = pending.filter(({ gate }) => held.has(gate));
  const open = record.law.waiving.filter(
    ({ gate }) => held.has(gate) && !asked.some((each) => each.gate === gate),
  );
  return [
    ...(asked.length === 0
      ? []
      : [paragraph(md`**Asked for, waiting for an approval:**`), bullets(asked, askedItem)]),
    ...(open.length === 0
      ? []
      : [
          paragraph(
            md`**Or ask for a waiver** in a comment, with a reason of at least 20 characters:`,
          ),
          paragraph(fenced(open.map((terms) => waiveCommand(terms.gate, terms)))),
        ]),
  ];
}

export function askedItem(waiver: PendingWaiver): Markdown {
  const { id, gate, requestedBy, reason, expiresAt, approvals, approvalsNeeded, reads } = waiver;
  const count = approvalsNeeded > 1 ? `; ${approvals} of ${approvalsNeeded} have approved` : '';
  const read =
    reads === undefined
      ? ''
      : md`
  ${reads}`;
  return md`${code(id)} would allow ${code(gate)} until ${timeText(expiresAt)}; asked by ${code(requestedBy)}: “${reason}”${count}${read}
  Decide with ${code(`/caws approve ${id}`)} or ${code(`/caws reject ${id} reason:"…"`)}`;
}

/** What is said and never decides; folded where it is long. */
function notes(findings: readonly WeighedFinding[]): readonly Block[] {
  const said = findings.filter(({ standing }) => standing === 'warns');
  if (said.length === 0) return [];
  const items = bullets(said, (finding) => sentence(markedWordsOf(finding).says));
  return [details(said.length === 1 ? '1 note' : `${said.length} notes`, [items])];
}

/** What every decided face ends with: what was judged, and where it stands for ever. */
export function footer(state: Decided, context: CheckContext): Markdown {
  const { record, entry, tookMs } = state;
  const { subject } = record;
  const parts = [
    md`Verdict ${code(record.id)}`,
    md`head ${code(subject.head.slice(0, 12))} on ${code(baseBranch(record))} ${code(subject.base.slice(0, 12))}`,
    md`ledger ${groupDigits(entry.sequence)} ${code(entry.digest.slice(7, 19))}`,
    ...(tookMs === null ? [] : [md`${durationText(tookMs)}`]),
    link('full record', recordUrl(context, record.id)),
  ];
  const mark = marker('v1', {
    verdict: record.verdict,
    id: record.id,
    head: subject.head,
    ledger: entry.sequence,
  });
  return md`<sub>${joined(parts, ' · ')}</sub>

${mark}`;
}

export const recordUrl = ({ site }: Pick<CheckContext, 'site'>, id: string): string =>
  `${site}/v/${encodeURIComponent(id)}`;
