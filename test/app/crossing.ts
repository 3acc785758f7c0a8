/** What stands between a client and a server, and stops one request where a test wants it to. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';

/** What of a request has come through when it stops: nothing, half of its body, or all but the answer. */
export type Stop = 'before' | 'half' | 'answer';

export interface Crossing extends AsyncDisposable {
  readonly address: string;
  /**
   * The next request of such an address goes no further than this; whoever sent it has to give up.
   *
   * @returns when it stands.
   */
  stops(path: RegExp, at: Stop): Promise<void>;
}

/** @param target the server's address. @param changed addresses as the server should see them. */
export async function crossingTo(
  target: string,
  changed: (url: string) => string = (url) => url,
): Promise<Crossing> {
  let waiting: { path: RegExp; at: Stop; stands: () => void } | null = null;
  const server = createServer((incoming, outgoing) => {
    const stop = waiting?.path.test(incoming.url ?? '') ? waiting : null;
    if (stop !== null) waiting = null;
    if (stop?.at === 'before') return stop.stands();
    forward(incoming, outgoing, new URL(changed(incoming.url ?? ''), target), stop);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { readonly port: number };
  return {
    address: `http://127.0.0.1:${port}`,
    stops: (path, at) =>
      new Promise((stands) => {
        waiting = { path, at, stands };
      }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  url: URL,
  stop: { readonly at: Stop; readonly stands: () => void } | null,
): void {
  const { method, headers } = incoming;
  const onward = request(url, { method, headers }, (answer) => {
    if (stop?.at === 'answer') {
      answer.resume().on('end', stop.stands);
      return;
    }
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on('error', () => outgoing.destroy());
  outgoing.on('close', () => onward.destroy());
  if (stop?.at !== 'half') {
    incoming.pipe(onward);
    return;
  }
  const half = Math.floor(Number(headers['content-length']) / 2);
  incoming.once('data', (chunk: Buffer) => onward.write(chunk.subarray(0, half), stop.stands));
}
