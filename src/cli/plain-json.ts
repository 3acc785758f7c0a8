/** JSON for people, with every character outside ASCII escaped: still JSON, and it cannot turn text. */
export function plainJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2);
  return text.replaceAll(
    /[^\n\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
