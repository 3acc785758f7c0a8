import type { ModelProfile } from '../../models/profile.ts';
import type { Roster } from '../roster/roster.ts';

/** Profiles of the roster, read again only when one of them changed: they are looked at for every task. */
export class KnownProfiles {
  #seen = '';
  #profiles: ReadonlyMap<string, ModelProfile> = new Map();

  /** As a part of other work. @throws as SQLite does. */
  in(roster: Roster): ReadonlyMap<string, ModelProfile> {
    const row = roster
      .statement(
        'SELECT count(*) AS count, sum(revision) AS revisions, max(changed_at) AS at FROM models',
      )
      .get();
    const seen = JSON.stringify(row);
    if (seen === this.#seen) return this.#profiles;
    const rows = roster.statement('SELECT id, profile FROM models ORDER BY id').all();
    this.#profiles = new Map(
      rows.map((each) => [String(each['id']), JSON.parse(String(each['profile'])) as ModelProfile]),
    );
    this.#seen = seen;
    return this.#profiles;
  }
}
