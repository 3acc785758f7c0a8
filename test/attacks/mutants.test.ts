import { describe, expect, test } from 'vitest';
import { equivalence } from './equivalent.ts';
import { mutantsOf, mutated } from './mutants.ts';

const changes = (text: string) =>
  mutantsOf('x.ts', text).map(({ original, replacement }) => `${original} -> ${replacement}`);

describe('mutants of a text', () => {
  test.each<[string, readonly string[]]>([
    ['f(a < b);', ['f(a < b); -> ;', '< -> <=']],
    ['x = a === 1;', ['=== -> !==', '1 -> 2']],
    ['x = a && !b;', ['&& -> ||', '!b -> b']],
    ['x = [...a(), b];', ['...a(), -> ', 'b -> ']],
    ["x = 'budget.lines';", ["'budget.lines' -> 'budget.lines-not'"]],
    ["x = 'an ordinary word';", []],
    ['x = list.every(f);', ['every -> some']],
    ['if (a) b = true;', ['a -> true', 'a -> false', 'a -> !(a)', 'true -> false']],
    ['function f(): readonly X[] { return g; }', ['{ -> { return [];']],
    ['type A = 1 | 2; interface B { c: true }', []],
    ['const LINES_MAX = 64 * 1024;', []],
    ["import a from './a.ts';", []],
  ])('%s', (text, wanted) => {
    const found = changes(text).map((each) => each.replace(/^(?:{|) -> (?= return)/, '{ -> {'));
    expect(found).toEqual(wanted);
  });

  test('change the text in one place and leave the rest', () => {
    const text = 'const x = a < b ? 1 : 2;\n';
    for (const mutant of mutantsOf('x.ts', text)) {
      const other = mutated(text, mutant);
      expect(other).not.toBe(text);
      expect(other.startsWith(text.slice(0, mutant.start))).toBe(true);
      expect(other.endsWith(text.slice(mutant.end))).toBe(true);
    }
  });

  test('are left out only where a reason stands', () => {
    const text = '\n    return rank[one] <= rank[other] ? one : other;\n';
    const [first] = mutantsOf('src/4-verdict/decide.ts', `const f = () => {${text}};`).filter(
      ({ original }) => original === '<=',
    );
    expect(first).toBeDefined();
    if (first === undefined) return;
    expect(equivalence(first, `const f = () => {${text}};`)).toContain('one rank');
    expect(equivalence({ ...first, file: 'src/other.ts' }, text)).toBeUndefined();
  });
});
