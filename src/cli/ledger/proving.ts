import { resolve } from 'node:path';
import type { Command } from 'commander';
import { visible } from '../../5-publication/escape.ts';
import type { AnyFault } from '../../5-publication/fault-words.ts';
import { exportedText } from '../../5-publication/ledger-words.ts';
import { counted, groupDigits } from '../../5-publication/quantity.ts';
import type { AnchorReading } from '../../adapters/anchors/anchor.ts';
import { keyFolder, ringKeys } from '../../adapters/keys/key-ring.ts';
import { writeNewFile } from '../../adapters/new-file.ts';
import { textOfPlain } from '../../adapters/plain-file.ts';
import { exportLedger, verifyExportFile } from '../../adapters/store-sqlite/export.ts';
import type { SqliteLedger } from '../../adapters/store-sqlite/ledger.ts';
import {
  type Inspection,
  inspectLedger,
  type LedgerReport,
} from '../../adapters/store-sqlite/verify.ts';
import { readTrustedKeys, type TrustedKey } from '../../caws/trusted-keys.ts';
import type { ChainReport, SignerRun } from '../../ledger/chain.ts';
import { judgeKey } from '../../ledger/key.ts';
import type { Instant } from '../../primitives.ts';
import { page } from '../page.ts';
import { plainJson } from '../plain-json.ts';
import { stop } from '../stop.ts';
import { exits, type World } from '../world.ts';
import { type LedgerOptions, ledgerCommand, placeOrSay, withLedger } from './session.ts';

interface VerifyOptions extends LedgerOptions {
  readonly file?: string;
  readonly trust?: string;
}

/** `ledger verify`: everything, or a named first thing that is wrong. */
export function verifyCommand(world: World): Command {
  return ledgerCommand('verify', 'check every entry, signature, blob and anchor')
    .option('--file <file>', 'check an export instead')
    .option('--trust <file>', 'trusted keys; any other signer makes the ledger fail')
    .action(async (options: VerifyOptions) => {
      const trusted = trustedOrSay(world, options);
      if (trusted === undefined) return;
      if (options.file !== undefined) {
        const report = await verifyExportFile(resolve(world.directory, options.file));
        if (!report.ok) return stop(world, report.fault, options.json === true);
        return say(world, options, report.value, trusted, []);
      }
      const place = await placeOrSay(world, options);
      if (place === undefined) return;
      const inspected = await inspectLedger(place.file, place.anchors);
      if (!inspected.ok) return stop(world, inspected.fault, options.json === true);
      const { report, anchored } = inspected.value;
      say(world, options, report, trusted, anchorLines(anchored));
    });
}

/** `ledger export`: JSON Lines for verifiers that do not have this program. */
export function exportCommand(world: World): Command {
  return ledgerCommand('export', 'the ledger as JSON Lines, without erasable parts')
    .option('-o, --out <file>', 'a new file; without it, standard output')
    .action(async (options: LedgerOptions & { out?: string }) => {
      await withLedger(world, options, 'read', async (ledger) => {
        if (options.out === undefined) {
          for (const line of exportLedger(ledger)) world.out(line);
          return world.finish(exits.pass);
        }
        const file = resolve(world.directory, options.out);
        const fault = writeExport(ledger, file);
        if (fault !== undefined) return stop(world, fault, options.json);
        const entries = ledger.head?.sequence ?? 0;
        if (options.json)
          world.out(`${plainJson({ schema: 'caws-arbiter/ledger-exported@1', file, entries })}\n`);
        else page(world, exportedText(file, entries));
        world.finish(exits.pass);
      });
    });
}

function writeExport(ledger: SqliteLedger, file: string): AnyFault | undefined {
  try {
    writeNewFile(file, exportLedger(ledger), 0o600);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return code === 'EEXIST'
      ? { kind: 'file-exists', file }
      : { kind: 'file-unwritable', file, reason: code };
  }
}

