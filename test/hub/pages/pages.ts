import type { IncomingMessage, ServerResponse } from 'node:http';
import type { World } from '../world.ts';

export async function servePage(
  _world: World,
  _url: URL,
  _request: IncomingMessage,
  response: ServerResponse,
): Promise<number> {
  response.writeHead(501).end();
  return 501;
}
