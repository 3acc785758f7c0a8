import { Command } from 'commander';
import { type Decided, decisionText, numbersText } from '../../5-publication/decision-words.ts';
import { visible } from '../../5-publication/escape.ts';
import type { Roster } from '../../adapters/roster/roster.ts';
import { DECISION_SCHEMA } from '../../adapters/suites/advance.ts';
import { evidenceFor, stagesOf, trialOf } from '../../adapters/suites/trials.ts';
import type { RosterFault } from '../../models/faults.ts';
import { decide } from '../../models/lifecycle/new-model.ts';
import type { Decision } from '../../models/lifecycle/trial.ts';
import type { LedgerStore } from '../../ports.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { withLedger } from '../ledger/session.ts';
import { modelOf } from '../models/session.ts';
import { page } from '../page.ts';
import { plainJson } from '../plain-json.ts';
import { stop } from '../stop.ts';
import { exits, type World } from '../world.ts';
import { openBenchRoster } from './place.ts';

/** What a person is shown of a model's life; `ledger log --kind model` has the rest. */
const DECISIONS_MAX = 50;

/** One step as the ledger holds it, with its number. */
export interface RecordedStep {
  readonly entry: number;
  readonly at: string;
  readonly reason: string;
  readonly body: unknown;
}

/** `arbiter models explain ID`: every step that was taken, and what the next one waits for. */
export function explainCommand(world: World): Command {
  return new Command('explain')
    .description('why a model stands where it stands: every step, with the numbers that decided')
    .argument('<id>', 'the model')
    .option('--ledger <file>', 'another ledger than the one of this repository')
    .option('--json', 'one JSON object')
    .action(async (id: string, options: { readonly ledger?: string; readonly json?: boolean }) => {
      const json = options.json === true;
      const opened = openBenchRoster(world);
      if (!opened.ok) return stop(world, opened.fault, json);
      using roster = opened.value;
      const now = nowOf(world, roster, id);
      if (!now.ok) return stop(world, now.fault, json);
      await withLedger(world, options, 'read', async (ledger) => {
        const steps = await stepsOf(ledger, DECISIONS_MAX, id);
        if (!steps.ok) return stop(world, steps.fault, json);
        if (now.value.length === 0 && steps.value.length === 0)
          return stop(world, { kind: 'trial-missing', model: id }, json);
        if (json) {
          const shown = {
            schema: 'caws-arbiter/model-explained@1',
            steps: steps.value,
            now: now.value,
          };
          world.out(`${plainJson(shown)}\n`);
        } else {
          const past = steps.value.toReversed();
          page(
            world,
            past
              .map(
                ({ entry, at, reason, body }) =>
                  `#${entry}  ${at}  ${visible(reason, 400)}\n${numbersIn(body)}`,
              )
              .join(''),
          );
          page(world, `\nNow:\n${now.value.map(decisionText).join('')}`);
        }
        world.finish(exits.pass);
      });
    });
}

/** The newest decisions on models, newest first; of one, or of all. */
export async function stepsOf(ledger: LedgerStore, limit: number, model?: string) {
  const entries = await ledger.recent(limit, 'model', model);
  if (!entries.ok) return fail(entries.fault);
  return ok(
    entries.value.map(({ sequence, at, body }): RecordedStep => {
      const read = JSON.parse(body) as { readonly reason?: unknown };
      return {
        entry: sequence,
        at,
        reason: typeof read.reason === 'string' ? read.reason : '',
        body: read,
      };
    }),
  );
}

/** The numbers of a recorded decision; none where its body is of a version that is not known here. */
function numbersIn(body: unknown): string {
  const { schema } = body as { readonly schema?: unknown };
  return schema === DECISION_SCHEMA ? numbersText(body as Decided) : '';
}

/** What would be decided now, on each surface with a trial. */
function nowOf(world: World, roster: Roster, id: string): Result<readonly Decision[], RosterFault> {
  const model = modelOf(roster, id);
  if (!model.ok) return model;
  const stages = stagesOf(roster, id);
  if (!stages.ok) return stages;
  const decisions: Decision[] = [];
  const now = world.now();
  for (const { surface } of stages.value) {
    const trial = trialOf(roster, model.value, { surface, now });
    if (!trial.ok) return trial;
    const evidence = evidenceFor(roster, trial.value, now);
    if (!evidence.ok) return evidence;
    decisions.push(decide(trial.value, evidence.value));
  }
  return ok(decisions);
}
