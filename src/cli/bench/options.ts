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
