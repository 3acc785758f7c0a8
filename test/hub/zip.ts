/** A zip of stored files, as an artifact is downloaded. */
import { crc32 } from 'node:zlib';

export function zipOf(files: Readonly<Record<string, string | Uint8Array>>): Buffer {
  const bodies: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(files)) {
    const bytes = Buffer.from(content);
    const path = Buffer.from(name);
    const facts = factsOf(bytes, path);
    const local = Buffer.concat([u32(0x04034b50), facts, path, bytes]);
    const entry = [
      u32(0x02014b50),
      u16(20),
      facts,
      u16(0),
      u16(0),
      u16(0),
      u32(0),
      u32(offset),
      path,
    ];
    entries.push(Buffer.concat(entry));
    bodies.push(local);
    offset += local.length;
  }
  const index = Buffer.concat(entries);
  const count = u16(entries.length);
  const end = [
    u32(0x06054b50),
    u16(0),
    u16(0),
    count,
    count,
    u32(index.length),
    u32(offset),
    u16(0),
  ];
  return Buffer.concat([...bodies, index, ...end]);
}

/** What the entry and the index both say: version, no flags, stored, no time, checksum, sizes, names. */
function factsOf(bytes: Buffer, path: Buffer): Buffer {
  const size = u32(bytes.length);
  const head = [u16(20), u16(0x0800), u16(0), u16(0), u16(0x21), u32(crc32(bytes)), size, size];
  return Buffer.concat([...head, u16(path.length), u16(0)]);
}

function u16(value: number): Buffer {
  const out = Buffer.alloc(2);
  out.writeUInt16LE(value);
  return out;
}

function u32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32LE(value);
  return out;
}
