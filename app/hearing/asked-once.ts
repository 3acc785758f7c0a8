import type { ForgeOfPeople } from './people-facts.ts';

/**
 * The same answers about the same people, for as long as one hearing decides what they said. A fault is an
 * answer as well: who is asked about in a crowd is not asked for again by each line of it.
 */
export function askedOnce(forge: ForgeOfPeople): ForgeOfPeople {
  const commitPeople = onceFor(forge.commitPeople, ({ number }) => String(number));
  const pushes = onceFor(forge.pushes, ({ number }) => String(number));
  const person = onceFor(forge.person, (login) => login);
  const role = onceFor(forge.role, ({ id, login }) => `${id} ${login}`);
  const isTeamMember = onceFor(forge.isTeamMember, (team, { id }) => `${team} ${id}`);
  return { repository: forge.repository, commitPeople, pushes, person, role, isTeamMember };
}

/** Asked for when it is first needed, and then known. */
export function once<Value>(ask: () => Promise<Value>): () => Promise<Value> {
  let known: Promise<Value> | undefined;
  return () => {
    known ??= ask();
    return known;
  };
}

function onceFor<Asked extends readonly unknown[], Value>(
  ask: (...asked: Asked) => Promise<Value>,
  keyOf: (...asked: Asked) => string,
): (...asked: Asked) => Promise<Value> {
  const known = new Map<string, Promise<Value>>();
  return (...asked) => {
    const key = keyOf(...asked);
    const answer = known.get(key) ?? ask(...asked);
    known.set(key, answer);
    return answer;
  };
}
