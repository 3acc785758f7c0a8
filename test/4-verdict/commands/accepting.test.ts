/** Who accepts which pull request for a spec, and what tries to make somebody accept another one. */
import { describe, expect, test } from 'vitest';
import type {
  AcceptanceBody,
  AcceptanceEnded,
  AcceptanceEntry,
  AcceptanceRecord,
} from '../../../src/4-verdict/acceptance.ts';
import type { Candidate } from '../../../src/4-verdict/arbitration.ts';
import type { Answer, Contest } from '../../../src/4-verdict/commands/answer.ts';
import { isoOf, type VerdictId } from '../../../src/primitives.ts';
import { digestOf, sha } from '../../2-examination/case.ts';
import { decided, gist, House } from './house.ts';

const rival = (name: string, head: string, verdict = name): Candidate => ({
  ...{ name, verdict: verdict as VerdictId, outcome: 'PASS', head: sha(head) },
  ...{ change: digestOf(name), files: 1, lines: 1, submittedAt: 0 as Candidate['submittedAt'] },
  ...{ score: { e: 1, b: 1, g: 1, p: 1, s: 1 }, isInBand: true, standing: 'undecided' },
});

/** A change that passes, and another one beside it. */
class Contested extends House {
  newest: AcceptanceEntry | null = null;
  rivals: Candidate[] = [rival('#7', 'theirs')];
  more: Partial<Contest> = {};

  constructor() {
    super();
    this.lines = 20;
    this.passes(5);
    this.judge();
    this.passes(5);
  }

  get contest(): Contest {
    const own = rival('#42', '', this.verdicts[0]?.id);
    return {
      ...{ spec: 'FEAT-1', specsBound: 1, newest: this.newest, compared: [], leftOut: 0 },
      candidates: [...this.rivals, { ...own, head: this.head }],
      ...this.more,
    };
  }

  asked(name: string, line: string): Answer {
    return this.says(name, line, { contest: this.contest });
  }

  /** What is appended, as the newest word from then on. */
  takes(answer: Answer): AcceptanceBody {
    const effects = answer.kind === 'answered' ? answer.effects : [];
    const [found] = effects.flatMap((effect) => (effect.kind === 'acceptance' ? [effect] : []));
    if (found === undefined) throw new Error(gist(answer));
    expect(found.after).toBe(this.newest?.sequence ?? 0);
    const sequence = (this.newest?.sequence ?? 0) + 1;
    this.newest = { sequence, digest: digestOf(String(sequence)), body: found.body };
    return found.body;
  }
}

const accepted = (house: Contested): AcceptanceRecord =>
  house.takes(house.asked('mia', '/caws accept')) as AcceptanceRecord;

test('the entry names the very head, who said it and where, and who is superseded by it', () => {
  const house = new Contested();
  expect(accepted(house)).toMatchObject({
    ...{ state: 'accepted', spec: 'FEAT-1', baseRef: 'refs/heads/main', pull: 42 },
    ...{ head: house.head, by: { id: 2, login: 'mia' }, source: { kind: 'comment', line: 1 } },
    candidates: [
      { name: '#7', standing: 'superseded' },
      { name: '#42', standing: 'accepted' },
    ],
  });
});

