import type { Answer, CommandContext, Heard } from '../../src/4-verdict/commands/answer.ts';
import type { Actor } from '../../src/forge.ts';

/** One command line or button, and who and where. */
export interface Said {
  readonly heard: Heard;
  readonly by: Actor;
  readonly line: number;
  /** As it was typed. */
  readonly text: string;
  /** Answered last: whatever else was said counts for it. */
  readonly wishesMerge: boolean;
  readonly say: (context: CommandContext) => Answer;
}
