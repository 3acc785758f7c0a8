import { visible } from './escape.ts';

/** One thing of a verdict's proof that was checked, and what was found. */
export type ProofCheck =
  | { readonly name: 'record'; readonly state: 'holds'; readonly digest: string }
  | { readonly name: 'record'; readonly state: 'broken' }
  | { readonly name: 'signature'; readonly state: 'holds'; readonly keyId: string }
  | { readonly name: 'signature'; readonly state: 'broken'; readonly because: string }
  | {
      readonly name: 'chain';
      readonly state: 'holds';
      readonly entry: number;
      readonly signedAt: number;
    }
  | { readonly name: 'chain'; readonly state: 'broken'; readonly because: string }
  | { readonly name: 'case-file'; readonly state: 'gone' | 'broken' }
  | {
      readonly name: 'case-file';
      readonly state: 'holds';
      readonly bytes: number;
      readonly digest: string;
    };

/** What a check found, as the end of a line. */
export function proofText(check: ProofCheck): string {
  switch (check.name) {
    case 'record':
      return check.state === 'holds'
        ? `its digest is ${short(check.digest)}`
        : 'it is not what its digest says';
    case 'signature':
      return check.state === 'holds'
        ? `Ed25519 by key ${check.keyId.slice(0, 12)}`
        : becauseText(check.because);
    case 'chain':
      return check.state === 'holds'
        ? `entry ${check.entry}, signed at entry ${check.signedAt}`
        : becauseText(check.because);
    case 'case-file':
      if (check.state === 'gone') return 'erased or dropped by retention; it cannot be replayed';
      return check.state === 'holds'
        ? `${check.bytes} bytes, digest ${short(check.digest)}`
        : 'it is another file';
  }
}

const short = (digest: string): string => digest.slice(7, 19);

const becauseWords: Readonly<Record<string, string>> = {
  'another-verdict': 'the signed statement tells another verdict',
  'not-covered': 'no signed head covers the entry',
};

const becauseText = (because: string): string => becauseWords[because] ?? visible(because);
