/**
 * Letters of other alphabets, and below each the Latin letter that a reader takes it for: those that Unicode lists as
 * confusable with it (Technical Standard 39), and a few that differ from it by a stroke. Capital and small letters
 * apart: В looks like B, but в like neither b nor B.
 */
const rows = [
  ['АВЕЅІЈКМНОРСТУХҮԌԚԜӀѴЬ', 'ABESIJKMHOPCTYXYGQWIVb'],
  ['аеорсухіјѕһԁԛԝҽӏгкпьѵѡүꙇ', 'aeopcyxijshdqwelrknbvwyi'],
  ['ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹͿϜϺανικορτυχϲϳεγησϱ', 'ABEZHIKMNOPTYXCJFMavikoptuxcjeynop'],
  ['ԱՏՍՕօոսցզյհգառք', 'USUOonugqjhqwnf'],
  ['ᎠᎡᎢᎥᎩᎪᎫᎬᎳᎷᎻᎽᏀᏂᏃᏏᏒᏔᏕᏙᏚᏞᏟᏢᏦᏧᏳᏴꭵꮁꮃꮓꮩꮪꮯ', 'DRTiYAJEWMHYGhZbRWSVSLCPKdGBirwzvsc'],
] as const;

/** Each code point of another alphabet that looks like a Latin letter, with that letter. */
const latinOf: ReadonlyMap<number, string> = new Map(
  rows.flatMap(([letters, latin]) =>
    letters.split('').map((letter, at) => [letter.codePointAt(0) as number, latin.charAt(at)]),
  ),
);

/**
 * Small letters with the shape of a capital. Nobody reads вот for bot; in a word that has Latin letters beside them
 * they are not in place all the same.
 */
const CAPITALS_IN_SMALL = new Set(Array.from('вмнт', (letter) => letter.codePointAt(0)));

/** Whether a letter of another alphabet may pass for a Latin one among Latin ones. */
export const passesAmongLatin = (codePoint: number): boolean =>
  latinOf.has(codePoint) || CAPITALS_IN_SMALL.has(codePoint);

/** Each letter that looks like a Latin one as that one; all else as it is. */
export const inLatin = (text: string): string =>
  text.replace(LETTERS, (letter) => latinOf.get(letter.codePointAt(0) as number) as string);

const LETTERS = new RegExp(`[${rows.map(([letters]) => letters).join('')}]`, 'g');

/** Whether two letters are of one of those alphabets, so that whoever uses it knows them apart. */
export const ofOneAlphabet = (letter: string, other: string): boolean =>
  ALPHABETS.some((each) => each.test(letter) && each.test(other));

const ALPHABETS = [
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Cherokee}/u,
] as const;
