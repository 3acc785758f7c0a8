import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Queue } from './work/queue.ts';

/** What is measured, for /metrics. No label holds a repository's name: whoever scrapes may not read all. */
export interface Metrics {
  /** Prometheus text. */
  readonly text: () => Promise<string>;
  readonly contentType: string;
  readonly delivery: (event: string, outcome: string) => void;
  /** A delivery that was signed with the webhook secret before the present one. */
  readonly previousSecret: () => void;
  readonly task: (kind: string, outcome: string) => void;
  /** PASS, FAIL, WAIVER_REQUIRED or ERROR. */
  readonly verdict: (outcome: string) => void;
  readonly stage: (stage: string, seconds: number) => void;
  /** @param remaining null where the forge names no limit. */
  readonly apiCall: (status: number, resource: string, remaining: number | null) => void;
  /** Entries in one repository's ledger. */
  readonly ledgerHeight: (repositoryId: number, height: number) => void;
  readonly unverifiedMerge: () => void;
}

/** From a tenth of a second to a quarter of an hour: a verdict waits for what CI does. */
const STAGE_SECONDS = [0.1, 0.3, 1, 3, 10, 30, 100, 300, 900];

/** A registry of its own: two apps in one process, as in tests, do not count each other's work. */
export function metricsOf(queue: Pick<Queue, 'state'>, now: () => number): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const counter = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Counter({ name: `arbiter_${name}`, help, labelNames: [...labelNames], registers });
  const gauge = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Gauge({ name: `arbiter_${name}`, help, labelNames: [...labelNames], registers });

  const deliveries = counter('deliveries_total', 'Deliveries by event and what became of them', [
    'event',
    'outcome',
  ]);
  const previousSecret = counter(
    'previous_secret_total',
    'Deliveries signed with WEBHOOK_SECRET_PREVIOUS',
  );
  const tasks = counter('tasks_total', 'Ended tasks by kind and outcome', ['kind', 'outcome']);
  const verdicts = counter('verdicts_total', 'Verdicts by outcome', ['outcome']);
  const calls = counter('api_calls_total', 'Calls to the forge by status', ['status']);
  const unverified = counter(
    'unverified_merges_total',
    'Commits on a protected branch without a verdict that holds',
  );
  const remaining = gauge('api_remaining', 'Calls that the forge still allows, as last said', [
    'resource',
  ]);
  const height = gauge('ledger_height', 'Entries in a ledger', ['repository']);
  const depth = gauge('queue_tasks', 'Tasks in the queue by state', ['state']);
  const age = gauge(
    'queue_oldest_seconds',
    'How long the oldest task that could be worked on waits',
  );
  const stages = new Histogram({
    name: 'arbiter_stage_seconds',
    help: 'How long a stage of the cycle takes',
    labelNames: ['stage'],
    buckets: STAGE_SECONDS,
    registers,
  });
  return {
    contentType: registry.contentType,
    text: () => {
      const { oldestMs, ...states } = queue.state(now() as Parameters<Queue['state']>[0]);
      for (const [state, count] of Object.entries(states)) depth.set({ state }, count);
      age.set(oldestMs / 1_000);
      return registry.metrics();
    },
    delivery: (event, outcome) => deliveries.inc({ event, outcome }),
    previousSecret: () => previousSecret.inc(),
    task: (kind, outcome) => tasks.inc({ kind, outcome }),
    verdict: (outcome) => verdicts.inc({ outcome }),
    stage: (stage, seconds) => stages.observe({ stage }, seconds),
    apiCall: (status, resource, left) => {
      calls.inc({ status: String(status) });
      if (left !== null) remaining.set({ resource }, left);
    },
    ledgerHeight: (repository, entries) => height.set({ repository: String(repository) }, entries),
    unverifiedMerge: () => unverified.inc(),
  };
}
