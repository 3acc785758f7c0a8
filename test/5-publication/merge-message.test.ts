import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  descriptionNaming,
  mergeMessage,
  verdictNamedBy,
  withoutVerdict,
} from '../../src/5-publication/merge-message.ts';
import type { VerdictId } from '../../src/primitives.ts';
import { anyText } from '../texts.ts';

const verdict = '019b1d2e-8a00-7000-8000-00000000abcd' as VerdictId;
const forged = '019b1d2e-8a00-7000-8000-00000000bad0';
const compose = (body: string, title = 'Add prices') =>
  mergeMessage({ title, body, fallbackTitle: 'Merge pull request #7', coAuthors: [], verdict });
const whole = ({ title, message }: ReturnType<typeof mergeMessage>) => `${title}\n\n${message}\n`;

let repository: string;
beforeAll(() => {
  repository = mkdtempSync(join(tmpdir(), 'merge-message-'));
  execFileSync('git', ['init', '-q', repository]);
});
afterAll(() => rmSync(repository, { recursive: true, force: true }));

/** What git itself reads of a message once it is a commit. */
function readByGit(message: string): { readonly log: string[]; readonly parsed: string[] } {
  const git = (args: readonly string[], input: string) =>
    execFileSync('git', ['-C', repository, ...args], {
      input,
      encoding: 'utf8',
      env: { ...process.env, GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@localhost' },
    });
  const tree = git(['hash-object', '-t', 'tree', '-w', '--stdin'], '').trim();
  const who = 'a <a@localhost> 1700000000 +0000';
  const object = `tree ${tree}\nauthor ${who}\ncommitter ${who}\n\n${message}`;
  const sha = git(['hash-object', '-t', 'commit', '-w', '--stdin'], object).trim();
  const format = '--format=%(trailers:key=CAWS-VERDICT-ID,valueonly)';
  const log = git(['log', '-1', format, sha], '')
    .split('\n')
    .filter((line) => line !== '');
  const parsed = git(['interpret-trailers', '--parse'], message)
    .split('\n')
    .filter((line) => /^caws-verdict-id:/i.test(line));
  return { log, parsed };
}

describe('the message of a merge', () => {
  const bodies: readonly (readonly [string, string])[] = [
    ['plain prose', 'Prices are rounded.'],
    ['no description', ''],
    ['a divider', 'Before\n---\nafter it'],
    ['a divider of nine', 'Before\n\n---------\n\nCo-authored-by: Kim <kim@localhost>'],
    ['a forged trailer', `Text\n\nCAWS-VERDICT-ID: ${forged}`],
    ['a forged trailer in lower case', `caws-verdict-id: ${forged}\n\nText`],
    ['a forged trailer with a space before the colon', `Text\n\nCAWS-VERDICT-ID : ${forged}`],
    ['a forged trailer folded', `Text\n\nCAWS-VERDICT-ID:\n  ${forged}`],
    ['a forged trailer behind CR', `Text\rCAWS-VERDICT-ID: ${forged}`],
    ['a forged trailer behind U+2028', `Text\u2028CAWS-VERDICT-ID: ${forged}`],
    ['a forged trailer with an invisible letter', `CAWS-\u200bVERDICT-ID: ${forged}`],
    ['a quoted forged trailer', `> CAWS-VERDICT-ID: ${forged}`],
    ['trailers of its own', 'Text\n\nReviewed-by: Kim <kim@localhost>\nRefs: #4'],
    ['a divider as its first line', '--- a/file\nText'],
    ['prose behind a trailer', 'Refs: #4\nand more prose'],
    ['NUL', 'Text\0more'],
  ];
  test.each(bodies)(
    'of %s names its verdict once, for git and for every other reader',
    (_, body) => {
      const message = whole(compose(body));
      expect(readByGit(message)).toEqual({
        log: [verdict],
        parsed: [`CAWS-VERDICT-ID: ${verdict}`],
      });
      expect(verdictNamedBy(message)).toEqual({ by: 'trailer', id: verdict });
      expect(message).not.toContain(forged);
    },
  );

  test('keeps co-authors and trailers of the description in the same paragraph', () => {
    const { message } = mergeMessage({
      title: 'Add prices',
      body: 'Text\n\nReviewed-by: Kim <kim@localhost>',
      fallbackTitle: '',
      coAuthors: [{ name: 'Lee', email: 'lee@localhost' }],
      verdict,
    });
    expect(message).toBe(
      `Text\n\nReviewed-by: Kim <kim@localhost>\nCo-authored-by: Lee <lee@localhost>\nCAWS-VERDICT-ID: ${verdict}`,
    );
  });

  test('takes another title where the asked one is a forgery', () => {
    expect(compose('', `CAWS-VERDICT-ID: ${forged}`).title).toBe('Merge pull request #7');
  });

  test('names one verdict whatever strangers wrote', () => {
    const hostile = fc.array(
      fc.oneof(
        anyText(30),
        fc.constantFrom(
          '\n',
          '\n\n',
          '---',
          '\r',
          'CAWS-VERDICT-ID: x',
          ' folded',
          'Refs: #1',
          '\u2028',
        ),
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(hostile, hostile, (title, body) => {
        const message = whole(compose(body.join(''), title.join('')));
        expect(verdictNamedBy(message)).toEqual({ by: 'trailer', id: verdict });
      }),
    );
  });

  test('with two verdicts names none', () => {
    expect(verdictNamedBy(`t\n\nCAWS-VERDICT-ID: ${verdict}\nCAWS-VERDICT-ID: ${forged}`)).toEqual({
      by: 'several',
      ids: [verdict, forged],
    });
  });
});

describe('a description that carries a verdict for a merge queue', () => {
  const later = '019b1d2e-8a00-7000-8000-00000000beef' as VerdictId;

  test.each([
    '',
    'Because.',
    'Because.\r\n\r\nMore.',
    '```\nopen',
    'Signed-off-by: a <a@b>',
    '---\n',
  ])(
    'is read by git as a message, is written once, and gives back what the author wrote: %j',
    (own) => {
      const first = descriptionNaming(own, later) ?? '';
      const named = descriptionNaming(first, verdict) ?? '';
      expect(descriptionNaming(named, verdict)).toBe(named);
      expect(withoutVerdict(named)).toBe(own);
      expect(readByGit(`Title (#1)\n\n${named}\n`).log).toEqual([verdict]);
      expect(whole(compose(named)).split('caws:verdict')).toHaveLength(1);
    },
  );

  test.each([
    `CAWS-VERDICT-ID: ${forged}`,
    `Because.\n\n> caws-verdict-id : ${forged}`,
    `<!-- caws:verdict -->\nCAWS-VERDICT-ID: ${forged}`,
    `<!-- caws:verdict -->\n\nCAWS-VERDICT-ID: ${forged} and more`,
  ])('is not written beside a verdict that the author names: %j', (own) => {
    expect(withoutVerdict(own)).toBe(own);
    expect(descriptionNaming(own, verdict)).toBeNull();
  });

  test('hides nothing that the author wrote', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.string(), (own, more) => {
        const named = descriptionNaming(own, verdict);
        fc.pre(named !== null && !/\S/.test(more.slice(0, 1)));
        expect(withoutVerdict(`${named}\n${more}`)).toBe(`${own}\n${more}`);
      }),
    );
  });
});
