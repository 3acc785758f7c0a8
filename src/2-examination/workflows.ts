import type { RuleId } from '../caws/rules.ts';
import { type LocatedYaml, readYaml, type YamlPath } from '../caws/yaml.ts';
import type { Hazard, Inspector, Reading } from './inspection.ts';

/** GitHub workflows and actions: what runs with the repository's rights. */
export const workflowInspector: Inspector = {
  reads: (path) =>
    /^\.github\/workflows\/.*\.ya?ml$/i.test(path) || /(?:^|\/)action\.ya?ml$/i.test(path),
  read: readWorkflow,
  unreadable: 'workflow.unreadable',
};

/** Events that run with secrets and write rights although a stranger causes them. */
const privilegedTriggers = new Set([
  'pull_request_target',
  'workflow_run',
  'issue_comment',
  'issues',
  'discussion',
  'discussion_comment',
  'gollum',
]);

/** Names of hosted machines; everything else is a runner of one's own, or not known. */
const hostedRunner = /^(?:ubuntu|windows|macos)-[a-z0-9][a-z0-9.-]*$/i;

const fetches =
  /\b(?:curl|wget|fetch|iwr|irm|invoke-webrequest|invoke-restmethod|downloadstring)\b/i;

const pipeToShell = [
  /\b(?:curl|wget|fetch|iwr|irm|invoke-webrequest|invoke-restmethod)\b[^\n;]*\|\s*(?:sudo\s+(?:-\S+\s+)*)?(?:(?:\S*\/)?env\s+(?:-\S+\s+)*)?(?:\S*\/)?(?:(?:ba|z|da|k|a|fi)?sh|python[\d.]*|node|deno|bun|perl|ruby|php|pwsh|iex|invoke-expression|source|tar\s+\S*x\S*\s+-P)\b/i,
  /\b(?:ba|z|da|k)?sh\b[^\n;|]*[<"'`(]\s*\$?\(?\s*\(?(?:curl|wget)\b/i,
  /\b(?:eval|source|\.)\s+[<"'`]?\$?\(?\s*(?:curl|wget)\b/i,
  /\b(?:iex|invoke-expression)\b[^\n]*\b(?:iwr|irm|downloadstring|invoke-webrequest|invoke-restmethod)\b/i,
];

/** Names of the head of a change, in a checkout's inputs or in a command. */
const headReference =
  /head[._-]?(?:ref|sha|branch|commit|repository)|\.head\b|refs\/pull|pull\/|gh\s+pr\s+(?:checkout|diff)|pull_request\.merge_commit/i;

function readWorkflow(text: string, path: string): Reading {
  const read = readYaml(text, path);
  if (!read.ok) {
    const [problem] = read.fault.problems;
    return { kind: 'unreadable', line: problem?.line ?? null, column: problem?.column ?? null };
  }
  const yaml = read.value;
  const isAction = /action\.ya?ml$/i.test(path);
  // What starts a workflow stands under `on` and nowhere else; a reader that takes `ON` or `true` for it would run more.
  if (!isMap(yaml.value) || !(isAction || Object.hasOwn(yaml.value, 'on')))
    return { kind: 'unreadable', line: null, column: null };
  const triggers = triggersOf(yaml.value['on']).filter((event) => privilegedTriggers.has(event));
  const context: Context = { yaml, hazards: [], isPrivileged: triggers.length > 0 };
  for (const event of triggers) note(context, 'workflow.privileged-trigger', event, ['on']);
  if (!isAction) unsetPermissions(yaml.value, context);
  walk(yaml.value, [], context);
  return { kind: 'read', hazards: context.hazards };
}

interface Context {
  readonly yaml: LocatedYaml;
  readonly hazards: Hazard[];
  readonly isPrivileged: boolean;
}

type Keyed = Readonly<Record<string, unknown>>;

/** Visits every map, wherever it stands: nesting is what hides a step from a reader of fixed places. */
function walk(value: unknown, path: YamlPath, context: Context): void {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) walk(item, [...path, index], context);
    return;
  }
  if (!isMap(value)) return;
  for (const [key, item] of Object.entries(value)) {
    examineKey(key, item, [...path, key], context);
    walk(item, [...path, key], context);
  }
  examineCheckout(value, path, context);
}

function examineKey(key: string, value: unknown, path: YamlPath, context: Context): void {
  switch (key) {
    case 'uses':
      if (typeof value === 'string' && !isPinned(value))
        note(context, 'workflow.unpinned-action', value, path);
      return;
    case 'image':
    case 'container':
      if (typeof value === 'string' && isPulled(value, path) && !isPinnedImage(value))
        note(context, 'workflow.unpinned-action', value, path);
      return;
    case 'shell':
      if (typeof value === 'string') examineExpressions(value, path, context);
      return;
    case 'run':
    case 'script':
      if (typeof value === 'string') examineScript(value, path, context);
      return;
    case 'permissions':
      for (const scope of raisedScopes(value)) note(context, 'workflow.permissions', scope, path);
      return;
    case 'runs-on':
      for (const label of runnersOf(value))
        if (!hostedRunner.test(label)) note(context, 'workflow.self-hosted', label, path);
      return;
    case 'secrets':
      if (value === 'inherit') note(context, 'workflow.secrets-inherit', 'inherit', path);
      return;
    default:
  }
}

function examineExpressions(text: string, path: YamlPath, context: Context): void {
  for (const expression of expressionsOf(text))
    if (isUntrusted(expression)) note(context, 'workflow.untrusted-expression', expression, path);
}

