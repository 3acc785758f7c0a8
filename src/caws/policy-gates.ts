/** What is known of a gate by its name alone. */

import type { Answer } from './generated/policy.js';
import type { EvidenceFormat, GateAnswer, GateMeasure } from './policy.ts';
import { rules } from './rules.ts';

type AnsweredBy = Exclude<GateAnswer, { readonly by: 'nobody' }>;

/** Gates of the published dialects that the arbiter's own examination answers. */
const examined = [
  'budget_limit',
  'scope_boundary',
  'spec_completeness',
  'god_object',
  'todo_detection',
] as const;

/** Other spellings of one gate that public policies use. */
const aliases: Readonly<Record<string, string>> = {
  god_objects: 'god_object',
  'god-objects': 'god_object',
  'hidden-todo': 'todo_detection',
  'hidden-todos': 'todo_detection',
  hidden_todo: 'todo_detection',
  hidden_todos: 'todo_detection',
  coverage: 'coverage_threshold',
  mutation: 'mutation_threshold',
  security: 'security_scan',
  contracts: 'contract_compliance',
};

/** Reports that answer a 2025 gate: the file names are what the tools write when nobody renames them. */
const reports: Readonly<
  Record<string, { readonly format: EvidenceFormat; readonly file: string }>
> = {
  coverage_threshold: { format: 'lcov', file: 'lcov.info' },
  mutation_threshold: { format: 'stryker', file: 'mutation.json' },
  security_scan: { format: 'sarif', file: 'security.sarif' },
  tests: { format: 'junit', file: 'junit.xml' },
};

/**
 * The gate's id in our own form: aliases resolved, other characters replaced, at most 64.
 * Two names can meet in one id.
 */
export function gateId(name: string): string {
  const alias = Object.hasOwn(aliases, name) ? aliases[name] : undefined;
  if (alias !== undefined) return alias;
  const id = name.toLowerCase().replace(/[^a-z0-9_-]+/g, '-');
  return (/^[a-z]/.test(id) ? id : `gate-${id}`).slice(0, 64);
}

/** Whether findings of the arbiter count under this gate. */
export function isExamined(id: string): boolean {
  return (
    examined.some((name) => name === id) || Object.values(rules).some(({ gate }) => gate === id)
  );
}

/** Who answers a gate that does not say it; null where nobody here can. */
export function usualAnswer(id: string): AnsweredBy | null {
  if (isExamined(id)) return { by: 'arbiter' };
  const report = Object.hasOwn(reports, id) ? reports[id] : undefined;
  return report === undefined ? null : { by: 'evidence', ...report };
}

/** A written answer, with what it leaves out filled in. */
export function answerOf(written: Answer): AnsweredBy {
  switch (written.by) {
    case 'arbiter':
      return { by: 'arbiter' };
    case 'command':
      return {
        by: 'command',
        command: written.command,
        report: written.report ?? null,
        sandbox: written.sandbox ?? 'required',
        network: written.network ?? false,
        ...(written.base && {
          base: { compare: written.base.compare ?? false, tests: written.base.tests ?? [] },
        }),
        ...(written.caches && { caches: written.caches }),
      };
    case 'check':
      return {
        by: 'check',
        name: written.name,
        appId: written.app_id,
        workflow: written.workflow ?? null,
      };
    case 'evidence':
      return { by: 'evidence', format: written.format, file: written.file };
  }
}

/**
 * Whether a folder of a checkout may be kept for later runs: a report of an earlier one would pass for the
 * gate's own, and git's own folder is what the tree is. Letters count alike, as they do on some systems.
 */
export function mayBeKept(path: string, report: { readonly path: string } | null): boolean {
  const lowered = path.toLowerCase();
  if (lowered.split('/').some((segment) => segment.startsWith('.git'))) return false;
  if (report === null) return true;
  const written = `${report.path.toLowerCase()}/`;
  return !written.startsWith(`${lowered}/`) && !`${lowered}/`.startsWith(written);
}

/** An answer under the keys of the document. */
export function writtenAnswer(answer: AnsweredBy): Answer {
  switch (answer.by) {
    case 'arbiter':
      return { by: 'arbiter' };
    case 'command': {
      const { by, report, sandbox, network, base, caches } = answer;
      const command = [...answer.command];
      const held = base && {
        base: { compare: base.compare, ...(base.tests.length > 0 && { tests: [...base.tests] }) },
      };
      const kept = caches && { caches: caches.map(({ path, key }) => ({ path, key: [...key] })) };
      return { by, command, ...(report && { report }), sandbox, network, ...held, ...kept };
    }
    case 'check': {
      const { name, appId, workflow } = answer;
      return { by: 'check', name, app_id: appId, ...(workflow !== null && { workflow }) };
    }
    case 'evidence':
      return { by: 'evidence', format: answer.format, file: answer.file };
  }
}

/** What an answer measures where the gate does not say it. */
export function usualMeasure(answer: GateAnswer): GateMeasure {
  if (answer.by === 'evidence') return measures[answer.format];
  if (answer.by === 'command' && answer.report !== null) return measures[answer.report.format];
  return 'exit-code';
}

const measures: Readonly<Record<EvidenceFormat, GateMeasure>> = {
  junit: 'tests',
  lcov: 'coverage',
  cobertura: 'coverage',
  'istanbul-summary': 'coverage',
  stryker: 'mutation',
  sarif: 'security',
};
