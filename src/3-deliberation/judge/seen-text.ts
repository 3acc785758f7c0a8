/** What of a stranger's text a model is shown: nothing that hides, steers a chat template, opens a door or tells who wrote it. */

/** @param signs how many characters were taken out or replaced. */
export interface SeenText {
  readonly text: string;
  readonly signs: number;
}

/** Formats, private use, unassigned, halves of characters, controls but tab and LF, fillers, and selectors of variants. */
const HIDDEN =
  /[\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u2800\u3164\uffa0]|\p{Variation_Selector}|[^\P{Cc}\t\n]/gu;
const WORD = /[\p{L}\p{M}\p{N}_]+/gu;

const foreign = 'АВЕЅІЈКМНОРСТУХаеорсухіјѕһԁԛԝкмтвнΑΒΕΖΗΙΚΜΝΟΡΤΥΧανοικρτυχԱՏՍՕօոս';
const latin = 'ABESIJKMHOPCTYXaeopcyxijshdqwkmtbhABEZHIKMNOPTYXavoikptuxUSUOonu';
const lookAlikes = new Map(
  Array.from(foreign, (letter, at) => [letter, latin.charAt(at)] as const),
);

/** The text in one normal form, without what a reader cannot see; words that mix alphabets in Latin letters. */
export function seenText(text: string): SeenText {
  if (/^[\t\n -~]*$/.test(text)) return { text: withoutSecrets(text), signs: 0 };
  let signs = 0;
  const visible = text
    .replaceAll('\r\n', '\n')
    .normalize('NFKC')
    .replace(HIDDEN, () => {
      signs += 1;
      return '';
    })
    .replace(WORD, (word) => {
      if (!/\p{Script=Latin}/u.test(word)) return word;
      const folded = Array.from(word, (letter) => lookAlikes.get(letter) ?? letter).join('');
      if (folded !== word) signs += 1;
      return folded;
    });
  return { text: withoutSecrets(visible), signs };
}

/** Tokens of forges, clouds and chats, and keys, by the shape that their issuers gave them. */
const SECRET =
  /\b(?:gh[oprsu]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|AKIA[\dA-Z]{16}|xox[abprs]-[\w-]{10,}|sk-[\w-]{20,}|AIza[\w-]{30,}|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{5,})|-----BEGIN [A-Z ]*PRIVATE KEY-----/g;

/** A secret that a change gives away goes no further by way of a prompt, which a remote model may keep. */
const withoutSecrets = (text: string): string => text.replaceAll(SECRET, '‹secret›');

/**
 * Marks by which chat templates tell who speaks. A backend reads them as plain text; a text that holds one
 * is not shown all the same, since one tokenizer that does otherwise would be enough.
 */
const ROLE_TOKEN =
  /<\|[^|<>\n]{1,40}\|>|\[\/?INST\]|<<\/?SYS>>|<\/?(?:start|end)_of_(?:turn|text|image)>|<\/?think(?:ing)?>|\[\/?(?:SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS)\]/i;

export function holdsRoleToken(text: string): boolean {
  return ROLE_TOKEN.test(text);
}

/** Families and makers of models, and what agents call themselves. */
const MODEL_NAMES =
  /\b(?:anthropic|claude|openai|chat-?gpt|gpt-?\d[\w.-]*|codex|copilot|gemini|gemma|google|deepmind|qwen[\w.-]*|alibaba|llama[\w.-]*|meta ai|mistral|mixtral|devstral|deepseek|grok|xai|kimi|phi-?\d|granite|devin|cursor|aider|windsurf|cline|sonnet|opus|haiku|o[134]-(?:mini|preview|pro))\b/gi;

/** Shorter names stand in ordinary words. */
const NAME_LENGTH_MIN = 3;

/** The text without names of models and of the people given, so that who wrote it cannot count. */
export function withoutNames(text: string, people: readonly string[]): string {
  return people
    .filter((name) => name.length >= NAME_LENGTH_MIN)
    .toSorted((one, other) => other.length - one.length)
    .reduce((rest, name) => rest.replaceAll(new RegExp(literally(name), 'giu'), '‹name›'), text)
    .replaceAll(MODEL_NAMES, '‹name›');
}

const literally = (text: string) => text.replaceAll(/[$()*+./?[\\\]^{|}]/g, '\\$&');

/** A path as a model sees it: letters that steer nothing, and not many of them. */
export function seenPath(path: string): string {
  const plain = seenText(path).text.replaceAll(/[^\p{L}\p{N}._/@+-]+/gu, '_');
  return plain.length <= 120 ? plain : `${plain.slice(0, 60)}…${plain.slice(-59)}`.toWellFormed();
}
