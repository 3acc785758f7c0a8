import fc from 'fast-check';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { describe, expect, test } from 'vitest';
import {
  COMMAND_LINE_MAX,
  parseLine,
  writeCommand,
} from '../../../src/4-verdict/commands/grammar.ts';
import {
  COMMANDS_MAX,
  COMMENT_LENGTH_MAX,
  readComment,
} from '../../../src/4-verdict/commands/read-comment.ts';
import {
  type argumentKeys,
  type Command,
  shapes,
  type Verb,
  verbs,
} from '../../../src/4-verdict/commands/verbs.ts';
import { anyText } from '../../texts.ts';

const read = (body: string) => {
  const { commands, refusals } = readComment(body);
  return {
    commands: commands.map(({ line, command }) => `${line} ${writeCommand(command)}`),
    refusals: refusals.map(({ line, fault }) => `${line} ${fault.kind}`),
  };
};
const approve = '/caws approve W-31ab';

describe('a command is a line of a top-level paragraph', () => {
  test.each([
    ['alone', approve, ['1 /caws approve W-31ab']],
    ['in other letters', '/CAWS Approve w-31AB', ['1 /caws approve W-31ab']],
    ['with tabs and trailing blanks', '/caws\tapprove \t W-31ab  \t', ['1 /caws approve W-31ab']],
    ['after a sentence', `Looks right.\n${approve}`, ['2 /caws approve W-31ab']],
    ['after CRLF', `Looks right.\r\n\r\n${approve}\r\n`, ['3 /caws approve W-31ab']],
    ['after a lone CR', `Looks right.\r${approve}`, ['2 /caws approve W-31ab']],
    [
      'after a closed comment',
      `<!-- from the template -->\n\n${approve}`,
      ['3 /caws approve W-31ab'],
    ],
    [
      'two of them',
      `${approve}\n/caws retest coverage`,
      ['1 /caws approve W-31ab', '2 /caws recheck coverage'],
    ],
    [
      'after other Markdown',
      `# Review\n\n- one\n- two\n\n*fine*\n${approve}`,
      ['7 /caws approve W-31ab'],
    ],
    ['after a word to somebody', `@robin, about v1.23:\n${approve}`, ['2 /caws approve W-31ab']],
    ['after a hard break', `fine\\\n${approve}`, ['2 /caws approve W-31ab']],
  ])('%s', (_, body, commands) => {
    expect(read(body)).toEqual({ commands, refusals: [] });
  });

  test.each([
    ['a fence', `\`\`\`\n${approve}\n\`\`\``],
    ['a fence of tildes', `~~~sh\n${approve}\n~~~`],
    ['a fence that nobody closes', `\`\`\`\n${approve}`],
    ['an HTML comment', `<!--\n${approve}\n-->`],
    ['an HTML comment that nobody closes', `<!-- \n${approve}`],
    ['an HTML block', `<div>\n${approve}\n</div>`],
    ['details without a blank line', `<details>\n${approve}\n</details>`],
    ['a quote', `> ${approve}`],
    ['a quote carried on lazily', `> as kim said\n${approve}`],
    ['a quote in a quote', `> > ${approve}`],
    ['a list', `- ${approve}`],
    ['a list carried on lazily', `1. first\n${approve}`],
    ['an indented block', `    ${approve}`],
    ['a tab', `\t${approve}`],
    ['one blank', ` ${approve}`],
    ['a heading', `# ${approve}`],
    ['a heading by its underline', `${approve}\n---`],
    ['a table with pipes', `| a |\n|---|\n| ${approve} |`],
    ['inline code', `\`${approve}\``],
    ['emphasis', `**${approve}**`],
    ['a link', `[${approve}](https://example.org)`],
    ['the middle of a line', `please ${approve}`],
    ['a no-break space before it', `\u00a0${approve}`],
    ['a line separator before it', `fine\u2028${approve}`],
    ['a next-line character before it', `fine\u0085${approve}`],
    ['a form feed before it', `fine\f${approve}`],
    ['a byte order mark', `\ufeff${approve}`],
    ['a zero-width space', `\u200b${approve}`],
    ['a full-width solidus', approve.replace('/', '\uff0f')],
    ['a Cyrillic letter', approve.replace('a', '\u0430')],
    ['a soft hyphen in the word', approve.replace('caws', 'ca\u00adws')],
    ['a no-break space in its place', approve.replace(' ', '\u00a0')],
    ['a character reference', `&#47;caws approve W-31ab`],
    ['an escape', `\\${approve}`],
    ['another word', '/cawsapprove W-31ab'],
    ['a title of a link', `[a]: b "\n${approve}\n"`],
  ])('%s is silent', (_, body) => {
    expect(read(body)).toEqual({ commands: [], refusals: [] });
  });

  test.each([
    ['details with blank lines', `<details>\n\n${approve}\n\n</details>`, '3 after-markup'],
    ['details begun inside a sentence', `see <details>\n\n${approve}`, '3 after-markup'],
    ['details begun in a quote', `> <details>\n\n${approve}`, '3 after-markup'],
    ['two comments on one line', `<!-- a --> <b> <!-- c -->\n\n${approve}`, '3 after-markup'],
    ['a comment that ends at once', `<!--><details>-->\n\n${approve}`, '3 after-markup'],
    ['one that ends at a dash', `<!---><details>-->\n\n${approve}`, '3 after-markup'],
    ['one that ends otherwise', `<!-- a --!><details>-->\n\n${approve}`, '3 after-markup'],
    ['a footnote', `[^1]: read this\n${approve}`, '2 after-markup'],
    [
      'the head of an e-mail',
      `On Tue, 24 Nov 2026 at 10:04, Kim <kim@example.org> wrote:\n\n${approve}`,
      '3 after-markup',
    ],
    ['the same in German', `Am 24.11.2026 um 10:04 schrieb Kim:\n${approve}`, '2 after-markup'],
    [
      'a forwarded message',
      `-----Original Message-----\nFrom: Kim\n\n${approve}`,
      '4 after-markup',
    ],
    ['a signature', `Thanks\n\n-- \n${approve}`, '4 after-markup'],
    ['a one-column table', `a\n|-|\n${approve}`, '3 not-plain'],
    ['a table by its colons', `${approve}\n:-:\nx`, '1 not-plain'],
    ['struck text', `~~a\n${approve}\nb~~`, '2 not-plain'],
    ['a formula', `$$\n${approve}\n$$`, '2 not-plain'],
    ['emphasis over the line', `*a\n${approve}\nb*`, '2 not-plain'],
    ['code over the line', `\`a\n${approve}\nb\``, '2 not-plain'],
    ['a comment within the paragraph', `a <!--\n${approve}\n--> b`, '2 not-plain'],
    ['an emphasised argument', `/caws approve *W-31ab*`, '1 not-plain'],
    ['a link as argument', `/caws approve [W-31ab](http://evil)`, '1 not-plain'],
    ['a reference as argument', `/caws approve &#87;-31ab`, '1 not-plain'],
    ['a line end by reference', `a&#10;b\n${approve}`, '2 not-plain'],
  ])('%s is refused by name', (_, body, refusal) => {
    expect(read(body)).toEqual({ commands: [], refusals: [refusal] });
  });

  test('ten of them and no more, the eleventh named', () => {
    const body = Array.from({ length: 30 }, () => '/caws status').join('\n');
    expect(read(body).commands).toHaveLength(COMMANDS_MAX);
    expect(read(body).refusals).toEqual(['11 too-many-commands']);
  });

  test.each([
    ['long', `${'a '.repeat(COMMENT_LENGTH_MAX)}\n${approve}`, 'comment-too-long'],
    ['full of marks', `${'*_a'.repeat(2_000)}\n${approve}`, 'comment-too-intricate'],
    ['deep', `${'>'.repeat(5_000)}\n${approve}`, 'comment-too-intricate'],
    ['of lists within lists', `x\n${approve}\n\n${'+ '.repeat(2_000)}`, 'comment-too-intricate'],
    ['of numbers within numbers', `x\n${approve}\n\n${'1. '.repeat(50)}`, 'comment-too-intricate'],
    ['of mixed nesting', `x\n${approve}\n\n${'>1) * '.repeat(30)}`, 'comment-too-intricate'],
    ['of many lines', `x\n${approve}\n${'\n='.repeat(3_000)}`, 'comment-too-intricate'],
  ])('a comment that is %s is refused before it is parsed', (_, body, kind) => {
    expect(read(body)).toEqual({ commands: [], refusals: [`2 ${kind}`] });
  });
});