/** @returns null where no list was named, undefined after saying why the named one cannot be used. */
function trustedOrSay(
  world: World,
  { trust: named, json }: VerifyOptions,
): readonly TrustedKey[] | null | undefined {
  if (named === undefined) return null;
  const file = resolve(world.directory, named);
  let text: string;
  try {
    text = textOfPlain(file);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown';
    stop(world, { kind: 'trusted-keys-unreadable', file, reason }, json);
    return undefined;
  }
  const read = readTrustedKeys({ file: named, text });
  if (read.ok) return read.value.keys;
  stop(world, { kind: 'document-invalid', document: read.fault }, json);
  return undefined;
}

type Shown = ChainReport & { readonly ledger: string } & Partial<LedgerReport>;

function say(
  world: World,
  options: VerifyOptions,
  report: Shown,
  trusted: readonly TrustedKey[] | null,
  anchors: readonly string[],
): void {
  const own = ringKeys(keyFolder(world.env)).map((key) => key.id);
  const signers = report.signers.map((run) => ({
    ...run,
    standing: standingOf(run, trusted, own),
  }));
  const refused = trusted !== null && signers.some(({ standing }) => standing !== 'trusted');
  const holds = report.breaks.length === 0 && !refused;
  if (options.json) {
    const schema = 'caws-arbiter/ledger-verify@1';
    world.out(`${plainJson({ schema, holds, ...report, signers, anchors })}\n`);
  } else world.out(reportPage(report, signers, anchors, holds));
  world.finish(holds ? exits.pass : exits.ledgerBroken);
}

/** Without a list of trusted keys all one can say is whether the key is one of one's own. */
function standingOf(
  run: SignerRun,
  trusted: readonly TrustedKey[] | null,
  own: readonly string[],
): string {
  if (trusted !== null) {
    const at = Date.parse(run.until) as Instant;
    const asArbiter = judgeKey(run.keyId, at, trusted);
    const peoplesWord = run.kinds.every((kind) => kind === 'waiver' || kind === 'break-glass');
    // People speak for waivers with their own keys; every other entry is the arbiter's.
    return peoplesWord && asArbiter === 'untrusted'
      ? judgeKey(run.keyId, at, trusted, 'maintainer')
      : asArbiter;
  }
  return own.includes(run.keyId) ? 'your own key' : 'not judged (--trust FILE)';
}

function reportPage(
  report: Shown,
  signers: readonly (SignerRun & { readonly standing: string })[],
  anchors: readonly string[],
  holds: boolean,
): string {
  const erased = (report.erasedBlobs ?? 0) + (report.erasedSealed ?? 0);
  const beside =
    report.blobs === undefined
      ? []
      : [
          `beside    ${counted(report.blobs, 'blob')}, ${counted(report.sealed ?? 0, 'sealed value')}, ${groupDigits(erased)} erased`,
        ];
  const lines = [
    `ledger    ${report.ledger}`,
    `entries   ${groupDigits(report.entries)}, ${counted(report.checkpoints, 'checkpoint')}`,
    `head      ${report.head === null ? 'none' : report.head.digest}`,
    ...signers.map(
      (run) =>
        `signer    ${run.keyId.slice(0, 16)}  ${run.from === run.to ? `entry ${run.from}` : `entries ${run.from} to ${run.to}`}: ${run.standing}`,
    ),
    ...beside,
    ...anchors.map((line) => `anchor    ${line}`),
    ...report.breaks.map(
      ({ sequence, reason, detail }) =>
        `BROKEN    ${sequence === 0 ? 'ledger' : `entry ${sequence}`}: ${reason}${detail === '' ? '' : ` (${visible(detail, 500)})`}`,
    ),
    ...(report.breaksUnnamed > 0 ? [`BROKEN    and ${report.breaksUnnamed} more`] : []),
    holds ? 'The ledger holds.' : 'The ledger does NOT hold: take no verdict from it.',
  ];
  return `${lines.join('\n')}\n`;
}

function anchorLines(anchored: Inspection['anchored']): readonly string[] {
  return anchored.map(({ where, reading }) => `${visible(where, 500)}: ${anchorWords(reading)}`);
}

function anchorWords(reading: AnchorReading): string {
  switch (reading.state) {
    case 'remembers':
      return `remembers entry ${reading.mark.sequence}`;
    case 'missing':
      return 'missing; a rollback cannot be seen there';
    case 'unreadable':
      return `unreadable (${visible(reading.reason, 500)}); a rollback cannot be seen there`;
  }
}
