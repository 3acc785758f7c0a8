import { shellWord } from './escape.ts';

/** How a person started the program, so that a command they are told works where they stand. */
export interface Call {
  /** What stands in front of a command: `arbiter`, or `npm run -s arbiter --` in a checkout. */
  readonly program: string;
  /** The folder of `-C` as it was typed; null where none was named. */
  readonly folder: string | null;
}

/** How the program's commands are called where nothing else is known. */
export const PROGRAM = 'arbiter';

/** The program's commands; `arbiter signs` and `arbiter fetches` are sentences. */
const ours =
  'verify|check|verdict|arbitrate|plan|audit|replay|waiver|ledger|keys|config|explain|init|app|doctor|judge|models|bench|tasks|runner|demo';
/** What our sentences have people do with git; inside quotes it is for another program to run. */
const gits = 'add|branch|commit|diff|fetch|fsck|merge|rebase|restore|show|switch';
const commands = new RegExp(
  String.raw`(?<![\w./-])${PROGRAM}(?= (?:-C DIR\b|\[options\]|(?:${ours}|--help)\b))|(?<![\w./"-])git(?= (?:${gits})\b)`,
  'g',
);

/**
 * The text with every command in it as this person has to type it. Only for what people read: a
 * record and what was signed stay as they are.
 */
export function asCalled(text: string, call: Call | undefined): string {
  if (call === undefined) return text;
  const folder = call.folder === null ? '' : ` -C ${shellWord(call.folder)}`;
  return text.replaceAll(commands, (program, at: number) => {
    if (program === 'git') return `git${folder}`;
    // A sentence that names the option itself is about another folder.
    return text.startsWith(' -C ', at + program.length) ? call.program : call.program + folder;
  });
}