describe('the words of a line', () => {
  test.each<[string, Record<string, unknown>]>([
    ['/caws', { kind: 'verb-missing' }],
    ['/caws aprove W-31ab', { kind: 'verb-unknown', word: 'aprove', nearest: 'approve' }],
    ['/caws merge-now', { kind: 'verb-unknown', word: 'merge-now', nearest: null }],
    ['/caws __proto__', { kind: 'verb-unknown', word: '__proto__' }],
    ['/caws waive', { kind: 'argument-missing', argument: 'gate' }],
    ['/caws waive coverage', { kind: 'argument-missing', argument: 'reason' }],
    [
      '/caws waive coverage reasn:x',
      { kind: 'argument-unknown', argument: 'reasn:x', nearest: 'reason' },
    ],
    [
      '/caws waive all reason:"because it is so"',
      { kind: 'argument-unfit', argument: 'gate', value: 'all' },
    ],
    ['/caws waive * reason:x', { kind: 'argument-unfit', argument: 'gate' }],
    ['/caws waive a gate:b reason:x', { kind: 'argument-twice', argument: 'gate' }],
    ['/caws waive a reason:x expires:forever', { kind: 'argument-unfit', argument: 'expires' }],
    ['/caws waive a reason:x expires:0d', { kind: 'argument-unfit', argument: 'expires' }],
    ['/caws waive a reason:x sha:abc', { kind: 'argument-unfit', argument: 'sha' }],
    ['/caws waive a reason:"x', { kind: 'quote-open' }],
    ['/caws waive a reason:"x"y', { kind: 'quote-open' }],
    ['/caws approve', { kind: 'argument-missing', argument: 'id' }],
    ['/caws approve W-', { kind: 'argument-unfit', argument: 'id', value: 'W-' }],
    ['/caws approve W-31ab W-31ac', { kind: 'argument-unknown', argument: 'W-31ac' }],
    ['/caws approve W-31ab gate:coverage', { kind: 'argument-unknown', argument: 'gate:coverage' }],
    [
      '/caws recheck --policy.max_loc=99999',
      { kind: 'argument-unknown', argument: '--policy.max_loc=99999' },
    ],
    ['/caws recheck policy.max_loc=99999', { kind: 'argument-unknown' }],
    ['/caws recheck judge__base_url', { kind: 'argument-unknown' }],
    ['/caws recheck --judge__base_url=http://evil', { kind: 'argument-unknown' }],
    ['/caws explain policy:x', { kind: 'argument-unknown', argument: 'policy:x' }],
    ['/caws status now', { kind: 'argument-unknown', argument: 'now' }],
    ['/caws merge octopus', { kind: 'argument-unfit', argument: 'method' }],
    ['/caws debate model:http://evil', { kind: 'argument-unfit', argument: 'model' }],
    ['/caws approve W\u00ad-31ab', { kind: 'character', codePoint: 0xad }],
    ['/caws waive cov\u0435rage reason:x', { kind: 'character', codePoint: 0x435 }],
    ['/caws waive a reason:"all\u202e fine"', { kind: 'character', codePoint: 0x202e }],
    [`/caws hold reason:"${'x'.repeat(COMMAND_LINE_MAX)}"`, { kind: 'line-too-long' }],
    [`/caws hold reason:"${'x'.repeat(501)}"`, { kind: 'argument-unfit', argument: 'reason' }],
  ])('%s is refused', (line, fault) => {
    expect(parseLine(line)).toMatchObject({ ok: false, fault });
  });

  test('a reason may hold quotes and any letters', () => {
    expect(parseLine('/caws hold reason:"the \\"ü\\" adapter \\\\ #418"')).toMatchObject({
      ok: true,
      value: { reason: 'the "ü" adapter \\ #418' },
    });
  });
});

