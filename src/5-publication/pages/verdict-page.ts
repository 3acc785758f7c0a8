/** The page of one verdict: everything that the record holds, the sentence that matters first. */
import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import type { WeighedFinding } from '../../caws/findings.ts';
import { baseBranch } from '../check/advice.ts';
import { hasLapsed } from '../check/state.ts';
import { decides, sizeText, verdictTitle, verdictWord } from '../check/titles.ts';
import { groupDigits } from '../quantity.ts';
import { findingsOf, markedHeadline, observedText } from '../report.ts';
import type { VerdictPageContext } from './context.ts';
import { findingCards, findingIndex } from './findings-section.ts';
import { type Html, html, sentence } from './html.ts';
import { pageText } from './layout.ts';
import { budgetsSection, gatesSection, judgeSection, scoreSection } from './measured-sections.ts';
import {
  pullHeading,
  repositoryCrumbs,
  time,
  timeline,
  verdictPath,
  verdictTones,
} from './pieces.ts';
import { againSection, lawSection, proofSection, waiversSection } from './proof-sections.ts';

export function verdictPage(record: VerdictRecord, context: VerdictPageContext): string {
  const findings = findingsOf(record);
  const deciding = findings.filter(decides);
  const others = findings.filter((finding) => !decides(finding));
  const { pending, progress } = context;
  return pageText({
    title: `${verdictTitle(record)} - ${context.repository.owner}/${context.repository.name}`,
    crumbs: repositoryCrumbs(context, 'verdict'),
    main: html`${pullHeading(context)}
${banner(record, context)}
${notices(record, context)}
${section('What decided', decidingOf(deciding, record, pending))}
${section('The five stages', progress === null ? null : timeline(progress, context.now))}
${section('Budgets', budgetsSection(record))}
${section('Gates', gatesSection(record))}
${section('Judge', judgeSection(record))}
${section('Also found', findingCards(others, record, pending, 'also'))}
${section('Waivers', waiversSection(record, pending))}
${section('Score', scoreSection(record, context.candidates))}
${section('The law that judged', lawSection(record))}
${section('Judge it again', againSection(record))}
${section('Proof', proofSection(record, context))}`,
    foot: html`Verdict <code>${record.id}</code>, given by ${record.tool.name} ${record.tool.version} under rule set ${record.tool.rules}.`,
  });
}

function decidingOf(
  deciding: readonly WeighedFinding[],
  record: VerdictRecord,
  pending: VerdictPageContext['pending'],
): Html | null {
  const cards = findingCards(deciding, record, pending, 'finding');
  return cards === null ? null : html`${findingIndex(deciding)}${cards}`;
}

function section(name: string, content: Html | null): Html | null {
  return content === null ? null : html`<section><h2>${name}</h2>${content}</section>`;
}

function banner(record: VerdictRecord, context: VerdictPageContext): Html {
  const { mark, ...plain } = verdictTones[record.verdict];
  // A PASS that one person alone gave is no plain green one.
  const tone = record.law.breakGlass === undefined ? plain.tone : 'hold';
  const { subject, totals } = record;
  return html`<section class="banner ${tone}"><h1><span aria-hidden="true">${mark}</span> ${verdictWord(record)}</h1>
<p class="says">${sentence(markedHeadline(record, findingsOf(record)))}</p>
<ul class="about"><li>head <code>${subject.head.slice(0, 12)}</code> on ${baseBranch(record)} <code>${subject.base.slice(0, 12)}</code></li><li>${sizeText(totals)}, ${totals.commits === 1 ? '1 commit' : `${groupDigits(totals.commits)} commits`}</li><li>${time(record.decidedAt)}</li><li>ledger entry ${groupDigits(context.entry.sequence)}</li></ul></section>`;
}

function notices(record: VerdictRecord, context: VerdictPageContext): readonly Html[] {
  const { supersededBy } = context;
  return [
    ...(supersededBy === null
      ? []
      : [
          html`<p class="notice quiet"><strong>Superseded.</strong> A newer verdict stands in its place: <a href="${verdictPath(supersededBy)}">${supersededBy}</a>.</p>`,
        ]),
    ...(record.mode === 'observe' ? [html`<p class="notice quiet">${observedText}</p>`] : []),
    ...(record.validUntil !== null && hasLapsed({ record }, context)
      ? [
          html`<p class="notice hold"><strong>No longer valid.</strong> It held until ${time(record.validUntil)}, when a waiver ended.</p>`,
        ]
      : []),
  ];
}
