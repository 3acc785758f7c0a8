/** What a caller meets while a fault is switched on. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestFault } from './faults.ts';
import { type Answer, asFields } from './http.ts';
import { send } from './send.ts';
import type { World } from './world.ts';

export const docs = 'https://docs.github.com/rest';

/** @returns whether the fault was the whole answer. */
export async function answerFault(
  world: World,
  fault: RequestFault,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const reply = (status: number, message: string, headers: Readonly<Record<string, string>>) => {
    send(world, request, response, { status, body: { message, documentation_url: docs }, headers });
    return true;
  };
  switch (fault.kind) {
    case 'cut':
      request.socket.destroy();
      return true;
    case 'slow':
      await new Promise((resolve) => setTimeout(resolve, fault.ms));
      return false;
    case 'held':
      fault.here();
      await fault.until;
      return false;
    case 'status':
      return reply(fault.status, fault.message ?? 'Server Error', {});
    case 'primary-limit':
      return reply(403, 'API rate limit exceeded for installation.', {
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(Math.ceil(fault.resetAt / 1000)),
      });
    case 'secondary-limit':
      return reply(
        403,
        'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
        {
          'retry-after': String(fault.retryAfterSeconds),
        },
      );
    case 'graphql-errors': {
      const { type, message } = fault;
      send(world, request, response, {
        status: 200,
        body: { data: null, errors: [{ type, message }] },
      });
      return true;
    }
    case 'truncated':
    case 'done-but-lost':
      return false;
  }
}

/** The first few of every list, and no word of a next page. */
export function cutShort(answer: Answer, to: number): Answer {
  const cut = (value: unknown): unknown => (Array.isArray(value) ? value.slice(0, to) : value);
  const body = Array.isArray(answer.body)
    ? cut(answer.body)
    : Object.fromEntries(
        Object.entries(asFields(answer.body)).map(([key, value]) => [key, cut(value)]),
      );
  return { status: answer.status, body };
}
