import { tmpdir } from 'node:os';
import { resolve } from 'node:path';

/** Where temporary folders are made. TMPDIR may be named from here, and programs that are started stand elsewhere. */
export const temporaryPlace = (): string => resolve(tmpdir());
