/** What answers to commands are put together from. */
import type { Reply } from '../../4-verdict/commands/reply.ts';
import type { Verb } from '../../4-verdict/commands/verbs.ts';
import { commandWords } from './commands.ts';
import { type Block, paragraph } from './fit.ts';
import { code, isEmpty, joined, type Markdown, md } from './markdown.ts';

export type ReplyOf<Kind extends Reply['kind']> = Extract<Reply, { readonly kind: Kind }>;

export interface Answer {
  readonly first: Markdown;
  readonly rest: readonly Block[];
}

export const says = (first: Markdown, ...rest: readonly Markdown[]): Answer => ({
  first,
  rest: rest.filter((line) => !isEmpty(line)).map(paragraph),
});
export const tryThis = (command: string): Markdown => md`Try: ${code(command)}`;
export const usageOf = (verb: Verb): Markdown => tryThis(commandWords[verb].usage);
export const short = (sha: string): Markdown => code(sha.slice(0, 12));
export const list = (names: readonly string[]): Markdown =>
  names.length === 0 ? md`none` : joined(names.map(code), ', ');
