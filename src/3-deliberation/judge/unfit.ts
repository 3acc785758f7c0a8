import { LEFT_OUT_SHARE_MAX } from './bounds.ts';
import type { Dossier } from './dossier.ts';
import { holdsRoleToken } from './seen-text.ts';

/** Why no judge is asked about a dossier; null: one may be. */
export function unfit(dossier: Dossier): 'role-token' | 'too-large' | 'nothing-to-compare' | null {
  const [one, other] = dossier.candidates;
  if (one.digest === other.digest) return 'nothing-to-compare';
  const texts = dossier.candidates.flatMap(({ diff, claims }) => [
    diff,
    ...claims.map(({ text }) => text),
  ]);
  if ([dossier.task, dossier.reference ?? '', ...texts].some(holdsRoleToken)) return 'role-token';
  const cut = dossier.candidates.some(
    ({ linesLeftOut, linesTotal }) => linesLeftOut > LEFT_OUT_SHARE_MAX * linesTotal,
  );
  return cut ? 'too-large' : null;
}