describe('nobody is accepted', () => {
  test.each<[string, string, (house: Contested) => void, string]>([
    ['by who opened the change', 'robin', () => {}, 'not-allowed approver-is-author'],
    [
      'by who wrote a commit of it',
      'noor',
      (house) => {
        house.commitPeople = house.commitPeople.map((each) => ({
          ...each,
          people: [{ id: 3, login: 'noor' }],
        }));
      },
      'not-allowed approver-is-author',
    ],
    ['by who may only read', 'pat', () => {}, 'not-allowed role'],
    ['by an automaton', 'agent', () => {}, 'silent automaton'],
    [
      'by an automaton that may ask',
      'agent',
      (house) => {
        house.botsAllowed = [7];
      },
      'not-allowed not-a-person',
    ],
    [
      'where the forge does not say who pushed',
      'mia',
      (house) => {
        house.pushes = null;
      },
      'retry',
    ],
    [
      'without a pass',
      'mia',
      (house) => {
        house.lines = 250;
        house.judge();
        house.passes(5);
      },
      'accept-refused no-pass',
    ],
    [
      'where nobody else is open for the spec',
      'mia',
      (house) => {
        house.rivals = [];
      },
      'accept-refused no-rivals',
    ],
    [
      'where the only other one is the same commit',
      'mia',
      (house) => {
        house.rivals = [{ ...rival('#7', ''), head: house.head }];
      },
      'accept-refused no-rivals',
    ],
    [
      'under several specs',
      'mia',
      (house) => {
        house.more = { specsBound: 2 };
      },
      'accept-refused several-specs',
    ],
    [
      'while it was pushed on',
      'mia',
      (house) => {
        house.passes(-1);
        house.pushing('robin');
        house.passes(-1);
      },
      'head-unclear',
    ],
    [
      'while it was aimed elsewhere',
      'mia',
      (house) => {
        house.moves = [{ kind: 'aimed', from: 'dev', at: (house.now + 90_000) as never }];
      },
      'accept-refused elsewhere',
    ],
    [
      'while it was opened again',
      'mia',
      (house) => {
        house.moves = [{ kind: 'reopened', at: (house.now + 90_000) as never }];
      },
      'accept-refused was-closed',
    ],
  ])('%s', (_, who, given, expected) => {
    const house = new Contested();
    given(house);
    const answer = house.asked(who, '/caws accept');
    expect(answer.kind === 'retry' ? 'retry' : gist(answer)).toBe(expected);
    if (answer.kind !== 'answered') return;
    expect(answer.effects.every(({ kind }) => kind === 'note')).toBe(true);
  });

  test('for another spec than the one that the person looked at: the author names it', () => {
    const house = new Contested();
    const [seen] = house.verdicts;
    if (seen?.law.spec == null) throw new Error('no spec');
    const other = { ...seen.law, spec: { ...seen.law.spec, id: 'FEAT-0' } };
    house.verdicts[0] = { ...seen, law: other };
    house.judge();
    const [now] = house.verdicts;
    if (now === undefined) throw new Error('not judged');
    const at = (seconds: number) => isoOf((house.now + 60_000 + seconds * 1_000) as never);
    for (const seconds of [-59, 0, 30]) {
      house.verdicts[0] = { ...now, decidedAt: at(seconds) };
      expect(gist(house.asked('mia', '/caws accept'))).toBe('accept-refused spec-moved');
      house.passes(-2);
    }
    // As it was before: the verdict of then stands again, and what was shown last is another one.
    const [older, newer] = [
      isoOf((house.now - 30 * 60_000) as never),
      isoOf((house.now - 20 * 60_000) as never),
    ];
    house.verdicts.splice(
      0,
      house.verdicts.length,
      { ...now, decidedAt: older },
      { ...seen, law: other, decidedAt: newer },
    );
    expect(gist(house.asked('mia', '/caws accept'))).toBe('accept-refused spec-moved');
    expect(gist(house.asked('mia', '/caws accept scope:FEAT-0'))).toBe('spec-differs');
    expect(gist(house.asked('mia', '/caws accept scope:FEAT-1'))).toBe('accepted');
  });

  test('before there was a verdict to look at', () => {
    const house = new Contested();
    const [own] = house.verdicts;
    if (own === undefined) throw new Error('not judged');
    const later = isoOf((house.now + 10 * 60_000) as never);
    house.verdicts.splice(0, house.verdicts.length, { ...own, decidedAt: later });
    expect(gist(house.asked('mia', '/caws accept'))).toBe('accept-refused not-judged-then');
    expect(gist(house.asked('mia', '/caws accept scope:FEAT-1'))).toBe('accepted');
  });

  test('while another one stands, whoever says it, and the answer names it', () => {
    const house = new Contested();
    const body = { ...accepted(house), pull: 7, head: sha('theirs') };
    house.newest = { sequence: 3, digest: digestOf('3'), body };
    const stands = { pull: 7, head: sha('theirs'), by: 'mia', entry: 3 };
    expect(house.asked('lee', '/caws accept')).toMatchObject({
      reply: { kind: 'accept-refused', because: 'another', stands },
    });
    expect(house.asked('lee', '/caws unaccept')).toMatchObject({
      reply: { kind: 'accept-refused', because: 'accepted-there', stands },
    });
  });
});

