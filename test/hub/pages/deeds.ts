/** What a person does by pressing a button on a page. */
import { PullHandle, RepositoryHandle } from '../handles.ts';
import { Person } from '../person.ts';
import type { Account, MergeMethod, Repository } from '../state.ts';
import { fullName, type World } from '../world.ts';

export interface Deed {
  readonly world: World;
  readonly by: Account;
  readonly repository: Repository;
  /** What follows the repository in the address: `pull/1/comment`. */
  readonly path: string;
  readonly form: URLSearchParams;
}

/** @returns where the browser goes next, why the deed is refused, or null where it is none. */
export async function doDeed(deed: Deed): Promise<{ readonly to: string } | string | null> {
  const name = `/${fullName(deed.world, deed.repository)}`;
  const pull = /^pull\/(\d+)\/(comment|merge|close|reopen|automerge)$/.exec(deed.path);
  if (pull !== null && deed.repository.pulls.has(Number(pull[1]))) {
    const why = await onPull(deed, Number(pull[1]), pull[2] ?? '');
    return why ?? { to: `${name}/pull/${pull[1]}` };
  }
  const run = /^runs\/(\d+)\/(press|rerequest)$/.exec(deed.path);
  const found = deed.repository.checks.get(Number(run?.[1]));
  if (found === undefined) return null;
  const handle = new RepositoryHandle(deed.world, deed.repository);
  const person = new Person(deed.world, deed.by);
  try {
    if (run?.[2] === 'press')
      person.pressesButton(handle, found, deed.form.get('identifier') ?? '');
    else person.rerequests(handle, found);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const at = [...deed.repository.pulls.values()].find((each) => each.head.sha === found.headSha);
  return { to: at === undefined ? `${name}/runs/${found.id}` : `${name}/pull/${at.number}#checks` };
}

async function onPull(deed: Deed, number: number, what: string): Promise<string | null> {
  const { world, by, form } = deed;
  const person = new Person(world, by);
  const pull = new PullHandle(new RepositoryHandle(world, deed.repository), number);
  switch (what) {
    case 'comment': {
      const body = form.get('body') ?? '';
      if (body.trim() === '') return 'A comment needs words.';
      person.comments(pull, body);
      return null;
    }
    case 'merge': {
      const method = (['merge', 'squash', 'rebase'] as const).find(
        (each: MergeMethod) => each === form.get('method'),
      );
      const sha = form.get('sha') ?? pull.head;
      const merged = await person.merges(pull, { method: method ?? 'merge', sha });
      return merged.ok ? null : merged.message;
    }
    case 'automerge':
      await person.enablesAutoMerge(pull);
      return null;
    case 'close':
      return person.closes(pull);
    default:
      return person.reopens(pull);
  }
}
