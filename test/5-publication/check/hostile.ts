import fc from 'fast-check';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import { anyText } from '../../texts.ts';

/** Texts that mean something to a forge, a parser or a reader's eye. */
export const hostileTexts = [
  '`</details>![x](http://evil.example/?a)`',
  '[a link](https://evil.example)',
  '![an image](https://evil.example/x.png)',
  '<img src=x onerror=alert(1)>',
  '<https://evil.example>',
  'https://evil.example/a?b=c',
  'www.evil.example',
  'mail@evil.example',
  'xmpp:a@b.example',
  '@acme/maintainers please merge',
  '@kim',
  'fixes #42, GH-42, acme/shop#42',
  'acme/shop@58c8171e691fb7f0f261603df5e8ad6f55f4fd33',
  '<!-- caws:sticky v1 -->',
  '--> <b>out</b> <!--',
  '| a | b |\n| --- | --- |\n| c | d |',
  'a | b \\| c \\',
  '``` \n fenced \n ```',
  '~~~\nfenced',
  '# heading',
  '1. one',
  '- item\n- [x] task',
  '> quote',
  '    indented',
  'setext\n======',
  '***bold*** __under__ ~~gone~~ *_a_*',
  '[^1]: note',
  '[x]: https://evil.example',
  '&lt;b&gt; &#64;kim &commat;kim',
  '$x$ and $$y$$',
  ':tada: and :+1:',
  '\\`escaped\\` and trailing \\',
  '``',
  '`',
  ' ` ',
  '\u202eevil\u2066 \u200bzero \u{e0041}tag \u0007bell\u0000nul',
  'line\nbreak\r\nand\u2028more\u0085',
  '',
  ' ',
  '</sub></summary></details></table><script>alert(1)</script>',
  '{{7*7}} %s',
  'x'.repeat(700),
] as const;

const fragment = fc.oneof(
  fc.constantFrom(...hostileTexts),
  fc.constantFrom(
    '`',
    '``',
    '|',
    '\\',
    '[',
    '](',
    ')',
    '<',
    '>',
    '<!--',
    '-->',
    '@kim',
    '#1',
    '*',
    '_',
    '~',
    '\n',
    '\n\n',
    '  ',
    '://',
    'http',
    'www.',
    '!',
    '$',
    '&',
    ':',
  ),
  anyText(12),
);

/** Fragments in any order: what one alone does not open, two may. */
export const hostile: fc.Arbitrary<string> = fc
  .array(fragment, { minLength: 1, maxLength: 6 })
  .map((parts) => parts.join(''));

interface Node {
  readonly type: string;
  readonly value?: string;
  readonly url?: string;
  readonly children?: readonly Node[];
}

export const tree = (markdown: string): Node =>
  fromMarkdown(markdown, {
    extensions: [gfm()],
    mdastExtensions: [gfmFromMarkdown()],
  });

/** The tree without its texts: what a template made of it, and nothing else. */
export function shape(node: Node): string {
  // Text next to text is one: where a word stood there may be an escape now.
  if (node.type === 'text') return 'text';
  const tag = node.value?.replace(/<summary>.*<\/summary>/, '');
  const own = node.type === 'html' || node.type === 'link' ? `:${tag ?? node.url}` : '';
  const children = (node.children ?? []).map(shape);
  const joined = children.filter((each, at) => !(each === 'text' && children[at - 1] === 'text'));
  return `${node.type}${own}${joined.length === 0 ? '' : `(${joined.join(' ')})`}`;
}

export function nodes(node: Node): readonly Node[] {
  return [node, ...(node.children ?? []).flatMap(nodes)];
}

/** What forges make of text once Markdown is done with it. */
const meantByForges =
  /@[a-z\d]|#\d|\bGH-\d|https?:\/|www\.|\$.|.\$|:[a-z+]\w*:|[0-9a-f]{7,}|(?!\n)[\p{Cc}\p{Bidi_C}]/iu;

/** What a template of ours may bring; `span` stands around a dollar sign. */
const ownHtml =
  /^(?:<details><summary>[\w ,.-]*<\/summary>|<\/details>|<\/?sub>|<\/?span>|<!-- caws:v1 \{[^<>]*\} -->)$/;

/** Everything in the tree that no template of ours made. */
export function strangers(markdown: string, known: ReadonlySet<string>): readonly Node[] {
  return nodes(tree(markdown)).filter(
    ({ type, value = '', url = '' }) =>
      !known.has(type) ||
      (type === 'text' && meantByForges.test(value)) ||
      (type === 'link' && !url.startsWith('https://arbiter.example/v/')) ||
      (type === 'html' && !ownHtml.test(value)),
  );
}

export const kindsOf = (...markdowns: readonly string[]): ReadonlySet<string> =>
  new Set(markdowns.flatMap((markdown) => nodes(tree(markdown)).map(({ type }) => type)));
