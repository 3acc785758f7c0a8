/** Attacks on what the forge shows and what is shown at it. */
import { imitatorsAmong, ownCheck } from '../../app/hearing/check-post.ts';
import { checkFace } from '../../src/5-publication/check/face.ts';
import { replyText } from '../../src/5-publication/check/replies.ts';
import { mergeMessage } from '../../src/5-publication/merge-message.ts';
import { checkGates } from '../../src/adapters/github/check-gates.ts';
import { PartOfAnAnswer } from '../../src/adapters/github/client.ts';
import { everyPage } from '../../src/adapters/github/pages.ts';
import type { CheckConclusion, LiveCheckRun } from '../../src/forge.ts';
import type { CommitSha, Instant, VerdictId } from '../../src/primitives.ts';
import { aGate } from '../2-examination/case.ts';
import { kindsOf, strangers } from '../5-publication/check/hostile.ts';
import { context, decided, recordOf } from '../5-publication/check/kit.ts';
import { gitNow } from '../git-now.ts';
import { must, mustEqual } from './row.ts';

const HEAD = 'c'.repeat(40) as CommitSha;
const OURS = 41;
const CI = 15_368;

function aRun(id: number, more: Partial<LiveCheckRun>): LiveCheckRun {
  return {
    ...{ id, name: 'build', head: HEAD, appId: CI, status: 'completed', conclusion: 'success' },
    ...{ externalId: '', title: '', summary: '', annotations: 0, startedAt: null },
    ...{ completedAt: null, checkSuiteId: 1, detailsUrl: '' },
    ...more,
  };
}

/** Another app shows a check of our name at our head. */
export function imitated(appIds: readonly (number | null)[]): void {
  const name = 'CAWS verdict';
  const runs = appIds.map((appId, at) => aRun(at + 9, { name, appId }));
  mustEqual(ownCheck(runs, OURS, name), null, "another's check taken for ours");
  const imitators = imitatorsAmong(runs, OURS, name);
  const { summary } = checkFace(decided(recordOf('no-spec')), { ...context, imitators });
  for (const id of appIds)
    must(summary.includes(id === null ? 'an unnamed app' : `app ${id}`), `${id} is not named`);
  const alone = imitatorsAmong([aRun(1, { name, appId: OURS })], OURS, name);
  mustEqual(alone, [], 'our own check named as an imitation');
}

/** What the gate `build` of the app CI comes to, long after the head came. */
async function answered(checkRuns: readonly LiveCheckRun[], now = 9_000_000): Promise<string> {
  const answer = { by: 'check', name: 'build', appId: CI, workflow: null } as const;
  const gate = aGate('build', { answer, timeoutMs: 60_000 });
  const source = checkGates({
    ...{ checkRuns, workflowRuns: [], cancelled: false },
    ...{ seenAt: 0 as Instant, now: now as Instant },
  });
  const [given] = await source.answer([{ gate }] as never, { head: HEAD } as never, {} as never);
  return given?.state === 'answered' ? `exit ${given.exitCode}` : (given?.state ?? 'nothing');
}

export async function borrowed(appId: number | null): Promise<void> {
  must(
    (await answered([aRun(1, { appId })])) !== 'exit 0',
    `app ${String(appId)} answers for the CI`,
  );
  mustEqual(await answered([aRun(1, {})]), 'exit 0', 'the CI itself');
}

/** Runs of one check, oldest first, each a suite of its own, and perhaps one started again. */
export async function rerun(
  conclusions: readonly CheckConclusion[],
  again: 'in_progress' | null,
): Promise<void> {
  const runs = conclusions.map((conclusion, at) => aRun(at + 1, { conclusion, checkSuiteId: at }));
  const started: Partial<LiveCheckRun> = { status: 'in_progress', conclusion: null };
  const all = again === null ? runs : [...runs, aRun(99, { ...started, checkSuiteId: 0 })];
  const passes = again === null && conclusions.every((each) => each === 'success');
  mustEqual((await answered(all, 1_000)) === 'exit 0', passes, `${conclusions.join()} ${again}`);
}

/** The message of a merge names the verdict where git finds it, whatever the description says. */
export function described(body: string): void {
  const verdict = '01a40088-0000-7000-8000-000000000001' as VerdictId;
  const { title, message } = mergeMessage({
    ...{ title: 'Prices', body, fallbackTitle: 'Merge #1', verdict },
    coAuthors: [{ name: 'Kim', email: 'kim@acme.example' }],
  });
  const input = `${title}\n\n${message}`;
  const parsed = gitNow({ args: ['interpret-trailers', '--parse'], input });
  const ids = parsed.split('\n').filter((line) => /^caws-verdict-id:/i.test(line));
  mustEqual(ids, [`CAWS-VERDICT-ID: ${verdict}`], JSON.stringify(body));
}

/** A reply and a check that name what a stranger wrote. */
export function named(text: string): void {
  const shown = (name: string) => {
    const state = decided(recordOf('no-spec'));
    const reply = replyText(
      { kind: 'waiver-unknown', id: name, known: [name] },
      {
        ...{
          ...context,
          state,
          asker: 'kim',
          line: name,
          reference: 'c',
          pending: [],
          rivals: null,
        },
        commentUrl: 'https://arbiter.example/v/c',
      },
    );
    return (reply ?? '').slice('@kim'.length);
  };
  const found = strangers(shown(text), kindsOf(shown('a `b` $'), shown('c')));
  mustEqual(found, [], JSON.stringify(text));
}

/** So many findings that no check could hold them. */
export function heaped(count: number): void {
  const record = recordOf('outside-scope');
  const [finding] = record.examination.findings;
  if (finding === undefined) throw new Error('no finding');
  const findings = Array.from({ length: count }, (_, at) => ({ ...finding, subject: `s${at}` }));
  const face = checkFace(
    decided({ ...record, examination: { ...record.examination, findings } }),
    context,
  );
  for (const field of [face.summary, face.text])
    must(Buffer.byteLength(field) <= 65_535, `${Buffer.byteLength(field)} bytes of a field`);
  must(face.annotations.length <= 51, `${face.annotations.length} annotations`);
  must(face.summary.includes(context.site), 'the full record is not linked');
}

/** A list that ends before it is whole. */
export async function partial(given: number, total: number): Promise<void> {
  const read = async () => ({ items: Array(given).fill(0), link: undefined, total });
  const whole = await everyPage('files', read).catch((error: unknown) => error);
  must(
    total > given ? whole instanceof PartOfAnAnswer : Array.isArray(whole),
    `${given} of ${total}`,
  );
}
