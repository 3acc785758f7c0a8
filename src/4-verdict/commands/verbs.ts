/** The closed tables of a command line: verbs, their arguments, and what may not be missing. */

export const verbs = [
  'waive',
  'approve',
  'reject',
  'revoke',
  'recheck',
  'cancel',
  'explain',
  'debate',
  'accept',
  'unaccept',
  'propose',
  'merge',
  'hold',
  'unhold',
  'status',
  'help',
  'break-glass',
] as const;
export type Verb = (typeof verbs)[number];

/** What only narrows. It counts as it was first said, whatever becomes of its comment; everything else may grant something. */
const denials: ReadonlySet<Verb | null> = new Set<Verb>(['revoke', 'reject', 'hold', 'cancel']);

/** @param verb null: a line that is no command that is understood. */
export const isDenial = (verb: Verb | null): boolean => denials.has(verb);

export const argumentKeys = ['reason', 'expires', 'gate', 'scope', 'sha', 'model'] as const;
export type ArgumentKey = (typeof argumentKeys)[number];

/** What the word after the verb names, where one may stand there. */
export type TargetKind = 'gate' | 'id' | 'method' | 'verb';

/** One command as written; whether it may be done is another question. */
export interface Command {
  readonly verb: Verb;
  /** A gate, the id of a waiver or broken glass, a merge method or a verb: see `shapes`; null: none. */
  readonly target: string | null;
  /** White space collapsed. */
  readonly reason: string | null;
  readonly expires: string | null;
  /** The spec that the person believes to bind. */
  readonly scope: string | null;
  /** The beginning of a commit's name, lower case. */
  readonly sha: string | null;
  readonly model: string | null;
}

/** What a verb takes; `target` and `needs` together say what may not be missing. */
export interface VerbShape {
  readonly target: TargetKind | null;
  readonly keys: readonly ArgumentKey[];
  readonly needs: readonly (ArgumentKey | 'id')[];
}

export const shapes: Readonly<Record<Verb, VerbShape>> = {
  waive: {
    target: 'gate',
    keys: ['gate', 'reason', 'expires', 'scope', 'sha'],
    needs: ['gate', 'reason'],
  },
  approve: { target: 'id', keys: ['reason', 'sha'], needs: ['id'] },
  reject: { target: 'id', keys: ['reason'], needs: ['id', 'reason'] },
  revoke: { target: 'id', keys: ['reason'], needs: ['id', 'reason'] },
  recheck: { target: 'gate', keys: ['gate'], needs: [] },
  cancel: { target: null, keys: [], needs: [] },
  explain: { target: 'gate', keys: ['gate'], needs: [] },
  debate: { target: null, keys: ['sha', 'model'], needs: [] },
  accept: { target: null, keys: ['scope', 'sha'], needs: [] },
  unaccept: { target: null, keys: ['reason'], needs: [] },
  propose: { target: null, keys: ['sha'], needs: [] },
  merge: { target: 'method', keys: ['sha'], needs: [] },
  hold: { target: null, keys: ['reason'], needs: [] },
  unhold: { target: null, keys: ['reason'], needs: [] },
  status: { target: null, keys: [], needs: [] },
  help: { target: 'verb', keys: [], needs: [] },
  'break-glass': {
    target: null,
    keys: ['reason', 'expires', 'sha'],
    needs: ['reason', 'expires'],
  },
};
