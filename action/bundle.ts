import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { EvidenceItem, GateAnswerGiven } from '../src/3-deliberation/deliberation.ts';
import type { EvidenceBundle } from '../src/3-deliberation/runner/bundle.ts';
import type { RunCase } from '../src/3-deliberation/runner/run-case.ts';
import { type Instant, isoOf } from '../src/primitives.ts';

const execute = promisify(execFile);

/** Who ran the gates. */
export interface Machine {
  readonly run: { readonly id: number; readonly attempt: number };
  readonly runner: { readonly name: string; readonly os: string; readonly arch: string };
  /** Of this action. */
  readonly version: string;
}

type Gate = EvidenceBundle['gates'][number];
type File = EvidenceBundle['files'][number];

/** What git of this machine says it is. */
export async function gitVersion(): Promise<string> {
  const { stdout } = await execute('git', ['--version']);
  return stdout
    .replace(/^git version /, '')
    .trim()
    .slice(0, 200);
}

/** What the gates came to, as the bytes that are sent: the reports as they are, within the case's bound. */
export function bundleOf(
  theCase: RunCase,
  answers: readonly GateAnswerGiven[],
  when: {
    readonly startedAt: Instant;
    readonly endedAt: Instant;
    readonly isolation: string | null;
    readonly git: string;
  },
  machine: Machine,
): Uint8Array {
  const { case: id, nonce, base, head, policy, plan, repository } = theCase;
  const frame = {
    schema: 'caws-arbiter/evidence@1',
    ...{ case: id, nonce, base, head, policy, plan },
    ...{ repository: repository.id, run: machine.run, runner: machine.runner },
    tools: {
      arbiter: machine.version,
      node: process.versions.node,
      git: when.git,
      sandbox: when.isolation?.slice(0, 200) ?? null,
    },
    ...{ startedAt: isoOf(when.startedAt), endedAt: isoOf(when.endedAt) },
  } as const;
  const gates: Gate[] = [];
  const files: File[] = [];
  // Some room for what stands around the files.
  let left = theCase.bundleBytesMax - Buffer.byteLength(JSON.stringify(frame)) - roomOf(answers);
  for (const answer of answers) {
    const taken = answer.state === 'answered' ? answer.evidence.map(fileOf(answer.gate)) : [];
    const bytes = Buffer.byteLength(JSON.stringify(taken));
    if (bytes > left) {
      const detail = `its report has more than fits into ${theCase.bundleBytesMax} bytes of evidence`;
      gates.push({ gate: answer.gate, state: 'unreadable', detail, durationMs: answer.durationMs });
      continue;
    }
    left -= bytes;
    files.push(...taken);
    gates.push(gateOf(answer));
  }
  return Buffer.from(JSON.stringify({ ...frame, gates, files } satisfies EvidenceBundle));
}

const roomOf = (answers: readonly GateAnswerGiven[]): number =>
  Buffer.byteLength(JSON.stringify(answers.map(gateOf))) + 512 * answers.length;

const fileOf =
  (gate: string) =>
  ({ name: path, format, digest, text }: EvidenceItem): File => ({
    ...{ gate, format, path, digest, text },
  });

function gateOf(answer: GateAnswerGiven): Gate {
  const { gate, durationMs } = answer;
  if (answer.state !== 'answered') {
    // No digest was asked for here, so that none can differ.
    const state = answer.state === 'digest-differs' ? 'unreadable' : answer.state;
    return { gate, state, detail: answer.detail.slice(0, 200).toWellFormed(), durationMs };
  }
  return {
    ...{ gate, state: 'answered', durationMs },
    // Where there is no code nothing ran, and that is no success.
    exitCode: answer.exitCode ?? 255,
    isolation: answer.isolation.slice(0, 300),
    outputTail: answer.outputTail.slice(-8_192).toWellFormed(),
    ...(answer.caches && { caches: answer.caches.map((used) => ({ ...used })) }),
  };
}
