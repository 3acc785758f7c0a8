/** Letters of other alphabets, and below each the Latin letter that a reader takes it for. */
const rows = [
  ['АВЕЅІЈКМНОРСТУХҮԌԚԜӀ', 'ABESIJKMHOPCTYXYGQWI'],
  ['аеорсухіјѕһԁԛԝҽӏвгкмнптьѵѡ', 'aeopcyxijshdqwelbrkmhntbvw'],
  ['ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹϳανικορτυχϲεγη', 'ABEZHIKMNOPTYXCjavikoptuxceyn'],
  ['ԱՏՍՕօոսցզյհգ', 'USUOonugqjhq'],
  ['ᎪᏴᏟᎠᎬᏀᎻᎫᏦᏞᎷᏢᏒᏚᎢᏙᏔᏃ', 'ABCDEGHJKLMPRSTVWZ'],
] as const;

/** Each code point of another alphabet that looks like a Latin letter, with that letter. */
export const latinOf: ReadonlyMap<number, string> = new Map(
  rows.flatMap(([letters, latin]) =>
    letters.split('').map((letter, at) => [letter.codePointAt(0) as number, latin.charAt(at)]),
  ),
);

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
