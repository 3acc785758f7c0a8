/** What a check says that stands under a name that lets nothing through. */
import type { CheckFace } from '../../forge.ts';
import { visible } from '../escape.ts';
import { type Block, paragraph } from './fit.ts';
import { code, md } from './markdown.ts';
import { CHECK_NAME } from './names.ts';
import type { Aside, CheckContext } from './state.ts';
import { title } from './titles.ts';

/** What stands in the place of a success. */
export function asideEnd(aside: Aside): Pick<CheckFace, 'status' | 'conclusion' | 'title'> {
  switch (aside.kind) {
    case 'queue':
      return {
        status: 'in_progress',
        conclusion: null,
        title: title('WAITING', `the merge queue of ${visible(aside.branch, 20)} has this commit`),
      };
    case 'opens-nothing':
      return {
        status: 'completed',
        conclusion: 'action_required',
        title: title('OPENS NOTHING', `the branch is to ask for ${CHECK_NAME}`),
      };
  }
}

export function asideBlocks(aside: Aside | null, { name }: CheckContext): readonly Block[] {
  if (aside === null) return [];
  const branch = code(visible(aside.branch, 100));
  switch (aside.kind) {
    case 'queue':
      return [
        paragraph(
          md`**This commit is one that the merge queue of ${branch} has put together.** ${code(aside.name)} speaks here for the queue alone, so a pull request with this head is shown as ${code(name)} and cannot be merged by it. It is judged under its own name once the queue has left the commit; to have it judged now, push an empty commit (${code('git commit --allow-empty')}).`,
        ),
      ];
    case 'opens-nothing':
      return [
        paragraph(
          md`**${branch} asks for a name that opens nothing.** ${code(name)} is shown for branches that require no verdict, so it never passes where a branch requires it. Let the ruleset of ${branch} ask for ${code(CHECK_NAME)} from this app alone: ${code('arbiter doctor')} shows how.`,
        ),
      ];
  }
}
