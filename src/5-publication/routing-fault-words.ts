import type { LogFault } from '../models/routing/off-policy.ts';
import type { RouteFault } from '../models/routing/route.ts';
import { unreachable } from '../primitives.ts';
import { type FaultWords, misused, stopped } from './ending.ts';
import { visible } from './escape.ts';
import { counted, groupDigits } from './quantity.ts';
import { barText } from './routing-words.ts';

/** What stands in the way of routing a task, or of judging how tasks were routed. */
export type RoutingFault =
  | RouteFault
  | { readonly kind: 'task-unreadable'; readonly file: string; readonly reason: string }
  | {
      readonly kind: 'routing-log-unreadable';
      readonly file: string;
      readonly line: number;
      readonly reason: LogFault | 'not-json' | 'not-a-decision';
    }
  | { readonly kind: 'routing-log-too-long'; readonly file: string; readonly linesMax: number }
  | { readonly kind: 'routing-log-empty'; readonly file: string };

/** Models that a person is shown a reason for; the rest are counted. */
const LEFT_OUT_SHOWN = 8;

const nothingGiven = 'The task is given to nobody, and nothing is lost.';
const nothingJudged = 'Nothing was judged.';
const lineForm =
  'A line is {"surface", "arms": [{"arm", "propensity"}], "chosen", "reward"}: what arbiter models route --json prints as log, with the reward.';

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
        'Ask for less, wait, or register a model that can: arbiter models register FILE --reason TEXT',
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
        `${visible(fault.file)}:${fault.line} is no past decision (${fault.reason}).`,
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
