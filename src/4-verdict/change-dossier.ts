import type { Change } from '../1-pleading/change.ts';
import type { Debate } from '../3-deliberation/judge/debate.ts';
import {
  BASE_AS_IT_IS,
  type CandidateInput,
  type Dossier,
  dossierOf,
} from '../3-deliberation/judge/dossier.ts';
import { measuredFacts } from '../3-deliberation/judge/measured-facts.ts';
import { quotableLines } from '../3-deliberation/judge/quotable.ts';
import { compileGlobs } from '../caws/glob.ts';
import type { Policy } from '../caws/policy.ts';
import type { ObjectId } from '../primitives.ts';
import type { CaseFile } from './case.ts';
import type { Hearing } from './hearing.ts';
import type { Unjudged } from './judge.ts';

type Texts = ReadonlyMap<ObjectId, Uint8Array>;

/** The blobs whose texts a judge may see: both sides of every text that somebody wrote. */
export function blobsToRead({ files }: Change, policy: Policy): readonly ObjectId[] {
  const isExcluded = excludedBy(policy);
  return files
    .filter((file) => file.kind === 'text' && !isExcluded(file.path))
    .flatMap(({ blobBefore, blobAfter }) => [blobBefore, blobAfter])
    .filter((id) => id !== null);
}

/** One change of a comparison, as it was heard. */
export interface HeardChange {
  readonly id: string;
  readonly hearing: Hearing;
  readonly file: CaseFile;
  readonly unjudged: Unjudged;
  readonly texts: Texts;
}

/** One change beside the base as it is, as a judge sees it. */
export function changeDossier(heard: Omit<HeardChange, 'id'>): Dossier {
  return dossierOf({
    specs: specsOf(heard.hearing),
    candidates: [candidateInput({ ...heard, id: 'change' }), BASE_AS_IT_IS],
  });
}

/** Two changes for one spec, as a judge sees them; which is given first makes no difference. */
export function candidatesDossier(pair: readonly [HeardChange, HeardChange]): Dossier {
  const [one, other] = pair;
  return dossierOf({
    specs: specsOf(one.hearing),
    candidates: [candidateInput(one), candidateInput(other)],
  });
}

/** What of two changes may be quoted in a debate, in the order of their dossier. */
export function linesToQuote(
  dossier: Dossier,
  pair: readonly [HeardChange, HeardChange],
): Debate['lines'] {
  const [one, other] = dossier.candidates.map(({ id, diff }) => {
    const heard = pair.find((each) => each.id === id);
    const files = heard?.file.change.files.flatMap(({ path, blobAfter }) => {
      const bytes = blobAfter === null ? undefined : heard.texts.get(blobAfter);
      return bytes === undefined ? [] : [[path, bytes] as const];
    });
    return quotableLines(files ?? [], diff);
  });
  return [one, other] as unknown as Debate['lines'];
}

/** Names and addresses of whoever had a hand in one of the changes. */
export const peopleOfAll = (pair: readonly Pick<HeardChange, 'file'>[]): readonly string[] =>
  pair.flatMap(({ file }) => peopleOf(file.change));

const specsOf = ({ binding }: Hearing) => (binding.kind === 'bound' ? binding.specs : []);

function candidateInput({ id, hearing, file, unjudged, texts }: HeardChange): CandidateInput {
  const { change, plea } = file;
  const isExcluded = excludedBy(hearing.reading.policy);
  return {
    id,
    files: change.files.map((each) => ({
      file: each,
      before: textOf(each.blobBefore, each.kind, texts),
      after: textOf(each.blobAfter, each.kind, texts),
      isExcluded: isExcluded(each.path),
    })),
    claims: plea.claims,
    people: peopleOf(change),
    facts: measuredFacts({
      gates: unjudged.gates,
      budgets: hearing.examination.budgets,
      findings: [...unjudged.examined, ...unjudged.deliberated],
      evidence: plea.evidence,
    }),
  };
}

/** A pattern that nobody can read leaves nothing out. */
function excludedBy({ excluded }: Policy): (path: string) => boolean {
  const globs = compileGlobs(excluded.paths);
  return (path) => globs.ok && globs.value.matches(path);
}

/** @returns undefined for a text that is there and could not be read. */
function textOf(id: ObjectId | null, kind: string, texts: Texts): string | null | undefined {
  if (id === null || kind !== 'text') return null;
  const bytes = texts.get(id);
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

function peopleOf({ commits }: Change): readonly string[] {
  return [
    ...new Set(
      commits.flatMap(({ authorName, authorEmail, committerName, committerEmail, coAuthors }) => [
        authorName,
        authorEmail,
        committerName ?? '',
        committerEmail,
        ...coAuthors,
      ]),
    ),
  ];
}
