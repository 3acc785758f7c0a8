/** Answers to lines that look like commands and are none that is understood. */
import type { CommandFault } from '../../4-verdict/commands/grammar.ts';
import type { SpokenFault } from '../../4-verdict/commands/read-comment.ts';
import { verbs } from '../../4-verdict/commands/verbs.ts';
import { unreachable } from '../../primitives.ts';
import { commandWords } from './commands.ts';
import { code, md, nothing } from './markdown.ts';
import { type Answer, list, says, tryThis, usageOf } from './reply-pieces.ts';
import { unfitWords } from './reply-words.ts';

/** What was read instead of a command, and how one is written. */
export function notUnderstood(fault: SpokenFault): Answer {
  switch (fault.kind) {
    case 'not-plain':
      return says(
        md`the line is shown otherwise than it is written, so it is no command. Write it plain, in a paragraph of its own.`,
      );
    case 'after-markup':
      return says(
        md`after HTML or a quoted mail nobody can say what a reader sees, so it is no command. Write it first, or in a comment of its own.`,
      );
    case 'too-many-commands':
      return says(md`${fault.max} commands are read of one comment; this one was left undone.`);
    case 'comment-too-long':
      return says(
        md`a comment with commands has ${fault.max} characters at most. Nothing was done.`,
      );
    case 'comment-too-intricate':
      return says(
        md`a comment with commands has at most ${fault.max.lines} lines, ${fault.max.marks} marks of Markdown, and ${fault.max.nested} lists or quotes within each other. Nothing was done.`,
      );
    default:
      return commandFault(fault);
  }
}

function commandFault(fault: CommandFault): Answer {
  switch (fault.kind) {
    case 'verb-missing':
      return says(md`what is to be done?`, tryThis('/caws help'));
    case 'verb-unknown': {
      const near = verbs.find((verb) => verb === fault.nearest);
      return says(
        md`there is no command ${code(fault.word)}.${near === undefined ? nothing : md` Did you mean ${code(near)}?`}`,
        tryThis(near === undefined ? '/caws help' : commandWords[near].usage),
      );
    }
    case 'argument-unknown':
      return says(
        md`${fault.verb} takes no argument ${code(fault.argument)}.${fault.nearest === null ? nothing : md` Did you mean ${code(fault.nearest)}?`}`,
        md`It takes: ${list(fault.known)}.`,
        usageOf(fault.verb),
      );
    case 'argument-twice':
      return says(md`${code(fault.argument)} stands there twice.`, usageOf(fault.verb));
    case 'argument-missing':
      return says(md`${code(fault.argument)} is missing.`, usageOf(fault.verb));
    case 'argument-unfit':
      return says(
        md`${code(fault.value)} is no ${code(fault.argument)}: ${unfitWords(fault.argument)}.`,
        usageOf(fault.verb),
      );
    case 'quote-open':
      return says(md`a quote is opened and not closed.`, usageOf(fault.verb));
    case 'character':
      return says(
        md`the line holds ${code(`U+${fault.codePoint.toString(16).toUpperCase().padStart(4, '0')}`)}, which a reader does not see for what it is. Type it anew.`,
      );
    case 'line-too-long':
      return says(md`a command has ${fault.max} characters at most.`);
    default:
      return unreachable(fault);
  }
}
