/** What an error says on a check, where everyone who reads the repository reads it. */

import { visible } from '../escape.ts';
import type { AnyFault } from '../fault-words.ts';
import { faultSentences } from '../fault-words.ts';
import { forgeWords } from '../forge-words.ts';
import { type Marked, marked } from '../marked.ts';
import { durationText } from './progress.ts';
import type { Stopped } from './state.ts';

export interface StoppedWords {
  readonly phrase: string;
  readonly what: Marked;
  readonly next: Marked | null;
  readonly conclusion: 'failure' | 'timed_out';
}

/** Faults that are about the repository, not about the arbiter's own machine and keys. */
const aboutTheRepository: Partial<Readonly<Record<AnyFault['kind'], string>>> = {
  'empty-range': 'nothing between target and head',
  'law-invalid': 'a document of the target is invalid',
  'law-unreadable': 'a document of the target is unreadable',
  'organization-law-invalid': "the organization's policy is invalid",
  'organization-law-unreadable': "the organization's policy is unreadable",
  'no-commits': 'the repository has no commits',
  'report-unread': 'a report could not be read',
  'several-merge-bases': 'several merge bases',
  'unrelated-histories': 'unrelated histories',
  'waiver-events-too-many': 'too many waiver events',
};

export function stoppedWords(stopped: Stopped): StoppedWords {
  switch (stopped.kind) {
    case 'forge': {
      const { phrase, what, next } = forgeWords(stopped.fault);
      return { phrase: `GitHub: ${phrase}`, what, next, conclusion: 'failure' };
    }
    case 'deadline': {
      const limit = durationText(stopped.limitMs);
      return {
        phrase: `not finished within ${limit}, not your code`,
        what: `It did not finish within ${limit}.`,
        next: null,
        conclusion: 'timed_out',
      };
    }
    case 'runner-lost': {
      const time = durationText(stopped.afterMs);
      return {
        phrase: `runner lost after ${time}, not your code`,
        what:
          stopped.because === undefined
            ? `Runner ${marked(visible(stopped.runner, 60))} stopped answering after ${time}.`
            : `${marked(visible(stopped.runner, 80))} gave no evidence: ${visible(stopped.because, 200)}.`,
        next: null,
        conclusion: 'failure',
      };
    }
    case 'internal':
      return hidden('failure');
    case 'fault':
      return faultOf(stopped.fault);
  }
}

function faultOf(fault: AnyFault): StoppedWords {
  if (fault.kind === 'fetch-refused') return fetchRefused(fault.status);
  const conclusion = fault.kind === 'timed-out' ? 'timed_out' : 'failure';
  const phrase = aboutTheRepository[fault.kind];
  if (phrase === undefined) return hidden(conclusion);
  const { what, next } = faultSentences(fault);
  return { phrase, what, next, conclusion };
}

/** The API answers and git is refused: that is for people, and no waiting ends it. */
function fetchRefused(status: number): StoppedWords {
  return {
    phrase: `GitHub lets git fetch nothing (${status})`,
    what: `GitHub's git server refused the objects of this pull request with status ${status}, while its API answers.`,
    next: `An owner looks at what keeps the app from them: its permission ${marked('Contents: read')}, the list of addresses that may reach the organisation, a repository that GitHub has locked; then comments ${marked('/caws recheck')}.`,
    conclusion: 'failure',
  };
}

/** Names of files and keys on the arbiter's machine are for its operators. */
function hidden(conclusion: StoppedWords['conclusion']): StoppedWords {
  return {
    phrase: 'could not finish, not your code',
    what: 'Something of the arbiter itself failed; its log says what, under the reference below.',
    next: null,
    conclusion,
  };
}
