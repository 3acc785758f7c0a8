/** Stories that begin with a change that is too large and a waiver that lets it through. */
import type { PullHandle } from '../hub/handles.ts';
import type { Town } from './town.ts';

export const lines = (count: number, name = 'total'): string =>
  Array.from({ length: count }, (_, at) => `export const ${name}${at} = ${at};\n`).join('');

export const WAIVER_REASON = 'reason:"generated once, read by nobody, goes with #418"';

/** kim opens a change of 300 lines and asks for a waiver of its budget. */
export async function askedPull(
  town: Town,
  branch = 'large',
): Promise<{ readonly pull: PullHandle; readonly waiver: string }> {
  const pull = await town.opens(branch, { [`src/cart/${branch}.ts`]: lines(300) });
  await town.rest();
  return { pull, waiver: await ask(town, pull) };
}

/** kim asks for a waiver of the budget of a pull request that has a verdict. */
export async function ask(town: Town, pull: PullHandle): Promise<string> {
  town.hub.person('kim').comments(pull, `/caws waive budget_limit ${WAIVER_REASON} expires:7d`);
  await town.rest();
  const waiver = /W-[0-9a-f]{16}/.exec(town.check(pull)?.summary ?? '')?.[0];
  if (waiver === undefined) throw new Error(`no waiver in ${town.check(pull)?.summary}`);
  return waiver;
}

/** The same, approved by max. */
export async function waivedPull(
  town: Town,
  branch = 'large',
): Promise<{ readonly pull: PullHandle; readonly waiver: string }> {
  const asked = await askedPull(town, branch);
  town.hub.person('max').comments(asked.pull, `/caws approve ${asked.waiver}`);
  await town.rest();
  return asked;
}
