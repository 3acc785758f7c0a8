import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { nearest } from '../../caws/nearest.ts';
import type { RosterStorageFault } from '../../models/faults.ts';
import type { Performance } from '../../models/performance.ts';
import type { ModelProfile, Status, Surface } from '../../models/profile.ts';
import { type Need, type RosterModel, servingStatuses } from '../../models/roster.ts';
import { type Instant, ok, type Result } from '../../primitives.ts';
import { openDatabase, orRosterFault, ROSTER_WAIT_MS } from './open.ts';

/** Most models that one query gives. */
export const MODELS_MAX = 1_000;
/** What a query gives where nobody says how many. */
const MODELS_DEFAULT = 20;

export interface RosterOptions {
  /** Absolute; see `rosterFile`. */
  readonly file: string;
  /** `create` makes a missing file; `open` says that it is missing. */
  readonly access: 'open' | 'create';
  /** How long to wait for another writer; default ROSTER_WAIT_MS. */
  readonly waitMs?: number;
}

/** Opens the roster; close it with `using`. */
export function openRoster(options: RosterOptions): Result<Roster, RosterStorageFault> {
  const { file, access, waitMs = ROSTER_WAIT_MS } = options;
  const database = openDatabase(file, access === 'create', waitMs);
  return database.ok ? ok(new Roster(file, waitMs, database.value)) : database;
}

/**
 * The models of this machine, in one file that several processes read and write at once. Nothing is kept
 * in memory but parsed texts of a known revision, so that what one process changes every other one sees at its next question.
 */
export class Roster implements Disposable {
  readonly file: string;
  readonly waitMs: number;
  readonly database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #parsed = new Map<string, { readonly revision: number; readonly value: unknown }>();

  constructor(file: string, waitMs: number, database: DatabaseSync) {
    this.file = file;
    this.waitMs = waitMs;
    this.database = database;
  }

  /** Models that can do what is needed, best record first, then by id; at most `limit`. */
  find(need: Need): Result<readonly RosterModel[], RosterStorageFault> {
    return this.#snapshot(() => {
      const { sql, values } = queryOf(need);
      return this.statement(sql)
        .all(...values)
        .map((row) => this.#modelOf(row, [[need.surface, Number(row['record_revision'])]]));
    });
  }

  /** @returns null where no model has this id. */
  model(id: string): Result<RosterModel | null, RosterStorageFault> {
    return this.#snapshot(() => this.standing(id));
  }

  /** The same as a part of other work. @throws as SQLite does. */
  standing(id: string): RosterModel | null {
    const row = this.statement(`SELECT ${COLUMNS} FROM models m WHERE m.id = ?`).get(id);
    return row === undefined ? null : this.#modelOf(row, this.#recordsOf(id));
  }

  /** @returns the id of a model that was probably meant, or null. */
  near(id: string): Result<string | null, RosterStorageFault> {
    return this.read(() => {
      const rows = this.statement(`SELECT id FROM models ORDER BY id LIMIT ${MODELS_MAX}`).all();
      return (
        nearest(
          id,
          rows.map((row) => String(row['id'])),
        ) ?? null
      );
    });
  }

  /** Every model by id, retired ones too; at most MODELS_MAX after the given id. */
  all(after = ''): Result<readonly RosterModel[], RosterStorageFault> {
    return this.#snapshot(() => {
      const rows = this.statement(
        `SELECT ${COLUMNS} FROM models m WHERE m.id > ? ORDER BY m.id LIMIT ${MODELS_MAX}`,
      ).all(after);
      const records = this.#recordsBetween(after, String(rows.at(-1)?.['id'] ?? after));
      return rows.map((row) => this.#modelOf(row, records.get(String(row['id'])) ?? []));
    });
  }

  /** Runs one reading; what SQLite complains becomes a fault. */
  read<Value>(work: () => Value): Result<Value, RosterStorageFault> {
    return orRosterFault<Value, RosterStorageFault>(this.file, this.waitMs, () => ok(work()));
  }

  /**
   * Runs work under the write lock, all of it or nothing.
   *
   * Immediate: two that read first and then write would fail each other instead of waiting.
   */
  write<Value>(work: () => Value): Result<Value, RosterStorageFault> {
    const { database } = this;
    return this.read(() => {
      database.exec('BEGIN IMMEDIATE');
      try {
        const value = work();
        database.exec('COMMIT');
        return value;
      } finally {
        // SQLite rolls back by itself on a full disk, and then has no transaction left to end.
        if (database.isTransaction) database.exec('ROLLBACK');
      }
    });
  }

  /** A prepared statement; each text is prepared once. @param sql fixed text of this folder, never a value. */
  statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  [Symbol.dispose](): void {
    this.database.close();
  }

  /** Reads one state of the file, whatever is written meanwhile. */
  #snapshot<Value>(work: () => Value): Result<Value, RosterStorageFault> {
    const { database } = this;
    return this.read(() => {
      database.exec('BEGIN');
      try {
        return work();
      } finally {
        if (database.isTransaction) database.exec('COMMIT');
      }
    });
  }

  /** The number of the newest event; 0 where there is none. @throws as SQLite does. */
  lastEvent(): number {
    const row = this.statement('SELECT max(sequence) AS last FROM events').get();
    return Number(row?.['last'] ?? 0);
  }

  /** Of all models after one id up to another, in one question. */
  #recordsBetween(
    after: string,
    last: string,
  ): ReadonlyMap<string, (readonly [Surface, number])[]> {
    const records = new Map<string, (readonly [Surface, number])[]>();
    const rows = this.statement(
      'SELECT model, surface, revision FROM offers WHERE model > ? AND model <= ? ORDER BY model, surface',
    ).all(after, last);
    for (const { model, revision, surface } of rows) {
      const own = records.get(String(model));
      const record = [surface as Surface, Number(revision)] as const;
      if (own === undefined) records.set(String(model), [record]);
      else own.push(record);
    }
    return records;
  }

  #recordsOf(id: string): readonly (readonly [Surface, number])[] {
    return this.statement('SELECT surface, revision FROM offers WHERE model = ? ORDER BY surface')
      .all(id)
      .map((row) => [row['surface'] as Surface, Number(row['revision'])]);
  }

  #modelOf(
    row: Readonly<Record<string, unknown>>,
    records: readonly (readonly [Surface, number])[],
  ): RosterModel {
    const id = String(row['id']);
    const profile = this.#text(id, Number(row['revision']), () =>
      this.statement('SELECT profile AS text FROM models WHERE id = ?').get(id),
    );
    const performance = records.map(([surface, revision]) => [
      surface,
      this.#text(`${id} ${surface}`, revision, () =>
        this.statement('SELECT record AS text FROM offers WHERE model = ? AND surface = ?').get(
          id,
          surface,
        ),
      ),
    ]);
    return {
      profile: profile as ModelProfile,
      status: row['status'] as Status,
      generation: Number(row['generation']),
      load: { running: Number(row['running']), runningMax: Number(row['running_max']) },
      changedAt: Number(row['changed_at']) as Instant,
      seenAt: Number(row['seen_at']) as Instant,
      performance: Object.fromEntries(performance) as { readonly [Name in Surface]?: Performance },
    };
  }

  /** One revision of a text is read and parsed once: a query would do that for longer than it searches. */
  #text(
    name: string,
    revision: number,
    read: () => Readonly<Record<string, unknown>> | undefined,
  ): unknown {
    const known = this.#parsed.get(name);
    if (known?.revision === revision) return known.value;
    const text = read()?.['text'];
    if (typeof text !== 'string') throw new SyntaxError('a text is gone from a row that was read');
    const value: unknown = JSON.parse(text);
    if (this.#parsed.size >= PARSED_MAX) this.#parsed.clear();
    this.#parsed.set(name, { revision, value });
    return value;
  }
}

