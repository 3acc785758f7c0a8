import fc from 'fast-check';
import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import { describe, expect, test } from 'vitest';
import type { GroupFault } from '../../../src/4-verdict/group.ts';
import type { VerdictRecord } from '../../../src/4-verdict/verdict.ts';
import type { GroupShown } from '../../../src/5-publication/check/state.ts';
import type { VerdictPageContext } from '../../../src/5-publication/pages/context.ts';
import { html } from '../../../src/5-publication/pages/html.ts';
import { eventText, liveElement, livePageHeaders } from '../../../src/5-publication/pages/live.ts';
import {
  absentPage,
  type ServiceState,
  statusPage,
  verdictListPage,
} from '../../../src/5-publication/pages/other-pages.ts';
import {
  statePage,
  statePart,
  type Undecided,
} from '../../../src/5-publication/pages/state-page.ts';
import { pageHeaders } from '../../../src/5-publication/pages/style.ts';
import { verdictPage } from '../../../src/5-publication/pages/verdict-page.ts';
import { sha256Of } from '../../../src/ledger/entry.ts';
import {
  type Digest,
  type Instant,
  isoOf,
  type ObjectId,
  type VerdictId,
} from '../../../src/primitives.ts';
import { hostile, hostileTexts } from '../check/hostile.ts';
import {
  context,
  haunted,
  judgeSaying,
  midway,
  precedentNames,
  recordOf,
  sha,
} from '../check/kit.ts';

const pageContext: VerdictPageContext = {
  repository: context.repository,
  now: context.now,
  pull: {
    number: 42,
    title: 'Count tax per line',
    url: 'https://github.example/acme/shop/pull/42',
  },
  entry: {
    sequence: 1842,
    digest: `sha256:4e0f${'a'.repeat(60)}` as Digest,
    at: '2027-03-01T10:00:03.000Z',
  },
  signature: { keyId: 'ab'.repeat(32), standing: 'trusted by the target' },
  progress: midway(),
  supersededBy: null,
  pending: [],
  candidates: [],
};
const service: ServiceState = {
  parts: [{ name: 'GitHub', state: 'slow', says: 'answers in 1.9 s' }],
  startedAt: context.now,
};

type Node = DefaultTreeAdapterTypes.ChildNode | DefaultTreeAdapterTypes.Document;

function elements(node: Node): readonly DefaultTreeAdapterTypes.Element[] {
  const own = 'tagName' in node ? [node] : [];
  return [...own, ...('childNodes' in node ? node.childNodes.flatMap(elements) : [])];
}
/** Tags and attributes in order: what a template made, whatever the texts are. */
const shape = (page: string): string =>
  elements(parse(page))
    .map(({ tagName, attrs }) => `${tagName} ${attrs.map(({ name }) => name).join(' ')}`)
    .join('\n');
const textOf = (node: Node): string =>
  'value' in node ? node.value : 'childNodes' in node ? node.childNodes.map(textOf).join('') : '';
const wordsOf = (page: string): string => textOf(parse(page)).replaceAll(/\s+/g, ' ');

/** Every state without a verdict. */
const undecided = (text: string, progress: ReturnType<typeof midway>): readonly Undecided[] => [
  { kind: 'queued', ahead: 1, runner: text, since: context.now },
  { kind: 'running', progress },
  {
    kind: 'waiting',
    fault: { kind: 'forge-incomplete', doing: text, what: text },
    since: context.now,
    attempt: 2,
    againAt: context.now,
    deadline: context.now,
  },
  {
    kind: 'error',
    stopped: { kind: 'runner-lost', runner: text, afterMs: 1 },
    stage: text,
    attempt: 1,
    attemptsMax: 2,
    reference: text,
  },
  { kind: 'superseded', by: sha('8') },
  ...groupStates(text).map((shown) => ({ kind: 'merge-group', baseBranch: text, shown }) as const),
];

