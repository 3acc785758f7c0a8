/**
 * Text of a change as a terminal may show it: control characters, characters that no one sees and
 * those that turn the direction of text stand as `\u{…}`; over `charactersMax` it is cut with `…`.
 */
export function visible(text: string, charactersMax = 200): string {
  if (text.length <= charactersMax && !unseen.test(text)) return text;
  const characters = Array.from(text);
  const shown = characters.slice(0, charactersMax).map(visibleCharacter).join('');
  return characters.length > charactersMax ? `${shown}…` : shown;
}

/** Everything that is not a letter, mark, number, punctuation, symbol or the plain space. */
const unseen = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|\p{Default_Ignorable_Code_Point}/u;

function visibleCharacter(character: string): string {
  if (!unseen.test(character)) return character;
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** One word of a shell: quoted where the shell would read anything into it. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
