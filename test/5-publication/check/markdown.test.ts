import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bullets,
  details,
  fitted,
  numbered,
  paragraph,
  table,
} from '../../../src/5-publication/check/fit.ts';
import {
  code,
  fenced,
  link,
  marker,
  md,
  mention,
  sentence,
  ticked,
} from '../../../src/5-publication/check/markdown.ts';
import { visible } from '../../../src/5-publication/escape.ts';
import { marked } from '../../../src/5-publication/marked.ts';
import { hostile, hostileTexts, kindsOf, shape, strangers, tree } from './hostile.ts';

/** Every way in which a text can stand in a face. */
const everywhere = (text: string): string =>
  fitted(
    [
      paragraph(md`${text}`),
      paragraph(md`${text} between ${text}`),
      paragraph(
        md`**${code(text)}** and ${sentence(`named ${marked(visible(text))}, then`)} ${ticked(`a \`${visible(text)}\` b`)}`,
      ),
      table(
        ['One', 'Two'],
        [
          [md`${text}`, code(text)],
          [code(text), md`${text}`],
        ],
        (cells) => cells,
      ),
      bullets([md`${text}`, code(text)], (item) => item),
      numbered([md`${text}`, md`${code(text)}: ${text}`], (item) => item),
      details(text, [paragraph(code(text)), paragraph(fenced([text, text]))]),
      paragraph(md`${link(text, 'https://arbiter.example/v/1')}`),
    ],
    md`<sub>${text}</sub>

${marker('v1', { id: text })}`,
    'https://arbiter.example/v/1',
  );

const withoutMarker = (markdown: string): string =>
  markdown.replace(/<!-- caws:v1 \{.*\} -->$/, 'M').replaceAll('<span>$</span>', 'S');

describe('whatever a text holds, the parsed tree is what the template made', () => {
  const template = shape(tree(withoutMarker(everywhere('word'))));
  test.each(hostileTexts.filter((text) => text.trim() !== '' && !text.includes('`')))(
    '%j',
    (text) => {
      expect(shape(tree(withoutMarker(everywhere(text))))).toBe(template);
    },
  );

  test('for any combination of them', () => {
    const known = kindsOf(everywhere('word $'));
    fc.assert(
      fc.property(hostile, (text) => {
        expect(strangers(everywhere(text), known)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  test('and a harmless text is left as it is', () => {
    expect(md`${'Split it at 10:00 in 3.2 s, a-b + c (d).'}`.toString()).toBe(
      'Split it at 10:00 in 3.2 s, a-b + c (d).',
    );
  });
});

test('text in a code span is read as it was written', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const [paragraphNode] = tree(code(text).toString()).children ?? [];
      const [span, ...rest] = paragraphNode?.children ?? [];
      const shown = visible(text, 600).replaceAll('|', '\\u{7c}');
      if (shown === '') return;
      expect(rest).toEqual([]);
      expect(span).toMatchObject({ type: 'inlineCode', value: shown });
    }),
  );
});

test('only a login is called, and only in the form of one', () => {
  expect(mention('kim').toString()).toBe('@kim');
  expect(mention('deadbeef1').toString()).toBe('@deadbeef1');
  for (const text of ['acme/team', 'kim @lee', '-kim', 'kim-', 'a'.repeat(40), 'k\u200bim', ''])
    expect(mention(text).toString()).toMatch(/^(?:`.+`|\(empty\))$/);
});

test('a link leads only to an address that cannot end early', () => {
  expect(link('x', 'https://a.example/v/1').toString()).toBe('[x](https://a.example/v/1)');
  for (const address of [
    'javascript:alert(1)',
    'https://a.example/) [y](z',
    'https://a.example/ x',
    '',
  ])
    expect(link('x', address).toString()).toBe('x');
});

test('nobody outside can make Markdown of a text', () => {
  const forged = { toString: () => '<b>' } as never;
  expect(() => md`${forged}`).toThrow();
});
