/** Texts of any characters at all. */
import fc from 'fast-check';

const between = (first: number, last: number): fc.Arbitrary<string> =>
  fc.integer({ min: first, max: last }).map((point) => String.fromCodePoint(point));

/**
 * Each kind is as frequent as another: what is printed, what steers a terminal, other planes, and halves
 * of surrogate pairs. fast-check's own `binary` has no halves, takes a second and a half to set up in
 * each process, and leaves it 130 MB larger, which every start of a program then pays for.
 */
const character = fc.oneof(
  between(0x20, 0x7e),
  between(0x00, 0x1f),
  between(0x7f, 0xff),
  between(0x100, 0xd7ff),
  between(0xd800, 0xdfff),
  between(0xe000, 0xffff),
  between(0x10000, 0x10ffff),
);

/** @param lengthMax in characters; none by default. */
export const anyText = (lengthMax?: number): fc.Arbitrary<string> =>
  fc.string({ unit: character, ...(lengthMax === undefined ? {} : { maxLength: lengthMax }) });
