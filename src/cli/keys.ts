import { Command } from 'commander';
import { asCalled } from '../5-publication/as-called.ts';
import { trustedKeyText } from '../5-publication/key-words.ts';
import { doubtText } from '../5-publication/ledger-words.ts';
import { createKey, keyFolder, prepareRotation, ringKeys } from '../adapters/keys/key-ring.ts';
import { type LocalSigner, localSigner } from '../adapters/keys/local-signer.ts';
import type { KeyFault } from '../adapters/keys/private-key.ts';
import { doubtfulVerdicts } from '../adapters/store-sqlite/doubt.ts';
import { isIsoInstant, keyIdIsPlain } from '../ledger/entry.ts';
import type { Signer } from '../ports.ts';
import { type Instant, isoOf, type Result } from '../primitives.ts';
import { type LedgerOptions, reasonOrSay, withLedger } from './ledger/session.ts';
import { ledgerPlace, openAt } from './ledger-place.ts';
import { page } from './page.ts';
import { plainJson } from './plain-json.ts';
import { stop } from './stop.ts';
import { exits, type World } from './world.ts';

interface KeyOptions {
  readonly key?: string;
  readonly json?: boolean;
}

/** `arbiter keys …`: the keys that sign verdicts. Private parts are never printed and never arguments. */
export function command(world: World): Command {
  const keys = new Command('keys').description('make, show, change and doubt signing keys');
  keys
    .command('create')
    .description('make the first signing key of this user')
    .option('--json', 'machine output')
    .action((options: KeyOptions) => create(world, options));
  keys
    .command('show')
    .description('the public key, its id, and the lines for .caws/trusted-keys.yaml')
    .option('--key <file>', 'another key file than the current one')
    .option('--for-maintainer <login>', 'the lines of a person who approves waivers')
    .option('--json', 'machine output')
    .action((options: KeyOptions & { forMaintainer?: string }) => show(world, options));
  keys
    .command('list')
    .description('every key of this user, retired ones too')
    .option('--json', 'machine output')
    .action((options: KeyOptions) => list(world, options));
  keys
    .command('rotate')
    .description('change to a new key; the old one says so in the ledger and never signs again')
    .option('--reason <text>', 'why; it stands in the ledger for good')
    .option('--ledger <file>', 'another ledger than the one of this repository')
    .option('--json', 'machine output')
    .action((options: KeyOptions & { reason?: string; ledger?: string }) => rotate(world, options));
  keys
    .command('doubt')
    .description('the verdicts that a lost key makes doubtful')
    .requiredOption('--key-id <id>', 'the key, as 64 hex digits')
    .requiredOption('--since <time>', 'when it was lost, e.g. 2026-11-23T00:00:00Z')
    .option('--reason <text>', 'why it is doubted; printed for trusted-keys.yaml')
    .option('--ledger <file>', 'another ledger than the one of this repository')
    .option('--json', 'machine output')
    .action((options: DoubtOptions) => doubt(world, options));
  return keys;
}

function create(world: World, options: KeyOptions): void {
  const now = world.now();
  const made = createKey(keyFolder(world.env), passphraseOf(world), now);
  if (made.ok) {
    sayKey(world, options, made.value, isoOf(now), 'A new key signs from now on.\n');
  } else stop(world, made.fault, options.json === true);
}

async function show(
  world: World,
  options: KeyOptions & { readonly forMaintainer?: string },
): Promise<void> {
  const holder = options.forMaintainer?.replace(/^@?/, '@') ?? null;
  if (holder !== null && !/^@[A-Za-z0-9][A-Za-z0-9-]{0,38}$/.test(holder))
    return stop(world, { kind: 'login-unreadable', given: holder }, options.json === true);
  const signer = await signerOf(world, options.key ?? null);
  if (!signer.ok) return stop(world, signer.fault, options.json === true);
  const { keyId } = signer.value;
  const listed = ringKeys(keyFolder(world.env)).find((key) => key.id === keyId);
  sayKey(world, options, signer.value, listed?.validFrom ?? isoOf(world.now()), '', holder);
}

function list(world: World, options: KeyOptions): void {
  const keys = ringKeys(keyFolder(world.env));
  if (options.json) world.out(`${plainJson({ schema: 'caws-arbiter/keys@1', keys })}\n`);
  else if (keys.length === 0) page(world, 'No keys. Make one: arbiter keys create\n');
  for (const key of options.json ? [] : keys) {
    const end = key.validUntil === null ? 'signs' : `retired ${key.validUntil}`;
    world.out(`${key.id}  from ${key.validFrom}  ${end}\n`);
  }
  world.finish(exits.pass);
}

