import { type GlassCase, judgeGlassCases } from '../../4-verdict/glass-reviews.ts';
import {
  BREAK_GLASS_REASON_MAX,
  BREAK_GLASS_SCHEMA,
  type GlassReviewed,
  glassFault,
  openGlass,
  signGlass,
} from '../../4-verdict/waivers/break-glass-event.ts';
import { REASON_LENGTH_MIN } from '../../4-verdict/waivers/event.ts';
import { maySamePerson, type TrustedSigners } from '../../4-verdict/waivers/signers.ts';
import { glassIgnoredWords } from '../../5-publication/break-glass-reasons.ts';
import { visible } from '../../5-publication/escape.ts';
import { timeText } from '../../5-publication/waiver-words.ts';
import { fail, type Instant, isoOf, ok, type Result } from '../../primitives.ts';
import { page } from '../page.ts';
import { type ExitCode, exits, type World } from '../world.ts';
import { type Desk, openDesk, record } from './desk.ts';
import { glassCasesOf, PREFIX_LENGTH_MIN } from './find.ts';
import { type Stop, say, usage } from './stop.ts';

/** `arbiter waiver review`: another maintainer's word on an emergency, which closes it. */
export async function reviewGlass(
  world: World,
  id: string,
  options: { readonly reason: string; readonly key?: string; readonly dryRun?: boolean },
): Promise<ExitCode> {
  const now = world.now();
  const opened = await openDesk(world, options.dryRun === true ? 'read' : 'write');
  if (!opened.ok) return say(world, opened.fault);
  await using desk = opened.value;
  const found = await findGlass(desk, id, now);
  if (!found.ok) return say(world, found.fault);
  const { about, events, trusted } = found.value;
  const signer = await desk.signer(options.key, false);
  if (!signer.ok) return say(world, signer.fault);
  const word = reviewOn(about, options.reason, now);
  if (!word.ok) return say(world, word.fault);
  const envelope = signGlass(word.value, signer.value);
  const refusal =
    countRefusal(envelope, { about, events, trusted, now }) ??
    (await authorRefusal(desk, about, desk.nameOf(signer.value, trusted)));
  if (refusal !== undefined) return say(world, { exit: exits.usage, message: refusal });
  const { event } = about;
  page(
    world,
    `As ${visible(desk.nameOf(signer.value, trusted))} you have looked at this emergency:\n  head     ${event.head}\n  by       ${visible(event.by)}, ${timeText(event.at)} to ${timeText(event.expiresAt)}\n  reason   ${visible(event.reason)}\n  verdict  ${event.verdict}\n  you say  ${visible(word.value.reason)}\n`,
  );
  if (options.dryRun === true) {
    page(world, 'Nothing is signed: this was a dry run.\n');
    return exits.pass;
  }
  const entry = { waiver: event.id, envelope };
  const appended = await record(desk, now, entry, signer.value, 'break-glass');
  if (!appended.ok) return say(world, appended.fault);
  page(world, `${event.id} is reviewed.\nNext: arbiter waiver list\n`);
  return exits.pass;
}

interface FoundGlass {
  readonly about: GlassCase;
  readonly events: readonly string[];
  readonly trusted: TrustedSigners | null;
}

async function findGlass(desk: Desk, id: string, now: Instant): Promise<Result<FoundGlass, Stop>> {
  const all = await glassCasesOf(desk, now);
  if (!all.ok) return all;
  const { judged, events, trusted } = all.value;
  const wanted = id.toLowerCase().replace(/^b-/, '');
  const hits = judged.cases.filter(({ event }) => event.id.slice(2).startsWith(wanted));
  const [about] = hits;
  if (about === undefined || hits.length > 1 || wanted.length < PREFIX_LENGTH_MIN)
    return usage(
      `${hits.length === 0 ? 'there is no break-glass event' : 'too short to name one break-glass event:'} \`${visible(id, 40)}\`${hits.length === 0 ? ' in this ledger' : ''}.\nTry: arbiter waiver list`,
    );
  return ok({ about, events, trusted: trusted.get(about.event.baseRef) ?? null });
}

function reviewOn(about: GlassCase, text: string, now: Instant): Result<GlassReviewed, Stop> {
  const word: GlassReviewed = {
    schema: BREAK_GLASS_SCHEMA,
    event: 'reviewed',
    id: about.event.id,
    breakGlass: about.digest,
    at: isoOf(now),
    reason: text.trim().replaceAll(/[ \t\r\n]+/g, ' '),
  };
  return glassFault(word) === undefined
    ? ok(word)
    : fail({
        exit: exits.usage,
        message: `the reason is too short, too long or not plain text: ${REASON_LENGTH_MIN} to ${BREAK_GLASS_REASON_MAX} characters are needed.\nTry: arbiter waiver review ${word.id} --reason "…" --key FILE`,
      });
}

/** Adds the review to the others and asks whether it counts: the same judgement that the list makes. */
function countRefusal(
  envelope: unknown,
  { about, events, trusted, now }: FoundGlass & { readonly now: Instant },
): string | undefined {
  const opened = openGlass(envelope);
  if (!opened.ok) throw new Error(`a signed review cannot be opened: ${opened.fault.because}`);
  const { digest, keyId } = opened.value;
  const { id, by } = about.event;
  if (about.review !== null)
    return `${id} was reviewed ${timeText(about.review.at)} by ${visible(about.review.by, 60)}.\nTry: arbiter waiver list`;
  const { ignored } = judgeGlassCases([...events, envelope], () => trusted, now);
  const own = ignored.find((each) => each.digest === digest && each.keyId === keyId);
  return own === undefined
    ? undefined
    : `your review would not count: it ${glassIgnoredWords[own.because]}.\nWho may: a maintainer of .caws/trusted-keys.yaml on the base other than ${visible(by, 60)}.\nTry: arbiter waiver review ${id} --reason "…" --key FILE`;
}

/** Where the commits are here, nobody reviews an emergency about a change of their own. */
async function authorRefusal(
  desk: Desk,
  { event }: GlassCase,
  holder: string,
): Promise<string | undefined> {
  const authors = await desk.authorsOf(event, await desk.verdictOf(event.verdict));
  const author = authors.find((name) => maySamePerson(name, holder));
  return author === undefined
    ? undefined
    : `you are ${visible(holder)}, and the change is by you (${visible(author)}): somebody else has to look at it.\nWho may: a maintainer of .caws/trusted-keys.yaml on the base, neither ${visible(event.by, 60)} nor an author of the change.`;
}
