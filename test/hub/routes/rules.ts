/** Rulesets and branch protection: read by whoever may, written by administrators. */

import { branchTip } from '../git.ts';
import {
  type Answer,
  asFields,
  asList,
  type Call,
  type Fields,
  flag,
  invalid,
  json,
  notFound,
  nothing,
  numberParam,
  paged,
  param,
  Refusal,
  type Route,
  repositoryOf,
  text,
  whole,
  word,
} from '../http.ts';
import { rulesOf } from '../rules-life.ts';
import { createRuleset } from '../rulesets.ts';
import { repositoryApi, repositoryPage } from '../shapes/repository.ts';
import type { BypassActor, Protection, Repository, Rule, Ruleset } from '../state.ts';
import { atLeast, fullName, iso, nodeId, roleOf } from '../world.ts';

const reads = { anyOf: ['metadata:read'] } as const;
const administers = { anyOf: ['administration:write'], role: 'admin' } as const;
const readsAdministration = { anyOf: ['administration:read'], role: 'admin' } as const;

export const ruleRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/rules/branches/{branch}',
    needs: reads,
    answer: (call) => {
      const repository = repositoryOf(call);
      return paged(call, rulesOf(repository, param(call, 'branch')), ({ rule, ruleset }) => ({
        ...rule,
        ruleset_source_type: 'Repository',
        ruleset_source: fullName(call.world, repository),
        ruleset_id: ruleset.id,
      }));
    },
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/rulesets',
    needs: reads,
    answer: (call) =>
      paged(call, [...repositoryOf(call).rulesets.values()], (each) => headOf(call, each)),
  },
  { method: 'POST', path: '/repos/{owner}/{repo}/rulesets', needs: administers, answer: create },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/rulesets/{ruleset_id}',
    needs: reads,
    answer: (call) => json(wholeOf(call, rulesetOf(call))),
  },
  {
    method: 'PUT',
    path: '/repos/{owner}/{repo}/rulesets/{ruleset_id}',
    needs: administers,
    answer: change,
  },
  {
    method: 'DELETE',
    path: '/repos/{owner}/{repo}/rulesets/{ruleset_id}',
    needs: administers,
    answer: (call) => {
      repositoryOf(call).rulesets.delete(rulesetOf(call).id);
      return nothing();
    },
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/branches/{branch}/protection',
    needs: readsAdministration,
    answer: (call) => json(protectionShape(call, protectionOf(call))),
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/branches/{branch}/protection/required_status_checks',
    needs: readsAdministration,
    answer: (call) => json(requiredShape(call, protectionOf(call))),
  },
  {
    method: 'PUT',
    path: '/repos/{owner}/{repo}/branches/{branch}/protection',
    needs: administers,
    answer: protect,
  },
  {
    method: 'DELETE',
    path: '/repos/{owner}/{repo}/branches/{branch}/protection',
    needs: administers,
    answer: (call) => {
      protectionOf(call);
      repositoryOf(call).protections.delete(param(call, 'branch'));
      return nothing();
    },
  },
];

function rulesetOf(call: Call): Ruleset {
  const found = repositoryOf(call).rulesets.get(numberParam(call, 'ruleset_id'));
  if (found === undefined) throw notFound();
  return found;
}

function headOf(call: Call, ruleset: Ruleset) {
  const repository = repositoryOf(call);
  return {
    id: ruleset.id,
    name: ruleset.name,
    target: 'branch',
    source_type: 'Repository',
    source: fullName(call.world, repository),
    enforcement: ruleset.enforcement,
    node_id: nodeId('RRS', ruleset.id),
    _links: {
      self: { href: `${repositoryApi(call.world, repository)}/rulesets/${ruleset.id}` },
      html: { href: `${repositoryPage(call.world, repository)}/rules/${ruleset.id}` },
    },
    created_at: iso(ruleset.createdAt),
    updated_at: iso(ruleset.updatedAt),
  };
}

/** Who may pass a ruleset by is told only to those who may change it. */
function wholeOf(call: Call, ruleset: Ruleset) {
  return {
    ...headOf(call, ruleset),
    conditions: { ref_name: { include: [...ruleset.include], exclude: [...ruleset.exclude] } },
    rules: [...ruleset.rules],
    ...(administrates(call) ? { bypass_actors: [...ruleset.bypass] } : {}),
  };
}

function administrates(call: Call): boolean {
  const { principal } = call;
  if (principal.kind === 'installation') return principal.permissions['administration'] === 'write';
  const repository = repositoryOf(call);
  return (
    principal.kind === 'person' &&
    atLeast(roleOf(call.world, repository, principal.account.id), 'admin')
  );
}