/** Profiles and records of twice as many models as one query gives. */
const PARSED_MAX = 8 * MODELS_MAX;

const COLUMNS =
  'm.id, m.revision, m.status, m.generation, m.running, m.running_max, m.changed_at, m.seen_at';

/** A language that stands for every language. */
const ANY = '*';

/** What a model can do as one text to search in. Names hold neither of the marks between them. */
export function abilitiesText({ tasks, languages, tools }: ModelProfile['capabilities']): string {
  const named = [
    ...tasks.map((name) => ability('task', name)),
    ...(languages.length === 0 ? [ANY] : languages).map((name) => ability('language', name)),
    ...tools.map((name) => ability('tool', name)),
  ];
  return named.join('');
}

const ability = (kind: string, name: string): string => `|${kind}:${name}|`;

function queryOf(need: Need): {
  readonly sql: string;
  readonly values: readonly (string | number)[];
} {
  const statuses = need.statuses ?? servingStatuses;
  const limit = Math.min(MODELS_MAX, Math.max(0, Math.trunc(need.limit ?? MODELS_DEFAULT)));
  const able = (kind: string, name: string) =>
    ['instr(o.abilities, ?) > 0', ability(kind, name)] as const;
  const conditions: readonly (readonly [string, ...(string | number)[]])[] = [
    ['o.surface = ?', need.surface],
    [`m.status IN (${statuses.map(() => '?').join(', ')})`, ...statuses],
    ...(need.role === undefined ? [] : [['m.role = ?', need.role] as const]),
    ...(need.contextTokens === undefined
      ? []
      : [['m.context_tokens >= ?', need.contextTokens] as const]),
    ...(need.seenSince === undefined ? [] : [['m.seen_at >= ?', need.seenSince] as const]),
    ...(need.free === true ? [['m.running < m.running_max'] as const] : []),
    ...(need.task === undefined ? [] : [able('task', need.task)]),
    ...(need.language === undefined
      ? []
      : [
          [
            '(instr(o.abilities, ?) > 0 OR instr(o.abilities, ?) > 0)',
            ability('language', need.language),
            ability('language', ANY),
          ] as const,
        ]),
    ...(need.tools ?? []).map((tool) => able('tool', tool)),
  ];
  return {
    sql: `SELECT ${COLUMNS}, o.revision AS record_revision FROM offers o CROSS JOIN models m ON m.id = o.model WHERE ${conditions
      .map(([text]) => text)
      .join(' AND ')} ORDER BY o.rank DESC, o.model LIMIT ?`,
    values: [...conditions.flatMap(([, ...values]) => values), limit],
  };
}
