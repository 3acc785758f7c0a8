/** What is said of where code and rights come from: packages, submodules and workflows. */
import { about, because, placed, type Sentences, said } from './parts.ts';

export const supplySentences: Sentences<'supply' | 'workflow'> = {
  'supply.git-attributes': said(
    (f) =>
      `${placed(f)} changes what git and reviewers are shown. The measuring ignores it; people should not.`,
    'Put it into a change of its own.',
  ),
  'supply.lifecycle-script': said(
    (f) => `${placed(f)} runs code on install that it did not run before (${about(f)}).`,
    'Leave the script out, or have people decide.',
  ),
  'supply.registry': said(
    (f) => `${placed(f)} changes where packages come from.`,
    'Leave it out, or have people decide.',
  ),
  'supply.remote-dependency': said(
    (f) => `${placed(f)} takes a package from outside the registry (${about(f)}).`,
    'Take it from the registry, or have people decide.',
  ),
  'supply.submodule-url': said(
    (f) => `${placed(f)} changes where a submodule comes from.`,
    'Leave it out, or have people decide.',
  ),
  'supply.unreadable': said(
    (f) => `${placed(f)} cannot be read, so what it installs is not known.`,
    'Write it so that its own tool can read it.',
  ),
  'workflow.head-checkout': said(
    (f) => `${placed(f)} checks out the head of a pull request with the rights of the target.`,
    'Do not run code of a pull request under a privileged trigger.',
  ),
  'workflow.permissions': said(
    (f) => `${placed(f)} asks for rights it did not have (${about(f)}).`,
    'Ask for the least that the job needs, or have people decide.',
  ),
  'workflow.pipe-to-shell': said(
    (f) => `${placed(f)} runs a script straight from the network.`,
    'Pin what is fetched by its digest.',
  ),
  'workflow.privileged-trigger': said(
    (f) => `${placed(f)} starts on ${about(f)}, which runs with the rights of the target.`,
    'Use pull_request, or have people decide.',
  ),
  'workflow.secrets-inherit': said(
    (f) => `${placed(f)} hands every secret to another workflow.`,
    'Hand over the secrets that are needed, by name.',
  ),
  'workflow.self-hosted': said(
    (f) => `${placed(f)} runs on a machine of your own.`,
    'Keep code of pull requests off own runners, or have people decide.',
  ),
  'workflow.unpinned-action': said(
    (f) => `${placed(f)} runs an action or image that is not pinned (${about(f)}).`,
    'Pin an action to its full commit SHA, an image to its sha256 digest.',
  ),
  'workflow.unreadable': said(
    (f) => `${placed(f)} cannot be read as a workflow${because(f)}.`,
    'Write it so that it can be read; what cannot be read is not passed.',
  ),
  'workflow.untrusted-expression': said(
    (f) => `${placed(f)} puts text of a pull request into a script (${about(f)}).`,
    'Hand it over in an environment variable.',
  ),
};
