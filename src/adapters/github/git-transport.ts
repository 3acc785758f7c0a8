import { runGit } from '../git/process.ts';

export interface Transport {
  /** null: as anybody. */
  readonly token: string | null;
  readonly url: string;
  /** Whether nothing can be pushed, whoever asks for it. */
  readonly readOnly?: boolean;
  /** Whether a person at a terminal may interrupt it, which then reaches every process of git. */
  readonly atTerminal?: boolean;
  /** Ends git with this process, also where it is killed; see `GitCall`. */
  readonly watch?: (group: number) => () => void;
}

/** A line on which nothing comes for so long is dead, even where nobody is left to end the wait. */
const SILENCE_S_MAX = 300;

const PROXIES = ['HTTPS_PROXY', 'https_proxy'];
/** What git sees of this process: the way to its programs, and past a proxy that only carries what is encrypted. */
const PASSED = ['PATH', ...PROXIES, 'NO_PROXY', 'no_proxy'];

/** Whether a proxy may stand between us and a server. */
export const isProxied = (url: string): boolean =>
  url.startsWith('https:') && PROXIES.some((name) => process.env[name] !== undefined);

/**
 * The token goes in as configuration by the environment: no other user's process list shows it, and no
 * file keeps it.
 */
export function transportEnvironment(
  directory: string,
  { token, url, readOnly }: Transport,
): Readonly<Record<string, string>> {
  const { protocol, origin } = new URL(url);
  const settings: readonly (readonly [string, string])[] = [
    // Only this server gets it, and a redirect to another one does not.
    ...(token === null
      ? []
      : ([[`http.${origin}/.extraHeader`, `Authorization: ${authorization(token)}`]] as const)),
    // What would be pushed goes to a protocol that git does not have, and that is not allowed either.
    ...(readOnly === true ? ([['url.nowhere://.pushInsteadOf', origin]] as const) : []),
    // Also keeps git from the alternates that an old kind of server can name.
    ['http.followRedirects', 'false'],
    ['http.lowSpeedLimit', '1'],
    ['http.lowSpeedTime', String(SILENCE_S_MAX)],
    ['credential.helper', ''],
    ['core.askPass', ''],
    ['fetch.fsckObjects', 'true'],
    // One pack a fetch: loose files would become too many to count.
    ['fetch.unpackLimit', '1'],
    ['protocol.allow', 'never'],
    [`protocol.${protocol.replace(':', '')}.allow`, 'always'],
    ['protocol.version', '2'],
    ['gc.auto', '0'],
    ['maintenance.auto', 'false'],
  ];
  return {
    ...Object.fromEntries(
      PASSED.flatMap((name) =>
        process.env[name] === undefined ? [] : [[name, process.env[name]]],
      ),
    ),
    HOME: directory,
    LC_ALL: 'C',
    GIT_DIR: directory,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: 'false',
    GIT_SSH_COMMAND: 'false',
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(
      settings.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  };
}

/** The header that lets a request in as git is let in. */
export const credentialsOf = ({ token }: Transport): Readonly<Record<string, string>> =>
  token === null ? {} : { authorization: authorization(token) };

const authorization = (token: string): string => `Basic ${credentials(token)}`;
const credentials = (token: string): string =>
  Buffer.from(`x-access-token:${token}`).toString('base64');

/**
 * What git complained, bounded, without what it was let in with: a server can write that into the words
 * that git passes on.
 */
export function shownError(stderr: string, token: string | null): string {
  const secrets = token === null || token === '' ? [] : [token, credentials(token)];
  return secrets
    .reduce((text, secret) => text.replaceAll(secret, '…'), stderr)
    .replaceAll(/Authorization:[^\n]*/gi, 'Authorization: …')
    .slice(0, STDERR_SHOWN);
}

const STDERR_SHOWN = 400;

/** Longer than GitHub takes to let somebody in. */
const LOOK_MS_MAX = 30_000;
/** What says that somebody must act, where it does not come with a time to come back. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403, 404, 410, 451]);

/**
 * Whether the git server refuses us for good. git ends the same way when it is refused and when nobody
 * answers, and its words differ between versions: so the first request of a fetch is made once more.
 *
 * @returns the status it refuses with; null where it does not, or does not answer.
 */
export async function refusalOf(transport: Transport, signal: AbortSignal): Promise<number | null> {
  const answer = await lookAt(transport, signal);
  if (answer === null || answer.headers.has('retry-after')) return null;
  return REFUSALS.has(answer.status) ? answer.status : null;
}

/**
 * Whether a git server answers there. git takes any page for the list of refs of a server without a
 * program, and one without refs for an empty repository.
 */
export async function isGitServer(transport: Transport, signal: AbortSignal): Promise<boolean> {
  const answer = await lookAt(transport, signal);
  const type = answer?.headers.get('content-type');
  return answer?.status === 200 && type === 'application/x-git-upload-pack-advertisement';
}

/** The first request of a fetch, whose answer nobody reads; null where there is none. */
async function lookAt(transport: Transport, signal: AbortSignal): Promise<Response | null> {
  const answer = await fetch(`${transport.url}/info/refs?service=git-upload-pack`, {
    headers: credentialsOf(transport),
    redirect: 'manual',
    signal: AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS_MAX)]),
  }).catch(() => null);
  await answer?.body?.cancel();
  return answer;
}

export type Git = (args: readonly string[], signal?: AbortSignal) => ReturnType<typeof runGit>;

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** git in a bare repository, with a line to where it came from. */
export function gitOver(directory: string, transport: Transport, limitMs: number): Git {
  const env = transportEnvironment(directory, transport);
  return (args, signal) =>
    runGit({
      ...{
        args,
        env,
        limitMs,
        bytesMax: OUTPUT_BYTES_MAX,
        wholeGroup: transport.atTerminal !== true,
        watch: transport.watch,
      },
      ...(signal === undefined ? {} : { signal }),
    });
}
