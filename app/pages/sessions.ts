import { randomBytes } from 'node:crypto';
import type { Instant } from '../../src/primitives.ts';

/** Somebody who signed in at the forge; what they may read is asked with their own token. */
export interface Session {
  readonly token: string;
  readonly until: Instant;
}

export interface Sessions {
  /** @returns the value of the cookie. */
  open(token: string): string;
  /** @param cookies the header as the browser sent it. */
  find(cookies: string | undefined): Session | null;
  close(cookies: string | undefined): void;
  /** A number to recognise an answer of the forge by, and where to go then. Each serves once. */
  begin(path: string): string;
  end(state: string): string | null;
}

const SESSION_MS = 60 * 60_000;
const SIGN_IN_MS = 10 * 60_000;
/** People who look at pages at once; past it the oldest sign in anew. */
const SESSIONS_MAX = 10_000;
export const COOKIE = 'arbiter';
/** Ties a sign-in to the browser that began it. */
export const SIGN_IN_COOKIE = 'arbiter-sign-in';

/** The value of one of our cookies, or null. */
export function cookieIn(cookies: string | undefined, name: string): string | null {
  const found = new RegExp(`(?:^|; )${name}=([\\w-]{43})(?:;|$)`).exec(cookies ?? '');
  return found?.[1] ?? null;
}

/** Kept in memory alone: a restart signs everybody out, and no token is ever on the disk. */
export function openSessions(now: () => Instant): Sessions {
  const sessions = new Map<string, Session>();
  const begun = new Map<string, { readonly path: string; readonly until: Instant }>();
  const keep = <Value>(map: Map<string, Value>, value: Value): string => {
    const key = randomBytes(32).toString('base64url');
    map.set(key, value);
    // A Map keeps the order in which keys came.
    if (map.size > SESSIONS_MAX) map.delete(map.keys().next().value as string);
    return key;
  };
  return {
    open: (token) => keep(sessions, { token, until: (now() + SESSION_MS) as Instant }),
    find(cookies) {
      const session = sessions.get(cookieIn(cookies, COOKIE) ?? '');
      return session === undefined || session.until <= now() ? null : session;
    },
    close: (cookies) => void sessions.delete(cookieIn(cookies, COOKIE) ?? ''),
    begin: (path) => keep(begun, { path, until: (now() + SIGN_IN_MS) as Instant }),
    end(state) {
      const found = begun.get(state);
      begun.delete(state);
      return found === undefined || found.until <= now() ? null : found.path;
    },
  };
}
