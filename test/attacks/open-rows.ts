import type { OpenRow } from './row.ts';

const app = 'needs webhooks, comments and permissions of a forge: the app answers it';
const merges = 'needs the merge call and the queue of a forge: the app answers it';
const checks = 'needs check runs and app ids of a forge: the app answers it';
const runner = 'needs the isolated machine that runs gates: the runner answers it';
const judge = 'needs a model that reads changes: the judge answers it';

const open = (
  because: string,
  ...rows: readonly (readonly [string, string])[]
): readonly OpenRow[] => rows.map(([id, name]) => ({ id, name, because }));

/** Cases of the catalogue that wait for a later part. They count as open, never as answered. */
export const openRows: readonly OpenRow[] = [
  ...open(
    app,
    ['A3', 'the approver pressed the button that updates the branch'],
    ['A9', "someone else's edit turns a comment into a command"],
    ['A10', 'an own old comment becomes a command'],
    ['A11', 'a comment changes between its delivery and its reading'],
    ['A13', 'a command in a quotation, a fence or hidden text'],
    ['A15', 'arguments of a command that reach the configuration'],
    ['A17', 'a membership that gives no right here'],
    ['A19', 'the forge does not say who may approve'],
    ['E76b', 'names that speak to Markdown: comments and checks'],
    ['E79b', "the forge's limits of comments and annotations"],
    ['F89b', 'a forge that answers in part about a pull request'],
    ['F92b', 'pages of other tenants'],
  ),
  ...open(
    merges,
    ['B23b', 'a push between the command and its delivery'],
    ['B25', 'a merge of another head than the one judged'],
    ['B29', 'the target is rewritten after the approval'],
    ['B30', 'the policy changes under an open pull request'],
    ['B32', 'a queue merges another group than was judged'],
    ['C51', 'the trailer gets lost on the way into the merge'],
    ['C52', 'the merge holds something else than the verdict'],
    ['I117', 'two winners for one spec'],
  ),
  ...open(
    checks,
    ['B35', 'a check at the test merge hides the one at the head'],
    ['C37', 'a check of the same name by someone else'],
    ['C39', 'evidence from another app'],
    ['C41', 'several runs of one check'],
    ['C45', 'evidence swapped by another job'],
  ),
  ...open(
    runner,
    ['H103b', 'archives of evidence: zip entries and ratios'],
    ['H104', 'an earlier job poisons the machine'],
    ['H105', 'a workflow with rights that checks out the head'],
    ['H106', 'names that run in a workflow'],
    ['H107', 'the own supply chain'],
  ),
  ...open(
    judge,
    ['I108', 'orders in the change'],
    ['I109', 'words around the change that frame it'],
    ['I110', 'the change breaks out of its quotation'],
    ['I113', 'the judge is down, slow, another one, or reads half'],
    ['I114', 'the judge is asked to tell secrets'],
    ['I116', 'tools that a worker may call'],
  ),
];
