/** A pull request as a person names it. */
export interface PullName {
  readonly owner: string;
  readonly name: string;
  readonly number: number;
  /** Of its address; null where it was named without. */
  readonly host: string | null;
}

export interface RemoteOptions {
  readonly apiUrl?: string;
  readonly cache?: string;
  readonly record?: boolean;
}

const NAME = /^([\w.-]{1,100})\/([\w.-]{1,100})#(\d{1,9})$/;
const ADDRESS =
  /^https?:\/\/([^/@]+)\/([\w.-]{1,100})\/([\w.-]{1,100})\/pull\/(\d{1,9})(?:[/?#].*)?$/;

/** `OWNER/REPO#N`, or the address of a pull request; null for everything else. */
export function pullNamed(text: string): PullName | null {
  const [, owner, name, number] = NAME.exec(text) ?? [];
  if (owner !== undefined && name !== undefined)
    return { owner, name, number: Number(number), host: null };
  const [, host, whose, which, numbered] = ADDRESS.exec(text) ?? [];
  return host === undefined || whose === undefined || which === undefined
    ? null
    : { owner: whose, name: which, number: Number(numbered), host: host.toLowerCase() };
}
