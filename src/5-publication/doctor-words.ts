import { RUN_WORKFLOW } from '../3-deliberation/runner/claims.ts';
import { startWords } from './app-words.ts';
import { branchLine } from './doctor-branch-words.ts';
import type { Finding } from './doctor-findings.ts';
import { bad, type CheckupLine, type CheckupState, fine, odd } from './doctor-line.ts';
import { organizationLine } from './doctor-organization-words.ts';
import { visible } from './escape.ts';
import { keyWords } from './key-fault-words.ts';
import { groupDigits } from './quantity.ts';
import { remoteWords } from './remote-words.ts';
import type { Paint, Tone } from './report.ts';

const shown = (text: string): string => visible(text, 200);
const JWT_CLOCK_MS = 60_000;
const CLOCK_NOTICED_MS = 5_000;

/** A finding as one line of the check-up. */
export function checkupLine(finding: Finding): CheckupLine {
  switch (finding.kind) {
    case 'settings-hold':
      return fine('settings', 'every setting can be read.');
    case 'settings-fault': {
      const { what, next } = startWords(finding.fault);
      return bad('settings', what, next);
    }
    case 'not-looked-at':
      return notLookedAtLine(finding);
    case 'git':
      return gitLine(finding);
    case 'data':
      return dataLine(finding);
    case 'signing-key':
      return finding.keyId === null
        ? odd('key', 'there is no signing key yet.', 'The first start makes one: arbiter app')
        : fine('key', `verdicts are signed by key ${finding.keyId.slice(0, 12)}.`);
    case 'signing-key-fault': {
      const { what, next } = keyWords(finding.fault);
      return bad('key', what, next);
    }
    case 'organization':
    case 'organization-broken':
      return organizationLine(finding);
    case 'runner':
      return runnerLine(finding);
    case 'bypass':
    case 'merge-message':
    case 'merge-message-unused':
    case 'merge-queue':
    case 'open-name':
    case 'pushes':
    case 'required':
    case 'several-names':
    case 'shared-name':
      return branchLine(finding);
    case 'clock':
    case 'deliveries':
    case 'events':
    case 'forge-fault':
    case 'identity':
    case 'identity-refused':
    case 'not-installed':
    case 'permissions':
    case 'suspended':
    case 'webhook':
    case 'webhook-missing':
    case 'webhook-unverified':
      return forgeLine(finding);
  }
}

function runnerLine({
  gates,
  workflow,
}: Extract<Finding, { readonly kind: 'runner' }>): CheckupLine {
  if (gates === null)
    return odd(
      'runner',
      '.caws/policy.yaml cannot be read, so it is not known whether a gate is a command.',
      'In a clone: arbiter config validate',
    );
  const named = gates.map(shown).join(', ');
  if (gates.length === 0)
    return fine('runner', 'no gate of the policy is a command, so none is needed.');
  return workflow === 'there'
    ? fine('runner', `${RUN_WORKFLOW} runs the gates that are commands: ${named}.`)
    : bad(
        'runner',
        `nothing runs the gates that are commands (${named}): the default branch has no ${RUN_WORKFLOW}.`,
        'In a clone: arbiter init --action OWNER/REPOSITORY/action@COMMIT; runner-setup/README.md sets up its machine.',
      );
}

type AtForge = Extract<
  Finding,
  {
    readonly kind:
      | 'clock'
      | 'deliveries'
      | 'events'
      | 'forge-fault'
      | 'identity'
      | 'identity-refused'
      | 'not-installed'
      | 'permissions'
      | 'suspended'
      | 'webhook'
      | 'webhook-missing'
      | 'webhook-unverified';
  }
>;

function forgeLine(finding: AtForge): CheckupLine {
  switch (finding.kind) {
    case 'identity':
      return fine('app', `${shown(finding.slug)}, number ${finding.appId}.`);
    case 'identity-refused':
      return bad(
        'app',
        `the forge does not take this key for this app (${finding.status}).`,
        "Set APP_ID and PRIVATE_KEY to what the app's settings page shows; make a new private key there.",
      );
    case 'forge-fault': {
      const { what, next } = remoteWords(finding.fault);
      return bad('forge', what, next);
    }
    case 'clock':
      return clockLine(finding.aheadMs);
    case 'permissions':
      return permissionsLine(finding);
    case 'events':
      return finding.lacking.length === 0
        ? fine('events', 'the app hears of everything it needs.')
        : bad(
            'events',
            `the app does not hear of: ${finding.lacking.map(shown).join(', ')}.`,
            'Subscribe to them under "Permissions & events" of the app.',
          );
    case 'webhook':
      return finding.expected === null || finding.url.startsWith(finding.expected)
        ? fine('webhook', `deliveries go to ${shown(finding.url)}.`)
        : odd(
            'webhook',
            `deliveries go to ${shown(finding.url)}, and ARBITER_PUBLIC_URL is ${shown(finding.expected)}.`,
            'Set the webhook of the app to the address that leads here.',
          );
    case 'webhook-missing':
      return bad('webhook', 'no webhook is set.', "Set its address on the app's settings page.");
    case 'webhook-unverified':
      return bad(
        'webhook',
        'the forge does not check the certificate that deliveries go to.',
        'Enable SSL verification of the webhook.',
      );
    case 'deliveries':
      return deliveriesLine(finding);
    case 'not-installed':
      return bad(
        'installed',
        `the app is not installed on ${shown(finding.repository)}, or it is not there.`,
        "Install it: the app's page, Install App.",
      );
    case 'suspended':
      return bad('installed', 'the installation is suspended.', 'An owner unsuspends it.');
  }
}