describe('a word that is heard again', () => {
  test('accepts once, and has the others heard', () => {
    const house = new Contested();
    const id = house.posts('mia', '/caws accept');
    house.passes(1);
    const [first] = house.hears(id, { contest: house.contest });
    house.takes(first as Answer);
    house.answered.clear();
    const [again] = house.hears(id, { contest: house.contest });
    expect(again).toMatchObject({
      effects: [{ kind: 'hear-rivals' }],
      reply: { kind: 'accepted' },
    });
  });

  test('accepts nobody after that was taken back, and takes back nothing that was accepted since', () => {
    const house = new Contested();
    const accepting = house.posts('mia', '/caws accept');
    house.takes(house.hears(accepting, { contest: house.contest })[0] as Answer);
    const back = house.posts('lee', '/caws unaccept');
    const ended = house.takes(house.hears(back, { contest: house.contest })[0] as Answer);
    expect(ended).toMatchObject({ state: 'ended', because: 'taken-back', by: { login: 'lee' } });
    house.answered.clear();
    expect(house.hears(accepting, { contest: house.contest }).map(gist)).toEqual([
      'accept-refused over-since',
    ]);
    accepted(house);
    house.answered.clear();
    expect(house.hears(back, { contest: house.contest }).map(gist)).toEqual([
      'accept-refused over-since',
    ]);
  });

  test('accepts nobody after what stood ended by itself', () => {
    const house = new Contested();
    const first = accepted(house);
    const { spec, baseRef, head, winner } = first;
    const body: AcceptanceEnded = {
      ...{ schema: 'caws-arbiter/acceptance@1', state: 'ended', spec, baseRef, head, winner },
      ...{ pull: 7, accepted: 1, because: 'closed', by: null, source: null },
      at: isoOf((house.now + 5 * 60_000) as never),
    };
    house.newest = { sequence: 2, digest: digestOf('2'), body };
    expect(gist(house.asked('lee', '/caws accept'))).toBe('accept-refused over-since');
    house.passes(10);
    expect(gist(house.asked('lee', '/caws accept'))).toBe('accepted');
  });
});

test('an edited comment, or one that is gone, accepts nobody', () => {
  const house = new Contested();
  const edited = house.posts('mia', 'Fine');
  house.edits(edited, '/caws accept');
  expect(house.hears(edited, { contest: house.contest }).map(gist)).toEqual(['comment-edited']);
});

test.each<[string, number, string]>([
  ['a pass', 20, 'PASS'],
  ['what waits for people', 250, 'WAIVER_REQUIRED'],
])(
  'whatever else is found, %s beside an accepted one fails, and nothing else of it changes',
  (_, lines, without) => {
    const house = new Contested();
    house.lines = lines;
    const { spec, baseRef, pull, winner, by } = { ...accepted(house), pull: 7 };
    const acceptance = { spec, baseRef, pull, winner, by, head: sha('theirs') };
    const file = house.caseFile();
    const plain = decided(file, 0);
    const beside = decided(
      { ...file, acceptance: { ...acceptance, entry: 3, digest: digestOf('3') } },
      0,
    );
    expect([plain.verdict, beside.verdict]).toEqual([without, 'FAIL']);
    const superseded = beside.examination.findings.filter(({ rule }) => rule === 'spec.superseded');
    expect(superseded).toMatchObject([{ standing: 'fails', waivedBy: null, detail: { pull: 7 } }]);
    expect({
      ...{ ...beside, verdict: plain.verdict },
      examination: {
        ...beside.examination,
        findings: beside.examination.findings.filter((each) => !superseded.includes(each)),
      },
    }).toEqual(plain);
  },
);
