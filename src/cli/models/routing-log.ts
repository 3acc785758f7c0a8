import { resolve } from 'node:path';
import type { AnyFault } from '../../5-publication/fault-words.ts';
import type { LogLineFault } from '../../5-publication/routing-fault-words.ts';
import { textOfPlain, whyUnread } from '../../adapters/plain-file.ts';
import type { Surface } from '../../models/profile.ts';
import { type LoggedDecision, logFaultOf } from '../../models/routing/off-policy.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import type { World } from '../world.ts';

/** Decisions that are read from one file: minutes of work, and far more than any estimate needs. */
const LINES_MAX = 200_000;

/** Reads past decisions, one JSON object a line, oldest first; the first line that is none is named. */
export function readRoutingLog(
  world: World,
  file: string,
  option: string,
): Result<readonly LoggedDecision[], AnyFault> {
  let text: string;
  try {
    text = textOfPlain(resolve(world.directory, file));
  } catch (error) {
    return fail({
      kind: 'file-unreadable',
      file,
      option,
      folder: world.directory,
      ...whyUnread(error),
    });
  }
  const lines = text.split('\n');
  if (lines.length > LINES_MAX + 1)
    return fail({ kind: 'routing-log-too-long', file, linesMax: LINES_MAX });
  const log: LoggedDecision[] = [];
  const seen = new Set<string>();
  for (const [at, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const logged = decisionIn(line);
    const reason = typeof logged === 'string' ? logged : faultBeside(logged, seen);
    if (reason !== null)
      return fail({ kind: 'routing-log-unreadable', file, line: at + 1, reason });
    if (typeof logged !== 'string') log.push(logged);
  }
  return ok(log);
}

/** @param seen the ids of the lines before; this one's is added. */
function faultBeside(logged: LoggedDecision, seen: Set<string>): LogLineFault | null {
  const { decision } = logged;
  if (decision !== undefined && seen.size === seen.add(decision).size) return 'decision-twice';
  return logFaultOf(logged);
}

/** The decision of a line, with nothing but what is weighed; what it holds is checked by `logFaultOf`. */
function decisionIn(line: string): LoggedDecision | 'not-json' | 'not-a-decision' {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'not-json';
  }
  if (!isObject(value)) return 'not-a-decision';
  const { arms, chosen, decision, reward, surface } = value;
  if (decision !== undefined && typeof decision !== 'string') return 'not-a-decision';
  if (!Array.isArray(arms) || typeof chosen !== 'string' || typeof surface !== 'string')
    return 'not-a-decision';
  const read = arms.filter(isObject).map(({ arm, propensity }) => ({ arm, propensity }));
  if (read.length !== arms.length || !read.every(isArm) || typeof reward !== 'number')
    return 'not-a-decision';
  const logged = { surface: surface as Surface, arms: read.filter(isArm), chosen, reward };
  return decision === undefined ? logged : { decision, ...logged };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isArm = (value: {
  readonly arm: unknown;
  readonly propensity: unknown;
}): value is { readonly arm: string; readonly propensity: number } =>
  typeof value.arm === 'string' && typeof value.propensity === 'number';