/** Of what a merge queue put together: open, given up, left, decided, and decided for a time that is over. */
function groupStates(text: string): readonly GroupShown[] {
  const { now } = context;
  const later = (now + 60_000) as Instant;
  const gates = [{ gate: text, detail: text }];
  const waiting = { since: now, againAt: now, wait: { kind: 'gates', gates } } as const;
  const decided = (fault: GroupFault | null, validUntil: Instant): GroupShown => ({
    kind: 'decided',
    entry: { sequence: 118, digest: `sha256:${'4'.repeat(64)}` as Digest },
    record: {
      schema: 'caws-arbiter/group@1',
      id: '01a40088-0000-7000-8000-000000000003' as VerdictId,
      outcome: fault === null ? 'PASS' : 'FAIL',
      decidedAt: isoOf(now),
      baseRef: `refs/heads/${text}`,
      ...{ base: sha('b'), head: sha('c'), tree: sha('d') as string as ObjectId, members: [] },
      ...{ fault, validUntil: isoOf(validUntil) },
    },
  });
  return [
    { kind: 'judging', since: now },
    { kind: 'waiting', ...waiting, deadline: later },
    { kind: 'waiting', ...waiting, deadline: now },
    { kind: 'dropped' },
    decided(null, later),
    decided(null, now),
    decided({ kind: 'gate', gate: text, detail: text }, now),
  ];
}

/** All pages, with one text in every place where a stranger's can stand. */
function pages(record: VerdictRecord, text: string): readonly string[] {
  const pull = { number: 42, title: text, url: pageContext.pull?.url ?? '' };
  const repository = { owner: text, name: text };
  const whole = { ...pageContext, repository, pull };
  const pending = {
    id: text,
    gate: record.law.waiving[0]?.gate ?? text,
    requestedBy: text,
    reason: text,
    expiresAt: '2027-03-08T10:00:00.000Z',
    approvals: 0,
    approvalsNeeded: 1,
  };
  const progress = { ...midway(), gate: { id: text, at: 1, startedAt: context.now } };
  return [
    verdictPage(haunted(record, text), {
      ...whole,
      progress,
      pending: [pending],
      signature: { keyId: text, standing: text },
      candidates: [{ name: text, score: record.deliberation.score }],
    }),
    ...undecided(text, progress).map((state) => statePage(state, whole)),
    verdictListPage(
      [
        {
          id: text,
          verdict: 'FAIL',
          mode: 'enforce',
          pull: { number: 1, url: 'https://github.example/acme/shop/pull/1' },
          head: text,
          decidedAt: record.decidedAt,
          phrase: text,
        },
      ],
      { repository, olderPath: '/r/a/b?before=1' },
    ),
    statusPage({ ...service, parts: [{ name: text, state: 'works', says: text }] }, context.now),
  ];
}

describe('whatever a text holds, the parsed page is what the template made', () => {
  const record = recordOf('policy-and-code-together');
  const templates = pages(record, 'word').map(shape);

  test.each(hostileTexts.filter((text) => text.trim() !== ''))('%j', (text) => {
    expect(pages(record, text).map(shape)).toEqual(templates);
  });

  test('for any combination of them, on the page of any decided case', () => {
    fc.assert(
      fc.property(fc.constantFrom(...precedentNames), hostile, (name, text) => {
        // A digest in a reason is set apart, whoever wrote it.
        if (text.trim() === '' || /[0-9a-f]{40}/.test(text)) return;
        const of = (word: string) => pages(recordOf(name), word).map(shape);
        expect(of(text)).toEqual(of('word'));
      }),
      { numRuns: 25 },
    );
  });

  test('nothing that nobody sees stands on a page', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        for (const page of pages(record, text))
          expect(page).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 25 },
    );
  });
});

