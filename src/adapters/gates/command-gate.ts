import { join } from 'node:path';
import type {
  CacheUsed,
  GateAnswerGiven,
  GateLost,
  PlannedGate,
} from '../../3-deliberation/deliberation.ts';
import type { GateAnswer } from '../../caws/policy.ts';
import { cutTo, unreachable } from '../../primitives.ts';
import { type Confined, type Isolation, sandboxBounds } from '../sandbox/isolation.ts';
import type { ObjectStore } from './checkout.ts';
import type { GateCaches } from './gate-caches.ts';
import { type Place, preparePlace, saidBy } from './gate-place.ts';
import { beginningWatched, type Ended, runInGroup } from './process-group.ts';
import { collectReport } from './report-file.ts';
import { removed } from './watchdog.ts';

/** More than any build log a person would read; a gate that prints more is broken or an attack. */
const outputBytesMax = 16 * 1024 * 1024;
/** A checkout, what is installed into it and what it builds. */
const diskBytesMax = 8 * 1024 ** 3;
const notIsolated = 'none (the policy prefers a sandbox, and this machine has none)';
const noSandbox =
  'not run: this machine has no sandbox. Linux: apt-get install bubblewrap; arbiter runner sandbox-test shows what holds';
/** What went wrong may be long, and what comes next has to be there. */
const brokenSandbox = (detail: string): string =>
  `not run: the sandbox of this machine does not start (${cutTo(detail, 85)}). Mend it until this holds: arbiter runner sandbox-test`;

export interface GateWorld {
  /** What git said where there are none. */
  readonly storeOf: (planned: PlannedGate) => Promise<ObjectStore | string>;
  readonly isolation: Isolation;
  /** null: nothing is kept between runs. */
  readonly caches: GateCaches | null;
  readonly folder: string;
  readonly signal: AbortSignal;
}

/**
 * Runs one gate in a checkout of its own. What it found kept is never the reason that it does not hold: it
 * then runs once more without. Where the sandbox did not come to its command it is lost: ours, and no word
 * about the change.
 *
 * @param name of its folder, which it leaves behind; no other gate of the run has it.
 */
export async function answerGate(
  planned: PlannedGate,
  name: string,
  world: GateWorld,
): Promise<GateAnswerGiven | GateLost> {
  const answer = await runOnce(planned, join(name, 'first'), world);
  const { given, used } = answer;
  const holds = given.state === 'answered' && given.exitCode === 0;
  if (given.state === 'lost') return given;
  if (used.length === 0 || holds || world.signal.aborted)
    return { ...given, ...(given.state === 'answered' && used.length > 0 && { caches: used }) };
  await removed(join(world.folder, name, 'first'));
  const bare = await runOnce(planned, join(name, 'bare'), { ...world, caches: null });
  if (bare.given.state === 'lost') return bare.given;
  return { ...bare.given, durationMs: given.durationMs + bare.given.durationMs };
}

interface Once {
  readonly given: GateAnswerGiven | GateLost;
  readonly used: readonly CacheUsed[];
}

async function runOnce(planned: PlannedGate, name: string, world: GateWorld): Promise<Once> {
  const started = performance.now();
  const { id, answer } = planned.gate;
  const elapsed = () => Math.round(performance.now() - started);
  let used: readonly CacheUsed[] = [];
  const not = (state: Exclude<GateAnswerGiven['state'], 'answered'>, detail: string): Once => ({
    given: { gate: id, state, detail: cutTo(detail, 200), durationMs: elapsed() },
    used,
  });
  if (answer.by !== 'command') return not('missing', 'not answered by a command');
  const hindrance = hindranceOf(answer, world);
  if (hindrance !== null) return not('could-not-start', hindrance);
  const store = await world.storeOf(planned);
  if (typeof store === 'string') return not('could-not-start', store);
  const own = join(world.folder, name);
  const place = { own, tree: join(own, 'tree'), store };
  const prepared = await preparePlace(place, answer, planned, world.caches).catch(saidBy);
  if (typeof prepared === 'string') return not('could-not-start', prepared);
  used = prepared;
  const ended = await runConfined(answer, place, planned, world);
  if (ended.kind === 'could-not-start' && ended.neverBegan === true)
    return { given: lostBefore(ended.detail, id, elapsed()), used };
  if (ended.kind !== 'exited') return not(...cutShort(ended, answer));
  const report = answer.report === null ? null : collectReport(place.tree, answer.report, null);
  if (report?.ok === false && report.fault.state !== 'missing')
    return not(report.fault.state, besideExit(report.fault.detail, ended));
  if (ended.exitCode === 0) await world.caches?.keep(planned, place.tree);
  const given: GateAnswerGiven = {
    gate: id,
    state: 'answered',
    trust: 'local',
    exitCode: ended.exitCode,
    durationMs: elapsed(),
    evidence: report?.ok === true ? [report.value] : [],
    outputTail: ended.outputTail,
    isolation: isolationOf(world.isolation, answer.network),
  };
  return { given, used };
}

