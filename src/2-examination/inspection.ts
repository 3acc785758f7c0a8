import type { Change, FileChange, InspectedFile } from '../1-pleading/change.ts';
import { isInspected } from '../1-pleading/inspected.ts';
import type { Finding } from '../caws/findings.ts';
import type { RuleId } from '../caws/rules.ts';
import { finding, type Spot } from './finding.ts';

/** One thing that a text does and that people should know of. */
export interface Hazard {
  readonly rule: RuleId;
  /** What it is, e.g. the action's reference: the same key before the change is nothing new. */
  readonly key: string;
  readonly line: number | null;
  readonly column: number | null;
}

/** What a text holds, or that it cannot be read. */
export type Reading =
  | { readonly kind: 'read'; readonly hazards: readonly Hazard[] }
  | { readonly kind: 'unreadable'; readonly line: number | null; readonly column: number | null };

/** A kind of file whose text examination reads; each is one of those that pleading brings the text of. */
export interface Inspector {
  readonly reads: (path: string) => boolean;
  readonly read: (text: string, path: string) => Reading;
  /** Held against a file whose new text is not known or cannot be read. */
  readonly unreadable: RuleId;
}

/**
 * The hazards that the change adds: those of the new text that the old text did not hold as often.
 * A file of the kind that could not be read is a finding of its own. One finding a rule and inspector.
 */
export function inspect(change: Change, inspectors: readonly Inspector[]): readonly Finding[] {
  const texts = new Map(change.inspected.map((file) => [file.path, file]));
  const files = change.files.filter(
    ({ status, path }) => status !== 'deleted' && isInspected(path),
  );
  return inspectors.flatMap((inspector) => inspectAs(inspector, files, texts));
}

function inspectAs(
  inspector: Inspector,
  files: readonly FileChange[],
  texts: ReadonlyMap<string, InspectedFile>,
): readonly Finding[] {
  const found = new Map<RuleId, { readonly spot: Spot; readonly key: string }[]>();
  const note = (rule: RuleId, spot: Spot, key: string) => {
    const spots = found.get(rule) ?? [];
    spots.push({ spot, key });
    found.set(rule, spots);
  };
  for (const file of files) {
    if (!inspector.reads(file.path)) continue;
    const reading = readAfter(file, texts.get(file.path), inspector);
    if (reading.kind === 'unreadable') {
      const { line, column } = reading;
      note(inspector.unreadable, { path: file.path, file, line, column }, file.path);
      continue;
    }
    for (const { rule, key, line, column } of added(reading.hazards, file, texts, inspector))
      note(rule, { path: file.path, file, line, column }, key);
  }
  return [...found].map(([rule, spots]) =>
    finding(rule, {
      subject: spots.map(({ key }) => key).toSorted()[0] ?? '',
      spots: spots.map(({ spot }) => spot),
      detail: { count: spots.length },
    }),
  );
}

function readAfter(
  file: FileChange,
  text: InspectedFile | undefined,
  inspector: Inspector,
): Reading {
  // A link, a submodule or bytes in the place of such a file are not text that anyone has read.
  if (file.kind !== 'text' || text?.after == null)
    return { kind: 'unreadable', line: null, column: null };
  return inspector.read(text.after, file.path);
}

function added(
  hazards: readonly Hazard[],
  file: FileChange,
  texts: ReadonlyMap<string, InspectedFile>,
  inspector: Inspector,
): readonly Hazard[] {
  // What another kind of file held did nothing there, and a copy does it once more.
  const isSame = file.status !== 'copied' && inspector.reads(file.pathBefore ?? file.path);
  const before = isSame ? (texts.get(file.path)?.before ?? null) : null;
  const old = before === null ? null : inspector.read(before, file.path);
  const known = new Map<string, number>();
  for (const { rule, key } of old?.kind === 'read' ? old.hazards : [])
    known.set(`${rule} ${key}`, (known.get(`${rule} ${key}`) ?? 0) + 1);
  return hazards.filter(({ rule, key }) => {
    const left = known.get(`${rule} ${key}`) ?? 0;
    known.set(`${rule} ${key}`, left - 1);
    return left <= 0;
  });
}
