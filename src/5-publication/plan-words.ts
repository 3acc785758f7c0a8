import { visible } from './escape.ts';

/** What a plan aims at, and the law does not have. */
export interface UnknownNames {
  readonly acceptance: readonly string[];
  readonly gates: readonly string[];
}

/** One line for each kind that is not empty; '' where the law has everything that the plan names. */
export function unknownNamesText({ acceptance, gates }: UnknownNames): string {
  const line = (what: string, names: readonly string[]) =>
    names.length === 0 ? '' : `✗ ${what}: ${names.map((name) => visible(name, 80)).join(', ')}\n`;
  return `${line('The spec has no such acceptance item', acceptance)}${line('The policy has no such gate', gates)}`;
}
