import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { judgeWaiverEvents } from '../../4-verdict/waiver-events.ts';
import type { IgnoredBecause } from '../../4-verdict/waivers/event.ts';
import {
  EVENT_CHARACTERS_MAX,
  type OpenedEvent,
  openEvent,
} from '../../4-verdict/waivers/open-event.ts';
import { visible } from '../../5-publication/escape.ts';
import { ignoredWords } from '../../5-publication/waiver-words.ts';
import { writeNewFile } from '../../adapters/new-file.ts';
import { readStrictJson } from '../../ledger/strict-json.ts';
import { fail, type Instant, ok, type Result } from '../../primitives.ts';
import { page } from '../page.ts';
import { type ExitCode, exits, type World } from '../world.ts';
import { type Desk, openDesk, record } from './desk.ts';
import { findWaiver } from './find.ts';
import { type Stop, say, usage } from './stop.ts';

const BUNDLE_SCHEMA = 'caws-arbiter/waiver-events@1';
/** One waiver has a request and a few words on it. */
const BUNDLE_EVENTS_MAX = 100;
const BUNDLE_BYTES_MAX = 4 * EVENT_CHARACTERS_MAX;

/** `arbiter waiver export`: every recorded event of one waiver, still signed, in one file. Overwrites nothing. */
export async function exportWaiver(world: World, id: string, file: string): Promise<ExitCode> {
  const opened = await openDesk(world, 'read');
  if (!opened.ok) return say(world, opened.fault);
  await using desk = opened.value;
  const found = await findWaiver(desk, id, world.now());
  if (!found.ok) return say(world, found.fault);
  const { waiver } = found.value.judged.request;
  const events = found.value.events.filter((text) => {
    const event = openEvent(text);
    return event.ok && event.value.event.waiver === waiver;
  });
  const bundle = { schema: BUNDLE_SCHEMA, waiver, events: events.map((text) => JSON.parse(text)) };
  const path = resolve(world.directory, file);
  try {
    writeNewFile(path, [`${JSON.stringify(bundle, null, 2)}\n`]);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    const why = code === 'EEXIST' ? 'it is there already, and nothing is overwritten' : code;
    return say(world, {
      exit: exits.usage,
      message: `${visible(path)} could not be written: ${why}.`,
    });
  }
  const count = events.length === 1 ? '1 event' : `${events.length} events`;
  const then = events.length === 1 ? `waiver approve ${waiver} --key FILE` : 'verify';
  // On the other machine the program is called in another way than here, and in another folder.
  world.out(
    `${count} of ${waiver} written to ${visible(path)}.\nIn a clone there: arbiter waiver import FILE, then arbiter ${then}\n`,
  );
  return exits.pass;
}

/** `arbiter waiver import`: records the events of a file, all or none. What is forged or unknown stays out. */
export async function importWaiver(world: World, file: string): Promise<ExitCode> {
  const read = readBundle(resolve(world.directory, file));
  if (!read.ok) return say(world, read.fault);
  const opened = await openDesk(world, 'create');
  if (!opened.ok) return say(world, opened.fault);
  await using desk = opened.value;
  const known = await desk.events();
  if (!known.ok) return say(world, known.fault);
  const fresh = newEvents(read.value, known.value);
  const checked = await checkBundle(desk, [...known.value, ...read.value], read.value, world.now());
  if (!checked.ok) return say(world, checked.fault);
  const signer = await desk.signer(undefined, true);
  if (!signer.ok) return say(world, signer.fault);
  for (const { envelope, waiver } of fresh) {
    const appended = await record(desk, world.now(), { waiver, envelope }, signer.value);
    if (!appended.ok) return say(world, appended.fault);
  }
  const ids = [...new Set(read.value.map((event) => idOf(event)))].join(', ');
  const count = fresh.length === 1 ? '1 new event' : `${fresh.length} new events`;
  page(
    world,
    `${count} of ${ids} recorded, ${read.value.length - fresh.length} known already.\nNext: arbiter waiver show ${ids}\n`,
  );
  return exits.pass;
}

