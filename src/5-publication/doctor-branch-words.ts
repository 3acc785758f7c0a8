import type { Finding } from './doctor-findings.ts';
import { bad, type CheckupLine, fine, odd } from './doctor-line.ts';
import { visible } from './escape.ts';

/** What of a branch makes it a gate, or none. */
export type BranchFinding = Extract<
  Finding,
  {
    readonly kind:
      | 'required'
      | 'open-name'
      | 'several-names'
      | 'shared-name'
      | 'bypass'
      | 'pushes'
      | 'merge-queue'
      | 'merge-message'
      | 'merge-message-unused';
  }
>;

const shown = (text: string): string => visible(text, 200);
export function branchLine(finding: BranchFinding): CheckupLine {
  switch (finding.kind) {
    case 'merge-queue':
      return fine('queue', queueText(finding));
    case 'merge-message':
    case 'merge-message-unused':
      return messageLine(finding);
    case 'required':
      return requiredLine(finding);
    case 'open-name':
      return bad(
        'required',
        `${shown(finding.branch)} requires "${finding.check}", which is shown where no verdict is required.`,
        'Take that name out of its ruleset.',
      );
    case 'several-names':
      return bad(
        'required',
        `${shown(finding.branch)} requires ${[finding.check, ...finding.others].map((name) => `"${shown(name)}"`).join(' and ')}: a change is shown the first alone, so nothing can land there.`,
        `Take every other one out of the rulesets of ${shown(finding.branch)}.`,
      );
    case 'shared-name':
      return sharedLine(finding);
    case 'bypass':
      return bypassLine(finding);
    case 'pushes':
      return pushesLine(finding);
  }
}

function queueText({ branch, method }: Extract<Finding, { readonly kind: 'merge-queue' }>): string {
  const where = shown(branch);
  switch (method) {
    case null:
      return `${where} merges without a queue.`;
    case 'rebase':
      return `${where} merges by a queue (rebase): what it puts together is judged, and a note names each verdict.`;
    case 'merge':
    case 'squash':
      return `${where} merges by a queue (${method}): what it puts together is judged, and the description carries the verdict.`;
  }
}

function requiredLine({
  check,
  branch,
  pins,
  appId,
}: Extract<Finding, { readonly kind: 'required' }>): CheckupLine {
  const where = shown(branch);
  const pin = `In the ruleset of ${where}, require "${check}" and choose this app (${appId}) as its source.`;
  if (pins.length === 0) return bad('required', `${where} does not require ${check}.`, pin);
  const others = pins.filter((each) => each !== null && each !== appId);
  if (others.length > 0)
    return bad(
      'required',
      `${where} requires ${check} of another app (${others.join(', ')}).`,
      pin,
    );
  // Of several rules each has to hold, so one that names us is enough.
  return pins.includes(appId)
    ? fine('required', `${where} requires ${check} of this app.`)
    : bad('required', `${where} takes ${check} from anybody who may write.`, pin);
}

/** A pattern may stand for many branches; the default branch is one. */
const isOneBranch = (pattern: string): boolean =>
  pattern === '~DEFAULT_BRANCH' || !/[*?[\]{}~]/.test(pattern);

/** A check hangs on a commit: until the app hears of it, what passed for one branch opens each of them. */
function sharedLine({
  check,
  branches,
}: Extract<Finding, { readonly kind: 'shared-name' }>): CheckupLine {
  const list = branches.map((branch) => shown(branch.replace(/^refs\/heads\//, '')));
  if (new Set(list).size < 2 && branches.every(isOneBranch))
    return fine('one branch', 'no other ruleset asks for the same check.');
  return odd(
    'one branch',
    `"${check}" is asked for by several branches (${list.join(', ')}): what passed for one opens the others for some seconds, when it is aimed at them.`,
    `Give each a ruleset and a name of its own, such as "${check.replace(/ \(.*/, '')} (release)"; or a merge queue, which judges what lands.`,
  );
}

function pushesLine({
  branch,
  byPull,
}: Extract<Finding, { readonly kind: 'pushes' }>): CheckupLine {
  const where = shown(branch);
  return byPull
    ? fine('pushes', `${where} moves by pull requests alone.`)
    : odd(
        'pushes',
        `a commit that passed may be pushed to ${where} past its pull request.`,
        `Let a rule of ${where} require a pull request before merging.`,
      );
}

function bypassLine({
  ruleset,
  actors,
}: Extract<Finding, { readonly kind: 'bypass' }>): CheckupLine {
  const name = `ruleset "${shown(ruleset)}"`;
  if (actors === null)
    return odd(
      'bypass',
      `who may pass ${name} by is not shown to the app.`,
      'Look at its bypass list yourself; arbiter audit shows what landed without a verdict.',
    );
  if (actors.length === 0) return fine('bypass', `nobody may pass ${name} by.`);
  const list = actors.map(({ who, mode }) => `${shown(who)} (${shown(mode)})`).join(', ');
  const silent = actors.some(({ mode }) => mode === 'exempt');
  return silent
    ? bad(
        'bypass',
        `exempt actors pass ${name} by without a trace: ${list}.`,
        'Take "exempt" away; break-glass leaves a record.',
      )
    : odd(
        'bypass',
        `${list} may pass ${name} by.`,
        'Keep the list short; break-glass leaves a record.',
      );
}

function messageLine(
  finding: Extract<Finding, { readonly kind: 'merge-message' | 'merge-message-unused' }>,
): CheckupLine {
  const { of } = finding;
  const topic = `${of} text`;
  if (finding.kind === 'merge-message-unused')
    return fine(topic, 'merging this way is not allowed here.');
  if (finding.from === null)
    return odd(
      topic,
      'the forge does not show it to the app.',
      'Look at it in the repository settings.',
    );
  return finding.from === 'PR_BODY'
    ? fine(topic, 'it is the description, which carries the verdict.')
    : odd(
        topic,
        `it is ${shown(finding.from)}, so what people merge by hand names its verdict in a note alone.`,
        `Set the default ${of} commit message to the pull request's title and description.`,
      );
}
