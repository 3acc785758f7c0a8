import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { ok, type Result } from '../../primitives.ts';
import { type EvidenceFault, evidenceBounds, type Report, unreadable } from './measured.ts';

/** One element; text is dropped, since no measure stands in text. */
export interface XmlElement {
  readonly name: string;
  /** As written: entities are not expanded. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
}

/**
 * A report's root element.
 *
 * Bounded before the parser sees it (characters, elements, depth). A document type declaration may
 * name an external DTD, as Cobertura files do; it is never fetched. One with declarations of its own
 * is refused, so no entity can expand. One root, nothing but comments after it, UTF-8 only.
 */
export function readXml(report: Report): Result<XmlElement, EvidenceFault> {
  const text = report.text.startsWith('\uFEFF') ? report.text.slice(1) : report.text;
  const refusal = survey({ ...report, text });
  if (refusal !== undefined) return refusal;
  const valid = XMLValidator.validate(text);
  if (valid !== true) {
    const { msg, line, col } = valid.err;
    const refused = unreadable(report, 'not-well-formed', msg);
    return { ok: false, fault: { ...refused.fault, at: { file: report.name, line, column: col } } };
  }
  return parsed(report, text);
}

function parsed(report: Report, text: string): Result<XmlElement, EvidenceFault> {
  let nodes: unknown;
  try {
    nodes = new XMLParser({
      preserveOrder: true,
      ignoreAttributes: false,
      attributeNamePrefix: '',
      parseTagValue: false,
      parseAttributeValue: false,
      processEntities: false,
      ignoreDeclaration: true,
      ignorePiTags: true,
      maxNestedTags: evidenceBounds.depthMax + 1,
    }).parse(text);
  } catch (error) {
    // The library throws for names it holds dangerous and for what its validator let through.
    return unreadable(
      report,
      'not-well-formed',
      error instanceof Error ? error.message : 'not XML',
    );
  }
  const roots = elementsOf(nodes);
  const root = roots[0];
  return root === undefined || roots.length > 1
    ? unreadable(report, 'not-well-formed', `${roots.length} root elements instead of one`)
    : ok(root);
}

function elementsOf(nodes: unknown): readonly XmlElement[] {
  if (!Array.isArray(nodes)) return [];
  return nodes.flatMap((node: unknown) => {
    if (typeof node !== 'object' || node === null) return [];
    const entries = Object.entries(node);
    const found = entries.find(([key, value]) => key !== ':@' && Array.isArray(value));
    if (found === undefined) return [];
    const attributes: unknown = entries.find(([key]) => key === ':@')?.[1];
    return [
      {
        name: localName(found[0]),
        attributes: new Map(Object.entries((attributes ?? {}) as Record<string, string>)),
        children: elementsOf(found[1]),
      },
    ];
  });
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

type Refusal = { readonly ok: false; readonly fault: EvidenceFault };

/** Walks the markup once, without building anything, and refuses what the parser should not be given. */
function survey(report: Report): Refusal | undefined {
  const { text } = report;
  if (text.length > evidenceBounds.charactersMax)
    return unreadable(report, 'too-large', `over ${evidenceBounds.charactersMax} characters`);
  const declared = /^<\?xml[^>]{0,200}?encoding\s*=\s*["']([^"']*)["']/.exec(text)?.[1];
  if (declared !== undefined && !/^(utf-?8|us-ascii)$/i.test(declared))
    return unreadable(report, 'not-well-formed', `encoding ${declared} instead of UTF-8`, 0);
  const nul = text.indexOf('\0');
  if (nul >= 0) return unreadable(report, 'not-well-formed', 'a NUL character', nul);
  let elements = 0;
  let depth = 0;
  let rootClosed = false;
  let at = 0;
  for (;;) {
    const open = text.indexOf('<', at);
    if ((depth === 0 || open < 0) && text.slice(at, open < 0 ? undefined : open).trim() !== '')
      return unreadable(report, 'not-well-formed', 'text outside the root element', at);
    if (open < 0) break;
    const tag = tagAt(report, open);
    if (typeof tag !== 'object') return unreadable(report, 'not-well-formed', 'cut off', open);
    if ('fault' in tag) return tag;
    if (tag.opens) {
      if (rootClosed) return unreadable(report, 'not-well-formed', 'a second root element', open);
      elements += 1;
      depth += 1;
      if (elements > evidenceBounds.elementsMax)
        return unreadable(report, 'too-large', `over ${evidenceBounds.elementsMax} elements`, open);
      if (depth > evidenceBounds.depthMax)
        return unreadable(report, 'too-large', `over ${evidenceBounds.depthMax} levels`, open);
    }
    if (tag.closes) depth -= 1;
    if (depth < 0) return unreadable(report, 'not-well-formed', 'an end tag too many', open);
    rootClosed = elements > 0 && depth === 0;
    at = tag.end;
  }
  return rootClosed ? undefined : unreadable(report, 'not-well-formed', 'cut off', text.length);
}

interface Tag {
  readonly end: number;
  readonly opens: boolean;
  readonly closes: boolean;
}

/** The markup that starts at `open`; undefined where its end is missing. */
function tagAt(report: Report, open: number): Tag | Refusal | undefined {
  const { text } = report;
  const until = (mark: string, from: number): Tag | undefined => {
    const found = text.indexOf(mark, from);
    return found < 0 ? undefined : { end: found + mark.length, opens: false, closes: false };
  };
  if (text.startsWith('<!--', open)) return until('-->', open + 4);
  if (text.startsWith('<![CDATA[', open)) return until(']]>', open + 9);
  if (text.startsWith('<?', open)) return until('?>', open + 2);
  const found = endOfTag(text, open);
  if (found === undefined) return undefined;
  const { end, values } = found;
  if (end - open > evidenceBounds.tagCharactersMax || values > evidenceBounds.attributesMax)
    return unreadable(
      report,
      'too-large',
      `an element of over ${evidenceBounds.attributesMax} attributes or ${evidenceBounds.tagCharactersMax} characters`,
      open,
    );
  if (text.startsWith('<!', open)) {
    const externalOnly = /^<!DOCTYPE\s[^[\]<]{0,500}>$/.test(text.slice(open, end));
    return externalOnly
      ? { end, opens: false, closes: false }
      : unreadable(report, 'forbidden', 'a DTD or entity of its own', open);
  }
  const isEnd = text[open + 1] === '/';
  return { end, opens: !isEnd, closes: isEnd || text[end - 2] === '/' };
}

/** One past the `>` that ends the tag, and how many quoted values it has; a `>` inside quotes ends nothing. */
function endOfTag(
  text: string,
  open: number,
): { readonly end: number; readonly values: number } | undefined {
  let quote: string | undefined;
  let values = 0;
  for (let at = open + 1; at < text.length; at += 1) {
    const character = text[at];
    if (quote !== undefined) {
      if (character === quote) quote = undefined;
    } else if (character === '"' || character === "'") {
      quote = character;
      values += 1;
    } else if (character === '>') return { end: at + 1, values };
    else if (character === '<')
      return text.startsWith('<!', open) ? { end: at + 1, values } : undefined;
  }
  return undefined;
}
