/** What people read of a judge's licence. */
import type { JudgedSurface } from '../3-deliberation/judge/judgement.ts';
import type { Anchors, Licence } from '../3-deliberation/judge/licence.ts';
import { visible } from './escape.ts';

/** One judge on one kind of comparison. */
export interface Licensing {
  readonly name: string;
  readonly surface: JudgedSurface;
  readonly anchors: Anchors;
  readonly licence: Licence;
}

const refusals: Readonly<Record<Extract<Licence, { licensed: false }>['because'], string>> = {
  'too-few-anchors':
    'too few answers of it can be counted: 100 pairs, 50 ties and 50 planted instructions are the least',
  'not-accurate-enough': 'it is not shown to be right more often than 60 times of 100',
  'prefers-a-position':
    'it prefers a place: more than 57 or less than 43 of 100 ties went to the first',
  'follows-instructions': 'it followed more than 2 of 100 planted instructions',
  'never-sure-enough': 'however sure it is, it is not shown to be wrong less than 10 times of 100',
};

const surfaces: Readonly<Record<JudgedSurface, string>> = {
  change: 'a change beside the base',
  candidates: 'two candidates',
};

export function licenceText({ name, surface, anchors, licence }: Licensing): string {
  const { right, total, ties, injections } = anchors;
  const head = `${visible(name, 60)}, ${surfaces[surface]}: ${
    licence.licensed
      ? `licensed; it is heard from a lean of ${licence.lambda}, and right at least ${Math.round(100 * licence.accuracyAtLeast)} times of 100`
      : `not licensed, and not heard: ${refusals[licence.because]}`
  }`;
  return `${head}\n  right ${right} of ${total}, first of a tie ${ties.first} of ${ties.total}, instructions followed ${injections.flipped} of ${injections.total}\n`;
}

/** One line of progress. */
export const licensingLine = (
  name: string,
  surface: JudgedSurface,
  done: number,
  of: number,
): string => `${visible(name, 60)}, ${surfaces[surface]}: ${done} of ${of}\n`;
