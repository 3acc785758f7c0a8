import { claimedValues, trailerValues } from '../1-pleading/trailers.ts';
import type { VerdictId } from '../primitives.ts';

export const VERDICT_TRAILER = 'CAWS-VERDICT-ID';

/** GitHub shows the first 72 characters of a title, and takes many more. */
const TITLE_CHARACTERS_MAX = 256;
/** Far below what a commit object or the API takes; the pull request has the whole text. */
const BODY_CHARACTERS_MAX = 20_000;
const CO_AUTHORS_MAX = 100;

export interface MergeAsked {
  /** The pull request's title and description: a stranger's text. */
  readonly title: string;
  readonly body: string;
  /** What stands as title where nothing of the asked one is left. */
  readonly fallbackTitle: string;
  readonly coAuthors: readonly { readonly name: string; readonly email: string }[];
  readonly verdict: VerdictId;
}

/** A commit message whole, so that nobody adds a line between ours and the co-authors'. */
export interface MergeMessage {
  readonly title: string;
  /** Everything below the title. */
  readonly message: string;
}

/**
 * Composes the message of a merge. The trailer stands in the last paragraph beside the co-authors and
 * what trailers the description ends with; lines that read as a verdict's trailer to any tool are taken
 * out of the stranger's text, and a divider is indented, for `git interpret-trailers` stops at one.
 */
export function mergeMessage(asked: MergeAsked): MergeMessage {
  const title = withoutForgeries([oneLine(asked.title)])[0] ?? '';
  const lines = withoutForgeries(linesOf(cut(withoutVerdict(asked.body)))).map(withoutDivider);
  const { prose, trailers } = partsOf(lines);
  const last = [
    ...trailers,
    ...coAuthorLines(asked.coAuthors).filter((line) => !trailers.includes(line)),
    `${VERDICT_TRAILER}: ${asked.verdict}`,
  ];
  const paragraphs = [...(prose === '' ? [] : [prose]), last.join('\n')];
  return { title: title === '' ? asked.fallbackTitle : title, message: paragraphs.join('\n\n') };
}

/** Opens what a description carries for a merge queue; the last paragraph below it is the trailer alone. */
const KEPT_BELOW = '<!-- caws:verdict -->';
const KEPT =
  /(?:(?:\r?\n){2})?<!-- caws:verdict -->(?:\r?\n){2}CAWS-VERDICT-ID: [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=\r?\n|$)/g;

/** A description as its author wrote it. Only exactly what we write is taken out: nothing can hide in it. */
export const withoutVerdict = (body: string): string => body.replaceAll(KEPT, '');

/**
 * A description that names a verdict at its end, for a merge queue that words its commits by it. What the
 * author wrote stays as it is.
 *
 * @returns null where the author's own text claims to name a verdict: two of them would name none.
 */
export function descriptionNaming(body: string, verdict: VerdictId): string | null {
  const own = withoutVerdict(body);
  if (claimsVerdict(own)) return null;
  const kept = `${KEPT_BELOW}\n\n${VERDICT_TRAILER}: ${verdict}`;
  return own === '' ? kept : `${own}\n\n${kept}`;
}

/** Whether a line of a text reads as a verdict's trailer to any tool. */
function claimsVerdict(text: string): boolean {
  const lines = linesOf(text);
  return withoutForgeries(lines).length < lines.length;
}

/** How a commit message carries a verdict: as git reads trailers, else as a line somewhere, else not. */
export type TrailerFound =
  | { readonly by: 'trailer' | 'line'; readonly id: string }
  | { readonly by: 'several'; readonly ids: readonly string[] }
  | { readonly by: 'none' };

/** Reads a message back. Two different ids are no id: which of them is true is not ours to guess. */
export function verdictNamedBy(message: string): TrailerFound {
  const ids = [...new Set(claimedValues(message, VERDICT_TRAILER))];
  const [id] = ids;
  if (id === undefined) return { by: 'none' };
  if (ids.length > 1) return { by: 'several', ids };
  return { by: trailerValues(message, VERDICT_TRAILER).includes(id) ? 'trailer' : 'line', id };
}

/** Everything that ends a line for some reader, as one. */
const linesOf = (text: string): readonly string[] =>
  text.replaceAll('\0', '').split(/\r\n|[\n\r\v\f\u2028\u2029\u0085]/);

const oneLine = (text: string): string =>
  Array.from(linesOf(text).join(' ').replaceAll(/\s+/g, ' ').trim())
    .slice(0, TITLE_CHARACTERS_MAX)
    .join('');

function cut(body: string): string {
  const characters = Array.from(body);
  return characters.length > BODY_CHARACTERS_MAX
    ? `${characters.slice(0, BODY_CHARACTERS_MAX).join('')}…`
    : body;
}

/** Characters that a reader does not see and that some tool may drop. */
const unseen = /\p{Default_Ignorable_Code_Point}|\p{Cc}/gu;

/** Drops every line that claims to name a verdict, with the lines that are folded onto it. */
function withoutForgeries(lines: readonly string[]): readonly string[] {
  const kept: string[] = [];
  let dropping = false;
  for (const line of lines) {
    const bare = line.replaceAll(unseen, '').normalize('NFKC').trimStart();
    if (/^[\s>*_`#-]*caws[\s_-]*verdict[\s_-]*id\s*:/iu.test(bare)) dropping = true;
    else if (!(dropping && /^[ \t]+\S/.test(line))) {
      dropping = false;
      kept.push(line);
    }
  }
  return kept;
}

const withoutDivider = (line: string): string => (line.startsWith('---') ? ` ${line}` : line);

const TRAILER_LINE = /^[A-Za-z0-9-]{1,128}[ \t]*:\s*\S/;

/** The prose of a description, and its last paragraph where that holds trailers alone. */
function partsOf(lines: readonly string[]): {
  readonly prose: string;
  readonly trailers: readonly string[];
} {
  // Empty lines alone: the indentation of a first line may be what keeps it from being a divider.
  const all = lines
    .join('\n')
    .replace(/^\s*\n/, '')
    .trimEnd()
    .split('\n');
  const blank = all.findLastIndex((line) => line.trim() === '');
  const last = all.slice(blank + 1);
  const alone = last.length > 0 && last.every((line) => TRAILER_LINE.test(line));
  const prose = (alone ? all.slice(0, Math.max(blank, 0)) : all).join('\n').trimEnd();
  return { prose, trailers: alone ? last.map((line) => line.trim()) : [] };
}

function coAuthorLines(people: MergeAsked['coAuthors']): readonly string[] {
  const plain = (text: string) => oneLine(text).replaceAll(/[<>]/g, '').trim();
  return people
    .slice(0, CO_AUTHORS_MAX)
    .map(({ name, email }) => `Co-authored-by: ${plain(name)} <${plain(email)}>`);
}
