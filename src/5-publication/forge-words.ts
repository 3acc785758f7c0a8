/** What people are told when the forge gave no whole answer. */
import type { ForgeFault } from '../forge.ts';
import { visible } from './escape.ts';
import { type Marked, marked } from './marked.ts';
import { timeText } from './waiver-words.ts';

export interface ForgeWords {
  /** A few words for a title. */
  readonly phrase: string;
  readonly what: Marked;
  readonly next: Marked;
}

const byItself = 'Nothing to do: it is asked again by itself.';

export function forgeWords(fault: ForgeFault): ForgeWords {
  const doing = visible(fault.doing, 80);
  switch (fault.kind) {
    case 'forge-unreachable':
      return {
        phrase: `no answer while ${doing}`,
        what: `GitHub did not answer while ${doing} (${visible(fault.detail, 120)}).`,
        next: byItself,
      };
    case 'forge-busy':
      return {
        phrase: `asked to wait until ${timeText(fault.retryAt).slice(11)}`,
        what: `GitHub asks to wait until ${timeText(fault.retryAt)} while ${doing}.`,
        next: byItself,
      };
    case 'forge-refused':
      return fault.permission === null
        ? {
            phrase: `refused ${doing} (${fault.status})`,
            what: `GitHub refused ${doing} with status ${fault.status}.`,
            next: 'An owner of the installation looks at what the app may do.',
          }
        : {
            phrase: `the app lacks ${visible(fault.permission, 40)}`,
            what: `GitHub refused ${doing} with status ${fault.status}: the app lacks ${marked(visible(fault.permission, 40))}.`,
            next: `An owner of the installation grants it under the settings of the app, then comments ${marked('/caws recheck')}.`,
          };
    case 'forge-incomplete':
      return {
        phrase: `only a part of ${visible(fault.what, 40)}`,
        what: `GitHub gave only a part of ${visible(fault.what, 80)} while ${doing}, and a part is never judged.`,
        next: byItself,
      };
    case 'forge-unexpected':
      return {
        phrase: `an unexpected answer while ${doing}`,
        what: `GitHub answered something that is not understood while ${doing} (${visible(fault.detail, 120)}).`,
        next: byItself,
      };
  }
}
