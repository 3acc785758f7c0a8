import type { PlannedGate } from '../src/3-deliberation/deliberation.ts';
import type { RunCase } from '../src/3-deliberation/runner/run-case.ts';

/**
 * The gates of a case as what runs commands takes them.
 *
 * Every one has to be confined, also where its policy would let it run without: beside it stands the process
 * that can ask for the run's identity, and what runs under the same user can read that process's memory.
 */
export function planned({ gates }: RunCase): readonly PlannedGate[] {
  return gates.map(({ gate: id, command, report, network, timeoutMs, on, tests = [], caches }) => ({
    gate: {
      ...{ id, description: '', mode: 'block', timeoutMs, minimum: null, measures: 'exit-code' },
      answer: {
        ...{ by: 'command', command, report, sandbox: 'required', network },
        base: { compare: on === 'base', tests },
        ...(caches && { caches }),
      },
      ...{ waivable: false, approvers: [], approversMin: 0, longestWaiverDays: 0 },
      trustMin: 'local',
    },
    minimum: null,
    ...(on && { on }),
  }));
}