function notLookedAtLine({
  repository,
  hasApp,
}: Extract<Finding, { readonly kind: 'not-looked-at' }>): CheckupLine {
  const left = repository === null ? '' : `${shown(repository)} was not looked at: `;
  return hasApp
    ? odd('repository', `${left}what stands above comes first.`)
    : odd('repository', `${left}there is no app here yet.`, 'Make one first: arbiter app');
}

function gitLine({ version, enough }: Extract<Finding, { readonly kind: 'git' }>): CheckupLine {
  if (version === null) return bad('git', 'git is not in PATH.', 'Install git 2.39 or newer.');
  return enough
    ? fine('git', `version ${shown(version)}.`)
    : bad(
        'git',
        `version ${shown(version)} cannot try merges again.`,
        'Install git 2.39 or newer.',
      );
}

function dataLine({ folder, standing }: Extract<Finding, { readonly kind: 'data' }>): CheckupLine {
  const where = shown(folder);
  switch (standing) {
    case 'private':
      return fine('data', `${where} is there, and nobody else reads it.`);
    case 'missing':
      return odd('data', `${where} is not there yet.`, 'The first start makes it: arbiter app');
    case 'open':
      return bad(
        'data',
        `others may read ${where}, where keys and ledgers stand.`,
        `chmod 700 ${where}`,
      );
    case 'unwritable':
      return bad('data', `${where} cannot be written.`, 'Give it to the user that runs the app.');
  }
}

function clockLine(aheadMs: number | null): CheckupLine {
  if (aheadMs === null) return odd('clock', 'the forge did not tell its time.');
  const seconds = groupDigits(Math.round(Math.abs(aheadMs) / 1_000));
  const way = aheadMs > 0 ? 'ahead of' : 'behind';
  if (Math.abs(aheadMs) < CLOCK_NOTICED_MS)
    return fine('clock', "this clock agrees with the forge's.");
  const says = `this clock is ${seconds} s ${way} the forge's.`;
  const remedy = 'Let the machine keep its time by NTP.';
  return Math.abs(aheadMs) < JWT_CLOCK_MS ? odd('clock', says, remedy) : bad('clock', says, remedy);
}

function permissionsLine({
  of,
  lacking,
  beyond,
}: Extract<Finding, { readonly kind: 'permissions' }>): CheckupLine {
  const topic = of === 'app' ? 'permissions' : 'granted';
  if (lacking.length > 0)
    return bad(
      topic,
      `the ${of} lacks ${lacking.map(shown).join(', ')}.`,
      of === 'app'
        ? 'Add them under "Permissions & events" of the app, as in app.yml.'
        : 'An owner accepts the new permissions on the page of the installation.',
    );
  return beyond.length > 0
    ? odd(
        topic,
        `the ${of} has more than it uses: ${beyond.map(shown).join(', ')}.`,
        'Take them away: what it does not have, nobody can misuse.',
      )
    : fine(topic, `the ${of} has what app.yml asks for, and no more.`);
}

function deliveriesLine({
  failed,
  of,
}: Extract<Finding, { readonly kind: 'deliveries' }>): CheckupLine {
  if (of === 0) return odd('deliveries', 'nothing was delivered yet.', 'Open a pull request.');
  if (failed === 0) return fine('deliveries', `the last ${of} came through.`);
  const says = `${failed} of the last ${of} did not come through.`;
  const remedy = "See what was answered: the app's settings page, Advanced.";
  return failed === of ? bad('deliveries', says, remedy) : odd('deliveries', says, remedy);
}

const marks: Readonly<Record<CheckupState, { readonly mark: string; readonly tone: Tone }>> = {
  ok: { mark: '✓', tone: 'good' },
  warn: { mark: '!', tone: 'hold' },
  fail: { mark: '✗', tone: 'bad' },
};
const TOPIC_COLUMNS = 13;

/** The check-up as people read it: a line each, its remedy below. */
export function doctorText(lines: readonly CheckupLine[], paint: Paint): string {
  const shownLines = lines.flatMap(({ topic, state, says, remedy }) => {
    const { mark, tone } = marks[state];
    const first = `${paint(tone, mark)} ${topic.padEnd(TOPIC_COLUMNS)}${says}`;
    return remedy === null ? [first] : [first, `  ${' '.repeat(TOPIC_COLUMNS)}${remedy}`];
  });
  const count = (state: CheckupState) => lines.filter((each) => each.state === state).length;
  const [failing, odd] = [count('fail'), count('warn')];
  const sum =
    failing > 0
      ? `${failing} to mend, ${odd} to look at.`
      : odd > 0
        ? `Nothing to mend, ${odd} to look at.`
        : 'All is well.';
  return `${[...shownLines, '', sum].join('\n')}\n`;
}
