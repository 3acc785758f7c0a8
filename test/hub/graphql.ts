import type { Principal } from './auth.ts';
import { type Answer, type Fields, json } from './http.ts';
import type { World } from './world.ts';

export async function serveGraphql(
  _world: World,
  _principal: Principal,
  _body: Fields,
): Promise<Answer> {
  return json({}, 501);
}
