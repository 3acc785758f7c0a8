import { homedir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * A folder of the user by the XDG base directory rules: what the variable names, else the default below the home.
 * A name that is not absolute counts for nothing, an empty HOME included: a key would be made in whatever folder a
 * person stands, a repository for instance.
 */
export function userFolder(env: Env, variable: string, fallback: readonly string[]): string {
  const stated = env[variable];
  if (stated !== undefined && isAbsolute(stated)) return stated;
  const home = [env['HOME'], homedir()].find((each) => each !== undefined && isAbsolute(each));
  return join(home ?? userInfo().homedir, ...fallback);
}
