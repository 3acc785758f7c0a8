import { type EvidenceBundle, validate } from '../../caws/generated/evidence.js';
import { textDigest } from '../../caws/text-digest.ts';
import { readStrictJson } from '../../ledger/strict-json.ts';
import { type Digest, fail, ok, type Result } from '../../primitives.ts';
import type { EvidenceItem, GateAnswerGiven } from '../deliberation.ts';
import type { RunCase } from './run-case.ts';

export type { EvidenceBundle } from '../../caws/generated/evidence.js';

/**
 * Of one bundle as bytes. A report may have half of it: what is larger is said to be so by the runner, and
 * its gate is not answered.
 */
export const BUNDLE_BYTES_MAX = 32 * 1024 * 1024;
const BUNDLE_DEPTH_MAX = 8;

/** The runner and the run that a bundle must name beside its case. */
export interface ExpectedRun {
  readonly id: number;
  readonly attempt: number;
}

/** Why a bundle is no evidence for a case. None of these says anything about the change. */
export type BundleFault =
  | { readonly kind: 'bundle-unreadable'; readonly detail: string }
  | {
      /** It is a runner's word, but about something else. */
      readonly kind: 'bundle-of-another';
      readonly what: 'case' | 'nonce' | 'repository' | 'base' | 'head' | 'policy' | 'plan' | 'run';
    }
  | {
      readonly kind: 'gates-differ';
      readonly gate: string;
      readonly what: 'unplanned' | 'twice' | 'left-out';
    }
  | { readonly kind: 'file-digest-differs'; readonly path: string; readonly digest: Digest }
  | { readonly kind: 'file-unplanned'; readonly gate: string; readonly path: string }
  | { readonly kind: 'cache-unplanned'; readonly gate: string; readonly path: string }
  | { readonly kind: 'not-isolated'; readonly gate: string };

const bundleFaults: Readonly<Record<BundleFault['kind'], true>> = {
  'bundle-unreadable': true,
  'bundle-of-another': true,
  'gates-differ': true,
  'file-digest-differs': true,
  'file-unplanned': true,
  'cache-unplanned': true,
  'not-isolated': true,
};

export const isBundleFault = <Fault extends { readonly kind: string }>(
  fault: Fault | BundleFault,
): fault is BundleFault => Object.hasOwn(bundleFaults, fault.kind);

/**
 * Reads a runner's bundle and holds it against its case: every gate of the plan exactly once, every file the
 * one that the plan asks for and of the digest that stands beside it. Total: any bytes give answers or a reason.
 *
 * @returns the answers in the plan's order, at trust `runner`.
 */
export function readBundle(
  bytes: Uint8Array,
  asked: RunCase,
  run: ExpectedRun,
): Result<readonly GateAnswerGiven[], BundleFault> {
  const read = parseBundle(bytes);
  if (!read.ok) return read;
  const bundle = read.value;
  const other = differenceOf(bundle, asked, run);
  if (other !== null) return fail({ kind: 'bundle-of-another', what: other });
  const fault = gateFault(bundle, asked) ?? cacheFault(bundle, asked) ?? fileFault(bundle, asked);
  if (fault !== null) return fail(fault);
  const byGate = new Map(bundle.gates.map((gate) => [gate.gate, gate]));
  return ok(
    asked.gates.flatMap(({ gate }) => {
      const found = byGate.get(gate);
      return found === undefined ? [] : [answerOf(found, bundle)];
    }),
  );
}

function parseBundle(bytes: Uint8Array): Result<EvidenceBundle, BundleFault> {
  const unreadable = (detail: string) => fail({ kind: 'bundle-unreadable', detail } as const);
  if (bytes.length > BUNDLE_BYTES_MAX) return unreadable(`over ${BUNDLE_BYTES_MAX} bytes`);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return unreadable('not UTF-8');
  }
  const bounds = { charactersMax: BUNDLE_BYTES_MAX, depthMax: BUNDLE_DEPTH_MAX };
  const json = readStrictJson(text, bounds);
  if (!json.ok) return unreadable(json.fault.kind);
  if (!validate(json.value)) {
    const { keyword = '', instancePath = '' } = validate.errors?.[0] ?? {};
    return unreadable(`${instancePath.slice(0, 100)} breaks the schema's ${keyword}`);
  }
  const bundle = json.value as EvidenceBundle;
  // JSON can spell half a character. No record can hold it, and a verdict would never be written down.
  return textsOf(bundle).every((each) => each.isWellFormed())
    ? ok(bundle)
    : unreadable('a text that is not well-formed');
}

