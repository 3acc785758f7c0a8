import { decisionReason, decisionText } from '../../5-publication/decision-words.ts';
import { localSigner } from '../../adapters/keys/local-signer.ts';
import type { Roster } from '../../adapters/roster/roster.ts';
import { advance, type Recorder } from '../../adapters/suites/advance.ts';
import { keepTrial, trialOf } from '../../adapters/suites/trials.ts';
import { HEAD_TO_HEAD_RUNS } from '../../models/lifecycle/new-model.ts';
import type { Decision } from '../../models/lifecycle/trial.ts';
import { isTested } from '../../models/lifecycle/trial.ts';
import type { Surface } from '../../models/profile.ts';
import { ledgerPlace, openAt } from '../ledger-place.ts';
import { modelOf } from '../models/session.ts';
import { page } from '../page.ts';
import { plainJson } from '../plain-json.ts';
import { stop } from '../stop.ts';
import { exits, type World } from '../world.ts';
import type { NewModelOptions } from './options.ts';
import { openBenchRoster } from './place.ts';
import { runTier } from './run.ts';

/**
 * `arbiter bench new-model`: has a newcomer do all tasks as often as the comparison needs, then takes every
 * step that the figures allow. A model that is further on is not run again; its steps are looked at all
 * the same.
 */
export async function newModel(
  world: World,
  words: readonly string[],
  options: NewModelOptions,
): Promise<void> {
  const json = options.json === true;
  const opened = openBenchRoster(world);
  if (!opened.ok) return stop(world, opened.fault, json);
  using roster = opened.value;
  const model = modelOf(roster, options.model);
  if (!model.ok) return stop(world, model.fault, json);
  const { surfaces } = model.value.profile.capabilities;
  const begun = surfaces.map((surface) => begin(world, roster, options.model, surface));
  const broken = begun.find((each) => !each.ok);
  if (broken?.ok === false) return stop(world, broken.fault, json);
  if (begun.some((each) => each.ok && isTested(each.value.stage)))
    for (let run = 0; run < HEAD_TO_HEAD_RUNS; run += 1) {
      const ran = await runTier(world, roster, { tier: 'new-model', words, options });
      if (!ran.ok) return stop(world, ran.fault, json);
    }
  await withRecorder(world, options, async (recorder) => {
    const decisions: Decision[] = [];
    for (const surface of surfaces) {
      const taken = await step(world, roster, { model: options.model, surface }, recorder);
      if (taken === undefined) return;
      decisions.push(...taken);
    }
    if (json) world.out(`${plainJson({ schema: 'caws-arbiter/model-decisions@1', decisions })}\n`);
    else for (const decision of decisions) page(world, decisionText(decision));
    world.finish(exits.pass);
  });
}

function begin(world: World, roster: Roster, id: string, surface: Surface) {
  const model = modelOf(roster, id);
  if (!model.ok) return model;
  const trial = trialOf(roster, model.value, { surface, now: world.now() });
  if (!trial.ok) return trial;
  const kept = keepTrial(roster, trial.value);
  return kept.ok ? trial : kept;
}

async function step(
  world: World,
  roster: Roster,
  { model, surface }: { readonly model: string; readonly surface: Surface },
  recorder: Recorder,
): Promise<readonly Decision[] | undefined> {
  const trial = begin(world, roster, model, surface);
  if (!trial.ok) {
    stop(world, trial.fault);
    return undefined;
  }
  const taken = await advance(roster, trial.value, recorder, world.now());
  if (taken.ok) return taken.value;
  stop(world, taken.fault);
  return undefined;
}

/** Opens the ledger for decisions and finds the key that signs them. */
export async function withRecorder(
  world: World,
  options: { readonly ledger?: string; readonly key?: string; readonly json?: boolean },
  work: (recorder: Recorder) => Promise<void>,
): Promise<void> {
  const json = options.json === true;
  const place = await ledgerPlace(world, options.ledger);
  if (!place.ok) return stop(world, place.fault, json);
  const signer = await localSigner({
    env: world.env,
    keyFile: options.key ?? null,
    directory: world.directory,
    now: world.now(),
    create: true,
  });
  if (!signer.ok) return stop(world, signer.fault, json);
  const opened = await openAt(place.value, 'create');
  if (!opened.ok) return stop(world, opened.fault, json);
  await using ledger = opened.value;
  await work({ ledger, signer: signer.value, words: decisionReason });
}
