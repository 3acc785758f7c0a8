import { surfaces } from '../models/profile.ts';
import type { LeftOut } from '../models/routing/eligible.ts';
import type { LogFault } from '../models/routing/off-policy.ts';
import type { RouteFault } from '../models/routing/route.ts';
import { unreachable } from '../primitives.ts';
import { type FaultWords, misused, stopped } from './ending.ts';
import { visible } from './escape.ts';
import { counted, groupDigits } from './quantity.ts';
import { barText } from './routing-words.ts';

/** Why a line of a log is refused. */
export type LogLineFault = LogFault | 'not-json' | 'not-a-decision' | 'decision-twice';

/** What helps: somebody who was only not heard of has to say that it is there. */
function wayOut(leftOut: readonly LeftOut[]): string {
  const unheard = leftOut.find(
    ({ because }) => because.kind === 'health' && because.health === 'unknown',
  );
  return unheard === undefined
    ? 'Ask for less, wait, or register a model that can: arbiter models register FILE --reason TEXT'
    : `Say that it is there: arbiter tasks beat model:${visible(unheard.id)} --every 1m; or count it all the same: --unheard`;
}

/** What stands in the way of routing a task, or of judging how tasks were routed. */
export type RoutingFault =
  | RouteFault
  | { readonly kind: 'task-unreadable'; readonly file: string; readonly reason: string }
  | {
      readonly kind: 'routing-log-unreadable';
      readonly file: string;
      readonly line: number;
      readonly reason: LogLineFault;
    }
  | { readonly kind: 'routing-log-too-long'; readonly file: string; readonly linesMax: number }
  | { readonly kind: 'routing-log-empty'; readonly file: string };

/** Models that a person is shown a reason for; the rest are counted. */
const LEFT_OUT_SHOWN = 8;

const nothingGiven = 'The task is given to nobody, and nothing is lost.';
const nothingJudged = 'Nothing was judged.';
const lineFaults: Readonly<Record<LogLineFault, string>> = {
  'not-json': 'it is not JSON',
  'not-a-decision': 'a field is missing, or of another type',
  'decision-twice': 'a line before has the same "decision", and its outcome would count twice',
  'surface-unknown': `its "surface" is none of ${surfaces.join(', ')}`,
  'chosen-not-among-arms': 'its "chosen" is none of its "arms"',
  'arm-twice': 'one of its "arms" is named twice',
  'propensity-out-of-range': 'a "propensity" is no number from 0 to 1, or 0 for what was chosen',
  'propensities-do-not-sum-to-1': 'its propensities do not sum to 1',
  'reward-out-of-range': 'its "reward" is no number from 0 to 1',
};
const lineForm =
  'A line is {"decision", "surface", "arms": [{"arm", "propensity"}], "chosen", "reward"}: what arbiter tasks log prints, and arbiter models route --json as log, without the reward.';

export function routingWords(fault: RoutingFault): FaultWords {
  switch (fault.kind) {
    case 'roster-empty':
      return stopped(
        'There is no model on the roster.',
        'Register one: arbiter models register FILE --reason TEXT',
        nothingGiven,
      );
    case 'model-twice':
      return stopped(
        `Two models are called ${visible(fault.id)}.`,
        'See them: arbiter models roster --all',
        nothingGiven,
      );
    case 'no-model-eligible': {
      const reasons = fault.leftOut
        .slice(0, LEFT_OUT_SHOWN)
        .map(({ because, id }) => `  ${visible(id)}: ${barText(because)}`);
      const rest = fault.leftOut.length - reasons.length;
      return stopped(
        [
          'No model can take the task.',
          ...reasons,
          ...(rest > 0 ? [`  and ${counted(rest, 'more model')}`] : []),
        ].join('\n'),
        wayOut(fault.leftOut),
        nothingGiven,
      );
    }
    case 'decision-twice':
      return misused(
        `There is a decision ${visible(fault.id)} already.`,
        'Give it another id: --decision ID',
        nothingGiven,
      );
    case 'task-unreadable':
      return misused(
        `${visible(fault.file)} is no task: ${visible(fault.reason)}.`,
        'A task is {"text", "files": [{"path", "lines"}], "tier", "surface", "kind", "languages", "tools", "inputTokens", "outputTokens", "usdMax", "role"}; every field may be absent.',
        nothingGiven,
      );
    case 'routing-log-unreadable':
      return misused(
        `${visible(fault.file)}:${fault.line} is no past decision: ${lineFaults[fault.reason]}.`,
        lineForm,
        nothingJudged,
      );
    case 'routing-log-too-long':
      return misused(
        `${visible(fault.file)} holds more than ${groupDigits(fault.linesMax)} lines.`,
        'Give a part of it: tail -n 100000 FILE',
        nothingJudged,
      );
    case 'routing-log-empty':
      return misused(`${visible(fault.file)} holds no decision.`, lineForm, nothingJudged);
    default:
      return unreachable(fault);
  }
}