function create(call: Call): Answer {
  const name = text(call.body, 'name');
  if (name === undefined) throw invalid('Ruleset', 'name', 'missing_field');
  const ruleset = createRuleset(call.world, repositoryOf(call), { name });
  fill(ruleset, call.body);
  return json(wholeOf(call, ruleset), 201);
}

function change(call: Call): Answer {
  const ruleset = rulesetOf(call);
  fill(ruleset, call.body);
  ruleset.updatedAt = call.world.now();
  return json(wholeOf(call, ruleset));
}

function fill(ruleset: Ruleset, body: Fields): void {
  const refs = asFields(asFields(body['conditions'])['ref_name']);
  const strings = (value: unknown) => asList(value).map(String);
  ruleset.name = text(body, 'name') ?? ruleset.name;
  ruleset.enforcement =
    word(body, 'enforcement', ['active', 'disabled', 'evaluate']) ?? ruleset.enforcement;
  if (refs['include'] !== undefined) ruleset.include = strings(refs['include']);
  if (refs['exclude'] !== undefined) ruleset.exclude = strings(refs['exclude']);
  if (body['rules'] !== undefined) ruleset.rules = asList(body['rules']).map(ruleOf);
  if (body['bypass_actors'] !== undefined)
    ruleset.bypass = asList(body['bypass_actors']).map(bypassOf);
}

function ruleOf(value: unknown): Rule {
  const fields = asFields(value);
  const type = text(fields, 'type');
  if (type === undefined) throw invalid('Ruleset', 'rules', 'invalid');
  const { parameters } = fields;
  return parameters === undefined ? { type } : { type, parameters: asFields(parameters) };
}

function bypassOf(value: unknown): BypassActor {
  const fields = asFields(value);
  const type = word(fields, 'actor_type', [
    'Integration',
    'OrganizationAdmin',
    'RepositoryRole',
    'Team',
    'User',
  ]);
  if (type === undefined) throw invalid('Ruleset', 'bypass_actors', 'invalid');
  return {
    actor_id: whole(fields, 'actor_id') ?? null,
    actor_type: type,
    bypass_mode: word(fields, 'bypass_mode', ['always', 'pull_request', 'exempt']) ?? 'always',
  };
}

function protectionOf(call: Call): Protection {
  const branch = param(call, 'branch');
  const repository = repositoryOf(call);
  if (branchTip(repository, branch) === undefined) throw new Refusal(404, 'Branch not found');
  const found = repository.protections.get(branch);
  if (found === undefined) throw new Refusal(404, 'Branch not protected');
  return found;
}

const protectionUrl = (call: Call): string =>
  `${repositoryApi(call.world, repositoryOf(call))}/branches/${encodeURIComponent(param(call, 'branch'))}/protection`;

function requiredShape(call: Call, protection: Protection) {
  const url = `${protectionUrl(call)}/required_status_checks`;
  return {
    url,
    strict: protection.strict,
    contexts: protection.checks.map((check) => check.context),
    contexts_url: `${url}/contexts`,
    checks: protection.checks.map((check) => ({ context: check.context, app_id: check.appId })),
  };
}

function protectionShape(call: Call, protection: Protection) {
  const url = protectionUrl(call);
  return {
    url,
    required_status_checks: requiredShape(call, protection),
    enforce_admins: { url: `${url}/enforce_admins`, enabled: protection.enforceAdmins },
    required_linear_history: { enabled: false },
    allow_force_pushes: { enabled: false },
    allow_deletions: { enabled: false },
  };
}

function protect(call: Call): Answer {
  const repository: Repository = repositoryOf(call);
  const branch = param(call, 'branch');
  if (branchTip(repository, branch) === undefined) throw new Refusal(404, 'Branch not found');
  const required = asFields(call.body['required_status_checks']);
  const contexts = asList(required['contexts']).map((each) => ({
    context: String(each),
    appId: null,
  }));
  const pinned = asList(required['checks']).map((each) => {
    const fields = asFields(each);
    // -1 stands for any app in this form.
    const appId = whole(fields, 'app_id') ?? -1;
    return { context: text(fields, 'context') ?? '', appId: appId < 0 ? null : appId };
  });
  const protection: Protection = {
    checks: pinned.length > 0 ? pinned : contexts,
    strict: flag(required, 'strict') ?? false,
    enforceAdmins: flag(call.body, 'enforce_admins') ?? false,
    approvals: 0,
  };
  repository.protections.set(branch, protection);
  return json(protectionShape(call, protection));
}
