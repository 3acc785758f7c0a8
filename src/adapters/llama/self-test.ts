import type { RunProfile } from '../../5-publication/model-faults.ts';
import type { Opened } from './model-host.ts';
import type { PinnedModel } from './weights.ts';

/** What a model is held against: what it said when it was pinned, or what one of more bits said then. */
export interface Expected {
  readonly name: string;
  readonly tokens: readonly number[];
  /** What ran it then. */
  readonly by: string;
  /** Whether that was this very file. */
  readonly isOwn: boolean;
}

export interface Agreement {
  readonly against: string;
  readonly agreed: number;
  readonly of: number;
  readonly needed: number;
}

/** None where it was pinned without a test. */
export const expectedOf = (
  name: string,
  { selfTest }: PinnedModel,
  isOwn: boolean,
): readonly Expected[] =>
  selfTest === undefined ? [] : [{ name, tokens: selfTest.tokens, by: selfTest.by, isOwn }];

/**
 * How many of the expected tokens a model says, each behind those before it, and how many it has to say: all where
 * it computes as the pinned run did, and a share of them where a provider or a version rounds otherwise, or where
 * numbers are kept in fewer bits.
 */
export function agreements(
  expected: readonly Expected[],
  { version, provider, agreed }: Opened,
  { cache }: Pick<RunProfile, 'cache'>,
  qualityMin: number,
): readonly Agreement[] {
  return expected.map(({ name, tokens, by, isOwn }, at) => {
    const alike = isOwn && cache === 'f16' && by === `${version} on ${provider}`;
    const of = tokens.length;
    const needed = alike ? of : Math.ceil(qualityMin * of);
    return { against: name, agreed: Number(agreed[at] ?? 0), of, needed };
  });
}
