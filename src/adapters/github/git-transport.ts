export interface Transport {
  /** null: as anybody. */
  readonly token: string | null;
  readonly url: string;
  /** Whether nothing can be pushed, whoever asks for it. */
  readonly readOnly?: boolean;
}

/**
 * The token goes in as configuration by the environment: no other user's process list shows it, and no
 * file keeps it.
 */
export function transportEnvironment(
  directory: string,
  { token, url, readOnly }: Transport,
): Readonly<Record<string, string>> {
  const credentials = Buffer.from(`x-access-token:${token ?? ''}`).toString('base64');
  const { protocol, origin } = new URL(url);
  const settings: readonly (readonly [string, string])[] = [
    // Only this server gets it, and a redirect to another one does not.
    ...(token === null
      ? []
      : ([[`http.${origin}/.extraHeader`, `Authorization: Basic ${credentials}`]] as const)),
    // What would be pushed goes to a protocol that git does not have, and that is not allowed either.
    ...(readOnly === true ? ([['url.nowhere://.pushInsteadOf', origin]] as const) : []),
    ['http.followRedirects', 'false'],
    ['credential.helper', ''],
    ['core.askPass', ''],
    ['fetch.fsckObjects', 'true'],
    ['protocol.allow', 'never'],
    [`protocol.${protocol.replace(':', '')}.allow`, 'always'],
    ['protocol.version', '2'],
    ['gc.auto', '0'],
    ['maintenance.auto', 'false'],
  ];
  return {
    ...(process.env['PATH'] === undefined ? {} : { PATH: process.env['PATH'] }),
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

/** What git complained, bounded, without what it was let in with. */
export const shownError = (stderr: string): string =>
  stderr.replaceAll(/Authorization:[^\n]*/gi, 'Authorization: …').slice(0, STDERR_SHOWN);

const STDERR_SHOWN = 400;
