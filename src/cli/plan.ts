import { basename, dirname, resolve } from 'node:path';
import { Command } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { staysInside } from '../1-pleading/evidence-path.ts';
import type { AnyFault } from '../5-publication/fault-words.ts';
import { unknownNamesText } from '../5-publication/plan-words.ts';
import { report } from '../5-publication/report.ts';
import { readBoundedFile } from '../adapters/gates/bounded-file.ts';
import { openRepository } from '../adapters/git/repository.ts';
import { noPrecedents } from '../adapters/precedents.ts';
import { shippedPolicy } from '../adapters/shipped.ts';
import { examinePlan, type PlanExamined } from '../arbitration/examine-plan.ts';
import { PLAN_BYTES_MAX, type Plan, readPlan } from '../caws/read-plan.ts';
import { fail, type Result } from '../primitives.ts';
import { targetNamed } from './branch.ts';
import { newVerdictId } from './new-id.ts';
import { page } from './page.ts';
import { paintFor } from './stage-lines.ts';
import { stop } from './stop.ts';
import { exitOf } from './verify-hearing.ts';
import { exits, type World } from './world.ts';

const examples = `
Examples:
  arbiter plan check plan.yaml                  as the plan names its spec
  arbiter plan check plan.yaml --spec CART-1    only where it is for this spec

What can be said of files and lines is said before a patch is written: scope, budgets, guarded files, the
spec itself, the acceptance items and gates that the plan names. Nothing is recorded.`;

interface Options {
  readonly spec?: string;
  readonly onto?: string;
  readonly json?: boolean;
}

/** `arbiter plan check FILE`. */
export function command(world: World): Command {
  const check = new Command('check')
    .description('examine a plan against scope and budget, before a patch exists')
    .argument('<plan>', 'the document (policies/schema/plan.schema.json)')
    .option('--spec <id>', 'the working spec that it has to be for')
    .option('--onto <target>', 'what the change is to land on (default: the default branch)')
    .option('--json', 'one JSON object on stdout')
    .addHelpText('after', examples)
    .action(async (file: string, options: Options) => {
      const looked = await look(file, options, world);
      if (!looked.ok) return stop(world, looked.fault, options.json === true);
      const { record, unknown } = looked.value;
      const isKnown = unknown.acceptance.length + unknown.gates.length === 0;
      const holds = record.verdict === 'PASS' && isKnown;
      if (options.json) {
        const facts = { schema: 'caws-arbiter/plan-check@1', recorded: false };
        world.out(`${JSON.stringify({ ...facts, holds, unknown, record })}\n`);
      } else {
        const preview =
          'a plan: not signed, not recorded; the change itself is judged by what it is';
        page(world, report(record, paintFor(world), false, preview) + unknownNamesText(unknown));
      }
      world.finish(isKnown ? exitOf(record) : exits.fail);
    });
  return new Command('plan').description('look at what a worker means to change').addCommand(check);
}

async function look(
  file: string,
  options: Options,
  world: World,
): Promise<Result<PlanExamined, AnyFault>> {
  const plan = planIn(file, world);
  if (!plan.ok) return plan;
  const wanted = options.spec ?? plan.value.spec;
  if (wanted !== plan.value.spec)
    return fail({ kind: 'plan-for-other-spec', file, named: plan.value.spec, wanted });
  const opened = await openRepository(world.directory, { env: world.env });
  if (!opened.ok) return opened;
  using repository = opened.value;
  const target = await targetNamed(world, options.onto);
  if (!target.ok) return target;
  return await examinePlan(
    plan.value,
    { base: target.value.tip, baseRef: target.value.name },
    {
      clock: { now: world.now },
      newId: (at) => newVerdictId(at, world),
      version: packageJson.version,
      shippedPolicy: shippedPolicy(),
      repository,
      precedents: noPrecedents,
    },
  );
}

function planIn(file: string, world: World): Result<Plan, AnyFault> {
  const path = resolve(world.directory, file);
  const read = readBoundedFile(dirname(path), basename(path), PLAN_BYTES_MAX);
  if (!read.ok)
    return fail({ kind: 'file-unreadable', file, option: 'PLAN', folder: world.directory });
  const text = Buffer.from(read.value.bytes).toString('utf8');
  const plan = readPlan({ file, text }, staysInside);
  return plan.ok ? plan : fail({ kind: 'document-invalid', document: plan.fault });
}
