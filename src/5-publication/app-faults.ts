/** Why the app did not start, or did not take a delivery: values here, words in app-words.ts. */

/** No fault carries a setting's value: it may be a secret that stands in the wrong place. */
export type SettingFault =
  | {
      readonly kind: 'setting-unknown';
      readonly name: string;
      readonly nearest: string | null;
      readonly where: string;
    }
  | { readonly kind: 'setting-missing'; readonly name: string; readonly other: string | null }
  | { readonly kind: 'setting-malformed'; readonly name: string; readonly wanted: string }
  | { readonly kind: 'setting-twice'; readonly name: string; readonly other: string }
  | {
      readonly kind: 'setting-file-unreadable';
      readonly name: string;
      readonly file: string;
      readonly reason: string;
    }
  | {
      readonly kind: 'forge-address-refused';
      readonly host: string;
      readonly reason:
        | 'malformed'
        | 'link-local'
        | 'metadata'
        | 'unspecified'
        | 'loopback'
        | 'plain';
    };

export type StoreFault =
  | { readonly kind: 'data-in-use'; readonly folder: string }
  | { readonly kind: 'data-unusable'; readonly folder: string; readonly reason: string }
  | { readonly kind: 'store-not-ours'; readonly file: string }
  | {
      readonly kind: 'store-newer';
      readonly file: string;
      readonly version: number;
      readonly supported: number;
    };

export type StartFault =
  | SettingFault
  | StoreFault
  | { readonly kind: 'address-taken'; readonly host: string; readonly port: number }
  | { readonly kind: 'address-unusable'; readonly host: string; readonly reason: string };

/** Why a delivery was not taken. */
export type Refusal =
  | 'wrong-method'
  | 'wrong-content-type'
  | 'encoded'
  | 'header-malformed'
  | 'unsigned'
  | 'wrong-signature'
  | 'too-large'
  | 'too-slow'
  | 'cut-off'
  | 'not-json'
  | 'busy'
  | 'stopping'
  | 'store-unavailable';
