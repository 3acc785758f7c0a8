import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import type { RunnerEnvironment } from '../src/3-deliberation/runner/claims.ts';
import type { SettingFault } from '../src/5-publication/app-faults.ts';
import {
  type SettingName,
  type SettingRow,
  settingTable,
  shapeOf,
} from '../src/5-publication/app-settings.ts';
import { type JudgePlace, judgePlace } from '../src/adapters/judge/place.ts';
import { nearest } from '../src/caws/nearest.ts';
import { fail, ok, type Result } from '../src/primitives.ts';
import { type ForgeAddress, forgeAddress } from './forge-address.ts';

/** A text that no printing, logging or JSON of the thing that holds it shows. */
export interface Secret {
  readonly reveal: () => string;
}

/** Everything the app was told at start, checked whole. Sizes in bytes, times in milliseconds. */
export interface Settings {
  readonly appId: number;
  readonly privateKey: Secret;
  readonly webhookSecret: Secret;
  /** The one before it, taken as well while the secret is changed at GitHub. */
  readonly previousWebhookSecret: Secret | null;
  readonly client: { readonly id: string; readonly secret: Secret } | null;
  readonly host: string;
  readonly port: number;
  readonly publicUrl: string | null;
  readonly metricsToken: Secret | null;
  readonly shutdownMs: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'fatal';
  readonly forge: ForgeAddress;
  readonly localForge: boolean;
  readonly workers: number;
  readonly leaseMs: number;
  readonly attemptsMax: number;
  readonly evaluationsAtOnce: number;
  readonly reconcileMs: number;
  /** Empty: gates that run a command are answered by nobody. */
  readonly runnerEnvironments: readonly RunnerEnvironment[];
  /** Commands that write patches, the small one first; empty: nobody does. */
  readonly proposers: readonly string[];
  /** For all that one proposal asks of them. */
  readonly proposingMs: number;
  /** Without a slash at the end. */
  readonly runIssuer: string;
  /** Absolute. */
  readonly dataFolder: string;
  /** null: no judge is asked. */
  readonly judge: JudgePlace | null;
  readonly deliveryDays: number;
  readonly deliveriesBytesMax: number;
  readonly receivingBytesMax: number;
  readonly cacheBytesMax: number;
  readonly cacheRepositoriesMax: number;
}

export interface SettingSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where relative paths start, and where the file `.env` is looked for. */
  readonly directory: string;
}

/** 2^20: what people mean by MB on a disk. */
const MB = 1_048_576;
const SECRET_LENGTH_MIN = 16;
const names = Object.keys(settingTable) as readonly SettingName[];

/** Of Probot's set-up and of node: read by them, so known here. */
const foreign = new Set([
  'NODE_ENV',
  'GH_ORG',
  'NO_SMEE_SETUP',
  'WEBHOOK_PROXY_URL',
  'PROJECT_DOMAIN',
]);

/**
 * Reads all settings from the environment and the file `.env`, which the environment outranks.
 *
 * @returns every fault at once, so that a person corrects them in one go. No fault holds a value.
 */
export function readSettings(sources: SettingSources): Result<Settings, readonly SettingFault[]> {
  const faults: SettingFault[] = [];
  const given = gather(sources, faults);
  const reader = readerOf(given, sources.directory, faults);
  const settings = settingsOf(reader, sources.directory);
  const forge = forgeAddress({
    host: reader.text('GHE_HOST'),
    protocol: reader.text('GHE_PROTOCOL') === 'http' ? 'http' : 'https',
    apiUrl: reader.url('ARBITER_API_URL'),
    localAllowed: settings.localForge,
  });
  if (!forge.ok) faults.push(forge.fault);
  const issuer = reader.url('ARBITER_RUN_ISSUER');
  if (issuer?.startsWith('http://') && !settings.localForge)
    reader.refuse('ARBITER_RUN_ISSUER', 'https://, unless ARBITER_LOCAL_FORGE=allow');
  if (faults.length > 0 || !forge.ok) return fail(faults);
  const runIssuer = issuer ?? issuerOf(forge.value);
  return ok({ ...settings, forge: forge.value, runIssuer });
}

const issuerOf = ({ host, webUrl }: ForgeAddress): string =>
  host === 'github.com'
    ? 'https://token.actions.githubusercontent.com'
    : `${webUrl}/_services/token`;

/** Whether the app has no identity yet: then the set-up page is all it serves. */
export function isWithoutIdentity(sources: SettingSources): boolean {
  const given = gather(sources, []);
  return !given.has('APP_ID') && !given.has('PRIVATE_KEY') && !given.has('PRIVATE_KEY_PATH');
}

function gather(sources: SettingSources, faults: SettingFault[]): Map<string, string> {
  const file = resolve(sources.directory, '.env');
  const given = new Map<string, string>();
  for (const [name, value] of Object.entries(fileSettings(file, faults))) {
    if (!isKnown(name)) faults.push(unknown(name, file));
    // What an empty variable means differs between shells and container files: nothing is set.
    else if (value !== undefined && value !== '') given.set(name, value);
  }
  for (const [name, value] of Object.entries(sources.environment)) {
    if (isMistyped(name)) faults.push(unknown(name, 'the environment'));
    else if (isKnown(name) && value !== undefined && value !== '') given.set(name, value);
  }
  return given;
}

