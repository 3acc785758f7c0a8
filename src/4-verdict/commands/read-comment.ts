/** Which lines of a comment are commands, by the tree of its Markdown. */
import { fromMarkdown } from 'mdast-util-from-markdown';
import { textDigest } from '../../caws/text-digest.ts';
import type { Digest } from '../../primitives.ts';
import { type CommandFault, isCommandLine, parseLine } from './grammar.ts';
import type { Command } from './verbs.ts';

type Root = ReturnType<typeof fromMarkdown>;
type Paragraph = Extract<Root['children'][number], { readonly type: 'paragraph' }>;

export const COMMANDS_MAX = 10;
/** UTF-16 units. A comment that commands something is short; the parser takes quadratic time. */
export const COMMENT_LENGTH_MAX = 16_384;
/** `*_a` over and over costs the parser a second at five times as many marks. */
const COMMENT_MARKS_MAX = 1_000;

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
  | { readonly kind: 'comment-too-intricate'; readonly max: number };

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
  const oversize = oversizeOf(body);
  if (oversize !== undefined) return refusing(oversize, lines[first] ?? '', first + 1);
  const tree = fromMarkdown(body);
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

function oversizeOf(body: string): SpokenFault | undefined {
  if (body.length > COMMENT_LENGTH_MAX)
    return { kind: 'comment-too-long', max: COMMENT_LENGTH_MAX };
  const marks = body.match(/[*_~`<>[\]!\\&]/g)?.length ?? 0;
  return marks > COMMENT_MARKS_MAX
    ? { kind: 'comment-too-intricate', max: COMMENT_MARKS_MAX }
    : undefined;
}

function refusing(fault: SpokenFault, text: string, line: number): CommentReading {
  return { commands: [], refusals: [{ ...spokenAt(text.slice(0, 200), line), fault }] };
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
  return own.flatMap((text, at) => {
    const line = from + at;
    if (!isCommandLine(text)) return [];
    const isPlain = isPlainIn(paragraph, line, text) && !isExtended(own, at);
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
  const written = text.replace(/[ \t]+$/, '').replaceAll(/\\(["\\])/g, '$1');
  return shown.replace(/[ \t]+$/, '') === written;
}

/** GitHub's own Markdown makes tables, struck text and formulas of paragraphs that the tree has plain. */
function isExtended(own: readonly string[], at: number): boolean {
  if (own.some((line) => /^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-*:?[ \t]*)*$/.test(line)))
    return true;
  const before = own.slice(0, at).join('\n');
  const rest = own.slice(at).join('\n');
  return ['~', '$'].some((mark) => before.includes(mark) && rest.includes(mark));
}

/** The last line before anything that may hold, hide or quote what follows it, as far as readers see. */
function trustedEnd(tree: Root, lines: readonly string[]): number {
  const untrusted = [
    ...markupLines(tree),
    ...lines.flatMap((line, at) => (isForeignHead(line) ? [at + 1] : [])),
  ];
  return Math.min(...untrusted, Number.MAX_SAFE_INTEGER) - 1;
}

/** The lines at which HTML begins, but for comments that end where they should. */
function markupLines({ type, value = '', position, children = [] }: Branch): readonly number[] {
  if (type !== 'html') return children.flatMap(markupLines);
  return /^<!--(?:(?!-->)[\s\S])*-->\s*$/.test(value) ? [] : [position?.start.line ?? 1];
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
    /^[ \t]*-{2,}.*\b(?:message|nachricht|mensaje|messaggio)\b.*-{2,}[ \t]*$/i.test(line) ||
    /^[ \t]*(?:from|von|de|da|van|sent|gesendet)[ \t]?:/i.test(line) ||
    /^[ \t]*_{5,}[ \t]*$/.test(line) ||
    /^-- ?$/.test(line) ||
    // "On Tue, 24 Nov 2026 at 10:04, Kim <kim@example.org> wrote:" in any language; "@kim, look:" is none.
    (/:[ \t]*$/.test(line) && /\S@|<|\d:\d{2}|\b(?:19|20)\d{2}\b/.test(line))
  );
}
