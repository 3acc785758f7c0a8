/** Which lines of a comment are commands, by the tree of its Markdown. */
import { fromMarkdown } from 'mdast-util-from-markdown';
import { textDigest } from '../../caws/text-digest.ts';
import { cutTo, type Digest } from '../../primitives.ts';
import { type CommandFault, isCommandLine, parseLine } from './grammar.ts';
import type { Command } from './verbs.ts';

type Root = ReturnType<typeof fromMarkdown>;
type Paragraph = Extract<Root['children'][number], { readonly type: 'paragraph' }>;

export const COMMANDS_MAX = 10;
/** UTF-16 units. A comment that commands something is short; the parser takes quadratic time. */
export const COMMENT_LENGTH_MAX = 8_192;
/** What a comment with commands holds at most, so that a stranger's costs the parser a fiftieth of a second and no more. */
export const INTRICACY_MAX = {
  /** Of Markdown; `*_a` over and over takes a second at twenty times as many. */
  marks: 250,
  /** The parser takes the square of them: some seconds for 8,000 that say `=`. */
  lines: 150,
  /** Lists and quotes that begin on one line, each within the one before: the parser goes as deep as they do. */
  nested: 20,
} as const;

/** Where a command stands, and what exactly stands there. */
export interface Spoken {
  /** 1-based line of the comment. */
  readonly line: number;
  readonly text: string;
  /** sha256 over the line's UTF-8 bytes. */
  readonly digest: Digest;
}

export interface SpokenCommand extends Spoken {
  readonly command: Command;
}

export type SpokenFault =
  | CommandFault
  /** Some of the line, or what its paragraph begins, is shown otherwise than it is written. */
  | { readonly kind: 'not-plain' }
  /** After HTML, a footnote or an e-mail's head nobody can say what a reader sees. */
  | { readonly kind: 'after-markup' }
  | { readonly kind: 'too-many-commands'; readonly max: number }
  | { readonly kind: 'comment-too-long'; readonly max: number }
  | { readonly kind: 'comment-too-intricate'; readonly max: typeof INTRICACY_MAX };

export interface SpokenRefusal extends Spoken {
  readonly fault: SpokenFault;
}

export interface CommentReading {
  /** In the comment's order. */
  readonly commands: readonly SpokenCommand[];
  readonly refusals: readonly SpokenRefusal[];
}

const nothing: CommentReading = { commands: [], refusals: [] };

/**
 * The commands of a comment's text. Pure and total.
 *
 * Only a line of a top-level paragraph counts, plain from its first column to its end. What is quoted,
 * fenced, listed, hidden or in a heading is neither a command nor refused: people write about commands.
 * Lines that look like commands to a reader and are none are refused, so that nobody waits for them.
 */
export function readComment(body: string): CommentReading {
  // The parser drops a byte order mark, and with it every line's place.
  const lines = body.split(/\r\n|\n|\r/);
  const first = lines.findIndex(isCommandLine);
  if (first < 0 || body.startsWith('\uFEFF')) return nothing;
  const oversize = oversizeOf(body, lines);
  if (oversize !== undefined) return refusing(oversize, lines[first] ?? '', first + 1);
  const tree = treeOf(body);
  if (tree === null) return refusing(tooIntricate, lines[first] ?? '', first + 1);
  const end = trustedEnd(tree, lines);
  const candidates = tree.children.flatMap((node) =>
    node.type === 'paragraph' ? candidatesIn(node, lines, end) : [],
  );
  const counted = candidates.slice(0, COMMANDS_MAX).map(readCandidate);
  const tooMany = candidates[COMMANDS_MAX];
  return {
    commands: counted.flatMap((each) => ('command' in each ? [each] : [])),
    refusals: [
      ...counted.flatMap((each) => ('fault' in each ? [each] : [])),
      ...(tooMany === undefined
        ? []
        : [
            { ...tooMany.spoken, fault: { kind: 'too-many-commands', max: COMMANDS_MAX } as const },
          ]),
    ],
  };
}

interface Candidate {
  readonly spoken: Spoken;
  readonly fault: SpokenFault | null;
}

function readCandidate({ spoken, fault }: Candidate): SpokenCommand | SpokenRefusal {
  if (fault !== null) return { ...spoken, fault };
  const read = parseLine(spoken.text);
  return read.ok ? { ...spoken, command: read.value } : { ...spoken, fault: read.fault };
}

const tooIntricate: SpokenFault = { kind: 'comment-too-intricate', max: INTRICACY_MAX };