function examineScript(script: string, path: YamlPath, context: Context): void {
  examineExpressions(script, path, context);
  // A line that ends in a backslash or a pipe goes on in the next; blanks only pad it.
  const joined = script
    .replace(/\\\r?\n/g, ' ')
    .replace(/\|[ \t]*\r?\n/g, '| ')
    .replace(/[ \t]{2,}/g, ' ');
  for (const line of joined.split(/\r?\n/))
    if (
      fetches.test(line) &&
      (line.length > LINE_LENGTH_MAX || pipeToShell.some((pattern) => pattern.test(line)))
    )
      note(context, 'workflow.pipe-to-shell', line.trim(), path);
  if (context.isPrivileged && headReference.test(script))
    note(context, 'workflow.head-checkout', script, path);
}

/** The patterns look back and forth within a line; what is longer than a person reads counts as the worst. */
const LINE_LENGTH_MAX = 1_000;

/** A checkout of anything but the default under a trigger with rights runs a stranger's code with them. */
function examineCheckout(step: Keyed, path: YamlPath, context: Context): void {
  if (!context.isPrivileged || typeof step['uses'] !== 'string') return;
  const inputs = step['with'];
  if (!isMap(inputs)) return;
  for (const name of ['ref', 'repository']) {
    const value = inputs[name];
    if (typeof value === 'string' && (value.includes('${{') || headReference.test(value)))
      note(context, 'workflow.head-checkout', `${step['uses']} ${value}`, [...path, 'with', name]);
  }
}

/** Without a word the rights are the repository's default, which may be all. */
function unsetPermissions(workflow: Keyed, context: Context): void {
  const jobs = workflow['jobs'];
  const all = isMap(jobs) ? Object.values(jobs) : [];
  const isSet = (value: unknown) => isMap(value) && value['permissions'] != null;
  if (workflow['permissions'] == null && !(all.length > 0 && all.every(isSet)))
    note(context, 'workflow.permissions', 'not set', ['jobs']);
}

function triggersOf(on: unknown): readonly string[] {
  if (typeof on === 'string') return [on];
  if (Array.isArray(on)) return on.filter((event) => typeof event === 'string');
  return isMap(on) ? Object.keys(on) : [];
}

function raisedScopes(permissions: unknown): readonly string[] {
  if (typeof permissions === 'string')
    return /^(?:read-all|none)$/.test(permissions) ? [] : [permissions];
  if (!isMap(permissions)) return [];
  return Object.entries(permissions)
    .filter(([, level]) => level !== 'read' && level !== 'none')
    .map(([scope]) => scope);
}

function runnersOf(runsOn: unknown): readonly string[] {
  if (typeof runsOn === 'string') return [runsOn];
  if (Array.isArray(runsOn)) return runsOn.map(String);
  return [JSON.stringify(runsOn) ?? 'unknown'];
}

/** Pinned: a local path, an image by digest, or a repository at a full commit. */
function isPinned(uses: string): boolean {
  if (/^\.\.?\//.test(uses)) return !uses.includes('${{');
  if (uses.startsWith('docker://')) return isPinnedImage(uses);
  return /^[^@\s$]+@[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(uses);
}

function isPinnedImage(image: string): boolean {
  return /@sha256:[0-9a-f]{64}$/.test(image);
}

/** Images of jobs and their services are pulled; that of an action may be a Dockerfile beside it. No text is no image. */
function isPulled(image: string, path: YamlPath): boolean {
  const isOfJob =
    path.at(-1) === 'container' || path.at(-2) === 'container' || path.at(-3) === 'services';
  return isOfJob ? image.trim() !== '' : /^\s*docker:\/\//i.test(image);
}

/** What stands between `${{` and `}}`; one that is never closed reaches to the end. */
function expressionsOf(text: string): readonly string[] {
  const expressions: string[] = [];
  for (let from = text.indexOf('${{'); from !== -1; ) {
    const end = text.indexOf('}}', from);
    expressions.push(text.slice(from + 3, end === -1 ? undefined : end).trim());
    from = end === -1 ? -1 : text.indexOf('${{', end);
  }
  return expressions;
}

/** Facts that GitHub itself makes: numbers, hashes and fixed words. */
const ownFacts =
  /\bgithub\.(?:event\.(?:number|action|(?:pull_request|issue)\.number|pull_request\.(?:head|base)\.sha|pull_request\.(?:draft|merged))|event_name|sha|run_id|run_number|run_attempt|repository_id|repository_owner_id|actor_id|job|workspace|token|server_url|api_url|retention_days)\b/g;

/** Whether text of a stranger may stand in the expression: the event, names of branches, inputs, whole contexts. */
function isUntrusted(expression: string): boolean {
  const plain = expression
    .toLowerCase()
    .replace(/\s+/g, '')
    .replace(/\[['"]([\w-]+)['"]\]/g, '.$1')
    .replace(ownFacts, '');
  return /\bgithub(?:\.event\b|\.head_ref|\.base_ref|\.ref\b|\.ref_name|\.\*|\[|[),]|$)|\binputs\b|\benv\b|\bsteps\.|\bneeds\./.test(
    plain,
  );
}

function note(context: Context, rule: RuleId, key: string, path: YamlPath): void {
  const { line, column } = context.yaml.placeOf(path);
  context.hazards.push({ rule, key, line, column });
}

function isMap(value: unknown): value is Keyed {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