function readBundle(path: string): Result<readonly unknown[], Stop> {
  const text = readBounded(path);
  if (!text.ok) return text;
  const read = readStrictJson(text.value, { charactersMax: BUNDLE_BYTES_MAX, depthMax: 12 });
  const bundle = read.ok ? (read.value as { schema?: unknown; events?: unknown } | null) : null;
  if (bundle?.schema !== BUNDLE_SCHEMA || !Array.isArray(bundle.events))
    return invalid(
      `${visible(path)} is no file of \`arbiter waiver export\`. Nothing was recorded.`,
    );
  if (bundle.events.length === 0 || bundle.events.length > BUNDLE_EVENTS_MAX)
    return invalid(
      `${visible(path)} holds ${bundle.events.length} events; 1 to ${BUNDLE_EVENTS_MAX} are read. Nothing was recorded.`,
    );
  return ok(bundle.events);
}

/** Reads a plain file, at most the bytes of a bundle: the size is looked at on the opened file. */
function readBounded(path: string): Result<string, Stop> {
  let handle: number;
  try {
    // Non-blocking: opening a pipe would otherwise wait for ever.
    handle = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    return usage(
      `${visible(path)} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}.`,
    );
  }
  try {
    if (!fstatSync(handle).isFile()) return usage(`${visible(path)} is no plain file.`);
    const buffer = Buffer.alloc(BUNDLE_BYTES_MAX + 1);
    let bytes = 0;
    for (;;) {
      const more = readSync(handle, buffer, bytes, buffer.length - bytes, null);
      bytes += more;
      if (bytes > BUNDLE_BYTES_MAX)
        return invalid(
          `${visible(path)} is larger than ${BUNDLE_BYTES_MAX} bytes. Nothing was recorded.`,
        );
      if (more === 0) return ok(buffer.toString('utf8', 0, bytes));
    }
  } finally {
    closeSync(handle);
  }
}

interface FreshEvent {
  readonly envelope: unknown;
  readonly waiver: string;
}

function newEvents(events: readonly unknown[], known: readonly string[]): readonly FreshEvent[] {
  const seen = new Set(known.map((text) => keyOf(openEvent(text))));
  const fresh: FreshEvent[] = [];
  for (const envelope of events) {
    const key = keyOf(openEvent(envelope));
    if (!seen.has(key)) fresh.push({ envelope, waiver: idOf(envelope) });
    seen.add(key);
  }
  return fresh;
}

const keyOf = (opened: Result<OpenedEvent, unknown>): string =>
  opened.ok ? `${opened.value.digest} ${opened.value.keyId}` : '';

function idOf(envelope: unknown): string {
  const opened = openEvent(envelope);
  return opened.ok ? opened.value.event.waiver : '';
}

/** Everything in the file has to be whole and signed by whom it names; whether it counts now is another question. */
async function checkBundle(
  desk: Desk,
  all: readonly unknown[],
  own: readonly unknown[],
  now: Instant,
): Promise<Result<null, Stop>> {
  const mine = new Set<string>();
  const about = new Set<string>();
  for (const event of own) {
    const opened = openEvent(event);
    if (!opened.ok) return forged(`an event of the file ${faultWords(opened.fault)}`);
    mine.add(keyOf(opened));
    about.add(opened.value.event.waiver);
  }
  const requests = judgeWaiverEvents(all, null, now).cases.map(({ request }) => request);
  const baseRef = requests.find(({ waiver }) => about.has(waiver))?.baseRef;
  const trusted = baseRef === undefined ? ok(null) : await desk.trusted({ baseRef });
  if (!trusted.ok) return fail(trusted.fault);
  const bad = judgeWaiverEvents(all, trusted.value, now).ignored.find(
    ({ because, digest, keyId }) => !judgedLater.has(because) && mine.has(`${digest} ${keyId}`),
  );
  return bad === undefined
    ? ok(null)
    : forged(`the event \`${bad.event}\` of ${bad.waiver} ${faultWords(bad)}`);
}

function faultWords(fault: { readonly because: IgnoredBecause; readonly detail: string }): string {
  const detail = fault.detail === '' ? '' : ` (${visible(fault.detail)})`;
  return `${ignoredWords[fault.because]}${detail}`;
}

const forged = (what: string): Result<never, Stop> =>
  fail({ exit: exits.ledgerBroken, message: `${what}. Nothing was recorded.` });

const invalid = (message: string): Result<never, Stop> =>
  fail({ exit: exits.invalidDocument, message });

/** Reasons that depend on time, keys or other events: such an event is whole, and is judged at every verdict. */
const judgedLater: ReadonlySet<IgnoredBecause> = new Set<IgnoredBecause>([
  'key-revoked',
  'key-not-valid-then',
  'key-expired',
  'key-not-a-maintainers',
  'in-the-future',
  'after-its-end',
  'approver-is-requester',
  'same-person',
]);
