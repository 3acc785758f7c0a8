import { rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import { stringify } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { staysInside } from '../1-pleading/evidence-path.ts';
import type { AnyFault } from '../5-publication/fault-words.ts';
import {
  beforeReport,
  holdsText,
  notSplitText,
  partsText,
  tooManyPartsText,
} from '../5-publication/plan-words.ts';
import { report } from '../5-publication/report.ts';
import { readBoundedFile } from '../adapters/gates/bounded-file.ts';
import { openRepository } from '../adapters/git/repository.ts';
import { makeFolder, writeNewFile } from '../adapters/new-file.ts';
import { noPrecedents } from '../adapters/precedents.ts';
import { shippedPolicy } from '../adapters/shipped.ts';
import { examinePlan, namesHold, type PlanWorld } from '../arbitration/examine-plan.ts';
import { type PlanPart, type PlanSplit, splitPlan } from '../arbitration/split-plan.ts';
import { PLAN_BYTES_MAX, type Plan, readPlan } from '../caws/read-plan.ts';
import { type CommitSha, fail, ok, type Result } from '../primitives.ts';
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

const splitExamples = `
Examples:
  arbiter plan split plan.yaml                 the parts, in the order in which they are to land
  arbiter plan split plan.yaml --into parts    and the spec and plan of each, as files

A file's needs name files of the plan that have to be there first. No part has another tier, budget or scope
than the whole: its spec is the parent's, with its files for a scope. One file over a budget alone is refused.`;

interface SplitOptions {
  readonly into?: string;
  readonly onto?: string;
  readonly json?: boolean;
}

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
      const looked = await onPlan(file, options, world, examinePlan);
      if (!looked.ok) return stop(world, looked.fault, options.json === true);
      const { record, unknown } = looked.value;
      const isKnown = namesHold(unknown);
      const holds = record.verdict === 'PASS' && isKnown;
      if (options.json) {
        const facts = { schema: 'caws-arbiter/plan-check@1', recorded: false };
        world.out(`${JSON.stringify({ ...facts, holds, unknown, record })}\n`);
      } else {
        const preview =
          'a plan: not signed, not recorded; the change itself is judged by what it is';
        page(world, beforeReport(unknown) + report(record, paintFor(world), false, preview));
      }
      world.finish(isKnown ? exitOf(record) : exits.fail);
    });
  return new Command('plan')
    .description('look at what a worker means to change')
    .addCommand(check)
    .addCommand(splitCommand(world));
}

/** `arbiter plan split FILE`. */
function splitCommand(world: World): Command {
  return new Command('split')
    .description('split a plan over its budget into parts that each keep it, with a spec each')
    .argument('<plan>', 'the document (policies/schema/plan.schema.json)')
    .option('--into <dir>', 'write ID.spec.yaml and ID.plan.yaml of each part there')
    .option('--onto <target>', 'what the changes are to land on (default: the default branch)')
    .option('--json', 'one JSON object on stdout')
    .addHelpText('after', splitExamples)
    .action(async (file: string, options: SplitOptions) => {
      const split = await onPlan(file, options, world, splitPlan);
      if (!split.ok) return stop(world, split.fault, options.json === true);
      const { value } = split;
      const parts = value.kind === 'parts' ? value.parts : [];
      const written =
        options.into === undefined ? ok(null) : writeParts(parts, options.into, world);
      if (!written.ok) return stop(world, written.fault, options.json === true);
      if (options.json) world.out(splitJson(value));
      else if (value.kind === 'parts') page(world, partsText(parts, options.into ?? null));
      else if (value.kind === 'holds') page(world, holdsText);
      else if (value.kind === 'too-many-parts') page(world, tooManyPartsText(value.max));
      else
        page(world, notSplitText(value.kind === 'over-alone' ? value.paths : null, value.examined));
      world.finish(value.kind === 'parts' || value.kind === 'holds' ? exits.pass : exits.fail);
    });
}

/** A file that stands there already may be somebody's work. */
function writeParts(
  parts: readonly PlanPart[],
  folder: string,
  world: World,
): Result<null, AnyFault> {
  const into = resolve(world.directory, folder);
  const files = parts.flatMap(({ spec, plan }) => [
    [`${plan.spec}.spec.yaml`, spec.text] as const,
    [`${plan.spec}.plan.yaml`, stringify(plan)] as const,
  ]);
  const written: string[] = [];
  for (const [name, text] of files) {
    let standing = folder;
    try {
      makeFolder(into);
      standing = join(folder, name);
      writeNewFile(join(into, name), [text]);
      written.push(join(into, name));
    } catch (error) {
      // Some of the parts are no split, and would be in the way of the next one.
      for (const file of written) rmSync(file, { force: true });
      const reason = (error as NodeJS.ErrnoException).code ?? 'unwritable';
      return fail({ kind: 'file-unwritable', file: standing, reason });
    }
  }
  return ok(null);
}

/** What policies/schema/plan-split.schema.json says; one line. */
function splitJson(split: PlanSplit): string {
  const parts = split.kind === 'parts' ? split.parts : [];
  const refused = split.kind === 'refused' || split.kind === 'over-alone' ? split : null;
  return `${JSON.stringify({
    schema: 'caws-arbiter/plan-split@1',
    recorded: false,
    outcome: split.kind,
    parts,
    over: split.kind === 'over-alone' ? split.paths : [],
    unknown: refused?.examined.unknown ?? { acceptance: [], gates: [], files: [] },
    record: refused?.examined.record ?? null,
  })}\n`;
}

/** Reads a plan and does something with it on its target. */
async function onPlan<Value>(
  file: string,
  options: { readonly spec?: string; readonly onto?: string },
  world: World,
  act: (
    plan: Plan,
    place: { readonly base: CommitSha; readonly baseRef: string },
    world: PlanWorld,
  ) => Promise<Result<Value, AnyFault>>,
): Promise<Result<Value, AnyFault>> {
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
  return await act(
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
  if (!read.ok) {
    const { kind, detail } = read.fault;
    const why = kind === 'absent' ? {} : { reason: detail };
    return fail({
      ...{ kind: 'file-unreadable', file, option: 'PLAN', folder: world.directory },
      ...why,
    });
  }
  const text = Buffer.from(read.value.bytes).toString('utf8');
  const plan = readPlan({ file, text }, staysInside);
  return plan.ok ? plan : fail({ kind: 'plan-invalid', document: plan.fault });
}