describe('what a judge said', () => {
  const judged = (judge: ReturnType<typeof judgeSaying>) => {
    const record = recordOf('within-budget-and-scope');
    const { deliberation } = record;
    return verdictPage({ ...record, deliberation: { ...deliberation, judge } }, pageContext);
  };
  const sectionOf = (page: string): string => {
    const [, after = ''] = wordsOf(page).split('The judge said: ');
    return after.slice(0, after.indexOf('it can raise no verdict.'));
  };

  test('stands with who said it, by which weights, and how little it may do', () => {
    const said = { ...judgeSaying('owl'), said: 'for the base as it is' };
    const words = sectionOf(judged(said));
    expect(words).toMatch(/^for the base as it is, in 3 of 4 calls\./);
    expect(words).toContain('owl (weights 555555555555, owl) and owl (weights unknown, owl)');
    expect(words).toContain(`what it was told: sha256:${'7'.repeat(64)}`);
  });

  test.each([
    ['abstains: unlicensed', 'no opinion: it holds no licence'],
    ['abstains: constructor', 'no opinion: constructor'],
  ])('%s', (said, words) => {
    expect(sectionOf(judged({ ...judgeSaying('owl'), said }))).toContain(words);
  });

  test('takes no more room than it has, however long it is', () => {
    const long = sectionOf(judged(judgeSaying('w'.repeat(100_000))));
    expect(long.length).toBeLessThan(1_000);
  });

  test('is on no page where nobody was asked', () => {
    const record = recordOf('within-budget-and-scope');
    expect(wordsOf(verdictPage(record, pageContext))).not.toContain('The judge said');
  });
});

describe('the template', () => {
  test('refuses a value where a quoted attribute or text cannot hold it', () => {
    const value = 'x';
    expect(() => html`<a href=${value}>`).toThrow();
    expect(() => html`<${value}>`).toThrow();
    expect(() => html`<a ${value}="1">`).toThrow();
    expect(() => html`<a onclick="${value}">`).toThrow();
    expect(() => html`<a style="${value}">`).toThrow();
    expect(() => html`<script>${value}</script>`).toThrow();
    expect(() => html`<style>${value}</style>`).toThrow();
    expect(() => html`<a title="${html`<b>`}">`).toThrow();
    expect(() => html`${{ toString: () => '<b>' } as never}`).toThrow();
  });

  test('leads to no address that would run what it says', () => {
    for (const address of [
      'javascript:alert(1)',
      ' javascript:alert(1)',
      'data:text/html,x',
      '//evil.example',
    ])
      expect(html`<a href="${address}">`.toString()).toBe('<a href="#">');
    expect(html`<a href="${'/v/1?a=b&c'}">`.toString()).toBe('<a href="/v/1?a=b&amp;c">');
  });
});

test('a page needs no script and nothing from elsewhere, and its headers forbid both', () => {
  const all = [...pages(recordOf('waived-budget'), 'word'), absentPage()];
  for (const page of all) {
    const found = elements(parse(page));
    const tags = new Set(found.map(({ tagName }) => tagName));
    for (const tag of ['img', 'iframe', 'link', 'form', 'object']) expect(tags).not.toContain(tag);
    // One that changes while it is open has the one script, and does the same without it.
    const scripts = found.filter(({ tagName }) => tagName === 'script').map(textOf);
    expect(scripts).toEqual(page.includes('http-equiv') ? [liveScript] : []);
    const [style, ...more] = found.filter(({ tagName }) => tagName === 'style');
    expect(more).toEqual([]);
    const digest = Buffer.from(sha256Of(style === undefined ? '' : textOf(style)).slice(7), 'hex');
    expect(pageHeaders['content-security-policy']).toContain(
      `'sha256-${digest.toString('base64')}'`,
    );
    for (const { attrs } of found)
      expect(attrs.filter(({ name }) => name === 'style' || name.startsWith('on'))).toEqual([]);
  }
  expect(pageHeaders['content-security-policy']).toMatch(/^default-src 'none';/);
  expect(pageHeaders['content-security-policy']).not.toContain('script-src');
  const digest = Buffer.from(sha256Of(liveScript).slice(7), 'hex').toString('base64');
  expect(livePageHeaders['content-security-policy']).toBe(
    `${pageHeaders['content-security-policy']}; script-src 'sha256-${digest}'; connect-src 'self'`,
  );
});

