import type { Read } from '../caws/law.ts';
import { cutTo, fail, ok } from '../primitives.ts';

/** What a pull request's body says to the arbiter. */
export interface BodyPlea {
  readonly file: string;
  /** The text of the one `caws-plea` block, with empty lines before it so that lines count from the body's first. */
  readonly block: string | null;
  /** Values of `CAWS-SPEC: ID` lines, in order. */
  readonly specs: readonly string[];
}

const file = 'pull request body';

/**
 * Finds the plea in Markdown. A `CAWS-SPEC` line counts only where a reader sees it as a line of its
 * own: not in a fence, an HTML comment, a quotation, a list or an indented block.
 */
export function pleaOfBody(body: string, charactersMax: number): Read<BodyPlea> {
  if (body.length > charactersMax)
    return refused(null, 'too-large', `more than ${charactersMax} characters`, 'Shorten the body.');
  const blocks: { readonly line: number; readonly text: string }[] = [];
  const specs: string[] = [];
  let fence: { readonly mark: string; readonly line: number; readonly plea: boolean } | null = null;
  let inside: string[] = [];
  let commented = false;
  for (const [index, raw] of body.split(/\r\n|\r|\n/).entries()) {
    const line = index + 1;
    if (fence !== null) {
      if (closes(raw, fence.mark)) {
        if (fence.plea) blocks.push({ line: fence.line, text: inside.join('\n') });
        fence = null;
      } else inside.push(raw);
      continue;
    }
    const shown: { readonly text: string; readonly commented: boolean } = uncommented(
      raw,
      commented,
    );
    commented = shown.commented;
    const opened = /^ {0,3}(`{3,}|~{3,})([^`]*)$/.exec(shown.text);
    if (opened !== null) {
      fence = { mark: opened[1] ?? '', line, plea: opened[2]?.trim() === 'caws-plea' };
      inside = [];
      continue;
    }
    const spec = /^CAWS-SPEC:[ \t]*(\S+)[ \t]*$/i.exec(shown.text)?.[1];
    if (spec !== undefined) specs.push(cutTo(spec, 512));
  }
  if (fence?.plea)
    return refused(
      fence.line,
      'unclosed-block',
      'the caws-plea block is not closed',
      'Close it with ```.',
    );
  const [first, second] = blocks;
  if (second !== undefined)
    return refused(second.line, 'several-blocks', 'a second caws-plea block', 'Keep one.');
  const block = first === undefined ? null : `${'\n'.repeat(first.line)}${first.text}`;
  return ok({ file, block, specs });
}

function closes(line: string, mark: string): boolean {
  const text = line.trim();
  return (
    /^ {0,3}\S/.test(line) &&
    text.length >= mark.length &&
    text === (mark[0] ?? '').repeat(text.length)
  );
}

/** The part of a line outside HTML comments. */
function uncommented(
  line: string,
  commented: boolean,
): { readonly text: string; readonly commented: boolean } {
  let text = '';
  let at = 0;
  let inComment = commented;
  for (;;) {
    const mark = inComment ? '-->' : '<!--';
    const found = line.indexOf(mark, at);
    if (!inComment) text += line.slice(at, found < 0 ? undefined : found);
    if (found < 0) return { text, commented: inComment };
    at = found + mark.length;
    inComment = !inComment;
  }
}

function refused(line: number | null, rule: string, message: string, hint: string): Read<never> {
  return fail({
    file,
    problems: [
      {
        rule: `plea.${rule}`,
        severity: 'error',
        message,
        line,
        column: line === null ? null : 1,
        hint,
      },
    ],
  });
}
