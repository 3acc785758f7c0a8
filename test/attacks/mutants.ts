import { parseAst } from 'rolldown/parseAst';

/** One small change of a source text that some test should notice. */
export interface Mutant {
  readonly file: string;
  /** 1-based line of the first changed character. */
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly original: string;
  readonly replacement: string;
}

interface AstNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

type Edit = Pick<Mutant, 'start' | 'end' | 'replacement'>;

const swapped: Readonly<Record<string, string>> = {
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '===': '!==',
  '!==': '===',
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '&&': '||',
  '||': '&&',
  '??': '&&',
};
const swappedNames: Readonly<Record<string, string>> = {
  every: 'some',
  some: 'every',
  max: 'min',
  min: 'max',
  startsWith: 'endsWith',
  endsWith: 'startsWith',
};
/** Ids of rules and states of answers: `budget.lines`, `needs-waiver`, `fails`. */
const wordOfTheLaw = /^[a-z]+(?:[.-][a-z]+)+$|^(?:fails|waived|warns|PASS|FAIL)$/;

/** Every mutant of one source text, in the order of the text. Types, imports and comments have none. */
export function mutantsOf(file: string, text: string): readonly Mutant[] {
  const edits: Edit[] = [];
  visit(parseAst(text, { lang: 'ts' }) as unknown as AstNode, text, edits);
  return edits
    .map((edit) => ({
      ...edit,
      file,
      line: text.slice(0, edit.start).split('\n').length,
      original: text.slice(edit.start, edit.end),
    }))
    .filter(({ original, replacement }) => original !== replacement)
    .toSorted((one, other) => one.start - other.start || one.end - other.end);
}

/** The text with the mutant in it. */
export function mutated(text: string, { start, end, replacement }: Mutant): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

function visit(node: AstNode, text: string, edits: Edit[]): void {
  if (node.type === 'ImportDeclaration' || isType(node.type) || isBound(node)) return;
  edits.push(...editsOf(node, text));
  for (const value of Object.values(node))
    for (const child of Array.isArray(value) ? value : [value])
      if (isNode(child)) visit(child, text, edits);
}

/** Casts hold an expression; every other node of TypeScript's own is erased before anything runs. */
function isType(type: string): boolean {
  return /^TS(?!AsExpression|SatisfiesExpression|NonNullExpression)/.test(type);
}

/** A bound that is one larger bounds as well: `LINE_LENGTH_MAX = 1_000` is no decision about a change. */
function isBound({ type, id }: AstNode): boolean {
  const name = isNode(id) ? String(id['name']) : '';
  return type === 'VariableDeclarator' && /^[A-Z_]+_(?:MAX|MS|DAYS)$/.test(name);
}

function isNode(value: unknown): value is AstNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

function editsOf(node: AstNode, text: string): readonly Edit[] {
  const whole = (replacement: string): Edit => ({ start: node.start, end: node.end, replacement });
  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression':
      return operatorEdits(node, text);
    case 'UnaryExpression':
      return node['operator'] === '!' ? [whole(textOf(node['argument'], text))] : [];
    case 'IfStatement':
    case 'ConditionalExpression':
      return testEdits(node['test'] as AstNode, text);
    case 'Literal':
      return literalEdits(node['value'], whole);
    case 'ArrayExpression':
      return elementEdits(node['elements'] as readonly AstNode[], text);
    case 'ExpressionStatement':
      return isNode(node['expression']) && node['expression'].type === 'CallExpression'
        ? [whole(';')]
        : [];
    case 'MemberExpression':
      return nameEdits(node['property'] as AstNode);
    case 'FunctionDeclaration':
      return earlyReturns(node, text);
    default:
      return [];
  }
}

function operatorEdits(node: AstNode, text: string): readonly Edit[] {
  const replacement = swapped[String(node['operator'])];
  if (replacement === undefined) return [];
  const from = (node['left'] as AstNode).end;
  const at = text.indexOf(String(node['operator']), from);
  return [{ start: at, end: at + String(node['operator']).length, replacement }];
}

function testEdits({ start, end }: AstNode, text: string): readonly Edit[] {
  return ['true', 'false', `!(${text.slice(start, end)})`].map((replacement) => ({
    start,
    end,
    replacement,
  }));
}

function literalEdits(value: unknown, whole: (replacement: string) => Edit): readonly Edit[] {
  if (typeof value === 'boolean') return [whole(String(!value))];
  if (typeof value === 'number') return [whole(String(value + 1))];
  return typeof value === 'string' && wordOfTheLaw.test(value) ? [whole(`'${value}-not'`)] : [];
}

/** Each element or spread taken out of a list. */
function elementEdits(elements: readonly AstNode[], text: string): readonly Edit[] {
  return elements.map(({ start, end }) => {
    const comma = /^\s*,/.exec(text.slice(end));
    return { start, end: end + (comma?.[0].length ?? 0), replacement: '' };
  });
}

function nameEdits({ type, start, end, ...property }: AstNode): readonly Edit[] {
  const replacement = swappedNames[String(property['name'])];
  return type === 'Identifier' && replacement !== undefined ? [{ start, end, replacement }] : [];
}

/** A function that gives an empty list or a fixed answer at once. */
function earlyReturns(node: AstNode, text: string): readonly Edit[] {
  const body = node['body'] as AstNode | null;
  const returns = node['returnType'] as AstNode | null;
  if (body === null || returns === null) return [];
  const type = text.slice(returns.start, returns.end).replace(/^:\s*/, '');
  const values = /^readonly .*\]$/s.test(type)
    ? ['[]']
    : type === 'boolean'
      ? ['true', 'false']
      : [];
  const start = body.start + 1;
  return values.map((value) => ({ start, end: start, replacement: ` return ${value};` }));
}

function textOf(node: unknown, text: string): string {
  return isNode(node) ? text.slice(node.start, node.end) : '';
}
