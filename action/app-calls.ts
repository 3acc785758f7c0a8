import { setTimeout as wait } from 'node:timers/promises';
import {
  caseAudience,
  evidenceAudience,
  progressAudience,
} from '../src/3-deliberation/runner/claims.ts';
import { type RunCase, readRunCase } from '../src/3-deliberation/runner/run-case.ts';
import { sha256Of } from '../src/ledger/entry.ts';
import { fail, ok, type Result } from '../src/primitives.ts';

/** What speaks with the app for a run. */
export interface Courier {
  /** A fresh token of the run's identity, good for this audience. */
  readonly idToken: (audience: string) => Promise<string>;
  readonly signal: AbortSignal;
  /** Between two tries. */
  readonly pauseMs: number;
}

const TRIES = 5;
const ANSWER_MS_MAX = 60_000;
const ANSWER_CHARACTERS_MAX = 40 * 1024 * 1024;
/** The app may be away for a moment, or have no room; a run that it does not know yet it will know. */
const passing = new Set([409, 429, 500, 502, 503, 504]);

/** Asks the app what to run. */
export async function askCase(
  app: string,
  id: string,
  courier: Courier,
): Promise<Result<RunCase, string>> {
  const url = `${app}/runs/${id}/case`;
  const answer = await call(url, caseAudience(app, id), null, courier);
  return answer.ok ? readRunCase(answer.value) : answer;
}

/** Sends a bundle; each try by a token for exactly these bytes. */
export async function sendBundle(
  app: string,
  id: string,
  bundle: Uint8Array,
  courier: Courier,
): Promise<Result<void, string>> {
  const url = `${app}/runs/${id}/evidence`;
  const answer = await call(url, evidenceAudience(app, id, sha256Of(bundle)), bundle, courier);
  return answer.ok ? ok(undefined) : answer;
}

/** Says how far the gates are, once: nobody waits for it. */
export async function sendProgress(
  app: string,
  id: string,
  gates: Readonly<Record<string, 'started' | 'done'>>,
  courier: Courier,
): Promise<void> {
  const body = Buffer.from(JSON.stringify({ gates }));
  await once(`${app}/runs/${id}/progress`, progressAudience(app, id), body, courier);
}

async function call(
  url: string,
  audience: string,
  body: Uint8Array | null,
  courier: Courier,
): Promise<Result<string, string>> {
  let said = '';
  for (let tried = 0; tried < TRIES; tried += 1) {
    if (tried > 0) await wait(courier.pauseMs * tried, undefined, { signal: courier.signal });
    const answer = await once(url, audience, body, courier);
    if (answer.ok) return answer;
    said = answer.fault.said;
    // That it is recorded already is what an answer that was lost had said.
    if (body !== null && answer.fault.error === 'answered-before' && tried > 0) return ok('');
    if (!answer.fault.mayPass) break;
  }
  return fail(said);
}

interface Refused {
  readonly said: string;
  readonly error: string;
  readonly mayPass: boolean;
}

async function once(
  url: string,
  audience: string,
  body: Uint8Array | null,
  { idToken, signal }: Courier,
): Promise<Result<string, Refused>> {
  try {
    const token = await idToken(audience);
    const response = await fetch(url, {
      method: body === null ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === null ? {} : { body: Buffer.from(body) }),
      // Evidence goes to the app that was named, and nowhere else.
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS_MAX)]),
    });
    const text = (await response.text()).slice(0, ANSWER_CHARACTERS_MAX);
    if (response.ok) return ok(text);
    const said = saidIn(text);
    const mayPass = passing.has(response.status);
    return fail({ ...said, said: `${response.status}: ${said.said}`, mayPass });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return fail({ said: `the app does not answer (${reason})`, error: '', mayPass: true });
  }
}

function saidIn(text: string): { readonly said: string; readonly error: string } {
  try {
    const { message, error } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    if (typeof message === 'string') return { said: message.slice(0, 500), error: String(error) };
  } catch {
    // A proxy's own page.
  }
  return { said: 'an answer that is not the app’s', error: '' };
}
