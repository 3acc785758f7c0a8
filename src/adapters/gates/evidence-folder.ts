import { statSync } from 'node:fs';
import type { GateAnswerGiven, PlannedGate } from '../../3-deliberation/deliberation.ts';
import {
  type EvidenceManifest,
  manifestName,
  readManifest,
} from '../../3-deliberation/evidence/manifest.ts';
import type { EvidenceReference } from '../../caws/plea.ts';
import type { EvidenceFormat } from '../../caws/policy.ts';
import type { GateRunner } from '../../ports.ts';
import { type Digest, fail, ok, type Result } from '../../primitives.ts';
import { readBoundedFile } from './bounded-file.ts';
import { collectReport, type ReportFault } from './report-file.ts';

/** A manifest of 200 entries is far below this. */
const manifestBytesMax = 256 * 1024;

/**
 * Answers gates from reports that someone laid into a folder (`--evidence DIR`): a gate's file is
 * looked up by the name that the policy gives it. Trust is `local`, a person's word.
 *
 * A file that the plea references, or that the folder's manifest lists, must have the digest given
 * there; beside a manifest, a file that it does not list is no evidence.
 */
export function evidenceFolder(options: {
  readonly directory: string;
  readonly references: readonly EvidenceReference[];
}): GateRunner {
  const { directory, references } = options;
  return {
    answer: async (gates, _subject, progress) => {
      const manifest = isFolder(directory) ? manifestOf(directory) : noFolder;
      const answers: GateAnswerGiven[] = [];
      // One after the other: the reports of all gates at once would multiply the memory bound.
      for (const planned of gates) {
        const { id } = planned.gate;
        progress(id, 'started');
        const file = reportOf(planned);
        answers.push(
          file === null
            ? { gate: id, state: 'missing', detail: 'not answered by a file', durationMs: 0 }
            : answerOf(id, directory, file, manifest, references),
        );
        progress(id, 'done');
      }
      return answers;
    },
  };
}

/** True as well where it cannot be looked at, as of a link to itself: whoever reads in it then says why not. */
function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return true;
  }
}

/** Told apart from a folder without reports: its name may be mistyped. */
const noFolder = fail({ state: 'missing', detail: 'the folder of reports is not there' } as const);

interface ReportName {
  readonly format: EvidenceFormat;
  readonly path: string;
}

/** What is held against the base has its reports in a folder of their own, `base` or `base-tests`. */
function reportOf({ gate, on }: PlannedGate): ReportName | null {
  if (gate.answer.by === 'evidence') return { format: gate.answer.format, path: gate.answer.file };
  if (gate.answer.by !== 'command' || gate.answer.report === null) return null;
  const { format, path } = gate.answer.report;
  return { format, path: on === undefined ? path : `${on}/${path}` };
}

function answerOf(
  gate: string,
  directory: string,
  file: ReportName,
  manifest: Result<EvidenceManifest | null, ReportFault>,
  references: readonly EvidenceReference[],
): GateAnswerGiven {
  // Not `performance`, whose modules are loaded at its first word: 2 ms of a start.
  const started = process.hrtime.bigint();
  const digest = digestFor(file.path, manifest, references);
  const collected = digest.ok ? collectReport(directory, file, digest.value) : digest;
  const durationMs = Math.round(Number(process.hrtime.bigint() - started) / 1e6);
  if (!collected.ok) return { gate, ...collected.fault, durationMs };
  return {
    gate,
    state: 'answered',
    trust: 'local',
    exitCode: null,
    durationMs,
    evidence: [collected.value],
    outputTail: '',
    isolation: 'not run here',
  };
}

/** The digest that the file must have, by plea and manifest; null where neither speaks of it. */
function digestFor(
  path: string,
  manifest: Result<EvidenceManifest | null, ReportFault>,
  references: readonly EvidenceReference[],
): Result<Digest | null, ReportFault> {
  if (!manifest.ok) return manifest;
  const listed = manifest.value?.get(path);
  if (manifest.value !== null && listed === undefined)
    return fail({ state: 'missing', detail: `${path} is not in ${manifestName}` });
  const digests = new Set([
    ...(listed === undefined ? [] : [listed]),
    ...references.filter(({ file }) => file === path).map(({ digest }) => digest),
  ]);
  const [digest, other] = digests;
  return other === undefined
    ? ok(digest ?? null)
    : fail({ state: 'digest-differs', detail: `${path}: plea and manifest name two digests` });
}

function manifestOf(directory: string): Result<EvidenceManifest | null, ReportFault> {
  const read = readBoundedFile(directory, manifestName, manifestBytesMax);
  if (!read.ok)
    return read.fault.kind === 'absent'
      ? ok(null)
      : fail({ state: 'unreadable', detail: `${manifestName}: ${read.fault.detail}` });
  const manifest = readManifest(Buffer.from(read.value.bytes).toString('utf8'));
  if (manifest.ok) return manifest;
  const [problem] = manifest.fault.problems;
  const detail = `${manifestName}:${problem?.line ?? 1}: ${problem?.message ?? 'unreadable'}`;
  return fail({ state: 'unreadable', detail });
}
