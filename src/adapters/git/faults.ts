import type { RepositoryFault } from '../../ports.ts';
import type { GitEnd } from './process.ts';

/** What is known of a repository when one of its runs fails. */
export interface FaultContext {
  readonly doing: string;
  readonly limitMs: number;
  readonly partialClone: boolean;
}

const OBJECT = /\b([0-9a-f]{40}(?:[0-9a-f]{24})?)\b/;
const MISSING =
  /unable to read|could not read|could not parse|bad object|missing (?:blob|tree|commit)|unable to find|failed to (?:read|find)|not a valid object|unable to parse|does not exist|bad tree object/i;

/** Why git did not do what was asked, from how it ended. */
export function faultOf(end: GitEnd, context: FaultContext): RepositoryFault {
  if (end.ended === 'missing') return { kind: 'git-missing' };
  if (end.ended === 'timed-out') {
    return { kind: 'timed-out', doing: context.doing, limitMs: context.limitMs };
  }
  const object = OBJECT.exec(end.stderr)?.[1];
  if (object !== undefined && MISSING.test(end.stderr)) return gapOf(object, context.partialClone);
  return { kind: 'git-failed', doing: context.doing, stderr: end.stderr };
}

/** An object that the history names and the store does not hold. */
export function gapOf(object: string, partialClone: boolean): RepositoryFault {
  return { kind: partialClone ? 'partial-clone' : 'object-missing', object };
}
