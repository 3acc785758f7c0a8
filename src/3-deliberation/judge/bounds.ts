/** What CAWS-Judge v1 fixes, each with its reason. A change of one of these is another protocol. */

export const PROTOCOL = 'CAWS-Judge v1';

/**
 * Half of P is a judge's, and P weighs a tenth of S: no opinion moves a candidate by more. So only
 * candidates that lie this near to the best may be put in order by one.
 */
export const TIE_BAND = 0.05;

/** Characters of a candidate's normalised diff that a judge sees: about 2,500 tokens. The longer side persuades. */
export const CANDIDATE_CHARS_MAX = 10_000;
/** A judge that misses more of a candidate than this share has not read it. */
export const LEFT_OUT_SHARE_MAX = 0.2;
/** Characters of one file that are normalised; nobody writes a longer one by hand. */
export const FILE_CHARS_MAX = 512 * 1024;
/** Characters of a string literal that stay readable: a message does, an essay does not. */
export const STRING_CHARS_MAX = 80;
/** Edits after which two texts are shown as one deleted and one added; comparing takes their square. */
export const EDITS_MAX = 500;

export const CLAIMS_MAX = 20;
export const CLAIM_CHARS_MAX = 280;
export const FACTS_MAX = 40;
export const TASK_CHARS_MAX = 4_000;
export const REFERENCE_CHARS_MAX = 4_000;

/** Characters of an answer; its schema allows about 3,000. */
export const ANSWER_CHARS_MAX = 8_192;
export const ANSWER_TOKENS_MAX = 1_024;
export const THOUGHT_TOKENS_MAX = 768;
export const THOUGHT_CHARS_MAX = 6_000;
export const QUOTES_MAX = 4;
export const QUOTE_CHARS_MIN = 8;
export const QUOTE_CHARS_MAX = 160;
export const RATIONALE_CHARS_MAX = 400;
export const CITES_MAX = 3;
export const CHECKS_MIN = 4;
export const CHECKS_MAX = 6;

/** Samples of one model repeat its mistakes: beyond about six they buy nothing. */
export const CALLS_MAX = 8;
/** A model that answers outside its schema twice is not heard. */
export const RETRIES_MAX = 1;
/** Of the first judge's six calls, those that have to agree. */
export const AGREEING_MIN = 5;
/** No single call is surer than this, in log-odds: an infinite one would outvote all others. */
export const LEAN_MAX = 6;
/** What a bare word weighs where the model gives no probabilities. */
export const VOTE_LEAN = 1;

/** Words of one speech: whoever may talk longer persuades longer. */
export const SPEECH_WORDS_MAX = 150;
/** Characters of a speech that are read at all. */
export const SPEECH_CHARS_MAX = 4_000;
/** Tokens of one speech: its words, and the passages that they quote. */
export const SPEECH_TOKENS_MAX = 640;
/** What a sentence rests on, at most: more is a list, not a reason. */
export const GROUNDS_MAX = 5;
