/** A world in which nothing has happened yet. */
import { Faults } from './faults.ts';
import { Outbox } from './outbox.ts';
import { tendQueues } from './queue.ts';
import { noReferee, startReferee } from './referee/referee.ts';
import { firstId, type World } from './world.ts';

export interface HubOptions {
  /** Milliseconds since 1970. The machine's clock, where none is given. */
  readonly now?: () => number;
  /** Judging costs time that a bench does not want to measure. */
  readonly referee?: boolean;
  readonly coAuthorSeparator?: 'missing' | 'always' | 'never';
  /** false: a server from before 2026, which starts workflows without a word of the run. */
  readonly runDetails?: boolean;
  /** 1 keeps the order of events. GitHub itself promises none. */
  readonly deliveriesAtOnce?: number;
  readonly hourlyLimit?: number;
}

export function newWorld(root: string, options: HubOptions): World {
  return {
    now: options.now ?? Date.now,
    root,
    url: '',
    accounts: new Map(),
    teams: new Map(),
    apps: new Map(),
    installations: new Map(),
    repositories: new Map(),
    formerNames: new Map(),
    members: new Map(),
    tokens: new Map(),
    manifests: new Map(),
    signIns: new Map(),
    archives: new Map(),
    deliveries: [],
    outbox: new Outbox(options.deliveriesAtOnce ?? 1),
    requests: [],
    unserved: new Set(),
    faults: new Faults(),
    referee: options.referee === false ? noReferee() : startReferee(),
    runDetails: options.runDetails ?? true,
    coAuthorSeparator: options.coAuthorSeparator ?? 'missing',
    hourlyLimit: options.hourlyLimit ?? 5_000,
    limits: new Map(),
    broken: [],
    ids: { next: firstId },
    tendQueues,
    pending: new Set(),
  };
}
