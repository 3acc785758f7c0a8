/** The one comment of a pull request: there while somebody has to act, one line after that. */
import type { LiveComment } from '../../forge.ts';
import { fitted, paragraph } from './fit.ts';
import { code, link, type Markdown, marker, md } from './markdown.ts';
import { type CheckContext, type Decided, hasLapsed, type SingleState } from './state.ts';
import { footer, recordUrl, summaryBlocks } from './verdict-summary.ts';

export type CommentsPolicy = 'action-needed' | 'off' | 'always';

/** What is to be done so that the right comment stands. Doing it twice does no harm. */
export type StickyStep =
  | { readonly kind: 'create'; readonly body: string }
  /** Fold it away (or unfold it) before the text is written: the text says that both were done. */
  | {
      readonly kind: 'edit';
      readonly id: number;
      readonly body: string;
      readonly folding: 'fold' | 'unfold' | null;
    };

export interface StickyCase {
  readonly state: SingleState;
  readonly comments: CommentsPolicy;
  /** A bot or somebody without write access: nobody else tells them to look at the check. */
  readonly authorIsOutside: boolean;
  /** All comments of the pull request, as the forge has them now. */
  readonly standing: readonly LiveComment[];
  readonly appId: number;
}

const mark = marker('sticky v1').toString();

type Wanted =
  | { readonly kind: 'as-it-is' }
  /** Nobody has to act; what stands there shrinks to one line. */
  | { readonly kind: 'clear'; readonly line: Markdown }
  /** @property wakes whether it is worth a notification, which only a new comment sends. */
  | { readonly kind: 'text'; readonly decided: Decided; readonly wakes: boolean };

/** @returns no step where everything stands as it should. */
export function stickySteps(given: StickyCase, context: CheckContext): readonly StickyStep[] {
  const wanted = wantedOf(given, context);
  if (wanted.kind === 'as-it-is') return [];
  const [own, ...doubled] = given.standing
    .filter((comment) => isOurs(comment, given.appId))
    .toSorted((one, other) => one.id - other.id);
  const body = wanted.kind === 'text' ? textBody(wanted.decided, context) : oneLine(wanted.line);
  if (own === undefined)
    return wanted.kind === 'text' && wanted.wakes ? [{ kind: 'create', body }] : [];
  return [
    ...stepFor(own, body, wanted.kind === 'clear'),
    // Two at once can come of a crash between asking and being told; the older one stays.
    ...doubled.flatMap((comment) => stepFor(comment, oneLine(md`Said once, further up.`), true)),
  ];
}

function wantedOf({ state, comments, authorIsOutside }: StickyCase, context: CheckContext): Wanted {
  if (comments === 'off')
    return { kind: 'clear', line: md`Comments are switched off here; the check says it.` };
  if (state.kind !== 'decided' || hasLapsed(state, context)) return { kind: 'as-it-is' };
  const { verdict, mode, id } = state.record;
  const always = comments === 'always';
  if (mode === 'observe' && !always)
    return { kind: 'clear', line: md`The policy only observes; the check says what would happen.` };
  if (verdict === 'PASS' && !always)
    return {
      kind: 'clear',
      line: md`**PASS** - nothing to do any more · ${link('full record', recordUrl(context, id))}`,
    };
  const wakes = always || verdict === 'WAIVER_REQUIRED' || authorIsOutside;
  return { kind: 'text', decided: state, wakes };
}

/** The marker can be copied by anyone, the app's number by nobody. */
function isOurs({ appId, body }: LiveComment, own: number): boolean {
  return appId === own && body.trimStart().startsWith(mark);
}

function stepFor(comment: LiveComment, body: string, isCleared: boolean): readonly StickyStep[] {
  if (sameText(comment.body, body)) return [];
  const wasCleared = isOneLine(comment.body);
  const folding = isCleared ? 'fold' : wasCleared ? 'unfold' : null;
  return [{ kind: 'edit', id: comment.id, body, folding }];
}

/** Only what was cleared is that short: the marker and a line, and the forge hides it. */
function isOneLine(body: string): boolean {
  return body.trim().split(/\r?\n/).length === 2;
}

/** Forges keep a text but for its line ends and the space at its end. */
function sameText(one: string, other: string): boolean {
  const kept = (text: string) => text.replaceAll('\r\n', '\n').trim();
  return kept(one) === kept(other);
}

const oneLine = (line: Markdown): string => `${mark}\n${line.toString()}`;

function textBody(state: Decided, context: CheckContext): string {
  const url = recordUrl(context, state.record.id);
  const text = fitted(
    [...summaryBlocks(state), paragraph(md`This comment follows the check ${code(context.name)}.`)],
    footer(state, context),
    url,
  );
  return `${mark}\n${text}`;
}
