import { type DestinationStream, type Logger, pino } from 'pino';
import type { Settings } from './settings.ts';

export type { Logger };

/** Longer lines are cut: what a stranger sends is in some of them. */
const LINE_LENGTH_MAX = 32_768;

/** What credentials look like, whoever made them: GitHub's tokens, JWTs, keys, authorization headers. */
const credentialForms: readonly RegExp[] = [
  /\b(?:gh[a-z]|github_pat)_[A-Za-z0-9_]{8,}/g,
  /\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]+)?/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\b(?:bearer|token|basic) +[A-Za-z0-9+/=._~-]{12,}/gi,
  /\bx-access-token:[^@\s"']+/gi,
];

/** A line of a PEM file: each stands alone where a text was cut or wrapped. */
const PEM_LINE_LENGTH_MIN = 32;

/**
 * Takes secrets out of a line of text: the given ones wherever they stand, and whatever has the form
 * of a credential.
 */
export function scrubber(secrets: readonly string[]): (line: string) => string {
  const pieces = secrets
    .flatMap((secret) => [secret, ...secret.split('\n').filter(isTelling)])
    .filter((piece) => piece.trim().length >= 8)
    .flatMap((piece) => [piece, JSON.stringify(piece).slice(1, -1)])
    .toSorted((one, other) => other.length - one.length);
  return (line) => {
    let text = line;
    for (const piece of pieces) text = text.replaceAll(piece, '[secret]');
    for (const form of credentialForms) text = text.replace(form, '[secret]');
    return text;
  };
}

const isTelling = (line: string): boolean =>
  line.length >= PEM_LINE_LENGTH_MIN && !line.startsWith('-----');

/**
 * The one logger: JSON, a line each, for us, Probot and its clients. pino because Probot takes no
 * other; its own redaction knows paths in an object, not a token in an error's message, so every line
 * is scrubbed on its way out.
 *
 * @param write takes whole lines.
 */
export function appLog(settings: Settings, write: (line: string) => void): Logger {
  const scrub = scrubber([
    settings.privateKey.reveal(),
    settings.webhookSecret.reveal(),
    ...(settings.previousWebhookSecret === null ? [] : [settings.previousWebhookSecret.reveal()]),
    ...(settings.client === null ? [] : [settings.client.secret.reveal()]),
    ...(settings.metricsToken === null ? [] : [settings.metricsToken.reveal()]),
    ...(settings.judge?.kind === 'server' && settings.judge.key !== null
      ? [settings.judge.key()]
      : []),
  ]);
  const destination: DestinationStream = {
    write: (line) => {
      const safe = scrub(line.trimEnd());
      write(`${safe.length > LINE_LENGTH_MAX ? cut(safe) : safe}\n`);
    },
  };
  return pino(
    {
      level: settings.logLevel,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}

/** Still one JSON object. */
function cut(line: string): string {
  return JSON.stringify({ level: 'warn', msg: 'a long line', cut: line.slice(0, LINE_LENGTH_MAX) });
}
