import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CANONICAL_DEPTH_MAX, canonicalJson } from '../../src/ledger/canonical.ts';
import { readStrictJson } from '../../src/ledger/strict-json.ts';

const bounds = { charactersMax: 1_000_000, depthMax: 200 };

describe('canonical JSON is RFC 8785', () => {
  test('keys are sorted by UTF-16 code units at every depth (section 3.2.3)', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    const expected =
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis","\u20ac":"Euro Sign","\ud83d\ude00":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}';
    expect(canonicalJson({ deep: [value] })).toEqual({ ok: true, value: `{"deep":[${expected}]}` });
  });

  test('literals, numbers and escapes are those of section 3.2.2', () => {
    const value = {
      numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000f\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toEqual({
      ok: true,
      value:
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    });
  });

  test.each([
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ])('the double %s prints as %s (appendix B)', (hex, text) => {
    expect(canonicalJson(Buffer.from(hex, 'hex').readDoubleBE())).toEqual({
      ok: true,
      value: text,
    });
  });

  const holed: unknown[] = [];
  holed[2] = 1;
  const cycle: unknown[] = [];
  cycle.push(cycle);
  let deep: unknown = 0;
  for (let level = 0; level <= CANONICAL_DEPTH_MAX; level += 1) deep = [deep];
  test.each([
    ['NaN', { a: [Number.NaN] }, '/a/0', 'not-finite'],
    ['Infinity', { a: -Infinity }, '/a', 'not-finite'],
    ['a lone surrogate', { a: '\ud800' }, '/a', 'lone-surrogate'],
    ['a lone surrogate in a key', { '\udc00': 1 }, '/\udc00', 'lone-surrogate'],
    ['undefined', { 'a/b~c': undefined }, '/a~1b~0c', 'undefined'],
    ['a hole', holed, '', 'not-plain'],
    ['a date', { at: new Date(0) }, '/at', 'not-plain'],
    ['a map', new Map(), '', 'not-plain'],
    ['a bigint', { n: 1n }, '/n', 'not-plain'],
    ['a function', { f: () => 1 }, '/f', 'not-plain'],
    ['a toJSON of its own', { a: 1, toJSON: () => ({ b: 2 }) }, '/toJSON', 'not-plain'],
    ['a symbol key', { [Symbol('s')]: 1 }, '', 'not-plain'],
    ['bytes', { b: new Uint8Array(2) }, '/b', 'not-plain'],
    ['a cycle', cycle, '/0'.repeat(CANONICAL_DEPTH_MAX + 1), 'too-deep'],
    ['too deep a value', deep, '/0'.repeat(CANONICAL_DEPTH_MAX + 1), 'too-deep'],
  ])('%s is refused with its place', (_name, value, path, reason) => {
    expect(canonicalJson(value)).toEqual({
      ok: false,
      fault: { kind: 'not-canonicalizable', path, reason },
    });
  });

  test('any JSON value comes back from its canonical text, and the text is the same again', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const first = canonicalJson(value);
        if (!first.ok) return first.fault.reason === 'lone-surrogate';
        const back = readStrictJson(first.value, bounds);
        expect(back.ok && canonicalJson(back.value)).toEqual(first);
        return true;
      }),
    );
  });
});

describe('strict JSON', () => {
  test.each([
    ['{"a":1,"a":2}', 'duplicate-key', 'a'],
    ['{"a":1,"\\u0061":2}', 'duplicate-key', 'a'],
    ['[{"x":{"y":1,"z":[{}],"y":{}}}]', 'duplicate-key', 'y'],
    ['{"__proto__":1,"__proto__":2}', 'duplicate-key', '__proto__'],
    ['{"a":"\\"}","b":1,"b":2}', 'duplicate-key', 'b'],
  ])('%s is refused', (text, kind, key) => {
    expect(readStrictJson(text, bounds)).toMatchObject({ ok: false, fault: { kind, key } });
  });

  test.each(['', '{"a":1}x', "{'a':1}", '{"a":1,}', '\ufeff{}', 'NaN'])('%s is no JSON', (text) => {
    expect(readStrictJson(text, bounds)).toMatchObject({ ok: false, fault: { kind: 'not-json' } });
  });

  test('length and depth have bounds', () => {
    const tight = { charactersMax: 10, depthMax: 3 };
    expect(readStrictJson('"123456789"', tight)).toMatchObject({ fault: { kind: 'too-long' } });
    expect(readStrictJson('[[[[]]]]', tight)).toMatchObject({ fault: { kind: 'too-deep' } });
    expect(readStrictJson('[[[]],[]]', tight)).toMatchObject({ ok: true });
  });

  test('it reads what JSON.parse reads, where no key is repeated', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(readStrictJson(text, bounds)).toEqual({ ok: true, value: JSON.parse(text) });
      }),
    );
  });
});
