import { validate } from '../caws/generated/plea.js';
import type { DocumentFault, DocumentProblem, Read } from '../caws/law.ts';
import type { Plea } from '../caws/plea.ts';
import { problemAt, quoted, schemaProblems } from '../caws/schema-problems.ts';
import { textDigest } from '../caws/text-digest.ts';
import { type LocatedYaml, readYaml, type YamlPath } from '../caws/yaml.ts';
import { type Digest, fail, ok, type Result } from '../primitives.ts';
import { SIGNS_MAX, type TextSign } from './change.ts';
import { staysInside } from './evidence-path.ts';
import { pleaOfBody } from './plea-body.ts';
import { freshWord, scanSigns } from './signs.ts';
import { trailerValues } from './trailers.ts';

/** Where a plea stands. */
export type PleaSource =
  | { readonly kind: 'file'; readonly file: string; readonly text: string }
  | { readonly kind: 'pull-request-body'; readonly text: string }
  /** Whole messages between merge base and head, oldest first. */
  | { readonly kind: 'commit-messages'; readonly messages: readonly string[] };

export interface PleaReading {
  readonly plea: Plea;
  /** Where `change_diff` names a file, its path; the plea's own `changeDiff` is then null until it is read. */
  readonly diffFile: string | null;
  /** Characters of the plea that a reader cannot see for what they are: the first SIGNS_MAX. */
  readonly signs: readonly TextSign[];
  readonly signsTotal: number;
}

/** Four times what GitHub admits in a pull request's body. */
export const PLEA_CHARACTERS_MAX = 256 * 1024;

/**
 * Reads what the author pleads. All of it is the judged party's word: nothing here is believed, only
 * understood or refused with a place.
 *
 * A body may hold one fenced block `caws-plea` and lines `CAWS-SPEC: ID`. Two different specs in it are
 * a fault: which is meant is not ours to guess. Commit messages name specs by trailers; several of them
 * are no plea for one, and binding reads every trailer from the commits themselves.
 */
export function readPlea(source: PleaSource): Read<PleaReading> {
  switch (source.kind) {
    case 'file':
      return readDocument('file', source.file, source.text, source.text, []);
    case 'pull-request-body': {
      const body = pleaOfBody(source.text, PLEA_CHARACTERS_MAX);
      if (!body.ok) return body;
      const { block, specs, file } = body.value;
      return readDocument('pull-request-body', file, block ?? '', source.text, specs);
    }
    case 'commit-messages': {
      const specs = source.messages.flatMap((message) => trailerValues(message, 'CAWS-SPEC'));
      const text = source.messages.join('\n\n');
      const named = new Set(specs).size > 1 ? [] : specs;
      return readDocument('commit-messages', 'commit messages', '', text, named);
    }
  }
}

/** No plea at all: no claims, no evidence, no spec named. */
export const noPlea: Plea = {
  source: 'none',
  digest: null,
  spec: null,
  claims: [],
  evidence: [],
  changeDiff: null,
};

interface PleaDocument {
  readonly spec?: string;
  readonly rationale?: readonly {
    readonly id: string;
    readonly text: string;
    readonly rests?: readonly string[];
  }[];
  readonly evidence?: readonly {
    readonly name: string;
    readonly file: string;
    readonly digest: string;
  }[];
  readonly change_diff?: string;
}

function readDocument(
  source: Plea['source'],
  file: string,
  document: string,
  whole: string,
  specsBeside: readonly string[],
): Read<PleaReading> {
  const read = documentOf(file, document);
  if (!read.ok) return read;
  const given = read.value;
  const specs = [...new Set([...(given.spec === undefined ? [] : [given.spec]), ...specsBeside])];
  if (specs.length > 1) {
    const named = specs.slice(0, 5).map(quoted).join(', ');
    return refused(file, 'plea.several-specs', `names the specs ${named}`, 'Name one.');
  }
  const diff = given.change_diff ?? null;
  const diffIsFile = diff !== null && !diff.includes('\n');
  const plea: Plea = {
    source,
    digest: textDigest(whole),
    spec: specs[0] ?? null,
    claims: (given.rationale ?? []).map(({ id, text, rests }) => ({
      id,
      text,
      rests: rests ?? [],
    })),
    evidence: (given.evidence ?? []).map(({ name, file, digest }) => ({
      name,
      file,
      digest: digest as Digest,
    })),
    changeDiff: diffIsFile ? null : diff,
  };
  return ok({ plea, diffFile: diffIsFile ? diff : null, ...signsOf(plea) });
}

