import type { MergeMethod } from '../forge.ts';
import { visible } from './escape.ts';

/** Why we did not ask the forge to merge. */
export type NotMerged =
  | { readonly because: 'no-pass' | 'head-moved' | 'verdict-in-description' }
  /** The branch has a queue, which merges by its own rule. */
  | { readonly because: 'queue-method'; readonly method: MergeMethod };

/** Why `/caws merge` did not merge, as a comment; nothing of the change's own text stands in it. */
export function mergeRefusedText(
  refused:
    | ({ readonly kind: 'refused' } & NotMerged)
    | { readonly kind: 'refused-by-forge'; readonly detail: string },
): string {
  if (refused.kind === 'refused-by-forge')
    return `Nothing was merged: GitHub refused with “${plain(refused.detail)}”.\n\nThe verdict stands. Mend what GitHub names, then comment \`/caws merge\` again.`;
  switch (refused.because) {
    case 'no-pass':
      return 'Nothing was merged: there is no PASS that holds for this head now. The check says what is missing.';
    case 'head-moved':
      return 'Nothing was merged: the pull request moved while it was being merged. When the new head has its verdict, comment `/caws merge` again.';
    case 'verdict-in-description':
      return 'Nothing was queued: the merge queue takes the description into its commit, and the description has a `CAWS-VERDICT-ID` line of its own. Take that line out, then comment `/caws merge` again.';
    case 'queue-method':
      return `Nothing was queued: the merge queue of this branch merges by ${refused.method}, whatever is asked. Comment \`/caws merge\` without a method.`;
  }
}

/** A merge that waited for the forge's rules was taken back with the verdict that it was to land by. */
export const wishEndedText = (): string =>
  'The merge that waited here was taken back: the verdict that it was to land by does not stand any more. Nothing was merged. When the check passes, comment `/caws merge` again.';

/** GitHub's own words, without anything that Markdown or a mention could be made of. */
const plain = (text: string): string =>
  visible(text, 200).replaceAll(/[^\p{L}\p{N} .,:;'()-]/gu, ' ');