function textsOf({ gates, files, runner, tools }: EvidenceBundle): readonly string[] {
  return [
    ...gates.flatMap((gate) =>
      gate.state === 'answered' ? [gate.isolation, gate.outputTail] : [gate.detail],
    ),
    ...files.flatMap(({ path, text }) => [path, text]),
    ...Object.values(runner),
    ...Object.values(tools).filter((tool) => tool !== null),
  ];
}

function differenceOf(
  bundle: EvidenceBundle,
  asked: RunCase,
  run: ExpectedRun,
): Extract<BundleFault, { readonly kind: 'bundle-of-another' }>['what'] | null {
  if (bundle.case !== asked.case) return 'case';
  if (bundle.nonce !== asked.nonce) return 'nonce';
  if (bundle.repository !== asked.repository.id) return 'repository';
  for (const what of ['head', 'base', 'policy', 'plan'] as const)
    if (bundle[what] !== asked[what]) return what;
  return bundle.run.id === run.id && bundle.run.attempt === run.attempt ? null : 'run';
}

function gateFault({ gates }: EvidenceBundle, asked: RunCase): BundleFault | null {
  const planned = new Set(asked.gates.map(({ gate }) => gate));
  const seen = new Set<string>();
  for (const each of gates) {
    const { gate } = each;
    if (!planned.has(gate)) return { kind: 'gates-differ', gate, what: 'unplanned' };
    if (seen.has(gate)) return { kind: 'gates-differ', gate, what: 'twice' };
    seen.add(gate);
    // What runs beside the token's own process, under its user, could have written all of this.
    if (each.state === 'answered' && /^none\b/.test(each.isolation))
      return { kind: 'not-isolated', gate };
  }
  const left = [...planned].find((gate) => !seen.has(gate));
  return left === undefined ? null : { kind: 'gates-differ', gate: left, what: 'left-out' };
}

/** A folder of earlier runs is one that the plan names, and is named once. */
function cacheFault({ gates }: EvidenceBundle, asked: RunCase): BundleFault | null {
  for (const { gate, caches = [] } of gates.filter((each) => each.state === 'answered')) {
    const planned = asked.gates.find((each) => each.gate === gate)?.caches ?? [];
    const open = new Set(planned.map(({ path }) => path));
    for (const { path } of caches)
      if (!open.delete(path)) return { kind: 'cache-unplanned', gate, path };
  }
  return null;
}

/** One file a gate at most: the report that its plan names, under that very name and format. */
function fileFault({ files, gates }: EvidenceBundle, asked: RunCase): BundleFault | null {
  const reports = new Map(asked.gates.map(({ gate, report }) => [gate, report]));
  const answered = new Set(
    gates.filter(({ state }) => state === 'answered').map(({ gate }) => gate),
  );
  for (const { gate, path, format, digest, text } of files) {
    const report = answered.has(gate) ? reports.get(gate) : undefined;
    if (report?.path !== path || report.format !== format)
      return { kind: 'file-unplanned', gate, path };
    reports.delete(gate);
    if (textDigest(text) !== digest)
      return { kind: 'file-digest-differs', path, digest: digest as Digest };
  }
  return null;
}

function answerOf(
  found: EvidenceBundle['gates'][number],
  { files }: EvidenceBundle,
): GateAnswerGiven {
  if (found.state !== 'answered') return { ...found, detail: printable(found.detail) };
  const { gate, exitCode, durationMs, caches } = found;
  const evidence = files
    .filter((file) => file.gate === gate)
    .map(
      ({ path: name, format, digest, text }): EvidenceItem => ({
        ...{ name, format, text },
        digest: digest as Digest,
        trust: 'runner',
      }),
    );
  return {
    ...{ gate, state: 'answered', trust: 'runner', exitCode, durationMs, evidence },
    outputTail: printable(found.outputTail),
    isolation: printable(found.isolation),
    ...(caches && {
      caches: caches.map(({ path, digest }) => ({ path, digest: digest as Digest })),
    }),
  };
}

/** It ends in terminals, checks and records. */
const printable = (text: string): string => text.replace(/[^\P{C}\n\t]/gu, '');
