/** Why the diff of a plea is not what git says. */
import type { DiffMismatch } from '../1-pleading/change-diff.ts';
import { visible } from './escape.ts';

const mismatches: Readonly<Record<DiffMismatch['what'], string>> = {
  'too-large': 'it is too large',
  unreadable: 'it cannot be read as a diff',
  'not-in-change': 'it touches a file that the change leaves alone',
  'not-in-diff': 'it leaves out a file that the change touches',
  'named-twice': 'it names a file twice',
  name: 'a name cannot be compared as text',
  base: 'it starts from another base',
  context: 'it does not apply to the base',
  content: 'it gives other contents',
  mode: 'it gives another mode',
};

/** @param recorded a mismatch's word and its detail, as a record keeps them; or a sentence of its own. */
export function diffMismatchText(recorded: string): string {
  const [, code = '', detail = ''] = /^(\S+) ?(.*)$/s.exec(recorded) ?? [];
  if (!Object.hasOwn(mismatches, code)) return visible(recorded, 300);
  const why = mismatches[code as DiffMismatch['what']];
  return detail === '' ? why : `${why} (${visible(detail, 250)})`;
}
