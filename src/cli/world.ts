import type { Call } from '../5-publication/as-called.ts';
import type { Instant } from '../primitives.ts';

/** Exit codes of every command: 1 and 3 are verdicts, everything else is not. */
export const exits = {
  pass: 0,
  fail: 1,
  usage: 2,
  waiverRequired: 3,
  couldNotFinish: 4,
  invalidDocument: 5,
  ledgerBroken: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exits)[keyof typeof exits];

/** What a command may use of the process it runs in. */
export interface World {
  /** Results. */
  readonly out: (text: string) => void;
  /** Messages and progress. */
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute: `-C DIR`, else INIT_CWD under npm run, else the working folder. */
  readonly directory: string;
  /** Whether stderr is a terminal that a person reads; decides colour and live lines. */
  readonly terminal: boolean;
  readonly color: boolean;
  /** How the person started the program; undefined: as `arbiter`, in the folder itself. */
  readonly call?: Call | undefined;
  /** Width of the terminal that stdout is; undefined where it is none. */
  readonly columns?: number | undefined;
  readonly now: () => Instant;
  readonly random: (count: number) => Uint8Array;
  /** Sets the exit code; the last call wins. */
  readonly finish: (code: ExitCode) => void;
}
