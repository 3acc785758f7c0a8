import type { CheckFace } from '../../forge.ts';
import { unreachable } from '../../primitives.ts';
import { visible } from '../escape.ts';
import { annotationsOf } from './annotations.ts';
import { asideBlocks, asideEnd } from './aside.ts';
import { actionsOf } from './buttons.ts';
import { type Block, fitted, paragraph } from './fit.ts';
import { groupFace } from './group-face.ts';
import { code, joined, md } from './markdown.ts';
import { CHECK_NAME, PREVIEW_NAME, UNREQUIRED_NAME } from './names.ts';
import { lowest, namedTitle, pullsTable, sharedSteps } from './several.ts';
import {
  type CheckContext,
  type CheckState,
  type Decided,
  hasLapsed,
  type SingleState,
} from './state.ts';
import { verdictTitle } from './titles.ts';
import { unsaidBlocks } from './unsaid.ts';
import { footer, recordUrl, summaryBlocks } from './verdict-summary.ts';
import { textBlocks } from './verdict-text.ts';
import {
  errorFace,
  type Face,
  lapsedFace,
  leftFace,
  queuedFace,
  runningFace,
  supersededFace,
  waitingFace,
} from './waiting-faces.ts';

/**
 * Everything that a check shows of a state, within the forge's limits. Only a recorded PASS that still
 * holds concludes `success`; nothing ever concludes `neutral` or `skipped`, which a forge counts as a
 * pass of a required check. A policy that only observes speaks under a name of its own and is no
 * easier to pass there: whoever requires that name by mistake lets nothing through.
 */
export function checkFace(state: CheckState, context: CheckContext): CheckFace {
  if (state.kind !== 'several') return singleFace(state, context, []);
  // A preview blocks nothing, so it neither stands for a verdict that enforces nor hides one; and what is
  // judged for a branch of another name has a check of its own.
  const here = state.pulls.filter(
    ({ name, state: each }) =>
      modeOf(each) === context.mode && (context.mode === 'observe' || name === context.name),
  );
  const first = lowest(here, context);
  const above = [pullsTable(state.pulls, context), ...sharedSteps(first, here, context)];
  const face = singleFace(first.state, context, above);
  return { ...face, title: namedTitle(face.title, first.number, state.pulls) };
}

/** What is not decided yet may come to enforce. */
const modeOf = (state: SingleState): CheckContext['mode'] =>
  state.kind === 'decided' ? state.record.mode : 'enforce';

/** @param above what stands before the state's own words. */
function singleFace(state: SingleState, context: CheckContext, above: readonly Block[]): CheckFace {
  const { blocks, ...face } = faceOf(state, context);
  const decided = state.kind === 'decided' ? state : null;
  const id = decided?.record.id ?? context.id;
  const mode = decided?.record.mode ?? context.mode;
  const url = recordUrl(context, id);
  const aside = mode === 'enforce' ? context.aside : null;
  return {
    ...face,
    ...(aside !== null && face.conclusion === 'success' ? asideEnd(aside) : {}),
    name: mode === 'enforce' ? context.name : PREVIEW_NAME,
    externalId: id,
    detailsUrl: url,
    summary: fitted(
      [
        ...asideBlocks(aside, context),
        ...unansweredSaid(context),
        ...imitatorsSaid(context),
        ...unsaidBlocks(context, state),
        ...above,
        ...blocks,
        ...(mode === 'enforce' && aside === null ? unrequiredSaid(context) : []),
      ],
      decided && footer(decided, context),
      url,
    ),
    text: decided === null ? '' : fitted(textBlocks(decided), null, url),
    annotations: decided === null ? [] : annotationsOf(decided),
  };
}

/** Names that one sentence lists; the doctor has them all. */
const NAMES_SHOWN_MAX = 5;

/** A branch that asks for several names of one app is closed to everybody, and nothing else at the forge says why. */
function unansweredSaid({ unanswered = [], name }: CheckContext): readonly Block[] {
  if (unanswered.length === 0) return [];
  const others = unanswered.slice(0, NAMES_SHOWN_MAX).map((each) => code(visible(each, 100)));
  return [
    paragraph(
      md`**Nothing can land here:** the target requires ${joined(others, ', ')} beside ${code(name)}, and a change is shown one name alone. Let its rulesets ask for one of them: ${code('arbiter doctor')} shows how.`,
    ),
  ];
}

/** Beside a check of the same name a reader must know which one is ours. */
function imitatorsSaid({ imitators, name, site }: CheckContext): readonly Block[] {
  if (imitators.length === 0) return [];
  const named = imitators.map((id) => (id === null ? md`an unnamed app` : md`app ${id}`));
  return [
    paragraph(
      md`**Not the only ${code(name)} here:** ${joined(named, ', ')} shows one too. Only this one, whose details lead to ${code(site)}, is the arbiter's. Let the ruleset require it from this app alone: ${code('arbiter doctor')} shows how.`,
    ),
  ];
}

/** Whoever looks for the gate in a list of checks finds this one, and must not require it. */
function unrequiredSaid({ name }: CheckContext): readonly Block[] {
  if (name !== UNREQUIRED_NAME) return [];
  return [
    paragraph(
      md`**This check opens nothing:** the target requires no verdict. To make it a gate: Settings → Rules → Rulesets → New branch ruleset → add the branch as target → Require status checks to pass → Add checks: type ${code(CHECK_NAME)}, which is not the name of this one, and choose this app as its source.`,
    ),
  ];
}

function faceOf(state: SingleState, context: CheckContext): Face {
  switch (state.kind) {
    case 'queued':
      return queuedFace(state, context);
    case 'running':
      return runningFace(state, context);
    case 'decided':
      return decidedFace(state, context);
    case 'error':
      return errorFace(state, context);
    case 'waiting':
      return waitingFace(state, context);
    case 'superseded':
      return supersededFace(state);
    case 'left':
      return leftFace(state, context);
    case 'merge-group':
      return groupFace(state, context);
    default:
      return unreachable(state);
  }
}

const conclusions = {
  PASS: 'success',
  FAIL: 'failure',
  WAIVER_REQUIRED: 'action_required',
} as const;

function decidedFace(state: Decided, context: CheckContext): Face {
  const { verdict, validUntil } = state.record;
  if (validUntil !== null && hasLapsed(state, context)) return lapsedFace(validUntil, context);
  return {
    status: 'completed',
    conclusion: conclusions[verdict],
    title: verdictTitle(state.record),
    actions: actionsOf(state),
    blocks: summaryBlocks(state),
  };
}