function fileSettings(file: string, faults: SettingFault[]): NodeJS.Dict<string> {
  try {
    return parseEnv(readFileSync(file, 'utf8'));
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    if (reason !== 'ENOENT')
      faults.push({ kind: 'setting-file-unreadable', name: '.env', file, reason });
    return {};
  }
}

const isKnown = (name: string): boolean => name in settingTable || foreign.has(name);

/**
 * An environment is full of other programs' names. Ours are those that start as ours, and those so
 * near to a long name of ours that nothing else is likely.
 */
function isMistyped(name: string): boolean {
  if (isKnown(name)) return false;
  // The signing key's names are read where keys are.
  if (name.startsWith('ARBITER_')) return name !== 'ARBITER_NO_SKIP';
  const near = name.length < 8 ? undefined : nearest(name, names);
  return near !== undefined && near.length >= 8 && Math.abs(near.length - name.length) <= 1;
}

const unknown = (name: string, where: string): SettingFault => ({
  kind: 'setting-unknown',
  name,
  nearest: nearest(name, names) ?? null,
  where,
});

interface Reader {
  readonly text: (name: SettingName) => string | null;
  readonly needed: (name: SettingName) => string;
  readonly count: (name: SettingName) => number;
  readonly url: (name: SettingName) => string | null;
  readonly secret: (name: SettingName, file: SettingName) => string | null;
  readonly refuse: (name: SettingName, wanted: string) => void;
  readonly missing: (name: SettingName, other: SettingName | null) => void;
}

function readerOf(
  given: ReadonlyMap<string, string>,
  directory: string,
  faults: SettingFault[],
): Reader {
  const rowOf = (name: SettingName): SettingRow => settingTable[name];
  const refuse = (name: SettingName, wanted: string) =>
    void faults.push({ kind: 'setting-malformed', name, wanted });
  const missing = (name: SettingName, other: SettingName | null) =>
    void faults.push({ kind: 'setting-missing', name, other });
  const text = (name: SettingName) => {
    const value = given.get(name) ?? rowOf(name).fallback;
    const { kind } = rowOf(name);
    if (kind.is !== 'choice' || value === null || kind.of.includes(value)) return value;
    refuse(name, shapeOf(kind));
    return rowOf(name).fallback;
  };
  const needed = (name: SettingName) => {
    const value = text(name);
    if (value === null) missing(name, null);
    return value ?? '';
  };
  return {
    text,
    needed,
    refuse,
    missing,
    count: (name) => {
      const { kind } = rowOf(name);
      const value = needed(name);
      if (value === '' || kind.is !== 'count') return 0;
      const number = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
      if (number >= kind.least && number <= kind.most) return number;
      refuse(name, shapeOf(kind));
      return 0;
    },
    url: (name) => {
      const value = text(name);
      if (value === null) return null;
      const url = URL.parse(value);
      const plain = url !== null && url.username === '' && url.search === '' && url.hash === '';
      if (plain && /^https?:$/.test(url.protocol)) return url.href.replace(/\/+$/, '');
      refuse(name, shapeOf(rowOf(name).kind));
      return null;
    },
    secret: (name, file) => {
      const path = given.get(file);
      const value = given.get(name) ?? null;
      if (value !== null && path !== undefined)
        faults.push({ kind: 'setting-twice', name, other: file });
      return path === undefined ? value : secretFile(file, resolve(directory, path), faults);
    },
  };
}

function secretFile(name: SettingName, file: string, faults: SettingFault[]): string | null {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    faults.push({ kind: 'setting-file-unreadable', name, file, reason });
    return null;
  }
}

function settingsOf(reader: Reader, directory: string): Omit<Settings, 'forge' | 'runIssuer'> {
  return {
    ...identityOf(reader),
    host: hostOf(reader),
    port: reader.count('PORT'),
    publicUrl: reader.url('ARBITER_PUBLIC_URL'),
    metricsToken: secretOf(reader.secret('ARBITER_METRICS_TOKEN', 'ARBITER_METRICS_TOKEN_PATH')),
    shutdownMs: reader.count('ARBITER_SHUTDOWN_SECONDS') * 1_000,
    logLevel: reader.needed('LOG_LEVEL') as Settings['logLevel'],
    localForge: reader.text('ARBITER_LOCAL_FORGE') === 'allow',
    workers: reader.count('ARBITER_WORKERS'),
    leaseMs: reader.count('ARBITER_LEASE_SECONDS') * 1_000,
    attemptsMax: reader.count('ARBITER_ATTEMPTS'),
    evaluationsAtOnce: reader.count('ARBITER_EVALUATIONS'),
    reconcileMs: reader.count('ARBITER_RECONCILE_SECONDS') * 1_000,
    runnerEnvironments: environmentsOf(reader),
    proposers: (['ARBITER_PROPOSER', 'ARBITER_PROPOSER_LARGE'] as const).flatMap(
      (name) => reader.text(name) ?? [],
    ),
    proposingMs: reader.count('ARBITER_PROPOSER_SECONDS') * 1_000,
    dataFolder: resolve(directory, reader.needed('ARBITER_DATA')),
    judge: judgeOf(reader, directory),
    deliveryDays: reader.count('ARBITER_DELIVERY_DAYS'),
    deliveriesBytesMax: reader.count('ARBITER_DELIVERIES_MB') * MB,
    receivingBytesMax: reader.count('ARBITER_BODIES_MB') * MB,
    cacheBytesMax: reader.count('ARBITER_CACHE_MB') * MB,
    cacheRepositoriesMax: reader.count('ARBITER_CACHE_REPOSITORIES'),
  };
}

