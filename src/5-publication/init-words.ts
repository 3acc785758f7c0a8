import { visible } from './escape.ts';

/** What `init` wrote, what it left and why, and what to do next. */
export function initText(
  done: {
    readonly root: string;
    readonly written: readonly string[];
    readonly kept: readonly (readonly [file: string, because: string])[];
    /** What is missing all the same, and why. */
    readonly hindered: readonly (readonly [file: string, because: string])[];
    /** What the spec that was written covers; null where none was. */
    readonly scope: { readonly place: string; readonly folders: readonly string[] } | null;
  },
  isDry: boolean,
  isAtRoot: boolean,
): string {
  const verb = isDry ? 'would write' : 'wrote';
  const lines = [
    `In ${visible(done.root, 300)}`,
    ...done.written.map((file) => `  ${verb}  ${file}`),
    ...done.kept.map(([file, because]) => `  left   ${file}: ${because}`),
    ...done.hindered.map(([file, because]) => `  failed ${file}: ${because}`),
    '',
    'Next:',
    ...(done.hindered.length === 0
      ? nextSteps(done, isAtRoot)
      : ['  mend that, then: arbiter init   writes what is missing, and leaves the rest as it is']),
  ];
  return `${lines.join('\n')}\n`;
}

function nextSteps(
  { scope, written }: Pick<Parameters<typeof initText>[0], 'scope' | 'written'>,
  isAtRoot: boolean,
): readonly string[] {
  // From a folder below, git takes plain names for names of that folder.
  const folders = isAtRoot ? '.caws .github' : ':/.caws :/.github';
  return [
    ...(scope === null
      ? []
      : [
          `  edit ${scope.place}   a change may touch scope.in alone; now: ${scope.folders.join(', ')}`,
        ]),
    '  arbiter config validate       checks these documents',
    '  arbiter config show           the policy, and where each value comes from',
    ...(written.length === 0 ? [] : [`  git add ${folders} && git commit -m "Adopt CAWS"`]),
    '  git switch -c first-change    a change is what a branch adds to its target',
    '  arbiter verify                judges it, once something is committed there',
  ];
}
