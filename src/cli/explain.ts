import { Command } from 'commander';
import { waivingRule } from '../4-verdict/judge.ts';
import type { WaivingRule } from '../4-verdict/verdict.ts';
import { ruleText, wayOut } from '../5-publication/rule-words.ts';
import { shippedPolicy } from '../adapters/shipped.ts';
import { nearest } from '../caws/nearest.ts';
import { readPolicy } from '../caws/read-policy.ts';
import { type Rule, type RuleId, rules } from '../caws/rules.ts';
import { page } from './page.ts';
import { stop } from './stop.ts';
import type { World } from './world.ts';

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
      const near = nearest(rule, Object.keys(rules)) ?? null;
      stop(world, { kind: 'rule-unknown', rule, near }, options.json);
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
  const waiving = waivingByDefault(rule);
  const schema = 'caws-arbiter/rule@1';
  if (json)
    world.out(`${JSON.stringify({ schema, id, ...rule, waiving, fix: wayOut(id, rule) })}\n`);
  else page(world, ruleText(id, rule, waiving));
}

/** Who may waive the rule where a repository's own policy says nothing else; null: nobody. */
function waivingByDefault(rule: Rule): WaivingRule | null {
  if (rule.class !== 'waivable') return null;
  const shipped = readPolicy(null, shippedPolicy());
  if (!shipped.ok) throw new Error('the shipped policy cannot be read');
  return waivingRule(rule.gate, shipped.value.policy);
}
