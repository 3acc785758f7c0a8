import type { Command } from 'commander';
import { visible } from '../../5-publication/escape.ts';
import { logText } from '../../5-publication/ledger-words.ts';
import { RECENT_MAX } from '../../adapters/store-sqlite/ledger.ts';
import { type ChainEntry, readAttached } from '../../ledger/entry.ts';
import type { LedgerDraft } from '../../ports.ts';
import { LIST_COLUMNS, pageList } from '../page.ts';
import { plainJson } from '../plain-json.ts';
import { stop } from '../stop.ts';
import { exits, type World } from '../world.ts';
import { type LedgerOptions, ledgerCommand, withLedger } from './session.ts';

const KINDS: readonly LedgerDraft['kind'][] = [
  'verdict',
  'error',
  'waiver',
  'publication',
  'key',
  'erasure',
  'restore',
  'break-glass',
  'command',
  'group',
  'evidence',
  'arbitration',
  'superseded',
  'acceptance',
  'proposal',
  'comparison',
  'model',
];

/** `ledger log`: newest entries first. */
export function logCommand(world: World): Command {
  return ledgerCommand('log', 'the newest entries, newest first')
    .option('-n, --limit <count>', 'how many', '20')
    .option('--kind <kind>', `only one kind: ${KINDS.join(', ')}`)
    .action(async (options: LedgerOptions & { limit: string; kind?: string }) => {
      const limit = Number(options.limit);
      const kind = KINDS.find((each) => each === options.kind);
      if (!Number.isInteger(limit) || limit < 1 || limit > RECENT_MAX)
        return stop(world, { kind: 'limit-out-of-range', max: RECENT_MAX }, options.json);
      if (options.kind !== undefined && kind === undefined) {
        const fault = { kind: 'kind-unknown', given: options.kind, known: KINDS } as const;
        return stop(world, fault, options.json);
      }
      await withLedger(world, options, 'read', async (ledger) => {
        const entries = await ledger.recent(limit, kind);
        if (!entries.ok) return stop(world, entries.fault, options.json === true);
        if (options.json) {
          const shown = entries.value.map(entryJson);
          world.out(`${plainJson({ schema: 'caws-arbiter/ledger-log@1', entries: shown })}\n`);
        } else pageList(world, logText(entries.value, world.columns ?? LIST_COLUMNS));
        world.finish(exits.pass);
      });
    });
}

/** `ledger show N`: one entry, its body, and what stands beside it. */
export function showCommand(world: World): Command {
  return ledgerCommand('show', 'one entry with its body')
    .argument('<entry>', 'its number')
    .action(async (text: string, options: LedgerOptions) => {
      const sequence = Number(text);
      if (!Number.isSafeInteger(sequence) || sequence < 1)
        return stop(world, { kind: 'entry-number-unreadable', given: text }, options.json);
      await withLedger(world, options, 'read', async (ledger) => {
        const entry = await ledger.entry(sequence);
        if (!entry.ok) return stop(world, entry.fault, options.json === true);
        if (entry.value === null) {
          const last = ledger.head?.sequence ?? 0;
          return stop(world, { kind: 'entry-unknown', entry: sequence, last }, options.json);
        }
        world.out(options.json ? `${plainJson(entryJson(entry.value))}\n` : entryPage(entry.value));
        world.finish(exits.pass);
      });
    });
}

function entryPage(entry: ChainEntry): string {
  const { blobs, sealed } = readAttached(entry.attached) ?? { blobs: [], sealed: [] };
  const lines = [
    `entry     ${entry.sequence}`,
    `kind      ${entry.kind}`,
    `about     ${visible(entry.about, 500)}`,
    `at        ${entry.at}`,
    `signer    ${entry.signer}`,
    `previous  ${entry.previous}`,
    `digest    ${entry.digest}`,
    ...blobs.map((digest) => `blob      ${digest}`),
    ...sealed.map((digest) => `sealed    ${digest}`),
  ];
  return `${lines.join('\n')}\n\n${plainJson(JSON.parse(entry.body))}\n`;
}

function entryJson(entry: ChainEntry): unknown {
  const { attached, body, ...fields } = entry;
  return { ...fields, attached: JSON.parse(attached), body: JSON.parse(body) };
}
