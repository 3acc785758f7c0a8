import type { Digest } from '../primitives.ts';
import { type ChainCheck, type ChainReport, checkChain } from './chain.ts';
import { BODY_BYTES_MAX, type ChainEntry } from './entry.ts';
import { readStrictJson } from './strict-json.ts';

/** Longest line of an export: a body whose every byte needs an escape, and the other fields. */
export const EXPORT_LINE_CHARACTERS_MAX = 6 * BODY_BYTES_MAX + 1_000_000;

/**
 * One line of an export in JSON Lines: first the ledger, then keys, then entries, each followed by
 * its checkpoint where it has one, last the head. Bodies stay strings, so that what is hashed is what
 * is read.
 */
export type ExportLine =
  | {
      readonly type: 'ledger';
      readonly schema: 'caws-arbiter/ledger-export@1';
      readonly id: string;
    }
  | { readonly type: 'key'; readonly id: string; readonly publicKey: string }
  | ({ readonly type: 'entry' } & ChainEntry)
  | { readonly type: 'checkpoint'; readonly sequence: number; readonly note: string }
  | { readonly type: 'head'; readonly note: string };

/** The line without its line end; keys in one fixed order, so that a line has one spelling. */
export function exportLine(line: ExportLine): string {
  switch (line.type) {
    case 'ledger':
      return JSON.stringify({ type: line.type, schema: line.schema, id: line.id });
    case 'key':
      return JSON.stringify({ type: line.type, id: line.id, publicKey: line.publicKey });
    case 'entry': {
      const { sequence, at, kind, about, body, previous, digest, signer, attached } = line;
      const fields = { sequence, at, kind, about, body, previous, digest, signer, attached };
      return JSON.stringify({ type: line.type, ...fields });
    }
    case 'checkpoint':
      return JSON.stringify({ type: line.type, sequence: line.sequence, note: line.note });
    case 'head':
      return JSON.stringify({ type: line.type, note: line.note });
  }
}

export interface ExportReport extends ChainReport {
  /** Empty where the first line names no ledger. */
  readonly ledger: string;
}

/** Checks an export line by line, keeping one id a verdict; the same rules as for the ledger itself. */
export function checkExport(): { line(text: string): void; finish(): ExportReport } {
  let id = '';
  let check: ChainCheck = checkChain(id, null);
  let lines = 0;
  let head: string | null = null;
  let entriesBegan = false;
  const verdicts = new Map<string, number>();
  const malformed = (detail: string) =>
    check.found({ sequence: 0, reason: 'line-malformed', detail: `line ${lines}: ${detail}` });
  const foundOnce = ({ about, sequence }: ChainEntry) => {
    const first = verdicts.get(about);
    if (first === undefined) verdicts.set(about, sequence);
    else if (first !== sequence) {
      const detail = `${about} stands at entry ${first} already`;
      check.found({ sequence, reason: 'verdict-repeated', detail });
    }
  };
  return {
    line(text) {
      lines += 1;
      const line = readLine(text);
      if (line === undefined) return malformed('not a line of an export');
      if ((line.type === 'ledger') !== (lines === 1)) return malformed(`${line.type} stands here`);
      if (head !== null) return malformed('something follows the head');
      switch (line.type) {
        case 'ledger':
          id = line.id;
          check = checkChain(id, null);
          break;
        case 'key':
          if (entriesBegan) return malformed('a key after the first entry');
          check.key(line.id, line.publicKey);
          break;
        case 'entry':
          entriesBegan = true;
          check.entry(line);
          if (line.kind === 'verdict') foundOnce(line);
          break;
        case 'checkpoint':
          check.checkpoint(line.sequence, line.note);
          break;
        case 'head':
          head = line.note;
          break;
      }
    },
    finish() {
      if (lines === 0) malformed('the file is empty');
      return { ledger: id, ...check.finish(head) };
    },
  };
}

/** @returns the line, or undefined for any text that `exportLine` could not have written. */
function readLine(text: string): ExportLine | undefined {
  const read = readStrictJson(text, {
    charactersMax: EXPORT_LINE_CHARACTERS_MAX,
    depthMax: 1,
  });
  if (!read.ok || typeof read.value !== 'object' || read.value === null) return undefined;
  const found = read.value as Readonly<Record<string, unknown>>;
  const line = lineOf(found);
  return line !== undefined && exportLine(line) === text ? line : undefined;
}

function lineOf(found: Readonly<Record<string, unknown>>): ExportLine | undefined {
  const text = (key: string) => String(found[key]);
  switch (found['type']) {
    case 'ledger':
      return /^[0-9a-f]{32}$/.test(text('id'))
        ? { type: 'ledger', schema: 'caws-arbiter/ledger-export@1', id: text('id') }
        : undefined;
    case 'key':
      return { type: 'key', id: text('id'), publicKey: text('publicKey') };
    case 'entry':
      return {
        type: 'entry',
        sequence: Number(found['sequence']),
        at: text('at'),
        kind: text('kind'),
        about: text('about'),
        body: text('body'),
        previous: text('previous') as Digest,
        digest: text('digest') as Digest,
        signer: text('signer'),
        attached: text('attached'),
      };
    case 'checkpoint':
      return { type: 'checkpoint', sequence: Number(found['sequence']), note: text('note') };
    case 'head':
      return { type: 'head', note: text('note') };
    default:
      return undefined;
  }
}
