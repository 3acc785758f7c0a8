import type { Change } from '../1-pleading/change.ts';
import { BASE_AS_IT_IS, type Dossier, dossierOf } from '../3-deliberation/judge/dossier.ts';
import { measuredFacts } from '../3-deliberation/judge/measured-facts.ts';
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

/** One change beside the base as it is, as a judge sees it. */
export function changeDossier(
  { reading, binding, examination }: Hearing,
  file: CaseFile,
  unjudged: Unjudged,
  texts: Texts,
): Dossier {
  const { change, plea } = file;
  const isExcluded = excludedBy(reading.policy);
  return dossierOf({
    specs: binding.kind === 'bound' ? binding.specs : [],
    candidates: [
      {
        id: 'change',
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
          budgets: examination.budgets,
          findings: [...unjudged.examined, ...unjudged.deliberated],
          evidence: plea.evidence,
        }),
      },
      BASE_AS_IT_IS,
    ],
  });
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
