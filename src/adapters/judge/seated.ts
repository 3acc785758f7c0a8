import type { JudgedSurface, ModelIdentity } from '../../3-deliberation/judge/judgement.ts';
import { type Anchors, licenceOf } from '../../3-deliberation/judge/licence.ts';
import type { SeatFault } from '../../5-publication/judge-faults.ts';
import type { DebatePrompts } from '../../caws/debate-prompts.ts';
import type { JudgePrompts } from '../../caws/judge-prompts.ts';
import type { Debaters, Judge, Model } from '../../ports.ts';
import { debateAtHost } from './debate.ts';
import { judgeAtHost, type SeatedModel } from './hear.ts';
import { type JudgePlace, modelsAt } from './place.ts';

/** What a judge has earned on one kind of comparison; null: nothing is on record. */
export type Records = (model: ModelIdentity, surface: JudgedSurface) => Anchors | null;

/**
 * The judge at a place. Its models are looked for anew each time, so that one that was started, or licensed,
 * a moment ago is heard. Where nobody answers there is no judge.
 *
 * @param tell is told why nobody could be asked.
 */
export function seatedJudge(
  place: JudgePlace,
  {
    prompts,
    records,
    tell = () => {},
  }: {
    readonly prompts: JudgePrompts;
    readonly records: Records;
    readonly tell?: (fault: SeatFault) => void;
  },
): Judge {
  return {
    async hear(dossier, terms) {
      const started = performance.now();
      const { surface, mayLeave, timeoutMs, signal } = terms;
      const late = AbortSignal.timeout(timeoutMs);
      const stopped = signal === undefined ? late : AbortSignal.any([signal, late]);
      const found = await modelsAt(place, stopped, mayLeave);
      if (!found.ok) tell(found.fault);
      const seats = seatsOf(found.ok ? found.value : [], surface, records);
      const leftMs = Math.max(1, timeoutMs - (performance.now() - started));
      return judgeAtHost(prompts, seats).hear(dossier, { ...terms, timeoutMs: leftMs });
    },
  };
}

/**
 * Advocates at the same place. One model speaks for both sides, so that neither has the better one; of another family
 * than the judge's where there is one, since nobody is the best judge of its own words. No licence is needed for
 * words of which only what can be looked up counts, but without a licensed judge nobody would hear them.
 */
export function seatedDebaters(
  place: JudgePlace,
  {
    prompts,
    records,
  }: {
    readonly prompts: DebatePrompts;
    readonly records: Records;
  },
): Debaters {
  return {
    async hold(about, terms) {
      const started = performance.now();
      const { mayLeave, timeoutMs, signal } = terms;
      const late = AbortSignal.timeout(timeoutMs);
      const stopped = signal === undefined ? late : AbortSignal.any([signal, late]);
      // Where nobody answers the judge says so, who is asked next.
      const found = await modelsAt(place, stopped, mayLeave);
      const models = (found.ok ? found.value : []).filter(({ isRemote }) => mayLeave || !isRemote);
      const [first] = seatsOf(models, 'candidates', records);
      const earned = first?.anchors.candidates;
      if (first === undefined || earned === undefined || !licenceOf(earned).licensed) return null;
      const { family } = first.model.identity;
      const advocate = models.find(({ identity }) => identity.family !== family) ?? first.model;
      const leftMs = Math.max(1, Math.ceil(timeoutMs - (performance.now() - started)));
      return debateAtHost(prompts, advocate).hold(about, { ...terms, timeoutMs: leftMs });
    },
  };
}

/** Who is licensed, the most accurate first, and beside it the best of another family; else one that is not. */
function seatsOf(
  models: readonly Model[],
  surface: JudgedSurface,
  records: Records,
): readonly SeatedModel[] {
  const known = models
    .map((model) => ({ model, earned: records(model.identity, surface) }))
    .map(({ model, earned }) => {
      const licence = earned === null ? null : licenceOf(earned);
      const worth = licence?.licensed === true ? licence.accuracyAtLeast : 0;
      const anchors: SeatedModel['anchors'] = earned === null ? {} : { [surface]: earned };
      return { model, anchors, worth };
    })
    .toSorted(
      (one, other) =>
        other.worth - one.worth || (one.model.identity.name < other.model.identity.name ? -1 : 1),
    );
  const [first, ...others] = known;
  if (first === undefined) return [];
  const second = others.find(
    ({ model, worth }) => worth > 0 && model.identity.family !== first.model.identity.family,
  );
  return second === undefined ? [first] : [first, second];
}
