/**
 * Why a judge that was named on the command line was not asked.
 *
 * @param isWanted whether the policy of the target has a judge.
 */
export const notAskedText = (isWanted: boolean): string =>
  isWanted
    ? 'Note: the judge was not asked; it is heard about code that everything else lets pass.\n'
    : 'Note: the judge was not asked; the policy of the target has none (judge: {role: advisory}).\n';
