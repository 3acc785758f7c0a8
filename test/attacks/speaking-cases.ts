/** Attacks on granting by words, in a house of people at a forge. */
import type { Answer } from '../../src/4-verdict/commands/answer.ts';
import type { Role } from '../../src/forge.ts';
import { sha } from '../2-examination/case.ts';
import { gist, House } from '../4-verdict/commands/house.ts';
import { must, mustEqual } from './row.ts';

/** robin has asked; mia may approve. */
function asked(): { readonly house: House; readonly id: string } {
  const house = new House();
  return { house, id: house.asks('robin') };
}

function mustHold(house: House, what: string): void {
  mustEqual(house.word(), 'WAIVER_REQUIRED', what);
}

/** It was one honest approval away. */
function honest(house: House, id: string): void {
  mustEqual(gist(house.says('noor', `/caws approve ${id}`)), 'approved', 'an honest approval');
  mustEqual(house.word(), 'PASS', 'after an honest approval');
}

/** mia updates the branch by the forge's button; a merge with lines of its own is her work. */
export function updated(ownLines: number): void {
  const house = new House();
  house.pushing('mia', {
    byForge: true,
    commit: {
      parents: [house.head, sha('newer base')],
      committerName: 'GitHub',
      committerEmail: 'noreply@github.com',
      mergeOwnLines: ownLines,
    },
  });
  house.judge();
  const id = house.asks('robin');
  const wanted = ownLines === 0 ? 'approved' : 'not-allowed approver-is-author';
  mustEqual(gist(house.says('mia', `/caws approve ${id}`)), wanted, `${ownLines} own lines`);
}

/** A comment of mia's that says something else by the time it is read. */
export function edited(
  before: string,
  how: { readonly times: boolean; readonly word: boolean },
): void {
  const { house, id } = asked();
  const comment = house.posts('mia', before);
  const kept = house.comments.get(comment);
  if (kept?.live == null) throw new Error('no comment');
  const body = `/caws approve ${id}`;
  // GitHub tells times to the second, so an edit may show none; and word of a comment may never come.
  kept.live = { ...kept.live, body, ...(how.times ? { updatedAt: house.now } : {}) };
  if (how.times) {
    house.passes(1);
    kept.live = { ...kept.live, updatedAt: house.now };
  }
  if (!how.word) kept.recorded = null;
  mustEqual(house.hears(comment).map(gist), ['comment-edited'], `"${before}", edited`);
  must(
    house.notes.some(({ event }) => event === 'edited'),
    'the ledger tells of no edit',
  );
  mustHold(house, 'after an edited comment');
  honest(house, id);
}

/** Ways to write a command that a reader does not take for one. `APPROVAL` stands for the line. */
export const disguises: readonly string[] = [
  '```\nAPPROVAL\n```',
  '~~~ text\nAPPROVAL',
  '    APPROVAL',
  '> APPROVAL',
  '> quoted\nAPPROVAL',
  '<!--\nAPPROVAL\n-->',
  '<details>\n\nAPPROVAL\n\n</details>',
  '<div hidden>\n\nAPPROVAL\n\n</div>',
  '- APPROVAL',
  '1. one\n   APPROVAL',
  '# APPROVAL',
  'On Tue, 24 Nov 2026 at 10:04, Mia <mia@acme.example> wrote:\nAPPROVAL',
  '\u00a0APPROVAL',
  '\u200bAPPROVAL',
  '\u2028APPROVAL',
  '[^1]: note\nAPPROVAL',
  '| a |\n| - |\nAPPROVAL',
];

export function disguised(form: string): void {
  const { house, id } = asked();
  house.hears(house.posts('mia', form.replace('APPROVAL', `/caws approve ${id}`)));
  mustHold(house, JSON.stringify(form));
  honest(house, id);
}

export function smuggled(words: string): void {
  const house = new House();
  const answer: Answer = house.says('robin', `/caws recheck ${words}`);
  mustEqual(gist(answer), 'not-understood', words);
  mustEqual(answer.kind === 'answered' ? answer.effects : null, [], `what ${words} does`);
  mustEqual(gist(house.says('robin', '/caws recheck')), 'judging-again', 'an honest recheck');
}

/** lee stands in these teams, and the policy names `@acme/leads`. */
export function member(teams: readonly string[], role: Role): void {
  const { house, id } = asked();
  house.who('lee').teams = teams;
  house.who('lee').role = role;
  must(
    gist(house.says('lee', `/caws approve ${id}`)) !== 'approved',
    `${teams.join()} may approve`,
  );
  mustHold(house, `${teams.join()} with ${role}`);
  house.who('lee').teams = ['@acme/leads'];
  house.who('lee').role = 'write';
  mustEqual(gist(house.says('lee', `/caws approve ${id}`)), 'approved', 'an active member');
  mustEqual(house.word(), 'PASS', 'after an active member');
}

/** The forge does not say what lee may do: when lee speaks, or when the change is judged again. */
export function unsaid(when: 'speaking' | 'judging'): void {
  const { house, id } = asked();
  const silence = () => {
    house.spoil = (facts) => ({
      ...facts,
      people: facts.people.map((person) => ({ ...person, role: null })),
    });
  };
  if (when === 'speaking') {
    silence();
    mustEqual(house.says('lee', `/caws approve ${id}`).kind, 'retry', 'while nobody answers');
  } else {
    mustEqual(gist(house.says('lee', `/caws approve ${id}`)), 'approved', 'an approval');
    mustEqual(house.word(), 'PASS', 'while the forge answers');
    silence();
  }
  mustHold(house, 'while the forge does not say');
  house.spoil = (facts) => facts;
  if (when === 'judging') mustEqual(house.word(), 'PASS', 'when the forge answers again');
  else honest(house, id);
}

/** robin pushes after mia has written, and before the arbiter reads it. */
export function pushedMeanwhile(lines: number): void {
  const { house, id } = asked();
  const looked = house.head;
  const comment = house.posts('mia', `/caws approve ${id}`);
  house.pushing('robin', { lines });
  house.judge();
  const [answer] = house.hears(comment);
  const effect = answer?.kind === 'answered' ? answer.effects[0] : undefined;
  const event = effect?.kind === 'record' ? effect.event : undefined;
  mustEqual(
    event !== undefined && 'head' in event ? event.head : null,
    looked,
    'what was approved',
  );
  mustHold(house, 'the pushed head');
}

/** The target is rewritten, and the same head changes more against it than was approved. */
export function rewritten(lines: number): void {
  const { house, id } = asked();
  honest(house, id);
  house.lines = lines;
  mustHold(house, `${lines} lines against the new target`);
}
