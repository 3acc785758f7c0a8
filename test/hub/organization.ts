/** An organization with its members and teams. */
import type { RepositoryHandle } from './handles.ts';
import type { Person } from './person.ts';
import type { Account, Role, Team } from './state.ts';
import { nextId, type World } from './world.ts';

export class Organization {
  readonly #world: World;
  readonly account: Account;

  constructor(world: World, account: Account) {
    this.#world = world;
    this.account = account;
    if (!world.members.has(account.id)) world.members.set(account.id, new Map());
  }

  get login(): string {
    return this.account.login;
  }

  /** @param role an admin owns every repository of the organization. */
  member(person: Person, role: 'member' | 'admin' = 'member'): void {
    this.#world.members.get(this.account.id)?.set(person.id, role);
  }

  leaves(person: Person): void {
    this.#world.members.get(this.account.id)?.delete(person.id);
    for (const team of this.#teams()) team.members.delete(person.id);
  }

  /** The team of this name, with these people among its members. */
  team(slug: string, people: readonly Person[] = [], state: 'active' | 'pending' = 'active'): Team {
    const known = this.#teams().find((team) => team.slug === slug);
    const team = known ?? this.#newTeam(slug);
    for (const person of people) {
      if (state === 'active')
        this.member(person, this.#world.members.get(this.account.id)?.get(person.id));
      team.members.set(person.id, { state, role: 'member' });
    }
    return team;
  }

  /** What a team may do in a repository. */
  grants(team: Team, repo: RepositoryHandle, role: Role): void {
    team.roles.set(repo.id, role);
  }

  #teams(): readonly Team[] {
    return [...this.#world.teams.values()].filter(
      (team) => team.organizationId === this.account.id,
    );
  }

  #newTeam(slug: string): Team {
    const id = nextId(this.#world);
    const team = {
      id,
      organizationId: this.account.id,
      slug,
      members: new Map(),
      roles: new Map(),
    };
    this.#world.teams.set(id, team);
    return team;
  }
}
