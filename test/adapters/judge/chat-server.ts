/** A real server of chat completions on this machine, whose model is a script. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the server was asked once. */
export interface Asked {
  readonly system: string;
  readonly user: string;
  /** Whether an answer in a form is wanted. */
  readonly formed: boolean;
}

/** Says an answer, at once or later; null: nothing, and keeps the line open. */
export type Script = (asked: Asked) => string | null | Promise<string>;

export interface ChatServer extends AsyncDisposable {
  /** With `/v1`. */
  readonly url: string;
  readonly asked: readonly Asked[];
  /** Requests that were hung up on before they were answered. */
  readonly hungUp: () => number;
  says: (script: Script) => void;
}

export async function chatServer(models: readonly string[] = ['owl']): Promise<ChatServer> {
  const asked: Asked[] = [];
  let script: Script = () => null;
  let hungUp = 0;
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    for await (const part of request) body += part;
    if (request.url === '/v1/models')
      return response.end(JSON.stringify({ data: models.map((id) => ({ id })) }));
    const {
      model,
      messages,
      response_format: form,
    } = JSON.parse(body) as {
      readonly model: string;
      readonly messages: readonly { readonly content: string }[];
      readonly response_format?: object;
    };
    const one = {
      system: messages[0]?.content ?? '',
      user: messages[1]?.content ?? '',
      formed: form !== undefined,
    };
    asked.push(one);
    response.once('close', () => {
      if (!response.writableFinished) hungUp += 1;
    });
    const said = await script(one);
    if (said === null) return undefined;
    const message = { role: 'assistant', content: said };
    return response.end(JSON.stringify({ model, choices: [{ message, finish_reason: 'stop' }] }));
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    hungUp: () => hungUp,
    says: (next) => {
      script = next;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Where the base as it is stands, of the two places. */
export const baseAt = ({ user }: Asked): '1' | '2' =>
  user.split('candidate at place 2')[0]?.includes('the base as it is') ? '1' : '2';

/** Whether an advocate is asked to speak. */
export const isSpeech = ({ system }: Asked): boolean =>
  system.includes('the advocate of one of them');

/** Whether two candidates are compared, and no change with the base as it is. */
export const isPair = (asked: Asked): boolean =>
  !isSpeech(asked) && !asked.user.includes('the base as it is');

/** Whether the candidate for whom an advocate is to speak shows a word. */
export function speaksFor({ user }: Asked, word: string): boolean {
  const [, label = ''] = /You speak for ([KR])\./.exec(user) ?? [];
  const [, mine = ''] = user.split(`candidate ${label}\n`);
  return (mine.split('DATA')[0] ?? '').includes(word);
}

/**
 * A script that finds each change better than the base as it is, and of two the one that shows a word.
 *
 * @param answer as JSON, for the better place.
 */
export const fondOf =
  (word: string, answer: (better: '1' | '2') => string, speech: Script): Script =>
  (asked) => {
    if (isSpeech(asked)) return speech(asked);
    if (!isPair(asked)) return answer(baseAt(asked) === '1' ? '2' : '1');
    return answer(asked.user.split('candidate at place 2')[0]?.includes(word) ? '1' : '2');
  };
