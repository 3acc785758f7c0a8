import { visible } from './escape.ts';

/** Whose policy is shown: that of a branch, or (null) the one that lies in the work tree. */
export function whoseText(base: { readonly name: string; readonly tip: string } | null): string {
  if (base === null)
    return 'This is the one of the work tree. Changes are judged by that of their target: arbiter config show --base';
  return `This is the one of ${visible(base.name.replace(/^refs\/(?:heads|remotes)\//, ''), 100)} (${base.tip.slice(0, 12)}), which judges changes that would merge there.`;
}
