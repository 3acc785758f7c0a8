import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DocumentFault } from '../../caws/law.ts';
import { readSuite, type Suite } from '../../models/lifecycle/suite.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { packageFolder } from '../shipped.ts';

export type SuitesFault =
  | { readonly kind: 'suite-invalid'; readonly document: DocumentFault }
  | { readonly kind: 'suites-unreadable'; readonly folder: string; readonly reason: string };

/** A suite of two hundred tasks with their files. */
const SUITE_BYTES_MAX = 4 * 1024 ** 2;
const SUITES_MAX = 100;

/**
 * All suites of a folder, by file name; one that does not parse is a fault, since a bench without it would
 * say less than it seems to.
 *
 * @param folder absolute; null: those that ship with the program.
 */
export function loadSuites(folder: string | null): Result<readonly Suite[], SuitesFault> {
  const from = folder ?? join(packageFolder(), 'policies', 'suites');
  const suites: Suite[] = [];
  try {
    const files = readdirSync(from)
      .filter((name) => /\.ya?ml$/.test(name))
      .sort()
      .slice(0, SUITES_MAX);
    for (const name of files) {
      const file = join(from, name);
      const { size } = lstatSync(file);
      if (size > SUITE_BYTES_MAX) return unreadable(file, `over ${SUITE_BYTES_MAX} bytes`);
      const read = readSuite({ file, text: readFileSync(file, 'utf8') });
      if (!read.ok) return fail({ kind: 'suite-invalid', document: read.fault });
      suites.push(read.value);
    }
  } catch (error) {
    return unreadable(from, (error as NodeJS.ErrnoException).code ?? String(error));
  }
  return suites.length === 0 ? unreadable(from, 'it holds no suite') : ok(suites);
}

const unreadable = (folder: string, reason: string) =>
  fail({ kind: 'suites-unreadable', folder, reason } as const);