const plain = fc
  .string({ unit: fc.constantFrom(...'abcXYZ 019.,#ü"\\-'.split('')), minLength: 1, maxLength: 60 })
  .map((text) => text.trim().replaceAll(/ +/g, ' '))
  .filter((text) => text !== '');
const word = fc
  .string({ unit: fc.constantFrom(...'abc019-.'.split('')), minLength: 1, maxLength: 20 })
  .filter((text) => /^[a-z]/.test(text));
const hex = (min: number, max: number) =>
  fc.string({
    unit: fc.constantFrom(...'0123456789abcdef'.split('')),
    minLength: min,
    maxLength: max,
  });

const valueFor: Record<string, fc.Arbitrary<string>> = {
  reason: plain,
  expires: fc.constantFrom('7d', '12h', '2w', '90m', '2026-12-01'),
  scope: word,
  sha: hex(7, 40),
  model: word,
  gate: fc.oneof(
    word.filter((text) => text !== 'all'),
    plain.map((text) => `${text}!`),
  ),
  id: hex(4, 16).map((digits) => `W-${digits}`),
  method: fc.constantFrom('merge', 'squash', 'rebase'),
  verb: fc.constantFrom<Verb>(...verbs),
};

const command: fc.Arbitrary<Command> = fc.constantFrom(...verbs).chain((verb) => {
  const { target, keys, needs } = shapes[verb];
  const none = fc.constant(null);
  const maybe = (key: string, needed: boolean) =>
    needed ? (valueFor[key] ?? none) : fc.option(valueFor[key] ?? none);
  const isNeeded = (key: string) => needs.some((need) => need === key);
  const field = (key: (typeof argumentKeys)[number]) =>
    keys.includes(key) ? maybe(key, isNeeded(key)) : none;
  return fc.record({
    verb: fc.constant(verb),
    target: target === null ? none : maybe(target, isNeeded(target)),
    reason: field('reason'),
    expires: field('expires'),
    scope: field('scope'),
    sha: field('sha'),
    model: field('model'),
  });
});

