/** Comments on pull requests: written, edited, deleted, and the event of each. */
import { emit } from './events.ts';
import { commentShape, issueShape } from './shapes/issue.ts';
import type { Account, Comment, Repository } from './state.ts';
import { nextId, type World } from './world.ts';

/** GitHub refuses longer bodies. */
export const commentCharactersMax = 65_536;

export interface Written {
  readonly number: number;
  readonly body: string;
  readonly author: Account;
  readonly viaAppId: number | null;
}

export function writeComment(world: World, repository: Repository, written: Written): Comment {
  const comment: Comment = {
    id: nextId(world),
    number: written.number,
    authorId: written.author.id,
    viaAppId: written.viaAppId,
    createdAt: world.now(),
    body: written.body,
    updatedAt: world.now(),
    lastEditedAt: null,
    minimizedReason: null,
    reactions: [],
  };
  repository.comments.set(comment.id, comment);
  const pull = repository.pulls.get(written.number);
  if (pull !== undefined) pull.updatedAt = world.now();
  tellOfComment(world, repository, comment, 'created', written.author);
  return comment;
}

export function editComment(
  world: World,
  repository: Repository,
  comment: Comment,
  body: string,
  by: Account,
): void {
  const from = comment.body;
  comment.body = body;
  comment.updatedAt = world.now();
  comment.lastEditedAt = comment.updatedAt;
  tellOfComment(world, repository, comment, 'edited', by, { changes: { body: { from } } });
}

export function deleteComment(
  world: World,
  repository: Repository,
  comment: Comment,
  by: Account,
): void {
  repository.comments.delete(comment.id);
  tellOfComment(world, repository, comment, 'deleted', by);
}

function tellOfComment(
  world: World,
  repository: Repository,
  comment: Comment,
  action: string,
  sender: Account,
  more: Readonly<Record<string, unknown>> = {},
): void {
  const pull = repository.pulls.get(comment.number);
  if (pull === undefined) return;
  emit(world, {
    event: 'issue_comment',
    action,
    repository,
    sender,
    payload: {
      ...more,
      issue: issueShape(world, repository, pull),
      comment: commentShape(world, repository, comment),
    },
  });
}
