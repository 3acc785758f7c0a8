const form =
  /^(\d{4})-(\d\d)-(\d\d)[t\s](\d\d):(\d\d):(\d\d(?:\.\d+)?)(?:z|([+-])(\d\d)(?::?(\d\d))?)$/i;

/**
 * Whether a text is a date and time with zone as the published v11 validator understands it:
 * RFC 3339, a real calendar day, `T` or one blank between, and second 60 only where UTC has one.
 */
export function isDateTime(text: string): boolean {
  const found = form.exec(text);
  if (found === null) return false;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const sign = found[7] === '-' ? -1 : 1;
  const zoneHours = Number(found[8] ?? 0);
  const zoneMinutes = Number(found[9] ?? 0);
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return false;
  if (zoneHours > 23 || zoneMinutes > 59) return false;
  if (hour <= 23 && minute <= 59 && second < 60) return true;
  return (
    second < 61 && isLastMinuteOfDay(hour * 60 + minute - sign * (zoneHours * 60 + zoneMinutes))
  );
}

function isLastMinuteOfDay(minutes: number): boolean {
  return minutes === 23 * 60 + 59 || minutes === -1;
}

function daysIn(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (month === 2) return leap ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
