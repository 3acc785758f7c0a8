/** What the forge said about people when a case was opened, and what follows for those who approve. */
import type { CommitMeasure } from '../../1-pleading/change.ts';
import type { ApprovalDoubt } from '../../caws/waiver.ts';
import type { Actor, Role } from '../../forge.ts';
import type { CommitSha, Instant } from '../../primitives.ts';
import type { ForgeIdentity } from './hosted-event.ts';

/** What was asked before one evaluation serves that one; a longer evaluation asks again. */
const FACTS_AGE_MAX_MS = 600_000;

/** One account as the forge says it is now. */
export interface PersonFacts {
  readonly id: number;
  /** What the account is called now. */
  readonly login: string;
  readonly kind: Actor['kind'];
  /** null: the look-up failed, so that nothing counts. */
  readonly role: Role | null;
  /** `@org/team`s that it is an active member of, of those the policy names; a look-up that failed is none. */
  readonly teams: readonly string[];
  readonly askedAt: Instant;
}

/** Who wrote one commit, as far as the forge knows. */
export interface CommitPeople {
  readonly commit: CommitSha;
  /** Accounts of author, committer and co-authors. */
  readonly people: readonly Pick<PersonFacts, 'id' | 'login'>[];
  /** Names and addresses that the forge knows no account for. */
  readonly unresolved: readonly string[];
  /** Made and signed by the forge itself for somebody who pressed a button. */
  readonly byForge: boolean;
}

/** Who moved the branch from where to where. */
export interface Push {
  readonly by: Pick<PersonFacts, 'id' | 'login'>;
  readonly before: CommitSha | null;
  readonly head: CommitSha;
}

/** Recorded with the case, so that a verdict is decided again from the same answers. */
export interface HostedFacts {
  readonly forge: 'github';
  readonly repositoryId: number;
  readonly pull: number;
  /** SPKI in base64 of the keys that this arbiter signs and signed what it heard with. */
  readonly arbiterKeys: readonly string[];
  /** Who opened the pull request; null: not known, so that nothing counts. */
  readonly author: Pick<PersonFacts, 'id' | 'login'> | null;
  /** One an own commit of the change; a commit that is missing here is a doubt. */
  readonly commits: readonly CommitPeople[];
  /** Every push to the head branch; null: not known, so that nothing counts. */
  readonly pushes: readonly Push[] | null;
  /** Whoever spoke on waivers of this pull request. */
  readonly people: readonly PersonFacts[];
  /** Whether and when the facts on commits and pushes were asked. */
  readonly askedAt: Instant;
}

/** What the facts are held against. */
export interface PeopleGrounds {
  readonly facts: HostedFacts;
  /** The change's own commits, as measured from git. */
  readonly commits: readonly Pick<CommitMeasure, 'sha' | 'parents' | 'mergeOwnLines'>[];
  readonly now: Instant;
}

/** The account of that number, where the forge said one thing about it, and now. */
export function personNow(id: number, { facts, now }: PeopleGrounds): PersonFacts | undefined {
  const [only, ...others] = facts.people.filter((person) => person.id === id);
  if (only === undefined || others.length > 0 || !isFresh(only.askedAt, now)) return undefined;
  return only;
}

/**
 * What speaks against an approver whatever the policy names, or undefined. Never granted by doubt: what
 * was not asked, failed, is old or contradicts itself is a doubt.
 *
 * @param requester the number of who asked for the waiver.
 */
export function approverDoubt(
  by: ForgeIdentity,
  requester: number,
  grounds: PeopleGrounds,
): ApprovalDoubt | undefined {
  if (by.id === requester) return 'approver-is-requester';
  const person = personNow(by.id, grounds);
  if (person === undefined || person.role === null) return 'approver-unknown-now';
  if (person.kind !== 'person') return 'approver-not-a-person';
  if (person.role === 'none') return 'approver-not-allowed';
  const makers = makersOf(grounds);
  if (makers === undefined) return 'approver-unknown-now';
  return makers.has(by.id) ? 'approver-is-author' : undefined;
}

/** The numbers of everyone who made the change; undefined where that is not wholly known. */
function makersOf(grounds: PeopleGrounds): ReadonlySet<number> | undefined {
  const { facts, commits, now } = grounds;
  if (facts.author === null || facts.pushes === null || !isFresh(facts.askedAt, now))
    return undefined;
  const told = new Set<string>(facts.commits.map(({ commit }) => commit));
  if (commits.length === 0 || commits.some(({ sha }) => !told.has(sha))) return undefined;
  const merges = updateMergesOf(grounds);
  const wrote = facts.commits
    .filter(({ commit }) => !merges.has(commit))
    .flatMap(({ people }) => people.map(({ id }) => id));
  const pushed = facts.pushes
    .filter((push) => !isUpdate(push, grounds, merges))
    .map(({ by }) => by.id);
  return new Set([facts.author.id, ...wrote, ...pushed]);
}

/**
 * Merges that the forge made because somebody pressed "Update branch", and that add nothing beyond what
 * an automatic merge gives. With own lines, or made by anyone else, a merge is somebody's work.
 */
export function updateMergesOf({
  facts,
  commits,
}: Pick<PeopleGrounds, 'facts' | 'commits'>): ReadonlySet<string> {
  const byForge = new Set<string>(
    facts.commits.filter((each) => each.byForge).map(({ commit }) => commit),
  );
  const merges = commits.filter(
    ({ sha, parents, mergeOwnLines }) =>
      byForge.has(sha) && parents.length === 2 && mergeOwnLines === 0,
  );
  return new Set(merges.map(({ sha }) => sha));
}

/** Names of everyone who made the change, for rules that know people by their names alone. */
export function namesOfMakers(grounds: Omit<PeopleGrounds, 'now'>): readonly string[] {
  const { facts } = grounds;
  const merges = updateMergesOf(grounds);
  const own = facts.commits.filter(({ commit }) => !merges.has(commit));
  const pushes = (facts.pushes ?? []).filter((push) => !isUpdate(push, grounds, merges));
  const people = [
    ...(facts.author === null ? [] : [facts.author]),
    ...own.flatMap((each) => each.people),
    ...pushes.map(({ by }) => by),
  ];
  return [...people.map(({ login }) => `@${login}`), ...own.flatMap((each) => each.unresolved)];
}

/** The button moves the branch by exactly its merge; a push that brings more is a push. */
function isUpdate(
  { before, head }: Push,
  { commits }: Pick<PeopleGrounds, 'commits'>,
  merges: ReadonlySet<string>,
): boolean {
  const merge = commits.find(({ sha }) => sha === head);
  return merges.has(head) && before !== null && merge?.parents[0] === before;
}

function isFresh(askedAt: Instant, now: Instant): boolean {
  return Math.abs(now - askedAt) <= FACTS_AGE_MAX_MS;
}
