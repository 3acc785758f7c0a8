/** Sign-ins at the forge, as far as this side keeps them. */
import { describe, expect, test } from 'vitest';
import { cookieIn, openSessions, SIGN_IN_COOKIE } from '../../app/pages/sessions.ts';
import type { Instant } from '../../src/primitives.ts';

const START = Date.parse('2026-03-01T12:00:00Z');
const MINUTE = 60_000;

function begun(path = '/r/acme/shop') {
  const clock = { now: START };
  const sessions = openSessions(() => clock.now as Instant);
  return { clock, sessions, state: sessions.begin(path) };
}

describe('a sign-in that was begun', () => {
  test('is ended by its own word, however many others begin', () => {
    const { sessions, state } = begun();
    for (let at = 0; at < 10_001; at += 1) sessions.begin('/');
    expect(sessions.end(state)).toBe('/r/acme/shop');
  });

  test('comes back whole as a cookie, with the longest name that there is', () => {
    const path = `/r/${'o'.repeat(100)}/${'n'.repeat(100)}`;
    const { sessions, state } = begun(path);
    const cookie = cookieIn(`other=1; ${SIGN_IN_COOKIE}=${state}`, SIGN_IN_COOKIE);
    expect(cookie).toBe(state);
    expect(sessions.end(cookie ?? '')).toBe(path);
  });

  test('is over after ten minutes', () => {
    const { clock, sessions, state } = begun();
    clock.now = START + 10 * MINUTE - 1;
    expect(sessions.end(state)).toBe('/r/acme/shop');
    clock.now = START + 10 * MINUTE;
    expect(sessions.end(state)).toBeNull();
  });

  test('is none with another path, another seal or none, and none of another process', () => {
    const { sessions, state } = begun();
    const [text = '', seal = ''] = state.split('.');
    const other = Buffer.from(Buffer.from(text, 'base64url').toString().replace('shop', 'evil'));
    const forged = [
      ...[`${other.toString('base64url')}.${seal}`, `${text}.${seal.slice(1)}`, `${text}.`, text],
      ...[`${state}.`, '', '.', begun().state],
    ];
    expect(forged.map((each) => sessions.end(each))).toEqual(forged.map(() => null));
  });
});
