import type { PullHandle } from '../hub/handles.ts';
import type { Town } from './town.ts';

/** Where everything can be looked at. */
export function addressesOf(town: Town, pulls: readonly PullHandle[]): string {
  const { app, shop } = town;
  const rows = pulls.map((pull) => {
    const { title } = pull.state;
    return `  #${pull.number} ${title}\n     ${pull.page}\n     ${town.check(pull)?.detailsUrl ?? ''}\n`;
  });
  return `
Pull requests, and the pages of their verdicts:
${rows.join('')}  every verdict
     ${app.address}/r/${shop.owner}/${shop.name}
  what the app counts
     ${app.address}/metrics
`;
}

/** What a visitor can do. */
export const invitation = ({ shop }: Town, pull: PullHandle): string => `
GitHub and the app go on running until Ctrl-C. Whom you act as stands at the top of every page. To try:
  ${pull.page}?as=kim
     waits for a waiver. As @kim, comment
     /caws waive budget_limit reason:"the cards come from a generator" expires:7d
  ${pull.page}?as=max
     As @max, who maintains ${shop.name}, comment /caws approve and the waiver's id, then /caws merge
  ${pull.page}?as=lee
     As @lee, who writes, try the same: it does not count
`;
