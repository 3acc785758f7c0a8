import { stringify } from 'yaml';

/** What `init` writes. Every text is read back by the tests with the readers that judge it later. */

export const policyTemplate = `# The law that changes to this repository are judged by. It is read where a change would be merged to,
# so a change cannot rewrite the policy that judges it. What is left out comes from the shipped
# default; "arbiter config show" prints every value and where it comes from.
version: 1

# observe: say what would have happened, block nothing. enforce: the verdict counts.
mode: enforce

# Tier 1 is the riskiest and so the smallest. A spec names its tier.
risk_tiers:
  '1': {max_files: 10, max_loc: 250}
  '2': {max_files: 25, max_loc: 1000}
  '3': {max_files: 50, max_loc: 2000}

# Who may approve waivers and changes of this folder: @handle, @org/team or a signer's e-mail. Empty:
# the maintainers of the repository, or those whose keys stand in .caws/trusted-keys.yaml.
waivers:
  approvers: []
  max_duration_days: 30

# Budget, scope and spec need nothing but git. Add what your project can measure, for example:
#   tests:
#     mode: block
#     answer: {by: command, command: [npm, test]}
gates:
  budget_limit: {mode: block}
  scope_boundary: {mode: block}
  spec_completeness: {mode: block}
`;

/** A first active spec in the published dialect of version 11. Folders end with `/`. */
export function specTemplate(id: string, folders: readonly string[]): string {
  const entries = folders.map((folder) => `    - ${folder}`).join('\n');
  const modules = folders
    .map((folder) => `    - ${stringify(folder.slice(0, -1)).trim()}`)
    .join('\n');
  return `# What the current work may touch and what it promises. Close it and write the next one when it is done.
id: ${id}
title: First work under CAWS
risk_tier: 3
mode: chore
lifecycle_state: active
blast_radius:
  modules:
${modules}
  data_migration: false
operational_rollback_slo: 30m
scope:
  in:
${entries}
  out:
    - node_modules
invariants:
  - What worked before the change works after it
acceptance:
  - id: A1
    given: the default branch before the change
    when: the change is merged
    then: the tests of the project still pass
non_functional:
  reliability:
    - No test is removed or skipped to make the change pass
contracts: []
`;
}

/**
 * The workflow that judges pull requests with the policy of the base.
 *
 * No action of a third party runs and nothing of the head is checked out: the objects are fetched
 * into a bare repository. The token travels in the environment, since argument lists are public on
 * a runner.
 *
 * @param version of this package; the workflow names it, so that a later release cannot change a verdict unseen.
 */
export function workflowTemplate(version: string): string {
  return `# Judges every pull request under the policy of its base, where no app does. Make "CAWS verify" a required check,
# and set the repository variable CAWS_ARBITER. With the app remove this file: its check is "CAWS verdict".
# Whoever can change this file in a pull request changes what runs there, so keep .github/workflows
# protected by review; the policy holds such a change back as well.
name: CAWS
on:
  pull_request:

permissions:
  contents: read

concurrency:
  group: caws-\${{ github.event.pull_request.number }}
  cancel-in-progress: true

jobs:
  verdict:
    name: CAWS verify
    runs-on: ubuntu-latest
    timeout-minutes: 10
    env:
      BASE_SHA: \${{ github.event.pull_request.base.sha }}
      HEAD_SHA: \${{ github.event.pull_request.head.sha }}
      REPOSITORY_URL: \${{ github.server_url }}/\${{ github.repository }}
    steps:
      - name: Fetch both commits without checking anything out
        env:
          TOKEN: \${{ github.token }}
          SERVER_URL: \${{ github.server_url }}
        run: |
          credentials=$(printf 'x-access-token:%s' "$TOKEN" | base64 --wrap=0)
          echo "::add-mask::$credentials"
          export GIT_CONFIG_COUNT=1
          export GIT_CONFIG_KEY_0="http.$SERVER_URL/.extraheader"
          export GIT_CONFIG_VALUE_0="AUTHORIZATION: basic $credentials"
          git init --quiet --bare judged.git
          git --git-dir=judged.git remote add origin "$REPOSITORY_URL"
          git --git-dir=judged.git fetch --quiet --no-tags origin \\
            "+$BASE_SHA:refs/remotes/origin/base" "+$HEAD_SHA:refs/heads/head"
      - name: Judge
        env:
          # What judges is the maintainers' choice, not a name that anyone may register: a tarball of
          # caws-arbiter ${version} that you pin, in the repository's variable CAWS_ARBITER.
          ARBITER: \${{ vars.CAWS_ARBITER }}
        run: |
          : "\${ARBITER:?set the repository variable CAWS_ARBITER to a pinned tarball of caws-arbiter}"
          npx --yes --package "$ARBITER" -- arbiter -C judged.git verify "$BASE_SHA...$HEAD_SHA"
`;
}
