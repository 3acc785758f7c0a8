import type { GateAnswerGiven, GateLost } from '../../3-deliberation/deliberation.ts';
import type { EvidenceReference } from '../../caws/plea.ts';
import type { GateRunner } from '../../ports.ts';
import type { Isolation } from '../sandbox/isolation.ts';
import { evidenceFolder } from './evidence-folder.ts';

interface RunHere {
  readonly repository: string;
  readonly cores: number;
  readonly sandbox: () => Promise<Isolation>;
  readonly signal?: AbortSignal;
}

/**
 * The runner of one command line: reports of a folder first, then commands. A gate that neither
 * answers is `missing`.
 */
export function gateRunner(options: {
  /** `--evidence DIR`, or null. */
  readonly evidenceDirectory: string | null;
  /** Reports that the plea names, with their digests. */
  readonly references: readonly EvidenceReference[];
  /** `--run-gates`: where the head's objects are and how many gates may run at once; null: none run. */
  readonly runGates: RunHere | null;
}): GateRunner {
  const { evidenceDirectory, references, runGates } = options;
  return firstAnswering([
    ...(evidenceDirectory === null
      ? []
      : [evidenceFolder({ directory: evidenceDirectory, references })]),
    ...(runGates === null ? [] : [runningHere(runGates)]),
  ]);
}

/** What runs commands is loaded once there is one to run. */
function runningHere(options: RunHere): GateRunner {
  return {
    answer: async (...asked) => {
      const { localCommands } = await import('./local-commands.ts');
      return localCommands(options).answer(...asked);
    },
  };
}

/**
 * Asks runners in turn, each for the gates that no one before it had anything for. Any other answer
 * stands, a bad one too: a second source must not paper over a forged first.
 */
function firstAnswering(runners: readonly GateRunner[]): GateRunner {
  return {
    answer: async (gates, subject, progress) => {
      const answers = new Map<string, GateAnswerGiven | GateLost>();
      for (const runner of runners) {
        const open = gates.filter(
          ({ gate }) => (answers.get(gate.id)?.state ?? 'missing') === 'missing',
        );
        if (open.length === 0) break;
        for (const answer of await runner.answer(open, subject, progress))
          answers.set(answer.gate, answer);
      }
      return gates.map(
        ({ gate }) =>
          answers.get(gate.id) ?? {
            gate: gate.id,
            state: 'missing',
            detail: 'no evidence was given and nothing was run',
            durationMs: 0,
          },
      );
    },
  };
}
