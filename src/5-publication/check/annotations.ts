import type { Standing, WeighedFinding } from '../../caws/findings.ts';
import type { CheckAnnotation } from '../../forge.ts';
import type { Place } from '../../primitives.ts';
import { visible } from '../escape.ts';
import { plain } from '../marked.ts';
import { findingsOf } from '../report.ts';
import { wordsOf } from '../sentences.ts';
import { wayOut } from './advice.ts';
import { clipped } from './fit.ts';
import type { Decided } from './state.ts';

/** Shown beside the lines; more bury the change. */
const ANNOTATIONS_MAX = 50;
const TITLE_CHARACTERS_MAX = 255;
/** A forge takes 64 KB of message; a paragraph is what a person reads beside a line. */
const MESSAGE_BYTES_MAX = 4_000;

const levels: Readonly<Record<Standing, CheckAnnotation['level']>> = {
  fails: 'failure',
  'needs-waiver': 'failure',
  waived: 'warning',
  warns: 'notice',
};

/** What is held against the file as such, so that its first line may carry it. */
const aboutTheFile = /^(?:content|governance|path|scope|structure|supply|unicode|workflow)\./;

/** What decides first, on lines of changed files alone; and of more, how many. */
export function annotationsOf(state: Decided): readonly CheckAnnotation[] {
  const findings = findingsOf(state.record);
  const all = findings.flatMap((finding) =>
    placesOf(finding, state).map((place) => ({ finding, place })),
  );
  const shown = all
    .slice(0, ANNOTATIONS_MAX)
    .map(({ finding, place }) => annotation(finding, place, state));
  const unlisted = findings.reduce(
    (sum, { placesTotal, places }) => sum + Math.max(0, placesTotal - places.length),
    0,
  );
  const more = all.length - shown.length + unlisted;
  const last = shown.at(-1);
  if (more === 0 || last === undefined) return shown;
  const message = `${more} more ${more === 1 ? 'place stands' : 'places stand'} on the verdict page.`;
  return [...shown, { ...last, level: 'notice', title: 'CAWS verdict', message }];
}

function placesOf({ rule, places }: WeighedFinding, { annotatable }: Decided): readonly Place[] {
  const onFile = aboutTheFile.test(rule);
  return places.filter(({ file, line }) => annotatable.has(file) && (line !== null || onFile));
}

function annotation(
  finding: WeighedFinding,
  { file, line }: Place,
  { record }: Decided,
): CheckAnnotation {
  return {
    path: file,
    startLine: line ?? 1,
    endLine: line ?? 1,
    level: levels[finding.standing],
    title: clipped(`${visible(finding.gate)}: ${finding.rule}`, TITLE_CHARACTERS_MAX),
    message: clipped(
      `${wordsOf(finding).says} ${plain(wayOut(finding, record))}`,
      MESSAGE_BYTES_MAX,
      'bytes',
    ),
  };
}
