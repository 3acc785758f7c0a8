import type { HostedFacts, PersonFacts } from '../../src/4-verdict/waivers/hosted-facts.ts';
import type { Actor, Forge, ForgeFault, LivePull } from '../../src/forge.ts';
import { type Instant, ok, type Result } from '../../src/primitives.ts';

type Account = Pick<Actor, 'id' | 'login'>;

/** The part of a forge that knows people. */
export type ForgeOfPeople = Pick<
  Forge,
  'repository' | 'commitPeople' | 'pushes' | 'person' | 'role' | 'isTeamMember'
>;

/** Who a forge is asked about, and what for. */
export interface PeopleAsked {
  readonly forge: ForgeOfPeople;
  readonly pull: LivePull;
  /** SPKI in base64 of the keys that sign what we hear. */
  readonly arbiterKeys: readonly string[];
  readonly people: readonly Account[];
  /** `@org/team`s that the policy names. */
  readonly teams: readonly string[];
  readonly now: () => Instant;
}

/** More people than this on one pull request are not looked up: what is not asked does not count. */
const PEOPLE_MAX = 50;

/**
 * What the forge says now about everyone who counts. A forge that does not answer is a fault, so that
 * nothing is judged by a part; a forge that refuses to say makes that person unknown, who then counts for
 * nothing.
 */
export async function peopleFacts(asked: PeopleAsked): Promise<Result<HostedFacts, ForgeFault>> {
  const { forge, pull, now } = asked;
  const commits = await forge.commitPeople(pull);
  if (!commits.ok && commits.fault.kind !== 'forge-incomplete') return commits;
  const pushes = await forge.pushes(pull);
  if (!pushes.ok && pushes.fault.kind !== 'forge-incomplete') return pushes;
  const people: PersonFacts[] = [];
  for (const account of distinct(asked.people).slice(0, PEOPLE_MAX)) {
    const facts = await personFacts(forge, account, asked.teams, now);
    if (!facts.ok) return facts;
    people.push(facts.value);
  }
  const { author } = pull;
  return ok({
    forge: 'github',
    repositoryId: forge.repository.id,
    pull: pull.number,
    arbiterKeys: asked.arbiterKeys,
    author: author.kind === 'ghost' ? null : { id: author.id, login: author.login },
    commits: commits.ok ? commits.value : [],
    pushes: pushes.ok ? pushes.value : null,
    people,
    askedAt: now(),
  });
}

async function personFacts(
  forge: ForgeOfPeople,
  account: Account,
  teams: readonly string[],
  now: () => Instant,
): Promise<Result<PersonFacts, ForgeFault>> {
  const person = await forge.person(account.login);
  if (!person.ok) return person;
  // A login that is free or somebody else's by now: who was meant cannot be asked about.
  const gone = person.value === null || person.value.id !== account.id;
  const role = gone ? ok('none' as const) : await forge.role(account);
  if (!role.ok && role.fault.kind !== 'forge-refused') return role;
  const memberOf: string[] = [];
  for (const team of gone ? [] : teams) {
    const member = await forge.isTeamMember(team, account);
    if (!member.ok && member.fault.kind !== 'forge-refused') return member;
    if (member.ok && member.value) memberOf.push(team);
  }
  return ok({
    id: account.id,
    login: person.value?.login ?? account.login,
    kind: gone ? 'ghost' : (person.value?.kind ?? 'ghost'),
    role: role.ok ? role.value : null,
    teams: memberOf,
    askedAt: now(),
  });
}

function distinct(people: readonly Account[]): readonly Account[] {
  return [...new Map(people.map((person) => [person.id, person])).values()];
}
