/**
 * Two debaters speak about one dossier, twice, at the same time. Of what they say counts what can be
 * looked up: a measured fact, or a line of a file. Everything else is struck, and weighs nothing.
 */

import { cutTo, type Digest } from '../../primitives.ts';
import {
  CLAIM_CHARS_MAX,
  CLAIMS_MAX,
  GROUNDS_MAX,
  QUOTE_CHARS_MAX,
  QUOTE_CHARS_MIN,
  SPEECH_CHARS_MAX,
  SPEECH_WORDS_MAX,
} from './bounds.ts';
import type { Dossier, SeenCandidate, SeenClaim } from './dossier.ts';
import type { ModelIdentity, Silence, Spoken } from './judgement.ts';
import { holdsRoleToken, seenText, withoutNames } from './seen-text.ts';

/** What one debater said in one round, as it came. */
export interface Speech {
  /** 1: opening; 2: rebuttal. */
  readonly round: 1 | 2;
  /** Whose advocate it is: the dossier's sides. */
  readonly side: 0 | 1;
  readonly said: { readonly text: string } | Silence;
}

/** One line of a file at a candidate's head, byte for byte, that its judge is shown as well. */
export interface QuotableLine {
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  readonly text: string;
}

/** A speech as it was asked for. */
export interface RecordedSpeech extends Speech {
  readonly said: Spoken | Silence;
  /** 32 hex digits that fence what was heard before. */
  readonly nonce: string;
  readonly prefixDigest: Digest;
  readonly promptDigest: Digest;
}

/** What was said between two candidates, by whom, and what each could point at. The ledger keeps it whole. */
export interface Debate {
  readonly schema: 'caws-arbiter/debate@1';
  readonly prompts: { readonly version: number; readonly digest: Digest };
  /** Who spoke for both sides, so that neither had the better advocate. */
  readonly by: ModelIdentity;
  /** Fences what all speeches share. */
  readonly caseNonce: string;
  /** As it was before anybody spoke. */
  readonly dossier: Dossier;
  /** Of each side of the dossier. */
  readonly lines: readonly [readonly QuotableLine[], readonly QuotableLine[]];
  readonly spoken: readonly RecordedSpeech[];
}

/** Against what a sentence is held. */
export interface DebateGrounds {
  /** Ids of the dossier's facts. */
  readonly facts: readonly string[];
  readonly sides: readonly [GroundsOfSide, GroundsOfSide];
}

interface GroundsOfSide {
  /** The files of its change as they are at its head, byte for byte. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** What a judge is shown of them: a quote of a comment shows it nothing that was taken out. */
  readonly shown: string;
}

export type Struck =
  | 'no-ground'
  | 'too-many-grounds'
  | 'fact-unknown'
  | 'quote-not-found'
  | 'quote-not-shown'
  | 'role-token'
  | 'over-length';

/** One sentence, and what became of it. */
export interface Sentence {
  readonly text: string;
  /** Facts it cites, each once. */
  readonly facts: readonly string[];
  /** Why it weighs nothing; null: all that it rests on was found. */
  readonly struck: Struck | null;
}

/** All that a sentence about this dossier may rest on: its facts, and these lines of its two sides. */
export function groundsOf(dossier: Dossier, lines: Debate['lines']): DebateGrounds {
  const side = (at: 0 | 1): GroundsOfSide => ({
    files: filesOf(lines[at]),
    shown: dossier.candidates[at].diff,
  });
  return { facts: dossier.facts.map(({ id }) => id), sides: [side(0), side(1)] };
}

/** Each line in its place; where nothing may be quoted, a line is empty. */
function filesOf(lines: readonly QuotableLine[]): ReadonlyMap<string, Uint8Array> {
  const texts = new Map<string, string[]>();
  for (const { path, line, text } of lines) {
    const file = texts.get(path) ?? [];
    texts.set(path, file);
    while (file.length < line) file.push('');
    file[line - 1] = text;
  }
  return new Map([...texts].map(([path, file]) => [path, Buffer.from(file.join('\n'))]));
}

/** Which speeches come next: both sides of a round at once, so that none has the last word; null: it is over. */
export function nextSpeeches(spoken: readonly Speech[]): 1 | 2 | null {
  const isOver = (round: 1 | 2) =>
    ([0, 1] as const).every((side) =>
      spoken.some((one) => one.round === round && one.side === side),
    );
  if (!isOver(1)) return 1;
  return isOver(2) ? null : 2;
}

/**
 * A speech in sentences, each held against what it names. One that names nothing, or anything that is
 * not there, is struck whole; so is one that is too long to be shown whole, and all that comes after SPEECH_WORDS_MAX words.
 */
export function heldAgainst(text: string, grounds: DebateGrounds): readonly Sentence[] {
  const read = text.slice(0, SPEECH_CHARS_MAX);
  let words = 0;
  return sentencesIn(read).map((sentence) => {
    words += sentence.split(/\s+/).length;
    const facts = factsIn(sentence);
    const isLong = words > SPEECH_WORDS_MAX || sentence.length > CLAIM_CHARS_MAX;
    const struck = isLong ? 'over-length' : strikeOf(sentence, facts, grounds);
    return { text: sentence, facts, struck };
  });
}

