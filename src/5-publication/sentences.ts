/**
 * What the arbiter says of each rule: what was found, and the way out. A rule without words does not
 * compile.
 */
import type { Finding } from '../caws/findings.ts';
import type { RuleId } from '../caws/rules.ts';
import { type Marked, plain } from './marked.ts';
import { changeSentences } from './sentences/change.ts';
import { gatesSentences } from './sentences/gates.ts';
import { lawSentences } from './sentences/law.ts';
import type { Speak } from './sentences/parts.ts';
import { supplySentences } from './sentences/supply.ts';
import type { Words } from './words.ts';

const sentences: Readonly<Record<RuleId, Speak>> = {
  ...changeSentences,
  ...gatesSentences,
  ...lawSentences,
  ...supplySentences,
};

/** @returns the words of a finding, whatever its fields hold. */
export function wordsOf(finding: Finding): Words {
  const { says, fix } = markedWordsOf(finding);
  return { says: plain(says), fix: plain(fix) };
}

/** The same words, with names of the change and commands set apart for faces that show them so. */
export function markedWordsOf(finding: Finding): Words<Marked> {
  return sentences[finding.rule](finding);
}
