import type { ForgeFault } from '../../src/forge.ts';
import type { Instant, Result } from '../../src/primitives.ts';

/** One attempt of the forge to deliver something to us. */
export interface HookDelivery {
  /** Digits: larger than a double holds exactly. */
  readonly id: string;
  readonly guid: string;
  readonly deliveredAt: Instant;
  /** 0 where we could not be reached. */
  readonly statusCode: number;
}

/** What the forge says about its own attempts, newest first. */
export interface HookDeliveries {
  readonly page: (
    cursor: string | null,
  ) => Promise<
    Result<
      { readonly deliveries: readonly HookDelivery[]; readonly next: string | null },
      ForgeFault
    >
  >;
  readonly askAgain: (id: string) => Promise<Result<true, ForgeFault>>;
}