/** Ends at . ! ? before a space, or at the end of a line; what stands in a quote ends nothing. */
function sentencesIn(text: string): readonly string[] {
  const sentences: string[] = [];
  let from = 0;
  let quoting = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '«') quoting = true;
    else if (character === '»') quoting = false;
    const next = text.charAt(at + 1);
    const ends =
      character === '\n' || (/[.!?]/.test(character) && (next === '' || /\s/.test(next)));
    if (quoting || !ends) continue;
    sentences.push(text.slice(from, at + 1));
    from = at + 1;
  }
  sentences.push(text.slice(from));
  return sentences.map((each) => each.trim()).filter((each) => each !== '');
}

const factsIn = (sentence: string): readonly string[] => [
  ...new Set(Array.from(sentence.matchAll(/\[(F[^\]]*)\]/g), ([, id = '']) => id)),
];

interface Quote {
  readonly path: string;
  readonly line: number;
  readonly text: string;
}

/** null: something that begins like a quote and is none. */
function quotesIn(sentence: string): readonly Quote[] | null {
  const inner = Array.from(sentence.matchAll(/«([^«»]*)»/g), ([, text = '']) => text);
  const marks = sentence.match(/[«»]/g)?.length ?? 0;
  if (marks !== 2 * inner.length) return null;
  const quotes = inner.flatMap((text) => {
    const [, path = '', line = '', quote = ''] =
      /^([^\s:]+):([1-9]\d{0,6}) (.+)$/s.exec(text) ?? [];
    return path === '' ? [] : [{ path, line: Number(line), text: quote }];
  });
  return quotes.length === inner.length ? quotes : null;
}

function strikeOf(
  sentence: string,
  facts: readonly string[],
  grounds: DebateGrounds,
): Struck | null {
  if (holdsRoleToken(sentence)) return 'role-token';
  const quotes = quotesIn(sentence);
  if (quotes === null) return 'quote-not-found';
  if (facts.length + quotes.length === 0) return 'no-ground';
  if (facts.length + quotes.length > GROUNDS_MAX) return 'too-many-grounds';
  if (!facts.every((id) => grounds.facts.includes(id))) return 'fact-unknown';
  for (const quote of quotes) {
    const holders = grounds.sides.filter(({ files }) => standsIn(files.get(quote.path), quote));
    if (holders.length === 0) return 'quote-not-found';
    if (!holders.some(({ shown }) => shown.includes(quote.text))) return 'quote-not-shown';
  }
  return null;
}

/** Whether the bytes stand in that very line. */
function standsIn(file: Uint8Array | undefined, { line, text }: Quote): boolean {
  const { length } = text;
  if (file === undefined || length < QUOTE_CHARS_MIN || length > QUOTE_CHARS_MAX) return false;
  // Half of a pair would be encoded as another character.
  if (!text.isWellFormed()) return false;
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  let start = 0;
  for (let at = 1; at < line; at += 1) {
    const end = bytes.indexOf(0x0a, start);
    if (end < 0) return false;
    start = end + 1;
  }
  const end = bytes.indexOf(0x0a, start);
  return bytes.subarray(start, end < 0 ? bytes.length : end).includes(text);
}

/** A speech as the other side may hear it. */
export function heardText(speech: Speech, grounds: DebateGrounds): string {
  if (typeof speech.said === 'string') return '';
  return heldAgainst(speech.said.text, grounds)
    .map(({ text, struck }) => (struck === null ? text : STRUCK.text))
    .join(' ');
}

const STRUCK: Omit<SeenClaim, 'id'> = { text: '[struck]', evidence: [] };

/**
 * The dossier with what was said and holds, after what each side pleaded itself. Struck sentences are
 * one mark a side, however many and whatever they said.
 *
 * @param people names that no judge may see.
 */
export function withDebate(
  dossier: Dossier,
  spoken: readonly Speech[],
  grounds: DebateGrounds,
  people: readonly string[],
): Dossier {
  const [one, other] = ([0, 1] as const).map((side) =>
    withSpeeches(
      dossier.candidates[side],
      spoken.filter((each) => each.side === side).toSorted((a, b) => a.round - b.round),
      grounds,
      people,
    ),
  );
  return { ...dossier, candidates: [one, other] as [SeenCandidate, SeenCandidate] };
}

function withSpeeches(
  candidate: SeenCandidate,
  speeches: readonly Speech[],
  grounds: DebateGrounds,
  people: readonly string[],
): SeenCandidate {
  const sentences = speeches.flatMap(({ said }) =>
    typeof said === 'string' ? [] : heldAgainst(said.text, grounds),
  );
  const kept = sentences
    .filter(({ struck }) => struck === null)
    .map(({ text, facts }) => ({
      text: cutTo(
        withoutNames(seenText(text).text.replaceAll(/\s+/g, ' '), people),
        CLAIM_CHARS_MAX,
      ),
      evidence: facts,
    }));
  const said = [...kept, ...(sentences.length > kept.length ? [STRUCK] : [])];
  const claims = [...candidate.claims, ...said].slice(0, CLAIMS_MAX);
  const numbered = claims.map((claim, at): SeenClaim => ({ ...claim, id: `K${at + 1}` }));
  const leftOut = candidate.claimsLeftOut + candidate.claims.length + said.length - claims.length;
  return { ...candidate, claims: numbered, claimsLeftOut: leftOut };
}
