import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Located } from './locate.ts';
import { splitRange } from './revisions.ts';

const BRANCH = 'refs/heads/';
const REMOTE_BRANCH = /^refs\/remotes\/[^/]+\//;

/**
 * The branch that the head of a range is, without `refs/heads/`; empty where it is a bare commit.
 *
 * @param ref the head as resolved: a full ref, or a commit where no ref was named.
 */
export function headNames(range: string | null, ref: string, located: Located): readonly string[] {
  const { head } = splitRange(range);
  const full = head === 'HEAD' || head === '@' ? (currentRef(located) ?? ref) : ref;
  if (full.startsWith(BRANCH)) return [full.slice(BRANCH.length)];
  return REMOTE_BRANCH.test(full) ? [full.replace(REMOTE_BRANCH, '')] : [];
}

/** What HEAD points to, or null where it is detached or git keeps its refs elsewhere. */
function currentRef({ gitDirectory }: Located): string | null {
  try {
    const text = readFileSync(join(gitDirectory, 'HEAD'), 'utf8');
    const ref = /^ref: (refs\/heads\/[^\n]+)\n?$/.exec(text)?.[1] ?? null;
    return ref === 'refs/heads/.invalid' ? null : ref;
  } catch {
    return null;
  }
}
