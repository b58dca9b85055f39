const FILE_HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const PROGRAM_HEADERS = 3;

/** Where the first byte of the file lies in memory. */
const FILE_ADDRESS = 0x400000;
/** Where the program's own memory begins: beyond the largest page of both processors behind the file. */
export const MEMORY_ADDRESS = 0x10000000;
/** Where {@link elfFile} puts `contents`. */
export const CONTENTS_ADDRESS = FILE_ADDRESS + FILE_HEADER_BYTES + PROGRAM_HEADERS * PROGRAM_HEADER_BYTES;

/** Segments lie on borders of the largest page of both processors. */
const ALIGNMENT_BYTES = 0x10000;
const LOAD = 1;
const STACK = 0x6474e551;
const EXECUTABLE = 1;
const WRITABLE = 2;
const READABLE = 4;

/**
 * A static executable that needs no loader and no library: `contents` at {@link CONTENTS_ADDRESS}, read and executed, and
 * `memoryBytes` of zeroes at {@link MEMORY_ADDRESS}, read and written.
 * @param entryOffset where in the contents the first instruction is
 * @see elf(5)
 */
export function elfFile(
  elfMachine: number,
  contents: Buffer,
  { entryOffset, memoryBytes }: { readonly entryOffset: number; readonly memoryBytes: number },
): Buffer {
  const fileBytes = CONTENTS_ADDRESS - FILE_ADDRESS + contents.length;
  return Buffer.concat([
    fileHeader(elfMachine, CONTENTS_ADDRESS + entryOffset),
    segment(LOAD, READABLE | EXECUTABLE, FILE_ADDRESS, fileBytes, fileBytes),
    segment(LOAD, READABLE | WRITABLE, MEMORY_ADDRESS, 0, memoryBytes),
    segment(STACK, READABLE | WRITABLE, 0, 0, 0),
    contents,
  ]);
}

function fileHeader(elfMachine: number, entry: number): Buffer {
  const header = Buffer.alloc(FILE_HEADER_BYTES);
  // 64 bit, little-endian, version 1, System V.
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]).copy(header);
  header.writeUInt16LE(2, 16);
  header.writeUInt16LE(elfMachine, 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(BigInt(entry), 24);
  header.writeBigUInt64LE(BigInt(FILE_HEADER_BYTES), 32);
  header.writeUInt16LE(FILE_HEADER_BYTES, 52);
  header.writeUInt16LE(PROGRAM_HEADER_BYTES, 54);
  header.writeUInt16LE(PROGRAM_HEADERS, 56);
  return header;
}

function segment(kind: number, flags: number, address: number, bytes: number, memoryBytes: number): Buffer {
  const header = Buffer.alloc(PROGRAM_HEADER_BYTES);
  header.writeUInt32LE(kind, 0);
  header.writeUInt32LE(flags, 4);
  header.writeBigUInt64LE(BigInt(address), 16);
  header.writeBigUInt64LE(BigInt(address), 24);
  header.writeBigUInt64LE(BigInt(bytes), 32);
  header.writeBigUInt64LE(BigInt(memoryBytes), 40);
  header.writeBigUInt64LE(BigInt(ALIGNMENT_BYTES), 48);
  return header;
}
