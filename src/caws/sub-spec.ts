import { parseDocument } from 'yaml';
import type { LawText } from './law.ts';
import type { Spec } from './spec.ts';

/** What is different in a part of a task that is too large for one change. */
export interface SubSpecWish {
  readonly id: string;
  readonly part: number;
  readonly of: number;
  /** Its whole scope: the files of the part. */
  readonly files: readonly string[];
}

/**
 * The spec of one part: its parent's text with an id, a title and a scope of its own. Tier, acceptance,
 * invariants, contracts and what is out of scope stay; waivers of the parent stay behind.
 *
 * @param parent as `readSpec` has taken it.
 */
export function subSpec({ text }: LawText, parent: Spec, wish: SubSpecWish): LawText {
  const document = parseDocument(text);
  document.set('id', wish.id);
  document.set('title', `${parent.title} (part ${wish.part} of ${wish.of} of ${parent.id})`);
  document.setIn(['scope', 'in'], [...wish.files]);
  document.deleteIn(['scope', 'support']);
  document.delete('waiver_ids');
  return { file: `.caws/specs/${wish.id}.yaml`, text: document.toString() };
}

/**
 * Ids for the parts of a spec: its own with a, b, … z, aa, … after it, but for those that are taken.
 *
 * @param taken ids of the target, in any case: some file systems tell no case apart.
 */
export function subIds(parent: string, taken: readonly string[]): (part: number) => string {
  const known = new Set(taken.map((id) => id.toLowerCase()));
  const free: string[] = [];
  let at = 0;
  return (part) => {
    while (free.length < part) {
      const id = `${parent}${letters(at)}`;
      if (!known.has(id.toLowerCase())) free.push(id);
      at += 1;
    }
    return free[part - 1] ?? '';
  };
}

/** a to z, then aa to az, and so on. */
function letters(at: number): string {
  const last = String.fromCharCode(97 + (at % 26));
  return at < 26 ? last : `${letters(Math.floor(at / 26) - 1)}${last}`;
}
