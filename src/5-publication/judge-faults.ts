/** Why a judge cannot be seated or asked: values; words in judge-words.ts. */
export type SeatFault =
  | { readonly kind: 'judge-address'; readonly because: 'url-unreadable' | 'url-insecure' }
  | { readonly kind: 'judge-model-unreadable'; readonly max: number }
  /** The reason is the system's code, a status, or what came instead. */
  | { readonly kind: 'judge-silent'; readonly at: string; readonly reason: string }
  | { readonly kind: 'judge-models-several'; readonly at: string; readonly count: number };

/** Why no judge is measured. */
export type LicenceFault =
  | { readonly kind: 'judge-unnamed' }
  | { readonly kind: 'anchors-unreadable'; readonly file: string; readonly reason: string }
  | { readonly kind: 'rulings-unreadable'; readonly reason: string };
