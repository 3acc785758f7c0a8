import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
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
  /**
   * A word to recognise an answer of the forge by. It holds where to go then and until when, sealed, so that
   * nothing is kept of whoever only begins. The forge's own code behind it serves once.
   */
  begin(path: string): string;
  /** @returns the path, or null where the word is none of ours or too old. */
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
  const found = new RegExp(`(?:^|; )${name}=([\\w.-]{43,1000})(?:;|$)`).exec(cookies ?? '');
  return found?.[1] ?? null;
}

/** Kept in memory alone: a restart signs everybody out, and no token is ever on the disk. */
export function openSessions(now: () => Instant): Sessions {
  const sessions = new Map<string, Session>();
  const sealKey = randomBytes(32);
  const sealOf = (text: string) => createHmac('sha256', sealKey).update(text).digest();
  return {
    open(token) {
      const key = randomBytes(32).toString('base64url');
      sessions.set(key, { token, until: (now() + SESSION_MS) as Instant });
      // A Map keeps the order in which keys came.
      if (sessions.size > SESSIONS_MAX) sessions.delete(sessions.keys().next().value as string);
      return key;
    },
    find(cookies) {
      const session = sessions.get(cookieIn(cookies, COOKIE) ?? '');
      return session === undefined || session.until <= now() ? null : session;
    },
    close: (cookies) => void sessions.delete(cookieIn(cookies, COOKIE) ?? ''),
    begin(path) {
      const nonce = randomBytes(16).toString('base64url');
      const text = Buffer.from(`${now() + SIGN_IN_MS} ${nonce} ${path}`).toString('base64url');
      return `${text}.${sealOf(text).toString('base64url')}`;
    },
    end(state) {
      const [text = '', seal = '', ...more] = state.split('.');
      const [given, own] = [Buffer.from(seal, 'base64url'), sealOf(text)];
      if (more.length > 0 || given.length !== own.length || !timingSafeEqual(given, own))
        return null;
      const [until, , path] = Buffer.from(text, 'base64url').toString('utf8').split(' ');
      return path !== undefined && Number(until) > now() ? path : null;
    },
  };
}
