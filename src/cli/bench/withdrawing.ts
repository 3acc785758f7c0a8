import { Command } from 'commander';
import { decisionText } from '../../5-publication/decision-words.ts';
import { record } from '../../adapters/suites/advance.ts';
import { trialOf } from '../../adapters/suites/trials.ts';
import { retireForSecurity } from '../../models/lifecycle/new-model.ts';
import { reasonOrSay } from '../ledger/session.ts';
import { modelOf } from '../models/session.ts';
import { page } from '../page.ts';
import { stop } from '../stop.ts';
import { exits, type World } from '../world.ts';
import { withRecorder } from './new-model.ts';
import { openBenchRoster } from './place.ts';

interface WithdrawOptions {
  readonly reason: string;
  readonly ledger?: string;
  readonly key?: string;
}

/** `arbiter models withdraw ID`: for a security reason a model goes at once, on every surface. */
export function withdrawCommand(world: World): Command {
  return new Command('withdraw')
    .description('retire a model at once for a security reason; it is not measured first')
    .argument('<id>', 'the model')
    .requiredOption('--reason <text>', 'why; it stands in the ledger')
    .option('--ledger <file>', 'another ledger than the one of this repository')
    .option('--key <file>', 'private key to sign with (default: the local key)')
    .action(async (id: string, options: WithdrawOptions) => {
      const reason = reasonOrSay(world, options);
      if (reason === undefined) return;
      const opened = openBenchRoster(world);
      if (!opened.ok) return stop(world, opened.fault);
      using roster = opened.value;
      const model = modelOf(roster, id);
      if (!model.ok) return stop(world, model.fault);
      await withRecorder(world, options, async (recorder) => {
        const spoken = {
          ...recorder,
          words: (decision: Parameters<typeof recorder.words>[0]) =>
            `${recorder.words(decision)} ${reason}`,
        };
        const now = world.now();
        for (const surface of model.value.profile.capabilities.surfaces) {
          const trial = trialOf(roster, model.value, { surface, now });
          if (!trial.ok) return stop(world, trial.fault);
          const decision = retireForSecurity(trial.value, now);
          const done = await record(roster, trial.value, decision, spoken);
          if (!done.ok) return stop(world, done.fault);
          page(world, decisionText(decision));
        }
        world.finish(exits.pass);
      });
    });
}
