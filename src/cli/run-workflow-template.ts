/**
 * The workflow that answers gates which run a command: the app starts it from the target's branch, so that no
 * pull request changes what it does.
 *
 * The head is an input, and data: nothing of it is checked out here, and what is run of it has no network and
 * no variable of the run. The token reads, and the identity token is good for one request each.
 *
 * @param action `OWNER/REPOSITORY/action@COMMIT` of the copy of the action that the owner trusts.
 */
export function runWorkflowTemplate(action: string): string {
  return `# Runs what the gates of this repository's policy name, for the app that judges pull requests. The app starts
# it from the branch that a change would be merged to; started by anybody else it finds nobody who waits.
# Keep .github/workflows protected by review: whoever changes this file on that branch writes evidence.
name: CAWS gates
run-name: CAWS \${{ inputs.case }}
on:
  workflow_dispatch:
    inputs:
      case:
        description: The case that the app has opened
        required: true
        type: string
      head:
        description: The commit that is examined
        required: true
        type: string

permissions: {}

concurrency:
  group: caws-\${{ inputs.case }}

jobs:
  gates:
    name: CAWS gates
    # Your own machine: bubblewrap on Linux, nothing more on macOS. "arbiter runner sandbox-test" shows what holds.
    runs-on: \${{ fromJSON(vars.CAWS_RUNNER || '["self-hosted"]') }}
    timeout-minutes: 1440
    permissions:
      # Both commits are read with it.
      contents: read
      # By it the app knows which run speaks.
      id-token: write
    steps:
      - name: Run the gates
        id: gates
        uses: ${action}
        with:
          # https://YOUR-HOST of the app, in the repository's or the organization's variable CAWS_ARBITER_APP.
          app: \${{ vars.CAWS_ARBITER_APP }}
          case: \${{ inputs.case }}
          head: \${{ inputs.head }}
          token: \${{ github.token }}
      - name: Keep evidence that could not be sent
        if: steps.gates.outputs.unsent != ''
        uses: actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2
        with:
          name: caws-evidence
          path: \${{ steps.gates.outputs.unsent }}
          if-no-files-found: error
          retention-days: 7
`;
}
