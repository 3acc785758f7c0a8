import type { World } from '../../src/cli/world.ts';
import type { Instant } from '../../src/primitives.ts';

/** A world that remembers what a command said and how it ended. */
export interface Rehearsal {
  readonly world: World;
  readonly out: () => string;
  readonly err: () => string;
  readonly code: () => number | undefined;
}

/** @param directory what `-C DIR` would name; absolute. */
export function rehearsal(directory: string): Rehearsal {
  const said = { out: '', err: '' };
  let ended: number | undefined;
  return {
    world: {
      out: (text) => {
        said.out += text;
      },
      err: (text) => {
        said.err += text;
      },
      env: {},
      directory,
      terminal: false,
      color: false,
      now: () => 1_700_000_000_000 as Instant,
      random: (count) => new Uint8Array(count),
      finish: (code) => {
        ended = code;
      },
    },
    out: () => said.out,
    err: () => said.err,
    code: () => ended,
  };
}
