/** What is said of a decision that was made once more. */
import type { AcceptanceRecord } from '../4-verdict/acceptance.ts';
import type { ArbitrationRecord, ComparisonRecord } from '../4-verdict/arbitration.ts';
import type { ReplayDiffers, SentencesHeld } from '../4-verdict/arbitration-replay.ts';
import { type Digest, unreachable } from '../primitives.ts';
import { nameOf, winnerOf } from './arbitration-words.ts';
import { visible } from './escape.ts';
import { counted } from './quantity.ts';

/** A decision, the entry that holds it, and what came of it once more. */
export interface Again {
  readonly decision: ArbitrationRecord | ComparisonRecord | AcceptanceRecord;
  readonly entry: { readonly sequence: number; readonly digest: Digest };
  readonly came:
    | { readonly kind: 'same' }
    | { readonly kind: 'differs'; readonly differs: ReplayDiffers }
    | { readonly kind: 'gone'; readonly digest: Digest };
}

/** Whether a decision comes out of its records once more. Ends with a line break. */
export function replayedText(
  { decision, entry, came }: Again,
  sentences: readonly SentencesHeld[],
): string {
  const spec = visible(decision.spec);
  switch (came.kind) {
    case 'same': {
      const debates = decision.compared.filter(({ debate }) => debate !== null).length;
      const sum = (part: keyof SentencesHeld) =>
        sentences.reduce((total, each) => total + each[part], 0);
      const heard = `${counted(decision.compared.length, 'comparison')}, ${debates} with a debate`;
      const said =
        debates === 0
          ? ''
          : ` Of what was said ${sum('held')} sentences hold, ${sum('struck')} are struck.`;
      return `Decided again for ${spec}: ${cameText(decision)}, and every number is the same (${heard}; nobody was asked).${said}\n`;
    }
    case 'gone':
      return `The decision for ${spec} cannot be made again: ${came.digest} is not kept any more.\nThe decision still stands: arbiter ledger verify\n`;
    case 'differs':
      return `The records give another decision for ${spec} than entry ${entry.sequence}: ${differsIn(came.differs)}.\nThe ledger or this program was changed: arbiter ledger verify\n`;
    default:
      return unreachable(came);
  }
}

function cameText(decision: Again['decision']): string {
  const winner = winnerOf(decision);
  if (decision.schema === 'caws-arbiter/comparison@1')
    return winner === null
      ? 'none of them passes'
      : `${nameOf(winner)} is the best that passes, which wins nothing`;
  if (decision.schema === 'caws-arbiter/acceptance@1' && winner !== null)
    return `${nameOf(winner)} was accepted by ${visible(decision.by.login)}, and passes`;
  return winner === null ? 'nobody is accepted' : `${nameOf(winner)} is accepted`;
}

function differsIn(otherwise: ReplayDiffers): string {
  switch (otherwise.what) {
    case 'verdict':
      return `the case of ${otherwise.id} gives another verdict`;
    case 'debate':
      return `what the judge was shown of ${otherwise.between.join(' and ')} is not what was said and holds`;
    case 'preference':
      return `the judge preferred another one of ${otherwise.between.join(' and ')}`;
    case 'order':
      return 'the candidates stand in another order, or with other numbers';
    default:
      return unreachable(otherwise);
  }
}
