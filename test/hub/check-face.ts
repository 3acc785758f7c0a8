/** What an app says a check run shows, read with every limit that GitHub names. */

import type { Annotation, CheckAction, CheckRun } from './check-state.ts';
import { asFields, asList, type Fields, Refusal, text, whole, word } from './http.ts';
import type { World } from './world.ts';

export type Face = Pick<
  CheckRun,
  | 'status'
  | 'conclusion'
  | 'externalId'
  | 'detailsUrl'
  | 'startedAt'
  | 'completedAt'
  | 'title'
  | 'summary'
  | 'text'
  | 'annotations'
  | 'actions'
>;

const annotationsMax = 50;
const outputCharactersMax = 65_535;
const actionsMax = 3;

export const faceOf = (run: CheckRun): Face => run;

const refuse = (why: string): Refusal => new Refusal(422, `Invalid request.\n\n${why}`);

/** @param before what stands there; what the request leaves out stays, but for the annotations. */
export function readFace(world: World, body: Fields, before: Face | null): Face {
  const output = asFields(body['output']);
  return {
    ...readProgress(world, body, before),
    ...readOutput(output, body['output'] !== undefined, before),
    externalId: text(body, 'external_id') ?? before?.externalId ?? '',
    detailsUrl: readAddress(body) ?? before?.detailsUrl ?? null,
    annotations: readAnnotations(output),
    actions: body['actions'] === undefined ? (before?.actions ?? []) : readActions(body),
  };
}

function readAddress(body: Fields): string | undefined {
  const address = text(body, 'details_url');
  if (address !== undefined && !/^https?:\/\//.test(address))
    throw refuse('details_url must use the http or https scheme');
  return address;
}

const conclusions = [
  'action_required',
  'cancelled',
  'failure',
  'neutral',
  'success',
  'skipped',
  'timed_out',
] as const;

function readProgress(world: World, body: Fields, before: Face | null) {
  const conclusion = word(body, 'conclusion', conclusions) ?? null;
  if (body['conclusion'] !== undefined && conclusion === null)
    throw refuse('conclusion is not one that an app may set');
  const named = word(body, 'status', ['queued', 'in_progress', 'completed']);
  const status = conclusion !== null ? 'completed' : (named ?? before?.status ?? 'queued');
  const stands = before?.status === 'completed' ? before.conclusion : null;
  if (status === 'completed' && conclusion === null && stands === null)
    throw refuse('a completed check run needs a conclusion');
  const at = (name: string) => {
    const given = text(body, name);
    return given === undefined ? undefined : Date.parse(given);
  };
  return {
    status,
    conclusion: status === 'completed' ? (conclusion ?? stands) : null,
    startedAt: at('started_at') ?? before?.startedAt ?? world.now(),
    completedAt:
      status === 'completed' ? (at('completed_at') ?? before?.completedAt ?? world.now()) : null,
  };
}

function readOutput(output: Fields, given: boolean, before: Face | null) {
  if (!given)
    return {
      title: before?.title ?? null,
      summary: before?.summary ?? null,
      text: before?.text ?? null,
    };
  if (text(output, 'summary') === undefined || (text(output, 'title') ?? before?.title) == null)
    throw refuse('output needs a title and a summary');
  for (const name of ['summary', 'text']) {
    if ((text(output, name)?.length ?? 0) > outputCharactersMax)
      throw refuse(`output.${name} exceeds a maximum of ${outputCharactersMax} characters`);
  }
  return {
    title: text(output, 'title') ?? before?.title ?? null,
    summary: text(output, 'summary') ?? null,
    text: text(output, 'text') ?? null,
  };
}

function readAnnotations(output: Fields): Annotation[] {
  const given = asList(output['annotations']);
  if (given.length > annotationsMax)
    throw refuse(`output.annotations exceeds a maximum of ${annotationsMax} items`);
  return given.map((each) => annotationOf(asFields(each)));
}

function annotationOf(given: Fields): Annotation {
  const start = whole(given, 'start_line');
  const end = whole(given, 'end_line');
  const level = word(given, 'annotation_level', ['notice', 'warning', 'failure']);
  const path = text(given, 'path');
  const message = text(given, 'message');
  if (start === undefined || end === undefined || level === undefined || !path || !message)
    throw refuse('an annotation needs path, start_line, end_line, annotation_level and message');
  if (end < start) throw refuse('end_line comes before start_line');
  const columns = [whole(given, 'start_column') ?? null, whole(given, 'end_column') ?? null];
  if (start !== end && columns.some((column) => column !== null))
    throw refuse('columns are only for annotations of one line');
  if ((text(given, 'title')?.length ?? 0) > 255) throw refuse('title exceeds 255 characters');
  for (const long of [message, text(given, 'raw_details') ?? ''])
    if (Buffer.byteLength(long) > 65_536) throw refuse('message exceeds 64 KB');
  return {
    path,
    start_line: start,
    end_line: end,
    start_column: columns[0] ?? null,
    end_column: columns[1] ?? null,
    annotation_level: level,
    message,
    title: text(given, 'title') ?? null,
    raw_details: text(given, 'raw_details') ?? null,
  };
}

function readActions(body: Fields): readonly CheckAction[] {
  const given = asList(body['actions']);
  if (given.length > actionsMax) throw refuse(`actions exceeds a maximum of ${actionsMax} items`);
  const bounded = (fields: Fields, name: string, most: number): string => {
    const value = text(fields, name) ?? '';
    if (value === '' || value.length > most)
      throw refuse(`action ${name} must have 1 to ${most} characters`);
    return value;
  };
  return given.map((each) => {
    const fields = asFields(each);
    return {
      label: bounded(fields, 'label', 20),
      description: bounded(fields, 'description', 40),
      identifier: bounded(fields, 'identifier', 20),
    };
  });
}