function documentOf(file: string, text: string): Result<PleaDocument, DocumentFault> {
  if (text.trim() === '') return ok({});
  const yaml = readYaml(text, file);
  if (!yaml.ok) return yaml;
  const { value, placeOf } = yaml.value;
  const problems = schemaProblems(validate, { value, placeOf, family: 'plea' });
  if (problems.length > 0) return fail({ file, problems });
  const document = value as PleaDocument;
  const inside = [...repeated(document, yaml.value), ...escaping(document, yaml.value)];
  return inside.length > 0 ? fail({ file, problems: inside }) : ok(document);
}

/** Ids are what claims and findings refer to, so each stands once. */
function repeated(document: PleaDocument, yaml: LocatedYaml): readonly DocumentProblem[] {
  const lists: readonly {
    readonly names: readonly string[];
    readonly at: string;
    readonly key: string;
  }[] = [
    { names: (document.rationale ?? []).map(({ id }) => id), at: 'rationale', key: 'id' },
    { names: (document.evidence ?? []).map(({ name }) => name), at: 'evidence', key: 'name' },
    { names: (document.evidence ?? []).map(({ file }) => file), at: 'evidence', key: 'file' },
  ];
  return lists.flatMap(({ names, at, key }) =>
    names.flatMap((name, index) =>
      names.indexOf(name) === index
        ? []
        : [
            problem(
              yaml,
              'repeated',
              [at, index, key],
              `${quoted(name)} stands twice`,
              'Name each once.',
            ),
          ],
    ),
  );
}

function escaping(document: PleaDocument, yaml: LocatedYaml): readonly DocumentProblem[] {
  const hint = 'Use a relative path below the folder, with / and without ..';
  const files = (document.evidence ?? []).flatMap(({ file }, index) =>
    staysInside(file)
      ? []
      : [
          problem(
            yaml,
            'path-escapes',
            ['evidence', index, 'file'],
            `${quoted(file)} may leave its folder`,
            hint,
          ),
        ],
  );
  const diff = document.change_diff;
  if (diff === undefined || diff.includes('\n') || staysInside(diff)) return files;
  return [
    ...files,
    problem(yaml, 'path-escapes', ['change_diff'], `${quoted(diff)} may leave its folder`, hint),
  ];
}

const problem = (
  yaml: LocatedYaml,
  rule: string,
  path: YamlPath,
  message: string,
  hint: string,
): DocumentProblem =>
  problemAt({ family: 'plea', placeOf: yaml.placeOf }, { rule, path, message, hint });

function refused(file: string, rule: string, message: string, hint: string): Read<never> {
  const place = { line: null, column: null };
  return fail({ file, problems: [{ rule, severity: 'error', message, ...place, hint }] });
}

/**
 * Signs in what people and judges read of a plea: spec, claims, names. The diff's own are the change's.
 * Look-alike letters come last, so that many of them push nothing hidden beyond the bound.
 */
function signsOf(plea: Plea): Pick<PleaReading, 'signs' | 'signsTotal'> {
  const hidden: TextSign[] = [];
  const lookAlikes: TextSign[] = [];
  let signsTotal = 0;
  const texts = [
    plea.spec ?? '',
    ...plea.claims.flatMap(({ text, rests }) => [text, ...rests]),
    ...plea.evidence.map(({ file }) => file),
  ];
  // A column of 2 makes a byte order mark at the start of a text count as well.
  for (const text of texts)
    scanSigns(text, 2, freshWord(), (kind, codePoint) => {
      signsTotal += 1;
      const list = kind === 'homoglyph' ? lookAlikes : hidden;
      if (list.length < SIGNS_MAX) list.push({ kind, codePoint, line: null, column: null });
    });
  return { signs: [...hidden, ...lookAlikes].slice(0, SIGNS_MAX), signsTotal };
}
