import { resolve } from 'node:path';
import { Command } from 'commander';
import { type AnchorCase, anchorCases } from '../../3-deliberation/judge/anchor-cases.ts';
import { callsOf, readingOf } from '../../3-deliberation/judge/anchoring.ts';
import type { JudgedSurface } from '../../3-deliberation/judge/judgement.ts';
import { licenceOf } from '../../3-deliberation/judge/licence.ts';
import type { AnyFault } from '../../5-publication/fault-words.ts';
import { type Licensing, licenceText, licensingLine } from '../../5-publication/licence-words.ts';
import { askedOutOfCourt } from '../../adapters/judge/hear.ts';
import { modelsAt } from '../../adapters/judge/place.ts';
import { loadAnchors } from '../../adapters/judge/shipped-anchors.ts';
import { shippedJudgePrompts } from '../../adapters/judge/shipped-prompts.ts';
import {
  anchorsOnRecord,
  type JudgeName,
  keepReadings,
  knownAnchors,
  type NamedReading,
} from '../../adapters/roster/judges.ts';
import type { Roster } from '../../adapters/roster/roster.ts';
import type { Model } from '../../ports.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { type JudgeOptions, judgeModelOption, judgeOption } from '../judge-options.ts';
import { judgePlaceOf } from '../judge-seat.ts';
import { choice } from '../models/choice.ts';
import { type ModelOptions, withRoster } from '../models/session.ts';
import { page } from '../page.ts';
import { plainJson } from '../plain-json.ts';
import { stop } from '../stop.ts';
import { exits, type World } from '../world.ts';
import { rulingsHere } from './rulings.ts';

const examples = `
Examples:
  arbiter judge license --judge /run/caws-judge/judge.sock       measure every judge there, and keep what it earned
  arbiter judge license --judge http://127.0.0.1:8080/v1         a server of this machine
  arbiter judge license --judge SOCKET --rulings                 and what people of this repository ruled later
  arbiter judge license --judge SOCKET --roster DATA/models.db   for an app: its own roster

Each anchor is a pair whose better side is known. A judge is heard on a kind of comparison only once it was right on
enough of them, prefers no place, and follows no instruction planted in one. What is on record is not asked again
without --anew. Other weights or other prompts begin anew.`;

const surfaces = ['change', 'candidates'] as const;

interface Options extends JudgeOptions, ModelOptions {
  readonly surface?: JudgedSurface;
  readonly anchors?: string;
  readonly rulings?: boolean;
  readonly anew?: boolean;
  readonly ledger?: string;
}

/** Of the calls of one anchor. */
const ANCHOR_MS_MAX = 5 * 60_000;

/** `arbiter judge license`: measures judges where the answer is known. */
export function licenseCommand(world: World): Command {
  return new Command('license')
    .description('measure judges where the answer is known, so that they may be heard')
    .addOption(judgeOption())
    .addOption(judgeModelOption())
    .option('--surface <kind>', 'change or candidates; default: both', choice(surfaces))
    .option('--anchors <file>', 'other pairs (policies/schema/judge-anchors.schema.json)')
    .option('--rulings', 'count as well what people ruled in this ledger on doubts of a judge')
    .option('--ledger <file>', 'of --rulings: another ledger than the one of this repository')
    .option('--anew', 'ask again what is on record')
    .option('--roster <file>', "another roster than the user's own")
    .option('--json', 'machine output')
    .addHelpText('after', examples)
    .action((options: Options) =>
      withRoster(world, options, 'create', async (roster) => {
        const done = await license(world, options, roster);
        if (!done.ok) return stop(world, done.fault, options.json === true);
        if (options.json)
          world.out(
            `${plainJson({ schema: 'caws-arbiter/judge-license@1', judges: done.value })}\n`,
          );
        else page(world, done.value.map(licenceText).join('\n'));
        world.finish(exits.pass);
      }),
    );
}

async function license(
  world: World,
  options: Options,
  roster: Roster,
): Promise<Result<readonly Licensing[], AnyFault>> {
  const place = judgePlaceOf(world, options);
  if (!place.ok) return place;
  if (place.value === null) return fail({ kind: 'judge-unnamed' });
  const named = options.anchors;
  const anchors = loadAnchors(named === undefined ? null : resolve(world.directory, named));
  if (!anchors.ok) return anchors;
  // Anchors are nobody's code: they may go wherever the operator has a judge.
  const models = await modelsAt(place.value, new AbortController().signal, true);
  if (!models.ok) return models;
  const rulings = options.rulings === true ? await rulingsHere(world, options.ledger) : ok([]);
  if (!rulings.ok) return rulings;
  const prompts = shippedJudgePrompts();
  const licensed: Licensing[] = [];
  for (const model of models.value)
    for (const surface of options.surface === undefined ? surfaces : [options.surface]) {
      const name = { model: model.identity, surface, prompts: prompts.digest };
      const own = rulings.value.filter((each) => each.about(name));
      const kept = keepReadings(roster, name, own, world.now());
      if (!kept.ok) return kept;
      const cases = anchorCases(anchors.value, surface);
      const measured = await measure(model, name, cases, {
        roster,
        world,
        anew: options.anew === true,
      });
      if (!measured.ok) return measured;
      const earned = anchorsOnRecord(roster, name);
      if (!earned.ok) return earned;
      const { value } = earned;
      licensed.push({
        name: model.identity.name,
        surface,
        anchors: value,
        licence: licenceOf(value),
      });
    }
  return ok(licensed);
}

/** Asks one anchor after the other and keeps each at once: whoever stops here goes on from there. */
async function measure(
  model: Model,
  name: JudgeName,
  cases: readonly AnchorCase[],
  {
    roster,
    world,
    anew,
  }: { readonly roster: Roster; readonly world: World; readonly anew: boolean },
): Promise<Result<null, AnyFault>> {
  const prompts = shippedJudgePrompts();
  const rubric = prompts.rubric.map(({ id, informs }) => ({ id, informs }));
  const known = knownAnchors(roster, name);
  if (!known.ok) return known;
  const open = anew
    ? cases
    : cases.filter(({ anchor, kind }) => !known.value.has(`${kind} ${anchor}`));
  for (const [at, { anchor, kind, dossier, better }] of open.entries()) {
    const calls = callsOf(kind);
    const asked = await askedOutOfCourt(model, prompts, {
      dossier,
      calls,
      timeoutMs: ANCHOR_MS_MAX,
    });
    const reading = readingOf(kind, better, { dossier, rubric, calls: asked });
    const readings: readonly NamedReading[] = reading === null ? [] : [{ ...reading, anchor }];
    const kept = keepReadings(roster, name, readings, world.now());
    if (!kept.ok) return kept;
    if (world.terminal)
      world.err(licensingLine(model.identity.name, name.surface, at + 1, open.length));
  }
  return ok(null);
}
