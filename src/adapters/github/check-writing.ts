import type { CheckAnnotation, CheckFace, LiveCheckRun } from '../../forge.ts';
import { type CommitSha, isoOf } from '../../primitives.ts';
import { fieldsOf, OddAnswer } from './answer.ts';
import type { GitHubClient } from './client.ts';
import { checkRunOf } from './reading.ts';

/** GitHub takes so many in one request, and appends those of the next. */
const ANNOTATIONS_AT_ONCE = 50;

interface RepositoryName {
  readonly owner: string;
  readonly repo: string;
}

/** Writes a check for the first time. */
export async function createCheck(
  client: GitHubClient,
  at: RepositoryName,
  head: CommitSha,
  face: CheckFace,
) {
  const [first, ...rest] = batchesOf(face.annotations);
  const { data } = await client.request('POST /repos/{owner}/{repo}/check-runs', {
    ...at,
    name: face.name,
    head_sha: head,
    ...bodyOf(face, first ?? []),
  });
  const run = writtenRun(data, face);
  if (run.head !== head) throw new OddAnswer('a check on another commit');
  return annotate(client, at, { run, face }, rest);
}

/**
 * Writes what a check shows now.
 *
 * @param shown annotations that stand there already: those are never sent again.
 */
export async function updateCheck(
  client: GitHubClient,
  at: RepositoryName,
  before: { readonly id: number; readonly annotations: number },
  face: CheckFace,
) {
  const fresh = before.annotations > 0 ? [] : face.annotations;
  const [first, ...rest] = batchesOf(fresh);
  const { data } = await client.request('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', {
    ...at,
    check_run_id: before.id,
    ...bodyOf(face, first ?? []),
  });
  return annotate(client, at, { run: writtenRun(data, face, before.id), face }, rest);
}

async function annotate(
  client: GitHubClient,
  at: RepositoryName,
  { run, face }: { readonly run: LiveCheckRun; readonly face: CheckFace },
  batches: readonly (readonly CheckAnnotation[])[],
) {
  let latest = run;
  for (const batch of batches) {
    const { data } = await client.request('PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', {
      ...at,
      check_run_id: run.id,
      output: outputOf(face, batch),
    });
    latest = writtenRun(data, face, run.id);
  }
  return latest;
}

/** The check that an answer speaks of, which has to be the one that was written. */
function writtenRun(data: unknown, face: CheckFace, id?: number): LiveCheckRun {
  const run = checkRunOf(fieldsOf(data, 'check'));
  if (run.name !== face.name || (id ?? run.id) !== run.id) throw new OddAnswer('another check');
  return run;
}

function batchesOf(annotations: readonly CheckAnnotation[]) {
  const batches: (readonly CheckAnnotation[])[] = [];
  for (let from = 0; from < annotations.length; from += ANNOTATIONS_AT_ONCE)
    batches.push(annotations.slice(from, from + ANNOTATIONS_AT_ONCE));
  return batches;
}

function bodyOf(face: CheckFace, annotations: readonly CheckAnnotation[]) {
  return {
    status: face.status,
    ...(face.conclusion === null ? {} : { conclusion: face.conclusion }),
    ...(face.completedAt === undefined ? {} : { completed_at: isoOf(face.completedAt) }),
    external_id: face.externalId,
    details_url: face.detailsUrl,
    output: outputOf(face, annotations),
    actions: [...face.actions],
  };
}

function outputOf(face: CheckFace, annotations: readonly CheckAnnotation[]) {
  return {
    title: face.title,
    summary: face.summary,
    ...(face.text === '' ? {} : { text: face.text }),
    ...(annotations.length === 0
      ? {}
      : {
          annotations: annotations.map(({ path, startLine, endLine, level, title, message }) => ({
            path,
            start_line: startLine,
            end_line: endLine,
            annotation_level: level,
            title,
            message,
          })),
        }),
  };
}
