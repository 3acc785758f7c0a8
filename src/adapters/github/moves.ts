import type { ForgeRepository, LivePull, PullMove } from '../../forge.ts';
import { type Fields, OddAnswer } from './answer.ts';
import { type GitHubClient, inGraphql } from './client.ts';

/** By GitHub's own history, which also has what no delivery told: the newest hundred. */
const MOVES = `query Moves($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      baseRefName
      timelineItems(last: 100, itemTypes: [CLOSED_EVENT, REOPENED_EVENT, BASE_REF_CHANGED_EVENT, AUTOMATIC_BASE_CHANGE_SUCCEEDED_EVENT]) {
        pageInfo { hasPreviousPage }
        nodes {
          __typename
          ... on ClosedEvent { createdAt }
          ... on ReopenedEvent { createdAt }
          ... on BaseRefChangedEvent { createdAt previousRefName }
          ... on AutomaticBaseChangeSucceededEvent { createdAt oldBase }
        }
      }
    }
  }
}`;

/** When a pull request was closed, opened again or aimed elsewhere, oldest first. */
export async function movesOf(
  client: GitHubClient,
  { owner, name }: ForgeRepository,
  { number, base }: LivePull,
): Promise<readonly PullMove[]> {
  const answer = await inGraphql(client, MOVES, { owner, name, number });
  const pull = answer.fields('repository').fields('pullRequest');
  // Its history is of another moment than what we know of it.
  if (pull.text('baseRefName') !== base.branch) throw new OddAnswer('another base branch');
  const items = pull.fields('timelineItems');
  const listed = items.list('nodes').map(moveOf);
  const [oldest] = listed;
  const isCut = items.fields('pageInfo').flag('hasPreviousPage');
  if (isCut && oldest === undefined) throw new OddAnswer('a history without its end');
  return isCut && oldest !== undefined ? [{ kind: 'unlisted', at: oldest.at }, ...listed] : listed;
}

function moveOf(node: Fields): PullMove {
  const at = node.instant('createdAt');
  switch (node.text('__typename')) {
    case 'ClosedEvent':
      return { kind: 'closed', at };
    case 'ReopenedEvent':
      return { kind: 'reopened', at };
    case 'BaseRefChangedEvent':
      return { kind: 'aimed', at, from: node.text('previousRefName') };
    case 'AutomaticBaseChangeSucceededEvent':
      return { kind: 'aimed', at, from: node.text('oldBase') };
    default:
      throw new OddAnswer('a move of another kind');
  }
}
