/** The buttons of a completed check: at most three, and every press is checked again by whom it reaches. */
import type { CheckAction } from '../../forge.ts';
import { visible } from '../escape.ts';
import { clipped } from './fit.ts';
import type { Decided, PendingWaiver } from './state.ts';

const recheck: CheckAction = {
  label: 'Re-run verdict',
  description: 'Judge this head again',
  identifier: 'recheck',
};
const explain: CheckAction = {
  label: 'Explain',
  description: 'Every finding, its rule and the way out',
  identifier: 'explain',
};
const merge: CheckAction = {
  label: 'Merge with trailer',
  description: 'Merge exactly this head, when ready',
  identifier: 'merge',
};
const waive: CheckAction = {
  label: 'Request waiver',
  description: 'Shows the comment that asks for it',
  identifier: 'waive',
};

export const errorActions: readonly CheckAction[] = [recheck];

export function actionsOf({ record, pending }: Decided): readonly CheckAction[] {
  if (record.mode === 'observe') return [recheck, explain];
  switch (record.verdict) {
    case 'PASS':
      return [merge, explain, recheck];
    case 'FAIL':
      return [recheck, explain];
    case 'WAIVER_REQUIRED': {
      const held = new Set(record.law.waiving.map(({ gate }) => gate));
      const asked = pending.find(({ gate, id }) => held.has(gate) && waiverId.test(id));
      return asked === undefined
        ? [waive, recheck, explain]
        : [decision('approve', asked), decision('reject', asked), recheck];
    }
  }
}

const waiverId = /^W-[0-9a-f]{16}$/;
const verbs = { approve: ['a', 'Approve'], reject: ['r', 'Reject'] } as const;

function decision(verb: keyof typeof verbs, { id, gate, expiresAt }: PendingWaiver): CheckAction {
  const [letter, word] = verbs[verb];
  return {
    label: clipped(`${word} ${visible(id)}`, 20),
    description: clipped(`${visible(gate, 22)} until ${expiresAt.slice(0, 10)}`, 40),
    // 20 characters are all there is, and a waiver's id has 18: a shortened one could be two.
    identifier: `${letter}:${id}`,
  };
}
