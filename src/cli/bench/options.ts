/** What every bench takes. */
export interface BenchOptions {
  readonly model: string;
  readonly suites?: string;
  readonly suite?: string;
  readonly promptVersion: string;
  readonly env: string;
  readonly script?: string;
  readonly json?: boolean;
}

export interface NewModelOptions extends BenchOptions {
  readonly ledger?: string;
  readonly key?: string;
}

/** The models come from the roster. */
export interface ScheduleOptions extends Omit<NewModelOptions, 'model' | 'json'> {
  /** Where reports go; none are written without it. */
  readonly reports?: string;
  readonly once?: boolean;
}
