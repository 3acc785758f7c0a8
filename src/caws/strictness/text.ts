import type { LocatedDocument, Path, Spot } from './document.ts';
import { quoted } from './document.ts';
import type { StrictBreach, StrictRuleId } from './rules.ts';

/** One finding a kind of character or feature is enough; the rest is a number in its sentence. */
interface Sighting {
  readonly rule: StrictRuleId;
  readonly offsets: readonly number[];
  readonly says: string;
}

/**
 * Control characters but tab and line ends, everything of Unicode's format class (bidi overrides,
 * zero-width characters, tags), odd line ends, fillers and variation selectors that draw nothing.
 * The joiner inside one emoji is part of its picture.
 */
const hidden =
  /(?![\t\n\r])\p{Cc}|[\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0\ufff0-\ufff8]|\u034f|[\u17b4\u17b5]|[\u180b-\u180f]|[\u{e0100}-\u{e01ef}]|(?!(?<=\p{Extended_Pictographic}\ufe0f?)\u200d\p{Extended_Pictographic})\p{Cf}/gu;

/** What can be said about the characters alone, whether or not they parse. */
export function textBreaches(
  text: string,
  spotAt: (offset: number) => Spot,
): readonly StrictBreach[] {
  const sightings: Sighting[] = [
    {
      rule: 'strict.text.hidden_character',
      offsets: offsetsOf(text, hidden),
      says: 'holds a character that cannot be seen',
    },
    {
      rule: 'strict.text.tab_indent',
      offsets: offsetsOf(text, /^ *\t/gm),
      says: 'a tab stands in the indentation',
    },
    {
      rule: 'strict.text.template',
      offsets: offsetsOf(text, /\{\{\s*[A-Za-z_][\w.]{0,60}\s*\}\}/g),
      says: 'a template was not filled in',
    },
  ];
  return breachesOf(sightings, spotAt, text);
}

/** What YAML allows beyond plain keys, lists and scalars. */
export function featureBreaches(document: LocatedDocument): readonly StrictBreach[] {
  const sightings: Sighting[] = [
    { rule: 'strict.text.alias', offsets: document.aliases, says: 'an alias stands for a value' },
    { rule: 'strict.text.anchor', offsets: document.anchors, says: 'an anchor names a value' },
    { rule: 'strict.text.tag', offsets: document.tags, says: 'a tag changes how a value is read' },
    {
      rule: 'strict.text.merge_key',
      offsets: hasMergeKey(document.value)
        ? offsetsOf(document.text, /(?<=^|[\s{,])<<(?=\s*:)/gm)
        : [],
      says: 'a merge key copies keys from elsewhere',
    },
  ];
  return breachesOf(sightings, document.spotAt, document.text);
}

function breachesOf(
  sightings: readonly Sighting[],
  spotAt: (offset: number) => Spot,
  text: string,
): readonly StrictBreach[] {
  const root: Path = [];
  return sightings
    .filter(({ offsets }) => offsets.length > 0)
    .map(({ rule, offsets, says }) => {
      const first = offsets[0] ?? 0;
      const which =
        rule === 'strict.text.hidden_character'
          ? ` (${quoted(String.fromCodePoint(text.codePointAt(first) ?? 0))})`
          : '';
      const times = offsets.length === 1 ? '' : `, ${offsets.length} times in the file`;
      return { rule, path: root, spot: spotAt(first), says: `${says}${which}${times}` };
    });
}

function offsetsOf(text: string, pattern: RegExp): readonly number[] {
  return [...text.matchAll(pattern)].map((match) => match.index);
}

/** The core schema reads `<<` as an ordinary key. */
function hasMergeKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, inner]) => key === '<<' || hasMergeKey(inner));
}