function oversizeOf(body: string, lines: readonly string[]): SpokenFault | undefined {
  if (body.length > COMMENT_LENGTH_MAX)
    return { kind: 'comment-too-long', max: COMMENT_LENGTH_MAX };
  const marks = body.match(/[*_~`<>[\]!\\&]/g)?.length ?? 0;
  const isIntricate =
    marks > INTRICACY_MAX.marks ||
    lines.length > INTRICACY_MAX.lines ||
    lines.some((line) => nestedIn(line) > INTRICACY_MAX.nested);
  return isIntricate ? tooIntricate : undefined;
}

function nestedIn(line: string): number {
  const opening = /^(?:[ \t]*(?:[>*+-]|\d{1,9}[.)]))*/.exec(line)?.[0] ?? '';
  return opening.match(/[>*+.)-]/g)?.length ?? 0;
}

/** @returns null where the parser gives up: whatever it was, nobody can say what a reader sees. */
function treeOf(body: string): Root | null {
  try {
    return fromMarkdown(body);
  } catch {
    return null;
  }
}

function refusing(fault: SpokenFault, text: string, line: number): CommentReading {
  return { commands: [], refusals: [{ ...spokenAt(cutTo(text, 200), line), fault }] };
}

function spokenAt(text: string, line: number): Spoken {
  return { line, text, digest: textDigest(text) };
}

function candidatesIn(
  paragraph: Paragraph,
  lines: readonly string[],
  trusted: number,
): readonly Candidate[] {
  const from = paragraph.position?.start.line ?? 1;
  const to = paragraph.position?.end.line ?? 0;
  const own = lines.slice(from - 1, to);
  if (!own.some(isCommandLine)) return [];
  const isExtended = extendedIn(own);
  return own.flatMap((text, at) => {
    const line = from + at;
    if (!isCommandLine(text)) return [];
    const isPlain = isPlainIn(paragraph, line, text) && !isExtended(at);
    const fault = line > trusted ? 'after-markup' : isPlain ? null : 'not-plain';
    return [{ spoken: spokenAt(text, line), fault: fault === null ? null : { kind: fault } }];
  });
}

/** Whether the line is text alone, and shows what is written but for `\"` and `\\`. */
function isPlainIn(paragraph: Paragraph, line: number, text: string): boolean {
  let shown = '';
  for (const node of paragraph.children) {
    const start = node.position?.start.line ?? 0;
    const end = node.position?.end.line ?? Number.MAX_SAFE_INTEGER;
    if (line < start || line > end || node.type === 'break') continue;
    if (node.type !== 'text') return false;
    const values = node.value.split(/\r\n|\n|\r/);
    // A line end written as a character reference would shift every line after it.
    if (values.length !== end - start + 1) return false;
    shown += values[line - start] ?? '';
  }
  const written = trimmed(text).replaceAll(/\\(["\\])/g, '$1');
  return trimmed(shown) === written;
}

/** Without the spaces and tabs that end it. */
function trimmed(text: string): string {
  let end = text.length;
  while (text[end - 1] === ' ' || text[end - 1] === '\t') end -= 1;
  return text.slice(0, end);
}

/**
 * GitHub's own Markdown makes tables, struck text and formulas of paragraphs that the tree has plain.
 *
 * @returns whether the line at a place is, or may be, a part of such a one.
 */
function extendedIn(own: readonly string[]): (at: number) => boolean {
  if (own.some((line) => line.includes('-') && /^[ \t|:-]+$/.test(line))) return () => true;
  const ranges = ['~', '$'].map((mark) => ({
    first: own.findIndex((line) => line.includes(mark)),
    last: own.findLastIndex((line) => line.includes(mark)),
  }));
  return (at) => ranges.some(({ first, last }) => first >= 0 && first < at && at <= last);
}

/** The last line before anything that may hold, hide or quote what follows it, as far as readers see. */
function trustedEnd(tree: Root, lines: readonly string[]): number {
  const untrusted = [
    ...markupLines(tree),
    ...lines.flatMap((line, at) => (isForeignHead(line) ? [at + 1] : [])),
  ];
  return Math.min(...untrusted, Number.MAX_SAFE_INTEGER) - 1;
}

/**
 * The lines at which HTML begins, but for comments that end where they should: `<!-->` and `--!>` end one for a
 * browser, too, so a comment that holds a `<` or a `>` hides who knows what.
 */
function markupLines({ type, value = '', position, children = [] }: Branch): readonly number[] {
  if (type !== 'html') return children.flatMap(markupLines);
  return /^<!--[^<>]*-->\s*$/.test(value) ? [] : [position?.start.line ?? 1];
}

/** Any node of the tree. */
interface Branch {
  readonly type: string;
  readonly value?: string;
  readonly position?: { readonly start: { readonly line: number } } | undefined;
  readonly children?: readonly Branch[];
}

/** A footnote, which is shown elsewhere or nowhere, or the head of a quoted e-mail. */
function isForeignHead(line: string): boolean {
  return (
    /^[ \t>]*\[\^/.test(line) ||
    isMailRule(line.trim()) ||
    /^[ \t]*(?:from|von|de|da|van|sent|gesendet)[ \t]?:/i.test(line) ||
    /^[ \t]*_{5,}[ \t]*$/.test(line) ||
    /^-- ?$/.test(line) ||
    // "On Tue, 24 Nov 2026 at 10:04, Kim <kim@example.org> wrote:" in any language; "@kim, look:" is none.
    (/:[ \t]*$/.test(line) && /\S@|<|\d:\d{2}|\b(?:19|20)\d{2}\b/.test(line))
  );
}

/** "-----Original Message-----" */
function isMailRule(line: string): boolean {
  return (
    line.startsWith('--') &&
    line.endsWith('--') &&
    /\b(?:message|nachricht|mensaje|messaggio)\b/i.test(line)
  );
}
