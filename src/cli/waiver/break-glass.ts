import { type GlassGrounds, judgeBreakGlass } from '../../4-verdict/break-glass.ts';
import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import {
  BREAK_GLASS_MINUTES_MAX,
  type GlassBroken,
  signGlass,
} from '../../4-verdict/waivers/break-glass-event.ts';
import { breakGlassOn, glassOutlook } from '../../4-verdict/waivers/break-glass-request.ts';
import { glassIgnoredWords } from '../../5-publication/break-glass-reasons.ts';
import { glassBoundText, glassFaultText } from '../../5-publication/break-glass-words.ts';
import { shellWord, visible } from '../../5-publication/escape.ts';
import { timeText } from '../../5-publication/waiver-words.ts';
import { shippedPolicy } from '../../adapters/shipped.ts';
import { boundPolicy, boundPolicyOf } from '../../caws/bound-policy.ts';
import { readPolicy } from '../../caws/read-policy.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { page } from '../page.ts';
import { type ExitCode, exits, type World } from '../world.ts';
import { trustedIn } from './base-law.ts';
import { type Desk, openDesk, record } from './desk.ts';
import { type Stop, say, usage } from './stop.ts';

/**
 * `arbiter waiver break-glass`: says what it would let through, then signs and records it. A word that
 * would not count is refused, and its signature never leaves this process.
 */
export async function breakGlass(
  world: World,
  options: {
    readonly verdict: string;
    readonly reason: string;
    readonly expires: string;
    readonly key?: string;
    readonly dryRun?: boolean;
  },
): Promise<ExitCode> {
  const now = world.now();
  const opened = await openDesk(world, options.dryRun === true ? 'read' : 'write');
  if (!opened.ok) return say(world, opened.fault);
  await using desk = opened.value;
  const verdict = await desk.verdict(options.verdict);
  if (!verdict.ok) return say(world, verdict.fault);
  const grounds = await groundsOf(desk, verdict.value, now);
  if (!grounds.ok) return say(world, grounds.fault);
  const { policy, trusted } = grounds.value;
  const signer = await desk.signer(options.key, false);
  if (!signer.ok) return say(world, signer.fault);
  const by = desk.nameOf(signer.value, trusted);
  const longestMinutes = policy.breakGlass?.longestMinutes ?? BREAK_GLASS_MINUTES_MAX;
  const event = breakGlassOn(verdict.value, { ...options, by, longestMinutes }, now);
  if (!event.ok)
    return say(world, {
      exit: exits.usage,
      message: glassFaultText(event.fault, verdict.value),
    });
  const envelope = signGlass(event.value, signer.value);
  const refusal = countRefusal(envelope, grounds.value, by) ?? (await elsewhere(desk, event.value));
  if (refusal !== undefined) return say(world, { exit: exits.usage, message: refusal });
  const outlook = glassOutlook(verdict.value);
  page(
    world,
    `BREAK-GLASS: as ${visible(by)} you alone let exactly this through, and nothing wider:\n${glassBoundText(event.value, outlook)}`,
  );
  if (options.dryRun === true) {
    page(world, 'Nothing is signed: this was a dry run.\n');
    return exits.pass;
  }
  const entry = { waiver: event.value.id, envelope };
  const appended = await record(desk, now, entry, signer.value, 'break-glass');
  if (!appended.ok) return say(world, appended.fault);
  page(world, doneText(event.value, await desk.range(verdict.value)));
  return exits.pass;
}

type Grounds = GlassGrounds & { readonly verdict: VerdictRecord };

/** What a verdict given now would weigh the event by; the policy has to be the one that judged. */
async function groundsOf(
  desk: Desk,
  verdict: VerdictRecord,
  now: GlassGrounds['now'],
): Promise<Result<Grounds, Stop>> {
  const { repository, baseRef, head } = verdict.subject;
  const law = await desk.law(verdict.subject);
  if (!law.ok) return law;
  const trusted = trustedIn(law.value, baseRef);
  if (!trusted.ok) return trusted;
  const reading = readPolicy(law.value.policy, shippedPolicy());
  if (!reading.ok) {
    const [first] = reading.fault.problems;
    return fail({
      exit: exits.invalidDocument,
      message: `${reading.fault.file}:${first?.line ?? 1}:${first?.column ?? 1} of ${visible(baseRef)}: ${first?.message ?? 'is unreadable'}. Nobody can break the glass until it is mended.`,
    });
  }
  const { policy, source } = reading.value;
  if (boundPolicy(source) !== boundPolicyOf(verdict.law))
    return usage(
      `the policy of ${visible(baseRef)} has changed since verdict ${verdict.id}, so it does not show what would be let through.\nTry: arbiter verify ${shellWord(await desk.range(verdict))}`,
    );
  const subject = { repository, baseRef, head, policyDigest: source.digest };
  return ok({ ...subject, trusted: trusted.value, policy, now, verdict });
}

/** Asks of the event alone what a verdict will ask. */
function countRefusal(envelope: unknown, grounds: Grounds, by: string): string | undefined {
  const { counts, notCounted } = judgeBreakGlass([envelope], grounds);
  if (counts !== null) return undefined;
  const because = notCounted[0]?.because ?? 'ended';
  const people = grounds.policy.breakGlass?.people ?? [];
  const who =
    people.length === 0
      ? `Nobody may: the policy of ${visible(grounds.baseRef)} has no break_glass.\nTry: arbiter waiver request GATE --verdict ${grounds.verdict.id} --reason "…" --expires 7d`
      : `Who may: ${people.map((person) => visible(person, 60)).join(', ')}, with a maintainer's key of .caws/trusted-keys.yaml on the base.\nTry: arbiter waiver break-glass --verdict ${grounds.verdict.id} --reason "…" --expires 60m --key FILE`;
  return `you are ${visible(by)}, and your word would not count: it ${glassIgnoredWords[because]}.\n${who}`;
}

async function elsewhere(desk: Desk, event: GlassBroken): Promise<string | undefined> {
  const other = await desk.otherRepository(event);
  return other === null
    ? undefined
    : `verdict ${event.verdict} is about another repository than this one (${visible(other)}).\nBreak the glass in a clone of that one.`;
}

function doneText({ id, expiresAt }: GlassBroken, range: string): string {
  return `${id} is signed and recorded; it counts until ${timeText(expiresAt)} for this head alone.\nNext: arbiter verify ${shellWord(range)}\nAfterwards another maintainer has to look at it: arbiter waiver review ${id} --reason "…" --key FILE\n`;
}