test('what is sent to an open page is what stands in it, and no text ends an event', () => {
  for (const state of undecided('<b>\n\ndata: x\nevent: over', midway())) {
    const part = statePart(state, pageContext);
    expect(statePage(state, pageContext)).toContain(part);
    const lines = eventText('', part).split('\n');
    expect(lines.splice(-2)).toEqual(['', '']);
    expect(lines.every((line) => line.startsWith('data: '))).toBe(true);
    expect(lines.map((line) => line.slice('data: '.length)).join('\n')).toBe(part);
  }
  expect(eventText('over', '')).toBe('event: over\ndata: \n\n');
});

const liveScript = liveElement.toString().slice('<script>'.length, -'</script>'.length);

describe('the page of a verdict', () => {
  test('begins with the word and the sentence, and holds everything of the record', () => {
    for (const name of precedentNames) {
      const record = recordOf(name);
      const words = wordsOf(verdictPage(record, pageContext));
      const at = (part: string) => {
        expect(words, `${name}: ${part}`).toContain(part);
        return words.indexOf(part);
      };
      expect(
        at(
          `#42 ${{ PASS: '✓ PASS', FAIL: '✗ FAIL', WAIVER_REQUIRED: '◆ WAIVER REQUIRED' }[record.verdict]}`,
        ),
      ).toBeLessThan(at('Budgets'));
      const { subject, law } = record;
      for (const part of [
        record.id,
        subject.head,
        subject.base,
        subject.mergeBase,
        subject.headTree,
        subject.change,
        law.policy.digest,
        law.spec?.digest ?? '',
        law.trustedKeys?.digest ?? '',
        record.caseDigest,
        pageContext.entry.digest,
        '1,842',
      ])
        at(part);
      for (const { rule, places } of [
        ...record.examination.findings,
        ...record.deliberation.findings,
      ]) {
        at(rule);
        for (const { file } of places) at(file);
      }
      for (const { gate, evidence } of record.deliberation.gates)
        [gate, ...evidence.map((item) => item.name)].map(at);
      for (const { id } of law.waivers) at(id);
    }
  });

  test('of 10,000 findings shows the first and says how many more', () => {
    const record = recordOf('too-many-lines');
    const findings = Array.from({ length: 10_000 }, () => record.examination.findings).flat();
    const page = verdictPage(
      { ...record, examination: { ...record.examination, findings } },
      pageContext,
    );
    expect(wordsOf(page)).toContain('And 9,800 more');
    expect(page.length).toBeLessThan(400_000);
  });

  test('says what a budget spent in words, not by a bar alone', () => {
    const words = (name: string) => wordsOf(verdictPage(recordOf(name), pageContext));
    expect(words('too-many-lines')).toContain('70 of 60 lines, 10 over');
    expect(words('waived-budget')).toContain('70 of 60 lines, 10 allowed by waivers');
    expect(words('within-budget-and-scope')).toContain('5 of 60 lines, 55 left');
  });

  test('counts the lines of a budget as its policy does', () => {
    const record = recordOf('within-budget-and-scope');
    const [tier] = record.examination.budgets;
    if (tier === undefined) throw new Error('a budget was expected');
    const spent = { ...tier.spent, lines: 90, linesAdded: 50, linesDeleted: 40 };
    const shown = (linesCounted: 'added' | 'changed') => {
      const budgets = [{ ...tier, spent }];
      const examination = { ...record.examination, budgets, linesCounted };
      return wordsOf(verdictPage({ ...record, examination }, pageContext));
    };
    expect(shown('added')).toContain('tier 2: lines added50 of 60 lines, 10 left · 90 changed');
    expect(shown('changed')).toContain('tier 2: lines90 of 60 lines, 30 over');
  });

  test('names the pull request by its number where its title is not known', () => {
    const pull = { number: 7, title: null, url: 'https://github.example/acme/shop/pull/7' };
    const words = wordsOf(verdictPage(recordOf('no-spec'), { ...pageContext, pull }));
    expect(words).toContain('Pull request #7');
  });

  test('does not say twice of a waiver that it waits', () => {
    const record = recordOf('too-many-lines');
    const refused = { waiver: 'W-0123456789abcdef', because: 'not-granted', detail: {} } as const;
    const examination = {
      ...record.examination,
      findings: record.examination.findings.map((finding) => ({
        ...finding,
        waiversRefused: [refused],
      })),
    };
    const pending = {
      id: refused.waiver,
      gate: 'budget_limit',
      requestedBy: 'kim',
      reason: 'the table is generated',
      expiresAt: '2027-03-08T10:00:00.000Z',
      approvals: 0,
      approvalsNeeded: 1,
    };
    const words = (waiting: readonly (typeof pending)[]) =>
      wordsOf(verdictPage({ ...record, examination }, { ...pageContext, pending: waiting }));
    expect(words([])).toContain('W-0123456789abcdef does not count');
    expect(words([pending])).not.toContain('does not count');
    expect(words([pending])).toContain('/caws reject W-0123456789abcdef');
  });

  test('says when it stands no more: a newer one, a waiver that ended', () => {
    const record = recordOf('waived-budget');
    const newer = '01a40088-0000-7000-8000-000000000002' as VerdictId;
    expect(wordsOf(verdictPage(record, { ...pageContext, supersededBy: newer }))).toContain(
      `A newer verdict stands in its place: ${newer}`,
    );
    const late = { ...pageContext, now: Date.parse(record.validUntil ?? '') as never };
    expect(wordsOf(verdictPage(record, late))).toContain('No longer valid.');
    expect(wordsOf(verdictPage(record, pageContext))).not.toContain('No longer valid.');
  });
});