async function rotate(
  world: World,
  options: KeyOptions & { readonly reason?: string; readonly ledger?: string },
): Promise<void> {
  const reason = reasonOrSay(world, options);
  if (reason === undefined) return;
  const old = await signerOf(world, null);
  if (!old.ok) return stop(world, old.fault, options.json === true);
  if (old.value.source !== 'ring')
    return stop(world, { kind: 'key-from-environment' }, options.json);
  const folder = keyFolder(world.env);
  const now = world.now();
  const prepared = prepareRotation(folder, passphraseOf(world), now);
  if (!prepared.ok) return stop(world, prepared.fault, options.json === true);
  const { fresh, finish, forget } = prepared.value;
  const recorded = await recordRotation(world, options, old.value, fresh, reason);
  if (recorded === undefined) return forget();
  // The end is exclusive, and the old key still signed that it is over.
  const end = (Math.max(now, world.now()) + 1) as Instant;
  const finished = finish(old.value.keyId, end);
  if (!finished.ok) return stop(world, finished.fault, options.json === true);
  const until = `In .caws/trusted-keys.yaml, end the old one with  validUntil: ${isoOf(end)}\n`;
  sayKey(world, options, fresh, isoOf(now), `${recorded}\n${until}`);
}

/** @returns what to say, or undefined after saying why the rotation cannot go on. */
async function recordRotation(
  world: World,
  options: LedgerOptions,
  old: Signer,
  fresh: Signer,
  reason: string,
): Promise<string | undefined> {
  const json = options.json === true;
  const place = await ledgerPlace(world, options.ledger);
  if (!place.ok) return 'The key is changed. No ledger is here, so none says so.';
  const opened = await openAt(place.value, 'write');
  if (!opened.ok && opened.fault.kind === 'ledger-missing') {
    return 'The key is changed. No ledger is here, so none says so.';
  }
  if (opened.ok) {
    await using ledger = opened.value;
    const body = {
      schema: 'caws-arbiter/key-rotation@1',
      from: old.keyId,
      to: { id: fresh.keyId, publicKey: fresh.publicKey },
      reason,
    };
    const at = world.now();
    const about = fresh.keyId;
    const appended = await ledger.append({ at, kind: 'key', about, body, blobs: [] }, old);
    if (appended.ok) {
      return `The key is changed; entry ${appended.value.sequence}, signed by the old key, says so.`;
    }
    stop(world, appended.fault, json);
    return undefined;
  }
  stop(world, opened.fault, json);
  return undefined;
}

interface DoubtOptions extends LedgerOptions {
  readonly keyId: string;
  readonly since: string;
  readonly reason?: string;
}

async function doubt(world: World, options: DoubtOptions): Promise<void> {
  const since = /\.\d{3}Z$/.test(options.since)
    ? options.since
    : options.since.replace(/Z$/, '.000Z');
  if (!keyIdIsPlain(options.keyId) || !isIsoInstant(since))
    return stop(world, { kind: 'doubt-unreadable' }, options.json);
  const now = world.now();
  if (Date.parse(since) > now)
    return stop(world, { kind: 'doubt-in-future', since, now: isoOf(now) }, options.json);
  const reason = reasonOrSay(world, { reason: 'revoked', ...options });
  if (reason === undefined) return;
  await withLedger(world, options, 'read', async (ledger) => {
    const verdicts = doubtfulVerdicts(ledger, options.keyId, Date.parse(since) as Instant);
    if (!verdicts.ok) return stop(world, verdicts.fault, options.json === true);
    const doubtful = verdicts.value;
    if (options.json) {
      const schema = 'caws-arbiter/keys-doubt@1';
      world.out(`${plainJson({ schema, keyId: options.keyId, since, reason, doubtful })}\n`);
    } else world.out(doubtText(doubtful, { keyId: options.keyId, since, reason }));
    world.finish(exits.pass);
  });
}

function sayKey(
  world: World,
  options: KeyOptions,
  signer: Signer,
  validFrom: string,
  first: string,
  maintainer: string | null = null,
): void {
  const base64 = signer.publicKey.split('\n').slice(1, -2).join('');
  if (options.json) {
    const { keyId, publicKey } = signer;
    world.out(`${plainJson({ schema: 'caws-arbiter/key@1', keyId, publicKey, validFrom })}\n`);
  } else {
    const lines = trustedKeyText({ keyId: signer.keyId, base64, validFrom, maintainer });
    // Of a maintainer the lines alone, which can be written into that file as they are.
    const head = maintainer === null ? `${first}key  ${signer.keyId}\n\n${signer.publicKey}\n` : '';
    world.out(`${head}${asCalled(lines, world.call)}`);
  }
  world.finish(exits.pass);
}

function signerOf(world: World, keyFile: string | null): Promise<Result<LocalSigner, KeyFault>> {
  const { env, directory } = world;
  return localSigner({ env, keyFile, directory, now: world.now(), create: false });
}

function passphraseOf(world: World): string | undefined {
  const passphrase = world.env['CAWS_ARBITER_KEY_PASSPHRASE'];
  return passphrase === '' ? undefined : passphrase;
}
