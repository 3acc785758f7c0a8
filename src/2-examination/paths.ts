import type { Change } from '../1-pleading/change.ts';
import type { Finding } from '../caws/findings.ts';
import { byText, finding, type Spot, spotAt, spotOf } from './finding.ts';

/** No tree that git writes holds a name twice; of one that does, everybody sees another file. */
const HELD_TWICE = 'held-twice';

/** What git and the common file systems take for one name. */
const SEGMENT_BYTES_MAX = 255;
const PATH_BYTES_MAX = 4096;

/**
 * Names that are another file elsewhere, or that a person or a shell reads as something else.
 * A deletion is free: it takes such a name away.
 */
export function examinePathNames(change: Change): readonly Finding[] {
  const unsafe = new Map<string, Spot[]>();
  const unportable = new Map<string, Spot[]>();
  for (const file of change.files) {
    if (file.status === 'deleted') continue;
    const isPlain = isOrdinary(file.path);
    const danger = file.pathIsLossy ? 'not-utf-8' : isPlain ? null : dangerOf(file.path);
    const trouble = danger === null ? troubleOf(file.path, isPlain) : null;
    if (danger !== null) collect(unsafe, danger, spotOf(file));
    if (trouble !== null) collect(unportable, trouble, spotOf(file));
  }
  for (const [path, other] of change.collisions)
    if (path === other) collect(unsafe, HELD_TWICE, spotAt(path));
  return [
    ...[...unsafe].map(([subject, spots]) => finding('path.unsafe', { subject, spots })),
    ...[...unportable].map(([subject, spots]) => finding('path.unportable', { subject, spots })),
    ...collisions(change),
  ];
}

/**
 * What nearly every path is made of, looked at first: words of ASCII letters and digits with `_` and
 * inner `-`, each behind a single dot or slash. A path no longer than a segment may be is never too long.
 */
const words = /^\w[\w-]*(?:[./]\w[\w-]*)*$/;
const reserved = /(?:^|\/)(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:[./]|$)/i;

const isPrintableAscii = /^[ -~]*$/;

const isOrdinary = (path: string) => path.length <= SEGMENT_BYTES_MAX && words.test(path);

/** Why nobody may carry the name in, or null. */
function dangerOf(path: string): string | null {
  if (!isPrintableAscii.test(path)) {
    if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(path)) return 'control-character';
    if (/\p{Cf}|\ufffd/u.test(path)) return 'invisible-character';
  }
  const segments = path.split('/');
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..'))
    return 'not-a-plain-path';
  return segments.some(looksLikeGit) ? 'git-directory' : null;
}

/** Why the name means something else on another system, or null. */
function troubleOf(path: string, isPlain: boolean): string | null {
  if (isPlain) return reserved.test(path) ? 'reserved-name' : null;
  if (path.includes('\\')) return 'backslash';
  if (/[:*?"<>|]/.test(path)) return 'reserved-character';
  if (isLonger(path, PATH_BYTES_MAX)) return 'too-long';
  for (const segment of path.split('/')) {
    if (/[. ]$|^ /.test(segment)) return 'trailing-dot-or-space';
    if (reserved.test(segment)) return 'reserved-name';
    if (segment.startsWith('-')) return 'looks-like-an-option';
    if (isLonger(segment, SEGMENT_BYTES_MAX)) return 'too-long';
  }
  return null;
}

/**
 * Names that NTFS, HFS+ or APFS read as `.git`: any case, trailing dots and spaces, streams, short
 * names, compatibility letters, and the two separators of Windows.
 */
function looksLikeGit(segment: string): boolean {
  return segment.split('\\').some((part) => {
    const name = part
      .normalize('NFKC')
      .toLowerCase()
      .replace(/:.*$/s, '')
      .replace(/[. ]+$/, '');
    return name === '.git' || /^git~\d+$/.test(name) || /^gi[0-9a-f]{4}~\d+$/.test(name);
  });
}

/** UTF-8 needs at most three bytes for a code unit, so short names are not encoded to be measured. */
function isLonger(text: string, bytesMax: number): boolean {
  return text.length * 3 > bytesMax && new TextEncoder().encode(text).length > bytesMax;
}

function collisions({ collisions }: Change): readonly Finding[] {
  const pairs = collisions.filter(([path, other]) => path !== other);
  if (pairs.length === 0) return [];
  const [one, other] =
    pairs
      .map((pair) => pair.toSorted())
      .toSorted((left, right) => byText(left.join('\0'), right.join('\0')))[0] ?? [];
  return [
    finding('path.collision', {
      spots: [...new Set(pairs.flat())].map((path) => spotAt(path)),
      detail: { pairs: pairs.length, one: one ?? '', other: other ?? '' },
    }),
  ];
}

function collect(into: Map<string, Spot[]>, key: string, spot: Spot): void {
  const spots = into.get(key) ?? [];
  spots.push(spot);
  into.set(key, spots);
}
