/**
 * Markdown as GitHub shows it, as far as checks and comments use it: the words of a stranger become text,
 * never markup, but for the few tags that fold something away.
 */
import { fromMarkdown } from 'mdast-util-from-markdown';
import { escaped, Html } from './html.ts';

type Node = ReturnType<typeof fromMarkdown>['children'][number];

const charactersMax = 70_000;

export function markdown(source: string): Html {
  const cut = source.slice(0, charactersMax);
  return new Html(
    fromMarkdown(cut)
      .children.map((node) => block(node, cut))
      .join('\n'),
  );
}

type Writers = {
  readonly [Type in Node['type']]?: (node: Extract<Node, { type: Type }>, source: string) => string;
};

/** Kinds that stand here are shown; every other kind vanishes. */
const writers: Writers = {
  paragraph: (node, source) => table(node, source) ?? `<p>${inside(node.children, source)}</p>`,
  heading: (node, source) => `<h${node.depth}>${inside(node.children, source)}</h${node.depth}>`,
  blockquote: (node, source) => `<blockquote>${inside(node.children, source)}</blockquote>`,
  code: (node) => `<pre tabindex="0"><code>${escaped(node.value)}</code></pre>`,
  list: (node, source) => {
    const tag = node.ordered === true ? 'ol' : 'ul';
    return `<${tag}>${inside(node.children, source)}</${tag}>`;
  },
  listItem: (node, source) =>
    `<li>${node.spread === true ? inside(node.children, source) : tight(node.children, source)}</li>`,
  thematicBreak: () => '<hr>',
  html: (node) => tags(node.value),
  text: (node) => escaped(node.value),
  strong: (node, source) => `<strong>${inside(node.children, source)}</strong>`,
  emphasis: (node, source) => `<em>${inside(node.children, source)}</em>`,
  inlineCode: (node) => `<code>${escaped(node.value)}</code>`,
  break: () => '<br>',
  link: (node, source) => {
    const words = inside(node.children, source);
    const safe = /^(https?:\/\/|\/|#)/.test(node.url);
    return safe ? `<a href="${escaped(node.url)}">${words}</a>` : words;
  },
  image: (node) => escaped(node.alt ?? ''),
};

function block(node: Node, source: string): string {
  const write = writers[node.type] as ((node: Node, source: string) => string) | undefined;
  return write?.(node, source) ?? '';
}

const inside = (nodes: readonly Node[], source: string): string =>
  nodes.map((node) => block(node, source)).join('');

/** The words of a list without blank lines stand without paragraphs. */
const tight = (nodes: readonly Node[], source: string): string =>
  nodes
    .map((node) =>
      node.type === 'paragraph' ? inside(node.children, source) : block(node, source),
    )
    .join('');

/** Comments vanish, as they do at GitHub; a few tags without attributes stay; the rest is text. */
function tags(value: string): string {
  return value
    .replace(/<!--[\s\S]*?-->/g, '')
    .split(/(<\/?(?:details|summary|sub|br|b|i|code)>)/)
    .map((part, at) => (at % 2 === 1 ? part : escaped(part)))
    .join('');
}

/** A table is a paragraph to CommonMark: its lines begin with a bar, and the second rules it off. */
function table(node: Node, source: string): string | null {
  const { position } = node;
  const text = source.slice(position?.start.offset, position?.end.offset);
  const lines = text.split('\n').map((line) => line.trim());
  if (lines.length < 2 || !lines.every((line) => line.startsWith('|'))) return null;
  if (!/^\|[\s:|-]+\|$/.test(lines[1] ?? '')) return null;
  const row = (line: string, tag: 'th' | 'td') =>
    `<tr>${cells(line)
      .map((cell) => `<${tag}>${cellText(cell)}</${tag}>`)
      .join('')}</tr>`;
  const head = row(lines[0] ?? '', 'th');
  const body = lines.slice(2).map((line) => row(line, 'td'));
  return `<div class="scroll" tabindex="0"><table><thead>${head}</thead><tbody>${body.join('')}</tbody></table></div>`;
}

const cells = (line: string): readonly string[] =>
  line
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));

const cellText = (cell: string): string =>
  fromMarkdown(cell)
    .children.map((node) =>
      node.type === 'paragraph' ? inside(node.children, cell) : block(node, cell),
    )
    .join('');
