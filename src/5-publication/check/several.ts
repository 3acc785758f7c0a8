/** Several open pull requests at one head share one check: the lowest state stands, and each is named. */
import type { Verdict } from '../../4-verdict/verdict.ts';
import { verdictWords } from '../report.ts';
import { type Block, clipped, paragraph, table } from './fit.ts';
import { code, link, type Markdown, md, nothing } from './markdown.ts';
import { type CheckContext, type CheckState, hasLapsed, type SingleState } from './state.ts';
import { TITLE_MAX } from './titles.ts';
import { recordUrl } from './verdict-summary.ts';

type Pulls = Extract<CheckState, { readonly kind: 'several' }>['pulls'];
type Pull = Pulls[number];

const verdictRanks: Readonly<Record<Verdict, number>> = { FAIL: 0, WAIVER_REQUIRED: 5, PASS: 7 };

/** Only FAIL cannot get lower; what is not finished can still become it, so it stands next. */
function rank(state: SingleState, context: CheckContext): number {
  switch (state.kind) {
    case 'decided':
      return hasLapsed(state, context) ? 2 : verdictRanks[state.record.verdict];
    case 'running':
      return 1;
    case 'queued':
      return 2;
    case 'waiting':
      return 3;
    case 'error':
      return 4;
    case 'merge-group':
      return 0;
    case 'superseded':
    case 'left':
      return 8;
  }
}

/**
 * @param pulls of one name: those that a policy only observes have a check of their own.
 * @throws where there are none: nobody asks for the check of no pull request.
 */
export function lowest(pulls: Pulls, context: CheckContext): Pull {
  const [first] = pulls.toSorted(
    (one, other) =>
      rank(one.state, context) - rank(other.state, context) || one.number - other.number,
  );
  if (first === undefined) throw new Error('several pull requests, and none is named');
  return first;
}

/** `FAIL · #42: budget: 412 lines, limit 250`: whose verdict stands. */
export function namedTitle(title: string, number: number, pulls: Pulls): string {
  if (pulls.length < 2) return title;
  const [word = '', ...rest] = title.split(' · ');
  return clipped(`${word} · #${number} of ${pulls.length}: ${rest.join(' · ')}`, TITLE_MAX);
}

/**
 * What whoever is held up by another pull request can do about it: at one commit nobody can be told apart, so
 * the lowest verdict stands for all.
 *
 * @param first whose state stands.
 */
export function sharedSteps(first: Pull, pulls: Pulls, context: CheckContext): readonly Block[] {
  const isHeldUp = pulls.some(({ state }) => rank(state, context) > rank(first.state, context));
  if (!isHeldUp) return [];
  const { owner, name } = context.repository;
  const whose = code(`${owner}/${name}#${first.number}`);
  return [
    paragraph(
      md`**What stands here is of ${whose}:** a check hangs on the commit, and of all open pull requests at it the lowest verdict stands for each. **Next**, for every other one: close ${whose}, or push an empty commit (${code('git commit --allow-empty -m "Head of its own" && git push')}), which gives it a head and a check of its own.`,
    ),
  ];
}

export function pullsTable(pulls: Pulls, context: CheckContext): Block {
  const { owner, name } = context.repository;
  const inOrder = pulls.toSorted((one, other) => one.number - other.number);
  return table(['Pull request', 'Into', 'State', ''], inOrder, (pull): readonly Markdown[] => [
    code(`${owner}/${name}#${pull.number}`),
    code(pull.baseBranch),
    md`${stateWord(pull.state)}`,
    pull.state.kind === 'decided'
      ? link('record', recordUrl(context, pull.state.record.id))
      : nothing,
  ]);
}

export function stateWord(state: SingleState): string {
  if (state.kind === 'decided') {
    const { word } = verdictWords[state.record.verdict];
    return state.record.mode === 'observe' ? `${word}, observed only` : word;
  }
  return words[state.kind];
}

const words = {
  queued: 'queued',
  running: 'in progress',
  waiting: 'waiting for GitHub',
  error: 'ERROR',
  superseded: 'superseded',
  left: 'left',
  'merge-group': 'merge group',
} as const;
