import { faultSentences } from '../5-publication/fault-words.ts';
import type { SeatFault } from '../5-publication/judge-faults.ts';
import { type JudgePlace, judgePlace } from '../adapters/judge/place.ts';
import type { Debaters, Judge } from '../ports.ts';
import { ok, type Result } from '../primitives.ts';
import { type JudgeOptions, judgeNamed } from './judge-options.ts';
import type { World } from './world.ts';

/** Where the judge is that this call names; null where none is named. A key is never an argument: ARBITER_JUDGE_KEY. */
export function judgePlaceOf(
  { env, directory }: Pick<World, 'env' | 'directory'>,
  options: JudgeOptions,
): Result<JudgePlace | null, SeatFault> {
  const given = judgeNamed({ env }, options);
  if (given === undefined) return ok(null);
  const model = options.judgeModel ?? (env['ARBITER_JUDGE_MODEL'] || null);
  return judgePlace(given, { model, key: env['ARBITER_JUDGE_KEY'] || null }, directory);
}

/**
 * The judge that this call names, with the licences of the user's roster; nothing where it names none. Nobody is
 * asked before the cycle asks, and one that does not answer is told of and ends nothing.
 */
export async function judgeFor(
  world: World,
  options: JudgeOptions,
): Promise<Result<{ readonly judge?: Judge }, SeatFault>> {
  const seats = await seatsFor(world, options);
  if (!seats.ok || seats.value === null) return seats.ok ? ok({}) : seats;
  return ok({ judge: seats.value.judge() });
}

/** The same judge, and advocates at the same place for candidates that are nearly equal. */
export async function judgeAndDebatersFor(
  world: World,
  options: JudgeOptions,
): Promise<Result<{ readonly judge?: Judge; readonly debaters?: Debaters }, SeatFault>> {
  const seats = await seatsFor(world, options);
  if (!seats.ok || seats.value === null) return seats.ok ? ok({}) : seats;
  return ok({ judge: seats.value.judge(), debaters: seats.value.debaters() });
}

async function seatsFor(
  world: World,
  options: JudgeOptions,
): Promise<
  Result<{ readonly judge: () => Judge; readonly debaters: () => Debaters } | null, SeatFault>
> {
  const place = judgePlaceOf(world, options);
  if (!place.ok) return place;
  const at = place.value;
  if (at === null) return ok(null);
  // Most calls have no judge: what only one needs is loaded then.
  const [
    { seatedDebaters, seatedJudge },
    { recordsIn },
    { rosterFile },
    { shippedDebatePrompts, shippedJudgePrompts },
  ] = await Promise.all([
    import('../adapters/judge/seated.ts'),
    import('../adapters/roster/judges.ts'),
    import('../adapters/roster/open.ts'),
    import('../adapters/judge/shipped-prompts.ts'),
  ]);
  const prompts = shippedJudgePrompts();
  // An arbitration asks for each of its comparisons.
  const told = new Set<string>();
  const tell = (fault: SeatFault) => {
    const { what, next } = faultSentences(fault);
    if (!told.has(what)) world.err(`Note: ${what}\n${next}\n`);
    told.add(what);
  };
  const records = recordsIn(rosterFile(world.env), prompts.digest);
  return ok({
    judge: () => seatedJudge(at, { prompts, records, tell }),
    debaters: () => seatedDebaters(at, { prompts: shippedDebatePrompts(), records }),
  });
}
