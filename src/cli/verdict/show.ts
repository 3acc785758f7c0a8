import { stringify } from 'yaml';
import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import { explain, findingsOf, headline, report } from '../../5-publication/report.ts';
import { wordsOf } from '../../5-publication/sentences.ts';
import { verdictListText } from '../../5-publication/verdict-list.ts';
import type { SqliteLedger } from '../../adapters/store-sqlite/ledger.ts';
import { rules } from '../../caws/rules.ts';
import type { VerdictEntryBody } from '../../ledger/verdict-entry.ts';
import { LIST_COLUMNS, page, pageList } from '../page.ts';
import { paintFor } from '../stage-lines.ts';
import { stop } from '../stop.ts';
import type { World } from '../world.ts';
import type { FoundVerdict } from './open.ts';

/** `verdict show`: the report, the record as YAML, or both signed parts as JSON. */
export function show(
  world: World,
  { body, entry }: FoundVerdict,
  options: { readonly yaml?: boolean; readonly json?: boolean },
): void {
  if (options.json)
    world.out(
      `${JSON.stringify({ ...body, schema: 'caws-arbiter/verdict-show@1', ledger: { sequence: entry.sequence, digest: entry.digest } })}\n`,
    );
  else if (options.yaml) world.out(stringify(body.record));
  else page(world, report(body.record, paintFor(world)));
}

/** `verdict explain`: every finding with its rule, clause, numbers and places. */
export function explainVerdict(
  world: World,
  { body }: FoundVerdict,
  options: { readonly json?: boolean },
): void {
  const { record } = body;
  if (options.json)
    world.out(
      `${JSON.stringify({ schema: 'caws-arbiter/verdict-explain@1', id: record.id, findings: findingsOf(record).map((finding) => ({ ...finding, ...rules[finding.rule], ...wordsOf(finding) })) })}\n`,
    );
  else page(world, explain(record, paintFor(world)));
}

/** `verdict list`: one line a verdict, newest first. */
export async function list(
  world: World,
  ledger: SqliteLedger,
  options: { readonly limit: number; readonly json?: boolean },
): Promise<void> {
  const entries = await ledger.recent(options.limit, 'verdict');
  if (!entries.ok) return stop(world, entries.fault, options.json === true);
  const records = entries.value.map(
    ({ body }) => (JSON.parse(body) as VerdictEntryBody<VerdictRecord>).record,
  );
  if (options.json) {
    const verdicts = records.map((record) => ({
      id: record.id,
      verdict: record.verdict,
      decidedAt: record.decidedAt,
      head: record.subject.head,
      spec: record.law.spec?.id ?? null,
      headline: headline(record, findingsOf(record)),
      breakGlass: record.law.breakGlass ?? null,
    }));
    world.out(`${JSON.stringify({ schema: 'caws-arbiter/verdict-list@1', verdicts })}\n`);
    return;
  }
  pageList(world, verdictListText(records, paintFor(world), world.columns ?? LIST_COLUMNS));
}
