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
