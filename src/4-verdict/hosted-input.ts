import type { Waiver } from '../caws/waiver.ts';
import type { OpenedCase } from './case.ts';
import { hostedWaiversOf } from './hosted-waivers.ts';
import { pullName } from './waivers/hosted-event.ts';
import { namesOfMakers, updateMergesOf } from './waivers/hosted-facts.ts';
import type { TrustedSigners } from './waivers/signers.ts';

/** What a forge adds to an examination; nothing where none was asked. */
export interface HostedInput {
  readonly waivers: readonly Waiver[];
  /** Names of who made the change, beyond what its commits say. */
  readonly identities: readonly string[];
  readonly updateMerges: ReadonlySet<string>;
  /** The one name of the pull request that a hosted waiver binds to. */
  readonly branches: readonly string[];
}

/** The hosted part of a case, in the shapes that examination weighs. */
export function hostedInput(opened: OpenedCase, trusted: TrustedSigners | null): HostedInput {
  const { hosted: facts, change, at } = opened;
  if (facts === undefined)
    return { waivers: [], identities: [], updateMerges: new Set(), branches: [] };
  const grounds = { facts, commits: change.commits, now: at };
  return {
    waivers: hostedWaiversOf(opened.waiverEvents, {
      ...grounds,
      trusted,
      // Asked for against a lax branch, a waiver is no answer on a strict one.
      baseRef: change.baseRef,
    }),
    identities: namesOfMakers(grounds),
    updateMerges: updateMergesOf(grounds),
    branches: [pullName(facts.pull)],
  };
}
