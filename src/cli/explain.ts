import { Command } from 'commander';
import { visible } from '../5-publication/escape.ts';
import { wordsOf } from '../5-publication/sentences.ts';
import { nearest } from '../caws/nearest.ts';
import { type Rule, type RuleId, rules } from '../caws/rules.ts';
import { exits, type World } from './world.ts';

const classes: Readonly<Record<Rule['class'], string>> = {
  hard: 'FAIL; nobody can waive it',
  waivable: 'WAIVER REQUIRED until people allow it',
  warn: 'said, and never decides',
};

/** `arbiter explain [RULE]`: the catalogue, generated from the table that decides. */
export function command(world: World): Command {
  return new Command('explain')
    .description('what a rule enforces, whether people can waive it, and the way out')
    .argument('[rule]', 'a rule id, e.g. budget.lines; without it all rules are listed')
    .option('--json', 'one JSON object')
    .action((rule: string | undefined, options: { readonly json?: boolean }) => {
      if (rule === undefined) return listRules(world, options.json === true);
      if (Object.hasOwn(rules, rule))
        return explainRule(world, rule as RuleId, options.json === true);
      const known = nearest(rule, Object.keys(rules));
      world.err(
        `There is no rule ${visible(rule)}.${known === undefined ? '' : ` Did you mean ${known}?`}\nSee all rules: arbiter explain\n`,
      );
      world.finish(exits.usage);
    });
}

function listRules(world: World, json: boolean): void {
  if (json) {
    world.out(`${JSON.stringify({ schema: 'caws-arbiter/rules@1', rules })}\n`);
    return;
  }
  for (const [id, rule] of Object.entries(rules))
    world.out(`${id.padEnd(32)} ${rule.class.padEnd(9)} ${rule.clause}\n`);
}

function explainRule(world: World, id: RuleId, json: boolean): void {
  const rule: Rule = rules[id];
  const { fix } = wordsOf({
    rule: id,
    gate: rule.gate,
    subject: '',
    measured: null,
    limit: null,
    places: [],
    placesTotal: 0,
    detail: {},
  });
  if (json) {
    world.out(`${JSON.stringify({ schema: 'caws-arbiter/rule@1', id, ...rule, fix })}\n`);
    return;
  }
  const lines = [
    id,
    `  enforces  ${rule.clause}`,
    `  gives     ${classes[rule.class]}`,
    `  gate      ${rule.gate === '*' ? 'the gate that it is about' : rule.gate}`,
    `  policy    ${rule.policyMayChange ? 'may make it a warning, skip it, or refuse waivers of it' : 'cannot soften it'}`,
    ...(rule.waiverHolds === 'content'
      ? ['  waiver    holds for these very file contents only']
      : []),
    `  way out   ${fix}`,
  ];
  world.out(`${lines.join('\n')}\n`);
}
