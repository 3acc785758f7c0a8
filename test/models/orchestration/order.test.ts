import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  dueOf,
  type Head,
  joining,
  nextOf,
  type Priority,
  priorities,
  taken,
} from '../../../src/models/orchestration/order.ts';
import type { Instant } from '../../../src/primitives.ts';

interface Asked {
  readonly id: string;
  readonly repository: string;
  readonly priority: Priority;
  readonly at: number;
  readonly deadline?: number;
}

/** A line as a store keeps it: tasks by repository, and where each repository stands. */
class Line {
  now = 0;
  readonly turns = new Map<string, number>();
  readonly tasks = new Map<string, (Asked & { readonly due: Instant })[]>();

  add(asked: Asked): void {
    const { repository, priority, at, deadline = null } = asked;
    const own = this.tasks.get(repository) ?? [];
    if (own.length === 0)
      this.turns.set(repository, joining(this.turns.get(repository) ?? null, this.now));
    const due = dueOf({ priority, askedAt: at as Instant, deadline: deadline as Instant | null });
    own.push({ ...asked, due });
    own.sort((one, other) => one.due - other.due || (one.id < other.id ? -1 : 1));
    this.tasks.set(repository, own);
  }

  next(): Asked | undefined {
    const heads = [...this.tasks].flatMap(([repository, [first]]): readonly Head[] =>
      first === undefined
        ? []
        : [{ ...first, task: first.id, repository, turn: this.turns.get(repository) ?? 0 }],
    );
    const head = nextOf(heads, this.now);
    if (head === undefined) return undefined;
    const after = taken(head, this.now);
    this.now = after.now;
    this.turns.set(head.repository, after.turn);
    return this.tasks.get(head.repository)?.shift();
  }

  take(count: number): readonly Asked[] {
    return Array.from({ length: count }, () => this.next()).flatMap((each) => each ?? []);
  }
}

const line = (asked: readonly Asked[]): Line => {
  const made = new Line();
  for (const each of asked) made.add(each);
  return made;
};

const many = (repository: string, count: number, priority: Priority = 'normal'): Asked[] =>
  Array.from({ length: count }, (_, at) => ({
    id: `${repository}-${String(at).padStart(4, '0')}`,
    repository,
    priority,
    at,
  }));

const countOf = (served: readonly Asked[], repository: string): number =>
  served.filter((each) => each.repository === repository).length;

describe('whose task is next', () => {
  test('repositories take turns, however many tasks one of them has sent', () => {
    const served = line([...many('large', 100), ...many('small', 3)]).take(6);
    expect(countOf(served, 'small')).toBe(3);
  });

  test('within a repository what is due first goes first, and a deadline is when it is due', () => {
    const asked: readonly Asked[] = [
      { id: 'later', repository: 'a', priority: 'normal', at: 0 },
      { id: 'sooner', repository: 'a', priority: 'normal', at: 5, deadline: 60 },
      { id: 'urgent', repository: 'a', priority: 'high', at: 9 },
      { id: 'some-day', repository: 'a', priority: 'low', at: 0 },
    ];
    expect(
      line(asked)
        .take(4)
        .map(({ id }) => id),
    ).toEqual(['sooner', 'urgent', 'later', 'some-day']);
  });

  test('an urgent task goes ahead of others, and its repository pays for it later', () => {
    const made = line([...many('calm', 50), ...many('loud', 50, 'high')]);
    const first = made.take(4);
    expect(countOf(first, 'loud')).toBe(4);
    const rest = made.take(40);
    expect(countOf(rest, 'loud') - countOf(rest, 'calm')).toBeLessThanOrEqual(1);
  });

  test('a repository that wanted nothing for long saves up nothing', () => {
    const made = line([...many('busy', 200), ...many('rare', 1)]);
    made.take(100);
    for (const each of many('rare', 50)) made.add({ ...each, id: `again-${each.id}` });
    const served = made.take(20);
    expect(countOf(served, 'rare')).toBeGreaterThanOrEqual(10);
    expect(countOf(served, 'rare')).toBeLessThanOrEqual(11);
  });

  const anyAsked = fc.array(
    fc.record({
      repository: fc.constantFrom('a', 'b', 'c', 'd'),
      priority: fc.constantFrom(...priorities),
      at: fc.integer({ min: 0, max: 100_000_000 }),
      deadline: fc.option(fc.integer({ min: 1, max: 100_000_000 }), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 60 },
  );
  const named = (all: readonly object[]): Asked[] =>
    all.map((each, at) => ({
      ...(each as Omit<Asked, 'id'>),
      id: `t${String(at).padStart(3, '0')}`,
    }));

  test('the order in which tasks of one moment came changes nothing', () => {
    fc.assert(
      fc.property(anyAsked, fc.infiniteStream(fc.nat()), (all, noise) => {
        const asked = named(all);
        const mixed = asked
          .map((each) => ({ each, by: noise.next().value ?? 0 }))
          .toSorted((one, other) => one.by - other.by)
          .map(({ each }) => each);
        const ids = (of: readonly Asked[]) =>
          line(of)
            .take(of.length)
            .map(({ id }) => id);
        expect(ids(mixed)).toEqual(ids(asked));
      }),
    );
  });

  test('every task is taken once, and the line is then empty', () => {
    fc.assert(
      fc.property(anyAsked, (all) => {
        const made = line(named(all));
        const served = made.take(all.length);
        expect(new Set(served.map(({ id }) => id)).size).toBe(all.length);
        expect(made.next()).toBeUndefined();
      }),
    );
  });

  test('of two repositories that both wait, none gets more than 18 turns ahead, whatever they mark as urgent', () => {
    const marks = fc.array(fc.constantFrom(...priorities), { minLength: 150, maxLength: 150 });
    fc.assert(
      fc.property(marks, marks, fc.nat({ max: 100 }), (one, other, from) => {
        const of = (repository: string, marked: readonly Priority[]) =>
          many(repository, 150).map((each, at) => ({ ...each, priority: marked[at] ?? 'low' }));
        const made = line([...of('one', one), ...of('other', other)]);
        made.take(from);
        const served = made.take(50);
        expect(Math.abs(countOf(served, 'one') - countOf(served, 'other'))).toBeLessThanOrEqual(18);
      }),
    );
  });

  test('nobody starves: the least urgent task is taken while urgent ones never stop coming', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.nat({ max: 40 }), (others, ahead) => {
        const made = new Line();
        const flood = (at: number) => {
          for (let from = 0; from < others; from += 1)
            made.add({ id: `${from}-${at}`, repository: `r${from}`, priority: 'high', at });
        };
        for (let at = 0; at < ahead; at += 1) flood(at);
        made.take(ahead);
        made.add({ id: 'patient', repository: 'quiet', priority: 'low', at: ahead });
        for (let at = 0; at <= 20 * others; at += 1) {
          flood(1_000 + at);
          if (made.next()?.id === 'patient') return;
        }
        throw new Error('it was never taken');
      }),
      { numRuns: 50 },
    );
  });

  test('nobody starves within a repository either: a day outweighs every priority', () => {
    const old: Asked = { id: 'old', repository: 'a', priority: 'low', at: 0 };
    const asked = many('a', 50, 'high').map((each) => ({ ...each, at: 86_400_001 }));
    expect(line([...asked, old]).next()?.id).toBe('old');
  });
});
