import type { Quantity } from '../caws/findings.ts';

/** `1 file`, `412 lines`, `78.1 %`, `1.2 MB`; never in scientific notation. */
export function quantityText(quantity: Quantity): string {
  const { value, unit } = quantity;
  if (unit === 'percent') return `${Number(value.toFixed(2))} %`;
  if (unit === 'bytes') return bytesText(value);
  if (unit === 'people') return value === 1 ? '1 person' : `${groupDigits(value)} people`;
  return `${groupDigits(value)} ${value === 1 ? unit.replace(/s$/, '') : unit}`;
}

/** The same to the last digit: `2,001 bytes`, `79.996 %`. */
export function exactText({ value, unit }: Quantity): string {
  return unit === 'percent' ? `${value} %` : `${groupDigits(value)} ${unit}`;
}

/** 12345 as `12,345`; written out here because the machine's locale must not change a record's words. */
export function groupDigits(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** `1 entry`, `1,200 entries`: a number with its noun. */
export function counted(count: number, one: string, several = `${one}s`): string {
  return `${groupDigits(count)} ${count === 1 ? one : several}`;
}

function bytesText(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB'];
  let value = bytes;
  let at = 0;
  while (value >= 1000 && at < units.length - 1) {
    value /= 1000;
    at += 1;
  }
  return at === 0 && value === 1 ? '1 byte' : `${Number(value.toFixed(1))} ${units[at]}`;
}
