/**
 * Whether two written identities may be one person. Used to exclude (an approver who may be the
 * author), so it errs towards "the same"; permission lists are compared by `sameIdentity` alone.
 */

const isPrintableAscii = /^[ -~]*$/;

/** The identity as lists compare it: NFKC, lower case, without invisible characters and a leading `@`. */
function canonicalIdentity(identity: string): string {
  const seen = isPrintableAscii.test(identity)
    ? identity
    : identity.normalize('NFKC').replace(/\p{C}/gu, '');
  return seen.trim().toLowerCase().replace(/^@/, '');
}

/** Whether both texts write the same handle, principal or address. An empty text is nobody. */
export function sameIdentity(one: string, other: string): boolean {
  const name = canonicalIdentity(one);
  return name !== '' && name === canonicalIdentity(other);
}

/**
 * All names that an identity may go by: itself, the address in `Name <address>`, an address without
 * its `+tag`, and the part before the `@`, which is the handle in GitHub's own addresses.
 */
export function namesOf(identity: string): ReadonlySet<string> {
  const whole = canonicalIdentity(identity);
  const bracketed = /^(.*)<([^<>]*)>$/.exec(whole);
  const names = new Set<string>();
  for (const part of bracketed === null ? [whole] : [bracketed[1] ?? '', bracketed[2] ?? ''])
    for (const name of namesOfPart(part.trim())) names.add(name);
  names.delete('');
  return names;
}

/** Whether the identity is an automaton's or nobody's, and so never counts as a person. */
export function isNobody(identity: string): boolean {
  const name = canonicalIdentity(identity);
  return (
    !(/[a-z0-9]/.test(name) || /[\p{L}\p{N}]/u.test(name)) ||
    name.includes('[bot]') ||
    /^(?:github-actions|web-flow|no-?reply|bot)(?:@|$)/.test(name)
  );
}

/** The people among identities, each counted once however often and under whichever spelling. */
export function distinctPeople(identities: readonly string[]): number {
  const counted: ReadonlySet<string>[] = [];
  for (const name of [...new Set(identities.map(canonicalIdentity))].toSorted()) {
    const names = namesOf(name);
    if (!counted.some((known) => shareName(known, names))) counted.push(names);
  }
  return counted.length;
}

/** All names of several identities together. */
export function allNames(identities: readonly string[]): ReadonlySet<string> {
  return new Set(identities.flatMap((identity) => [...namesOf(identity)]));
}

/** Whether the two sets of names have one in common. */
export function shareName(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  for (const name of one) if (other.has(name)) return true;
  return false;
}

function namesOfPart(part: string): readonly string[] {
  const at = part.lastIndexOf('@');
  if (at <= 0) return [part];
  const local = part.slice(0, at);
  const domain = part.slice(at + 1);
  // GitHub writes `12345+handle@users.noreply.github.com`; everyone else writes `name+tag@host`.
  const name = /^\d+\+./.test(local)
    ? local.slice(local.indexOf('+') + 1)
    : local.replace(/\+.*$/, '');
  return [part, `${name}@${domain}`, name];
}