test('a command that is written and read again is the same', () => {
  fc.assert(
    fc.property(command, (given) => {
      expect(parseLine(writeCommand(given))).toEqual({ ok: true, value: given });
    }),
    { numRuns: 1_000 },
  );
});

test('a command among prose is read as written, where it stands', () => {
  const prose = fc.array(fc.constantFrom('Fine.', '', 'See #4', '- item\n', '# Title', 'x: y'), {
    maxLength: 5,
  });
  fc.assert(
    fc.property(prose, command, (before, given) => {
      const line = writeCommand(given);
      const { commands } = readComment([...before, '', line].join('\n'));
      // Markdown may make emphasis or a link of a reason; then the line is refused, never read otherwise.
      for (const found of commands) expect(found.command).toEqual(given);
    }),
    { numRuns: 500 },
  );
});

test('no comment that somebody wrote to cost time holds anybody up', () => {
  // Each took from a minute to hours by a reader that looks back; the time that a test has tells.
  for (const [at, hostile] of [
    `${approve}\n\n${'+ '.repeat(8_100)}`,
    `${approve}\n\n${'-'.repeat(8_000)} message ${'-'.repeat(8_000)}x`,
    `${'/caws a\n'.repeat(300)}-|${' '.repeat(12_000)}x`,
    `${'/caws a\n'.repeat(300)}${'~$'.repeat(450)}`,
    `/caws hold${' '.repeat(16_000)}x`,
    `${approve}\n${': '.repeat(8_000)}`,
    `${approve}\n\n<!--${' -'.repeat(8_000)}`,
  ].entries())
    expect([at, readComment(hostile).commands.length <= COMMANDS_MAX]).toEqual([at, true]);
});

describe('generated comments', () => {
  const block = fc.constantFrom(
    approve,
    `  ${approve}`,
    `${approve} `,
    'text',
    '',
    '> quote',
    `> ${approve}`,
    '- item',
    '```',
    '~~~',
    '<!--',
    '-->',
    '<details>',
    '</details>',
    '<b>',
    '---',
    '|-|',
    '    code',
    '**',
    '*a',
    'b*',
    '`',
    '[a]:',
    '[^1]: x',
    '\u2028',
    '\u00a0',
    '$$',
    '~~',
    '"',
    '\\',
    'Kim <k@x> wrote:',
  );
  const comment = fc
    .array(fc.tuple(block, fc.constantFrom('\n', '\n', '\n\n', '\r\n', '\r', ' ')), {
      maxLength: 14,
    })
    .map((parts) => parts.map(([text, end]) => text + end).join(''));

  test('nothing outside a plain line of a top-level paragraph becomes a command', () => {
    fc.assert(
      fc.property(comment, (body) => {
        const lines = body.split(/\r\n|\n|\r/);
        const paragraphs = fromMarkdown(body).children.filter(({ type }) => type === 'paragraph');
        for (const { line, text } of readComment(body).commands) {
          expect(lines[line - 1]).toBe(text);
          expect(text.startsWith('/caws ')).toBe(true);
          const home = paragraphs.find(
            ({ position }) =>
              position !== undefined && position.start.line <= line && line <= position.end.line,
          );
          expect(home).toBeDefined();
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test.each<[string, (lines: readonly string[]) => string]>([
    ['a quote', (lines) => lines.map((line) => `> ${line}`).join('\n')],
    [
      'a list',
      (lines) => lines.map((line, at) => (at === 0 ? `- ${line}` : `  ${line}`)).join('\n'),
    ],
    ['a code block', (lines) => lines.map((line) => `    ${line}`).join('\n')],
    ['a long fence', (lines) => ['````````', ...lines, '````````'].join('\n')],
    ['details', (lines) => ['<details>', '', ...lines, '', '</details>'].join('\n')],
    ['a footnote', (lines) => ['[^1]: note', ...lines].join('\n')],
    ['an e-mail', (lines) => ['On Tue, Kim <kim@example.org> wrote:', '', ...lines].join('\n')],
    ['other letters', (lines) => lines.join('\n').replaceAll('/caws', '/c\u0430ws')],
    ['moved lines', (lines) => lines.map((line) => `\u00a0${line}`).join('\n')],
  ])('no comment within %s holds a command', (_, wrap) => {
    fc.assert(
      fc.property(comment, (body) => {
        expect(readComment(wrap(body.split(/\r\n|\n|\r/))).commands).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  test('reading is total for any text', () => {
    fc.assert(
      fc.property(anyText(200), (text) => {
        const { commands } = readComment(`${text}\n/caws status\n${text}`);
        for (const { line, text: spoken } of commands) expect([line > 0, spoken]).toBeTruthy();
      }),
      { numRuns: 500 },
    );
  });
});
