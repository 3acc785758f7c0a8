/** One figure of a benchmark beside its floor, which was measured in the same run. */
export interface Row {
  readonly what: string;
  readonly measured: string;
  readonly floor: string;
  /** Empty where there is none. */
  readonly ratio: string;
  /** The limit, with its sign; empty for a figure that only informs. */
  readonly bar: string;
  /** null where no limit binds. */
  readonly ok: boolean | null;
}

/** Prints the rows as a table for a person. */
export function printTable(rows: readonly Row[]): void {
  const cells = rows.map((row) => [
    row.what,
    row.measured,
    row.floor,
    row.ratio,
    row.bar,
    row.ok === null ? '' : row.ok ? 'ok' : 'MISSED',
  ]);
  const all = [['what', 'measured', 'floor', 'ratio', 'bar', ''], ...cells];
  const widths = all[0]?.map((_, column) =>
    Math.max(...all.map((line) => line[column]?.length ?? 0)),
  );
  for (const line of all)
    console.log(
      line
        .map((cell, column) => cell.padEnd(widths?.[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}

/** Prints the table and, as the last line, the same as JSON for `bench/run.ts`. */
export function report(rows: readonly Row[]): void {
  printTable(rows);
  console.log(JSON.stringify({ rows }));
}

/** The rows in the last line of what a benchmark printed, or null where it printed none. */
export function rowsIn(text: string): readonly Row[] | null {
  const last = text.trimEnd().split('\n').at(-1) ?? '';
  return last.startsWith('{"rows":')
    ? (JSON.parse(last) as { readonly rows: readonly Row[] }).rows
    : null;
}

/** The middle value; of an even number of values the upper of both. */
export function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
