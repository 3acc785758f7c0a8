import { nearest } from '../nearest.ts';
import { type Keyed, type Path, quoted } from './document.ts';
import type { StrictBreach } from './rules.ts';

/** More unknown keys than this are one mistake, not many. */
const unknownKeysMax = 20;

/** Keys that no tool reads; one that is nearly a known key is most likely a slip. */
export function unknownKeyBreaches(
  map: Keyed,
  known: readonly string[],
  path: Path,
): readonly StrictBreach[] {
  const unknown = Object.keys(map).filter((key) => !known.includes(key));
  const found = unknown
    .slice(0, unknownKeysMax)
    .map((key) => unknownKeyBreach(map, key, known, path));
  const more = unknown.length - unknownKeysMax;
  return more <= 0
    ? found
    : [
        ...found,
        {
          rule: 'strict.document.unknown_key',
          path,
          says: `${more} more keys are known to no tool`,
        },
      ];
}

function unknownKeyBreach(
  map: Keyed,
  key: string,
  known: readonly string[],
  path: Path,
): StrictBreach {
  const likely = nearest(key, known);
  const place = [...path, key];
  const says = `the key ${quoted(key)} is known to no tool`;
  return likely === undefined || Object.hasOwn(map, likely)
    ? { rule: 'strict.document.unknown_key', path, place, says }
    : {
        rule: 'strict.document.misspelled_key',
        path,
        place,
        says: `${says}; did you mean ${likely}?`,
      };
}
