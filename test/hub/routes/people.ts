/** Who people are and what they may do: users, roles, members, teams. */
import {
  type Answer,
  type Call,
  json,
  notFound,
  nothing,
  paged,
  param,
  Refusal,
  type Route,
  repositoryOf,
} from '../http.ts';
import { api, teamShape, userShape, wholeUserShape } from '../shapes/accounts.ts';
import type { Account, Role, Team } from '../state.ts';
import { accountNamed, atLeast, roleOf } from '../world.ts';

const readsMembers = { anyOf: ['members:read'] } as const;

export const peopleRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/user',
    needs: 'person',
    answer: (call) => {
      if (call.principal.kind !== 'person') throw notFound();
      return json(wholeUserShape(call.world, call.principal.account));
    },
  },
  {
    method: 'GET',
    path: '/users/{username}',
    needs: 'anyone',
    answer: (call) => json(wholeUserShape(call.world, named(call))),
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/collaborators/{username}/permission',
    needs: { anyOf: ['metadata:read'] },
    answer: permission,
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/collaborators',
    needs: { anyOf: ['metadata:read'], role: 'write' },
    answer: collaborators,
  },
  {
    method: 'GET',
    path: '/orgs/{org}/members/{username}',
    needs: readsMembers,
    answer: (call) => {
      const member = call.world.members.get(organizationOf(call).id)?.has(named(call).id) ?? false;
      if (!member) throw notFound();
      return nothing();
    },
  },
  {
    method: 'GET',
    path: '/orgs/{org}/teams/{team_slug}',
    needs: readsMembers,
    answer: (call) => json(wholeTeam(call, teamOf(call))),
  },
  {
    method: 'GET',
    path: '/orgs/{org}/teams/{team_slug}/members',
    needs: readsMembers,
    answer: (call) => paged(call, members(call), (each) => userShape(call.world, each)),
  },
  {
    method: 'GET',
    path: '/orgs/{org}/teams/{team_slug}/memberships/{username}',
    needs: readsMembers,
    answer: membership,
  },
];

function named(call: Call): Account {
  const account = accountNamed(call.world, param(call, 'username'));
  if (account === undefined) throw notFound();
  return account;
}

/** The older word, which knows neither triage nor maintain. */
const legacy: Readonly<Record<Role, string>> = {
  none: 'none',
  read: 'read',
  triage: 'read',
  write: 'write',
  maintain: 'write',
  admin: 'admin',
};

function collaboratorShape(call: Call, account: Account, role: Role) {
  return {
    ...userShape(call.world, account),
    permissions: {
      pull: atLeast(role, 'read'),
      triage: atLeast(role, 'triage'),
      push: atLeast(role, 'write'),
      maintain: atLeast(role, 'maintain'),
      admin: atLeast(role, 'admin'),
    },
    role_name: role,
  };
}

function permission(call: Call): Answer {
  const account = named(call);
  const role = roleOf(call.world, repositoryOf(call), account.id);
  return json({
    permission: legacy[role],
    role_name: role,
    user: collaboratorShape(call, account, role),
  });
}

function collaborators(call: Call) {
  const repository = repositoryOf(call);
  const found = [...call.world.accounts.values()]
    .filter((account) => account.kind === 'User')
    .map((account) => ({ account, role: roleOf(call.world, repository, account.id) }))
    .filter(
      ({ account, role }) => atLeast(role, 'triage') || repository.collaborators.has(account.id),
    );
  return paged(call, found, ({ account, role }) => collaboratorShape(call, account, role));
}

function organizationOf(call: Call): Account {
  const account = accountNamed(call.world, param(call, 'org'));
  const { principal } = call;
  // An installation asks within its own organization only.
  const outside =
    principal.kind === 'installation' && principal.installation.accountId !== account?.id;
  if (account?.kind !== 'Organization') throw notFound();
  if (outside) throw new Refusal(403, 'Resource not accessible by integration');
  return account;
}

function teamOf(call: Call): Team {
  const organization = organizationOf(call);
  const slug = param(call, 'team_slug');
  const team = [...call.world.teams.values()].find(
    (each) => each.organizationId === organization.id && each.slug === slug,
  );
  if (team === undefined) throw notFound();
  return team;
}

const members = (call: Call): readonly Account[] =>
  [...teamOf(call).members]
    .filter(([, { state }]) => state === 'active')
    .flatMap(([id]) => call.world.accounts.get(id) ?? []);

function membership(call: Call): Answer {
  const team = teamOf(call);
  const account = named(call);
  const found = team.members.get(account.id);
  if (found === undefined) throw notFound();
  const { organizationId, id } = team;
  const url = `${api(call.world)}/organizations/${organizationId}/team/${id}/memberships/${account.login}`;
  return json({ url, role: found.role, state: found.state });
}

function wholeTeam(call: Call, team: Team) {
  const organization = organizationOf(call);
  const login = organization.login;
  return {
    ...teamShape(call.world, team),
    members_count: members(call).length,
    repos_count: team.roles.size,
    created_at: '2020-01-01T00:00:00Z',
    updated_at: '2020-01-01T00:00:00Z',
    organization: {
      ...userShape(call.world, organization),
      events_url: `${api(call.world)}/orgs/${login}/events`,
      hooks_url: `${api(call.world)}/orgs/${login}/hooks`,
      issues_url: `${api(call.world)}/orgs/${login}/issues`,
      members_url: `${api(call.world)}/orgs/${login}/members{/member}`,
      public_members_url: `${api(call.world)}/orgs/${login}/public_members{/member}`,
      description: null,
      has_organization_projects: false,
      has_repository_projects: false,
      public_repos: 0,
      public_gists: 0,
      followers: 0,
      following: 0,
      created_at: '2020-01-01T00:00:00Z',
      updated_at: '2020-01-01T00:00:00Z',
      archived_at: null,
    },
  };
}
