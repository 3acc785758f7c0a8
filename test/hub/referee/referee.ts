/** Judges what passes in and out by descriptions that nobody here wrote. */
import { knownMismatch } from './known.ts';
import { judgeAnswer, judgeRequest } from './rest.ts';
import { judgeWebhook } from './webhooks.ts';

export interface Mismatch {
  readonly side: 'request' | 'answer' | 'webhook' | 'graphql';
  /** `GET /repos/{owner}/{repo}`, `pull_request.opened`, or the GraphQL operation. */
  readonly of: string;
  readonly why: string;
}

export interface Referee {
  request(method: string, route: string, asked: Asked): readonly string[];
  answer(method: string, route: string, status: number, type: string, body: unknown): void;
  webhook(event: string, payload: unknown, headers: Readonly<Record<string, string>>): void;
  /** @param why what `judgeGraphql` found; reading GitHub's schema takes too long for hubs that need none. */
  graphql(document: string, why: readonly string[]): void;
  readonly mismatches: Mismatch[];
  readonly judged: Record<Mismatch['side'], number>;
}

export interface Asked {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** undefined where no body was sent. */
  readonly body: unknown;
}

/** A thousand is enough to see what is wrong, and does not fill memory. */
const mismatchesMax = 1_000;

export function startReferee(): Referee {
  const mismatches: Mismatch[] = [];
  const judged = { request: 0, answer: 0, webhook: 0, graphql: 0 };
  const note = (side: Mismatch['side'], of: string, why: readonly string[]) => {
    judged[side] += 1;
    const fresh = why.filter((each) => !knownMismatch(side, of, each));
    for (const each of fresh) {
      if (mismatches.length < mismatchesMax) mismatches.push({ side, of, why: each });
    }
    return fresh;
  };
  return {
    mismatches,
    judged,
    request: (method, route, asked) =>
      note('request', `${method} ${route}`, judgeRequest(method, route, asked)),
    answer: (method, route, status, type, body) => {
      note(
        'answer',
        `${method} ${route} ${status}`,
        judgeAnswer(method, route, status, type, body),
      );
    },
    webhook: (event, payload, headers) => {
      note('webhook', event, judgeWebhook(event, payload, headers));
    },
    graphql: (document, why) => {
      note('graphql', document.slice(0, 80), why);
    },
  };
}

/** For benches, where judging would be most of the time measured. */
export function noReferee(): Referee {
  return {
    mismatches: [],
    judged: { request: 0, answer: 0, webhook: 0, graphql: 0 },
    request: () => [],
    answer: () => {},
    webhook: () => {},
    graphql: () => {},
  };
}
