import type { Breach } from './document.ts';

export type Severity = 'error' | 'warning' | 'info';

interface StrictRule {
  readonly severity: Severity;
  /** What the writer does about it. */
  readonly hint: string;
}

const error = (hint: string): StrictRule => ({ severity: 'error', hint });
const warning = (hint: string): StrictRule => ({ severity: 'warning', hint });
const info = (hint: string): StrictRule => ({ severity: 'info', hint });

/**
 * What we hold against a document whatever dialect it is written in: the holes that published
 * tools leave open. An error makes the file invalid, a warning only under `--strict`.
 */
export const strictRules = {
  'strict.text.too_large': error('Split the document, or remove what does not belong in it.'),
  'strict.text.not_utf8': error('Save the file as UTF-8.'),
  'strict.text.byte_order_mark': warning('Save the file as UTF-8 without byte order mark.'),
  'strict.text.hidden_character': error('Delete the character; nobody sees it in a review.'),
  'strict.text.tab_indent': warning('Indent with blanks.'),
  'strict.text.several_documents': error('Keep one document in the file.'),
  'strict.text.duplicate_key': error('Keep one of the two; readers differ on which one counts.'),
  'strict.text.too_deep': error('Flatten the document.'),
  'strict.text.alias_bomb': error('Write the values out, without aliases.'),
  'strict.text.alias': warning('Write the value out; aliases hide what a reviewer approves.'),
  'strict.text.anchor': warning('Delete the anchor.'),
  'strict.text.merge_key': warning('Write the merged keys out; v11 does not merge.'),
  'strict.text.tag': warning('Delete the tag; v11 does not know it.'),
  'strict.text.template': error('Fill the placeholder in.'),
  'strict.document.fragment': error('Write the whole document; this is a part of one.'),
  'strict.document.unknown_key': info('No tool reads the key. Delete it if it is not for people.'),
  'strict.document.misspelled_key': warning('Correct the key.'),

  'strict.spec.tier_as_text': warning('Write the number: the text skips every demand of its tier.'),
  'strict.spec.tier_unknown': error('Write 1, 2 or 3.'),
  'strict.spec.mode_unknown': warning('Use feature, refactor, fix, doc or chore.'),
  'strict.spec.experiment_tier': warning('Experiments are for tier 3.'),
  'strict.spec.no_acceptance': warning('Say what must hold for the change to be done.'),
  'strict.spec.no_invariants': warning('Say what the change must not break.'),
  'strict.spec.duplicate_criterion': warning('Give every criterion an id of its own.'),
  'strict.scope.empty': error('Name the paths that the change may touch, as a list.'),
  'strict.scope.not_text': error('Write the entry as a text.'),
  'strict.scope.whole_repository': warning('Name the folders that the change needs.'),
  'strict.scope.leaves_repository': error('Write the path from the repository root, without "..".'),
  'strict.scope.absolute': error('Write the path from the repository root.'),
  'strict.scope.backslash': error('Use / between folders.'),
  'strict.scope.unreadable': error('Write a plain path, or a pattern with *, ** and ?.'),
  'strict.scope.plain_folder': info(
    'The entry means the path itself and what lies below it, never a sibling of like name.',
  ),

  'strict.number.not_finite': error('Write a whole number.'),
  'strict.number.not_a_number': error('Write a whole number, without quotes.'),
  'strict.number.negative': error('Write a whole number of 0 or more.'),
  'strict.number.fraction': error('Write a whole number.'),
  'strict.number.notation': warning('Write plain decimal digits; YAML versions read this apart.'),
  'strict.number.boundless': warning('Set a number that a reviewer could read.'),
  'strict.percentage.out_of_range': error('Write a percentage from 0 to 100.'),
  'strict.percentage.as_fraction': info('Read as a fraction of 1; write 90 for 90 percent.'),

  'strict.policy.tier_missing': error('Set budgets for the tiers 1, 2 and 3.'),
  'strict.policy.tier_unknown': warning('Only the tiers 1, 2 and 3 are read.'),
  'strict.policy.not_monotonic': warning('Give riskier tiers smaller budgets.'),
  'strict.policy.tier_label': warning('Rename it to description.'),
  'strict.policy.gate_unknown': info('No tool of CAWS answers this gate; check who does.'),
  'strict.policy.gate_misspelled': warning('Correct the name of the gate.'),
  'strict.policy.gate_off': warning('Turn the gate on in block mode, or say why it is off.'),
  'strict.policy.mixed_changes': warning(
    'Set false: policy and code in one change hide each other.',
  ),
  'strict.policy.zones_forced': warning('Delete the key; it lets a pattern free everything.'),
  'strict.policy.root_file': warning('List the file in the scope of the specs that need it.'),

  'strict.waiver.no_expiry': error('Set expires_at.'),
  'strict.waiver.unreadable_time': error('Write a date and time with zone.'),
  'strict.waiver.date_only': warning('Add time and zone. Read as the end of that day in UTC.'),
  'strict.waiver.no_zone': warning('Add the zone. Read as UTC.'),
  'strict.waiver.expires_before_created': error('Correct one of the two times.'),
  'strict.waiver.too_long': warning('Waive for 90 days at most, then decide again.'),
  'strict.waiver.never_ends': error('Set an expiry that people will live to see.'),
  'strict.waiver.no_approver': error('Name who approved.'),
  'strict.waiver.approver_twice': error('Name each approver once; one person is one approval.'),
  'strict.waiver.approver_is_requester': error('Have someone else approve.'),
  'strict.waiver.no_gate': error('List the gates that the waiver lifts.'),
  'strict.waiver.every_gate': error('List the gates by name.'),
  'strict.waiver.gate_unknown': warning('Use the name of a gate of the policy.'),
  'strict.waiver.unbounded': warning(
    'Bound it by a delta. Without one the measured excess counts.',
  ),

  'strict.chain.uncovered': warning('Rely on git or on a signed ledger for these fields.'),
  'strict.chain.unsigned': info('A chain without key or anchor finds accidents, not attackers.'),
} as const satisfies Record<string, StrictRule>;

export type StrictRuleId = keyof typeof strictRules;
export type StrictBreach = Breach<StrictRuleId>;