function judgeOf(reader: Reader, directory: string): JudgePlace | null {
  const key = reader.secret('ARBITER_JUDGE_KEY', 'ARBITER_JUDGE_KEY_PATH');
  const model = reader.text('ARBITER_JUDGE_MODEL');
  const given = reader.text('ARBITER_JUDGE');
  if (given === null) return null;
  const place = judgePlace(given, { model, key }, directory);
  if (place.ok) return place.value;
  if (place.fault.kind === 'judge-model-unreadable')
    reader.refuse('ARBITER_JUDGE_MODEL', 'a name in ASCII, without spaces');
  else reader.refuse('ARBITER_JUDGE', 'a socket, http:// on this machine, or https://');
  return null;
}

function environmentsOf(reader: Reader): Settings['runnerEnvironments'] {
  const chosen = reader.text('ARBITER_RUNNERS');
  if (chosen === 'off') return [];
  return chosen === 'any'
    ? ['self-hosted', 'github-hosted']
    : [chosen === 'github-hosted' ? chosen : 'self-hosted'];
}

function identityOf(
  reader: Reader,
): Pick<Settings, 'appId' | 'privateKey' | 'webhookSecret' | 'previousWebhookSecret' | 'client'> {
  const clientId = reader.text('GITHUB_CLIENT_ID');
  const clientSecret = reader.secret('GITHUB_CLIENT_SECRET', 'GITHUB_CLIENT_SECRET_PATH');
  if (clientId !== null && clientSecret === null)
    reader.missing('GITHUB_CLIENT_SECRET', 'GITHUB_CLIENT_SECRET_PATH');
  return {
    appId: reader.count('APP_ID'),
    privateKey: secretOf(privateKeyOf(reader)),
    ...webhookSecretsOf(reader),
    client:
      clientId === null || clientSecret === null
        ? null
        : { id: clientId, secret: secretOf(clientSecret) },
  };
}

function privateKeyOf(reader: Reader): string {
  const key = reader.secret('PRIVATE_KEY', 'PRIVATE_KEY_PATH');
  if (key === null) reader.missing('PRIVATE_KEY', 'PRIVATE_KEY_PATH');
  const pem = (key ?? '').replaceAll('\\n', '\n').replace(/^"|"$/g, '').trim();
  if (key !== null && !/^-----BEGIN (?:RSA )?PRIVATE KEY-----\n[\s\S]+-----END /.test(pem))
    reader.refuse('PRIVATE_KEY', 'a private key in PEM, not encrypted');
  return `${pem}\n`;
}

function webhookSecretsOf(
  reader: Reader,
): Pick<Settings, 'webhookSecret' | 'previousWebhookSecret'> {
  const read = (name: 'WEBHOOK_SECRET' | 'WEBHOOK_SECRET_PREVIOUS') => {
    const value = reader.secret(name, `${name}_PATH`);
    // Somebody who sees one delivery can try secrets at home: a short one is no secret.
    if (value !== null && value.length < SECRET_LENGTH_MIN)
      reader.refuse(name, `${SECRET_LENGTH_MIN} characters at least`);
    return value;
  };
  const [secret, previous] = [read('WEBHOOK_SECRET'), read('WEBHOOK_SECRET_PREVIOUS')];
  if (secret === null) reader.missing('WEBHOOK_SECRET', 'WEBHOOK_SECRET_PATH');
  else if (secret === previous)
    reader.refuse('WEBHOOK_SECRET_PREVIOUS', 'another secret than WEBHOOK_SECRET');
  return { webhookSecret: secretOf(secret ?? ''), previousWebhookSecret: secretOf(previous) };
}

function hostOf(reader: Reader): string {
  const host = reader.needed('HOST');
  if (isIP(host) === 0 && !/^[a-z0-9][a-z0-9.-]{0,252}$/i.test(host))
    reader.refuse('HOST', 'a name or address of this machine');
  return host;
}

function secretOf(value: string): Secret;
function secretOf(value: string | null): Secret | null;
function secretOf(value: string | null): Secret | null {
  return value === null ? null : { reveal: () => value };
}
