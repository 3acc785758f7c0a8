import { staysInside } from '../1-pleading/evidence-path.ts';
import { patchTask, type WorkerTask } from '../4-verdict/worker-task.ts';
import type { NotProposed } from '../5-publication/worker-words.ts';
import { type Plan, readPlan } from '../caws/read-plan.ts';
import type { WorkerGuide } from '../caws/worker-guide.ts';
import type { CycleFault } from '../cycle/world.ts';
import type { Worker } from '../ports.ts';
import { fail, ok, type Result } from '../primitives.ts';
import { isWorthWriting, type PlanExamined } from './examine-plan.ts';

/** What a worker planned, and what it then wrote. Nothing of it is believed. */
export interface Proposal {
  readonly plan: Plan;
  readonly patch: Uint8Array;
}

const PLAN_FILE = 'plan.yaml';

/**
 * Asks a worker for a plan, and for a patch only where the plan holds: one outside scope or budget costs no
 * generation. Whether the patch is what was planned is no question here: it is judged by what it is.
 */
export async function proposalOf(
  worker: Worker,
  task: WorkerTask,
  by: {
    readonly guide: WorkerGuide;
    readonly examine: (plan: Plan) => Promise<Result<PlanExamined, CycleFault>>;
  },
  signal: AbortSignal,
): Promise<Result<Proposal, NotProposed | CycleFault>> {
  const written = await worker.write(task, signal);
  if (!written.ok) return fail({ kind: 'worker-silent', step: 'plan', ...written.fault });
  const text = Buffer.from(written.value).toString('utf8');
  const plan = readPlan({ file: PLAN_FILE, text }, staysInside);
  if (!plan.ok) return fail({ kind: 'plan-unreadable', fault: plan.fault });
  const { spec: named } = plan.value;
  if (named !== task.spec.id) return fail({ kind: 'plan-elsewhere', named, wanted: task.spec.id });
  const examined = await by.examine(plan.value);
  if (!examined.ok) return examined;
  if (!isWorthWriting(examined.value)) return fail({ kind: 'plan-refused', ...examined.value });
  const patch = await worker.write(patchTask(task, plan.value, by.guide), signal);
  return patch.ok
    ? ok({ plan: plan.value, patch: patch.value })
    : fail({ kind: 'worker-silent', step: 'patch', ...patch.fault });
}