const lostBefore = (detail: string, gate: string, afterMs: number): GateLost => ({
  ...{ gate, state: 'lost', runner: 'the sandbox of this machine' },
  because: cutTo(`it did not come to the command of gate ${gate} (${detail})`, 200),
  ...{ afterMs, attempts: 1, shownBy: 'arbiter runner sandbox-test' },
});

/** A command that fails before it reports is the cause; the report that cannot be taken follows from it. */
const besideExit = (
  detail: string,
  { exitCode, outputTail }: Extract<Ended, { kind: 'exited' }>,
): string => {
  if (exitCode === 0) return detail;
  const said = outputTail.trim().slice(-200);
  return `${detail}; its command ended with exit code ${exitCode}${said === '' ? '' : `: ${said}`}`;
};

type Command = GateAnswer & { readonly by: 'command' };

/** Why it may not even begin; null: nothing hinders it. */
function hindranceOf({ sandbox }: Command, { isolation, signal }: GateWorld): string | null {
  if (signal.aborted) return 'interrupted';
  if (isolation.kind === 'broken') return brokenSandbox(isolation.detail);
  return isolation.kind === 'none' && sandbox === 'required' ? noSandbox : null;
}

/** What is told of a command that did not come to its own end. */
function cutShort(
  ended: Exclude<Ended, { kind: 'exited' }>,
  { command }: Command,
): [Exclude<GateAnswerGiven['state'], 'answered'>, string] {
  switch (ended.kind) {
    case 'could-not-start':
      return ['could-not-start', `${command[0] ?? ''}: ${ended.detail}`];
    case 'aborted':
      return ['could-not-start', 'interrupted'];
    case 'timed-out':
      return ['timed-out', ended.outputTail.slice(-200)];
    case 'too-much-output':
      return ['too-much-output', `printed more than ${outputBytesMax / 1024 ** 2} MiB`];
    case 'too-much-disk':
      return [
        'too-much-output',
        `wrote more than ${diskBytesMax / 1024 ** 3} GiB to the disk, or all that was free`,
      ];
    case 'too-much-memory':
      return [
        'too-much-output',
        `held more than ${sandboxBounds.memoryBytesMax / 1024 ** 3} GiB of memory`,
      ];
    default:
      return unreachable(ended);
  }
}

const isolationOf = (isolation: Isolation, network: boolean): string =>
  isolation.kind === 'works'
    ? `${isolation.sandbox.name}${network ? ', network' : ', no network'}`
    : notIsolated;

async function runConfined(
  answer: Command,
  { own, tree, store }: Place,
  { gate: { timeoutMs } }: PlannedGate,
  { isolation, folder, signal }: GateWorld,
): Promise<Ended> {
  const bounds = { folder, timeoutMs, outputBytesMax, diskBytesMax };
  if (isolation.kind !== 'works') {
    const call = { ...beginningWatched(answer.command), directory: tree, memory: null };
    const ended = await runInGroup({ ...call, environment: environmentOf(own) }, bounds, signal);
    // There is no sandbox that this could be the fault of.
    return ended.kind === 'could-not-start' ? { kind: ended.kind, detail: ended.detail } : ended;
  }
  try {
    await using confined = await isolation.sandbox.confine({
      command: answer.command,
      tree,
      readable: [store.directory],
      network: answer.network,
      bounds: sandboxBounds,
    });
    const ended = await runInGroup({ ...confined, directory: tree }, bounds, signal);
    return refusalIn(ended, confined) ?? ended;
  } catch (error) {
    return { kind: 'could-not-start', detail: saidBy(error), neverBegan: true };
  }
}

/** That nothing was run is no word about what should have been. */
function refusalIn(ended: Ended, { refusedBy }: Confined): Ended | null {
  if (ended.kind !== 'exited' || ended.exitCode !== refusedBy) return null;
  const said = ended.outputTail.trim().split('\n').at(-1) ?? '';
  return { kind: 'could-not-start', detail: `the isolation says: ${said.slice(0, 150)}` };
}

function environmentOf(own: string): Readonly<Record<string, string>> {
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: join(own, 'home'),
    TMPDIR: join(own, 'tmp'),
    LANG: 'C.UTF-8',
    CI: 'true',
  };
}
