// Whether the payload of the event is a dispatch of the one workflow: node dispatch.cjs FILE REPOSITORY ID WORKFLOW REF
// Exit 0, or 1 with what was found. The runner wrote the file, so it says the same as the variables, or one of
// both was tampered with.
const { closeSync, constants, fstatSync, openSync, readSync } = require('node:fs');

/** GitHub's own bound for the inputs of a dispatch is 65,535 characters. */
const BYTES_MAX = 1024 * 1024;

const [file = '', repository, id, workflow, ref] = process.argv.slice(2);

function payload() {
  const handle = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size } = fstatSync(handle);
    if (!fstatSync(handle).isFile()) return 'no file';
    if (size > BYTES_MAX) return `${size} bytes, more than ${BYTES_MAX}`;
    const bytes = Buffer.alloc(size);
    readSync(handle, bytes, 0, size, 0);
    const read = JSON.parse(bytes.toString('utf8'));
    return read !== null && typeof read === 'object' && !Array.isArray(read) ? read : 'no object';
  } finally {
    closeSync(handle);
  }
}

function fault(event) {
  if (typeof event === 'string') return event;
  for (const foreign of ['pull_request', 'workflow_run', 'merge_group', 'head_commit', 'issue', 'comment'])
    if (foreign in event) return `it tells of a ${foreign}`;
  if (event.repository?.full_name !== repository) return `repository ${event.repository?.full_name}`;
  if (id !== '' && String(event.repository.id) !== id) return `repository number ${event.repository.id}`;
  if (event.workflow !== workflow) return `workflow ${event.workflow}`;
  if (event.ref !== ref) return `ref ${event.ref}`;
  return null;
}

let found;
try {
  found = fault(payload());
} catch (error) {
  found = `unreadable: ${error.code ?? error.name}`;
}
if (found !== null) console.log(found);
process.exitCode = found === null ? 0 : 1;
