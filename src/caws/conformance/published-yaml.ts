import { CORE_SCHEMA, DEFAULT_SCHEMA, type Schema, Type } from 'js-yaml';

/**
 * Every published command line reads YAML with js-yaml 4.1.0. Later versions mended how it reads
 * numbers; to give the published answer, its own reading is put back: `_` may stand between
 * digits, and a number too large to hold is infinity, not a text.
 */
const integerForms: readonly RegExp[] = [
  /^[-+]?(0|[1-9](?:[\d_]*\d)?|0\d(?:[\d_]*\d)?)$/,
  /^[-+]?0b[01_]*[01]$/,
  /^[-+]?0o[0-7_]*[0-7]$/,
  /^[-+]?0x[\da-fA-F_]*[\da-fA-F]$/,
];

const integer = new Type('tag:yaml.org,2002:int', {
  kind: 'scalar',
  resolve: (written: unknown) =>
    typeof written === 'string' && integerForms.some((form) => form.test(written)),
  construct: (written: string) => {
    const size = Number(written.replace(/[-+_]/g, ''));
    return written.startsWith('-') && size !== 0 ? -size : size;
  },
});

/** A final `_` is barred apart from the form: `1_` is a text, `1_e5` a number. */
const floatForm =
  /^(?:[-+]?\d[\d_]*(?:\.[\d_]*)?(?:[eE][-+]?\d+)?|\.[\d_]+(?:[eE][-+]?\d+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

const float = new Type('tag:yaml.org,2002:float', {
  kind: 'scalar',
  resolve: (written: unknown) =>
    typeof written === 'string' && floatForm.test(written) && !written.endsWith('_'),
  construct: (written: string) => {
    if (/inf$/i.test(written))
      return written.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    return Number.parseFloat(written.replaceAll('_', ''));
  },
});

/** As CLI 12.0.0 reads specs and policies: dates stay texts, `<<` is a key like any other. */
export const coreSchema: Schema = CORE_SCHEMA.extend({ implicit: [integer, float] });

/** As every older tool reads everything: dates, merge keys, sets. */
export const standardSchema: Schema = DEFAULT_SCHEMA.extend({ implicit: [integer, float] });
