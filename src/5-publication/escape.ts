/**
 * Text of a change as a terminal may show it: control characters, characters that no one sees and
 * those that turn the direction of text stand as `\u{…}`; over `charactersMax` it is cut with `…`.
 */
export function visible(text: string, charactersMax = 200): string {
  if (text.length <= charactersMax && isSeen(text)) return text;
  const characters = Array.from(text);
  const shown = characters.slice(0, charactersMax).map(visibleCharacter).join('');
  return characters.length > charactersMax ? `${shown}…` : shown;
}

/**
 * Whether there is nothing but letters, marks, numbers, punctuation, symbols and the plain space. Sets of
 * Unicode are built where a pattern of them is first met, which takes 2 ms: most text is answered without.
 */
const isSeen = (text: string) =>
  /^[ -~]*$/.test(text) ||
  !/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|\p{Default_Ignorable_Code_Point}/u.test(text);

function visibleCharacter(character: string): string {
  if (isSeen(character)) return character;
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** One word of a shell: quoted where the shell would read anything into it. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
