/** Comments and reactions on pull requests, through the issues API. */
import { actorOf } from '../auth.ts';
import { commentCharactersMax, deleteComment, editComment, writeComment } from '../comment-life.ts';
import {
  type Answer,
  type Call,
  invalid,
  json,
  notFound,
  nothing,
  numberParam,
  paged,
  Refusal,
  type Route,
  repositoryOf,
  text,
  word,
} from '../http.ts';
import { commentShape, issueShape, reactionKinds, reactionShape } from '../shapes/issue.ts';
import type { Comment, Reaction } from '../state.ts';
import { atLeast, nextId, roleOf } from '../world.ts';

const reads = { anyOf: ['issues:read', 'pull_requests:read'] } as const;
const writes = { anyOf: ['issues:write', 'pull_requests:write'], role: 'read' } as const;

export const issueRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/issues/{issue_number}',
    needs: reads,
    answer: (call) => {
      const pull = repositoryOf(call).pulls.get(issueNumber(call));
      if (pull === undefined) throw notFound();
      return json(issueShape(call.world, repositoryOf(call), pull));
    },
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/issues/{issue_number}/comments',
    needs: reads,
    answer: list,
  },
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/issues/{issue_number}/comments',
    needs: writes,
    answer: create,
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/issues/comments/{comment_id}',
    needs: reads,
    answer: (call) => json(shapeOf(call, commentOf(call))),
  },
  {
    method: 'PATCH',
    path: '/repos/{owner}/{repo}/issues/comments/{comment_id}',
    needs: writes,
    answer: edit,
  },
  {
    method: 'DELETE',
    path: '/repos/{owner}/{repo}/issues/comments/{comment_id}',
    needs: writes,
    answer: (call) => {
      const comment = ownComment(call);
      deleteComment(call.world, repositoryOf(call), comment, actorOf(call.world, call.principal));
      return nothing();
    },
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions',
    needs: reads,
    answer: (call) =>
      paged(call, commentOf(call).reactions, (each) => reactionShape(call.world, each)),
  },
  {
    method: 'POST',
    path: '/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions',
    needs: writes,
    answer: react,
  },
  {
    method: 'DELETE',
    path: '/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions/{reaction_id}',
    needs: writes,
    answer: unreact,
  },
];

function issueNumber(call: Call): number {
  const number = numberParam(call, 'issue_number');
  if (!repositoryOf(call).pulls.has(number)) throw notFound();
  return number;
}

function commentOf(call: Call): Comment {
  const comment = repositoryOf(call).comments.get(numberParam(call, 'comment_id'));
  if (comment === undefined) throw notFound();
  return comment;
}

/** One's own, or anybody's for those who may write; an app changes only its own. */
function ownComment(call: Call): Comment {
  const comment = commentOf(call);
  const by = actorOf(call.world, call.principal);
  const writer = atLeast(roleOf(call.world, repositoryOf(call), by.id), 'write');
  if (comment.authorId === by.id || writer) return comment;
  throw new Refusal(403, 'Must have admin rights to Repository.');
}

const shapeOf = (call: Call, comment: Comment) =>
  commentShape(call.world, repositoryOf(call), comment);

function list(call: Call): Promise<Answer> {
  const number = issueNumber(call);
  const since = Date.parse(call.query.get('since') ?? '1970-01-01T00:00:00Z');
  const found = [...repositoryOf(call).comments.values()].filter(
    (comment) => comment.number === number && comment.updatedAt >= since,
  );
  return paged(call, found, (comment) => shapeOf(call, comment));
}

function bodyOf(call: Call): string {
  const body = text(call.body, 'body');
  if (body === undefined || body.trim() === '')
    throw invalid('IssueComment', 'body', 'missing_field');
  if (body.length > commentCharactersMax)
    throw invalid(
      'IssueComment',
      'body',
      'custom',
      `body is too long (maximum is ${commentCharactersMax} characters)`,
    );
  return body;
}

function create(call: Call): Answer {
  const comment = writeComment(call.world, repositoryOf(call), {
    number: issueNumber(call),
    body: bodyOf(call),
    author: actorOf(call.world, call.principal),
    viaAppId: call.principal.kind === 'installation' ? call.principal.app.id : null,
  });
  return json(shapeOf(call, comment), 201);
}

function edit(call: Call): Answer {
  const comment = ownComment(call);
  const by = actorOf(call.world, call.principal);
  editComment(call.world, repositoryOf(call), comment, bodyOf(call), by);
  return json(shapeOf(call, comment));
}

/** The same reaction by the same account is one: 200 where it stood, 201 where it is new. */
function react(call: Call): Answer {
  const comment = commentOf(call);
  const content = word(call.body, 'content', reactionKinds);
  if (content === undefined) throw invalid('Reaction', 'content', 'invalid');
  const by = actorOf(call.world, call.principal);
  const known = comment.reactions.find(
    (each) => each.accountId === by.id && each.content === content,
  );
  if (known !== undefined) return json(reactionShape(call.world, known));
  const reaction: Reaction = {
    id: nextId(call.world),
    accountId: by.id,
    content,
    createdAt: call.world.now(),
  };
  comment.reactions.push(reaction);
  return json(reactionShape(call.world, reaction), 201);
}

function unreact(call: Call): Answer {
  const { reactions } = commentOf(call);
  const id = numberParam(call, 'reaction_id');
  const by = actorOf(call.world, call.principal);
  const at = reactions.findIndex((each) => each.id === id && each.accountId === by.id);
  if (at < 0) throw notFound();
  reactions.splice(at, 1);
  return nothing();
}
