import type { FileChange } from '../1-pleading/change.ts';
import type { Finding } from '../caws/findings.ts';
import { finding, spotOf } from './finding.ts';

/**
 * Names of data that nobody expects to read: pictures, fonts, sound, archives, tables, models. Names
 * of code that runs as it is (libraries, programs, bytecode) are left out on purpose.
 */
const DATA_NAME =
  /\.(?:png|jpe?g|gif|webp|avif|heic|ico|icns|bmp|tiff?|psd|woff2?|ttf|otf|eot|pdf|zip|gz|tgz|bz2|xz|zst|lz4|7z|tar|mp3|mp4|m4a|ogg|opus|flac|webm|mov|avi|wav|sqlite3?|db|parquet|arrow|npy|npz|bin|dat|gguf|onnx|safetensors|docx|xlsx|pptx|odt|ods|mo)$/i;

/**
 * Content that holds a NUL is shown by no diff, and no text rule reads it, yet many an interpreter
 * runs it (UTF-16, a NUL in a comment). Under a name of text or code people decide about it.
 */
export function examineBinaries(files: readonly FileChange[]): readonly Finding[] {
  const unread = files.filter(
    ({ kind, status, path }) => kind === 'binary' && status !== 'deleted' && !DATA_NAME.test(path),
  );
  return unread.length === 0 ? [] : [finding('content.binary', { spots: unread.map(spotOf) })];
}
