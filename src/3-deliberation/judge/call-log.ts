import { byText } from '../../2-examination/finding.ts';
import type { Digest } from '../../primitives.ts';
import { leanOf } from './aggregate.ts';
import type { Answer } from './answer.ts';
import type {
  Judgement,
  ModelIdentity,
  Opinion,
  PlannedCall,
  RecordedCall,
  Seat,
} from './judgement.ts';
import { licenceOf } from './licence.ts';
import { opinionOf, plannedCall, readCall } from './protocol.ts';

/** One call with all that it meant, for people and for later study. Nothing of it is decided from. */
export interface CallLog extends PlannedCall {
  readonly model: ModelIdentity;
  readonly protocol: string;
  readonly prompts: Judgement['prompts'];
  readonly prefixDigest: Digest;
  readonly promptDigest: Digest;
  readonly nonce: string;
  readonly thought: RecordedCall['thought'];
  readonly answer: RecordedCall['answer'];
  readonly parsed: Answer | null;
  /** Why the answer does not count, or null. */
  readonly fault: string | null;
  /** Toward the dossier's first candidate; null where it does not count. */
  readonly lean: number | null;
  readonly lambda: number | null;
  readonly weight: number | null;
}

/** A judgement opened: each call, and what they come to. */
export interface JudgementLog {
  readonly calls: readonly CallLog[];
  readonly opinion: Opinion;
}

/** The log of a judgement, derived from the record alone, in the order of the protocol. */
export function logOf(judgement: Judgement): JudgementLog {
  const calls = judgement.calls.flatMap((recorded): readonly CallLog[] => {
    const call = plannedCall(recorded.slot);
    const seat: Seat | undefined = call === null ? undefined : judgement.seats[call.seat];
    return call === null || seat === undefined ? [] : [logged(call, recorded, seat, judgement)];
  });
  return {
    calls: calls.toSorted(
      (one, other) => byText(one.slot, other.slot) || Number(one.retry) - Number(other.retry),
    ),
    opinion: opinionOf(judgement),
  };
}

function logged(
  call: PlannedCall,
  recorded: RecordedCall,
  { model, anchors }: Seat,
  judgement: Judgement,
): CallLog {
  const read = readCall(call, recorded, judgement);
  const licence = licenceOf(anchors);
  const logits = typeof recorded.answer === 'string' ? null : recorded.answer.optionLogits;
  return {
    ...call,
    ...recorded,
    model,
    protocol: judgement.protocol,
    prompts: judgement.prompts,
    parsed: read.ok ? read.value : null,
    fault: read.ok ? null : read.fault,
    lean: read.ok ? leanOf({ call, answer: read.value, logits }) : null,
    lambda: licence.licensed ? licence.lambda : null,
    weight: licence.licensed ? licence.weight : null,
  };
}
