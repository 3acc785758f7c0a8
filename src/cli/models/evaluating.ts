import { Command } from 'commander';
import { evaluatedText } from '../../5-publication/routing-words.ts';
import { armTarget, evaluate, policyTarget } from '../../models/routing/off-policy.ts';
import { type PolicyName, policyNames } from '../../models/routing/policies.ts';
import { page } from '../page.ts';
import { plainJson } from '../plain-json.ts';
import { stop } from '../stop.ts';
import { exits, type World } from '../world.ts';
import { choice } from './choice.ts';
import { readRoutingLog } from './routing-log.ts';

interface EvaluateOptions {
  readonly policy: PolicyName;
  readonly always?: string;
  readonly json?: boolean;
}

/** `models evaluate LOG`: what another policy would have earned on past decisions. */
export function evaluateCommand(world: World): Command {
  return new Command('evaluate')
    .description('judge a routing policy on past decisions: IPS, SNIPS, doubly robust')
    .argument('<log>', 'past decisions with their propensities and rewards, one JSON object a line')
    .option(
      '--policy <name>',
      `one of ${policyNames.join(', ')}`,
      choice(policyNames),
      policyNames[0],
    )
    .option('--always <arm>', 'instead of a policy: this arm wherever it could be chosen')
    .option('--json', 'machine output')
    .action((file: string, options: EvaluateOptions) => {
      const json = options.json === true;
      const log = readRoutingLog(world, file, 'the argument');
      if (!log.ok) return stop(world, log.fault, json);
      const { always, policy } = options;
      const target = always === undefined ? policyTarget(policy) : armTarget(always);
      const evaluated = evaluate(log.value, target);
      if (evaluated === null) return stop(world, { kind: 'routing-log-empty', file }, json);
      const named = always === undefined ? policy : `always ${always}`;
      if (json) {
        const schema = 'caws-arbiter/models-evaluate@1';
        world.out(`${plainJson({ schema, target: named, ...evaluated })}\n`);
      } else page(world, evaluatedText(named, evaluated));
      world.finish(exits.pass);
    });
}
