/** Writes an answer with the headers that GitHub puts on every one. */
import { createHash, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from './http.ts';
import { limitHeaders } from './limits.ts';
import type { World } from './world.ts';

export function send(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
): void {
  const bytes = answer.raw?.bytes ?? (answer.body === undefined ? '' : JSON.stringify(answer.body));
  const etag = `W/"${createHash('sha256').update(bytes).digest('hex').slice(0, 40)}"`;
  // Lower case throughout, so that an answer's own header takes the place of the usual one.
  const headers: Record<string, string> = {
    date: new Date(world.now()).toUTCString(),
    'x-github-request-id': randomUUID(),
    'x-github-media-type': 'github.v3; format=json',
    ...limitHeaders(world, request.headers.authorization),
    ...answer.headers,
  };
  if (request.method === 'GET' && answer.status === 200) headers['etag'] = etag;
  if (headers['etag'] !== undefined && request.headers['if-none-match'] === etag) {
    response.writeHead(304, headers).end();
    return;
  }
  if (bytes.length > 0)
    headers['content-type'] = answer.raw?.type ?? 'application/json; charset=utf-8';
  response.writeHead(answer.status, headers).end(bytes);
}