test('a page in progress asks again by itself where scripts are off', () => {
  const page = statePage(
    { kind: 'queued', ahead: 1, runner: null, since: context.now },
    pageContext,
  );
  expect(page).toContain('<noscript><meta http-equiv="refresh" content="5"></noscript>');
  expect(wordsOf(page)).toContain('1 case comes first.');
  expect(verdictPage(recordOf('no-spec'), pageContext)).not.toContain('http-equiv');
});

test('every state has a page that says what it is, and only one that moves asks again', () => {
  const shown = undecided('main', midway()).map((state) => statePage(state, pageContext));
  expect(shown.map((page) => /<h1>.*<\/span> (.*)<\/h1>/.exec(page)?.[1])).toEqual([
    'Queued',
    'Deliberation',
    'Error',
    'Error',
    'Superseded',
    ...['Judging', 'Waiting', 'Not judged', 'Dropped', 'PASS', 'Judging', 'FAIL'],
  ]);
  expect(shown.map((page) => page.includes('http-equiv'))).toEqual([
    ...[true, true, true, false, false],
    ...[true, true, false, false, false, true, false],
  ]);
});

test('what is not there and what may not be seen are one page, to the byte', () => {
  expect(absentPage()).toBe(absentPage());
  expect(absentPage.length).toBe(0);
});

test('an empty list tells the next command', () => {
  const page = verdictListPage([], { repository: context.repository, olderPath: null });
  expect(wordsOf(page)).toContain('arbiter verify');
});

test('a part that is down is said before one that is slow', () => {
  const down = { name: 'Ledger', state: 'down', says: 'cannot be written' } as const;
  expect(
    wordsOf(statusPage({ ...service, parts: [...service.parts, down] }, context.now)),
  ).toContain('Something is down');
  expect(wordsOf(statusPage(service, context.now))).toContain('Something is slow');
  expect(wordsOf(statusPage({ ...service, parts: [] }, context.now))).toContain('Everything works');
});
