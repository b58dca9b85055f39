import { type FileHandle, open } from "node:fs/promises";

/** What an ELF file says of itself, as far as running it needs. */
export interface ElfFile {
  /** Which processors it is for, as `process.arch` names them; undefined for one that no host runs on. */
  readonly arch: string | undefined;
  /** Bits of its addresses. */
  readonly bits: 32 | 64;
  readonly kind: "executable" | "library" | "object" | "core";
  /** The loader that it asks for; undefined for a static program and for a library. */
  readonly loader: string | undefined;
  /** Names of the libraries that it needs, in order. */
  readonly needed: readonly string[];
  /** Folders to look in for it and for what it needs in turn (DT_RPATH); nothing where `runpath` is given. */
  readonly rpath: readonly string[];
  /** Folders to look in for it alone (DT_RUNPATH). */
  readonly runpath: readonly string[];
}

const HEADER_BYTES = 64;
const SEGMENT_BYTES = 56;
const MAX_SEGMENTS = 128;
const MAX_DYNAMIC_BYTES = 64 * 1024;
const MAX_STRING_BYTES = 4096;
const MAX_NEEDED = 256;

const architectures: ReadonlyMap<number, string> = new Map([
  [3, "ia32"],
  [8, "mips"],
  [20, "ppc"],
  [21, "ppc64"],
  [22, "s390x"],
  [40, "arm"],
  [62, "x64"],
  [183, "arm64"],
  [243, "riscv64"],
  [258, "loong64"],
]);
const kinds: ReadonlyMap<number, ElfFile["kind"]> = new Map([
  [1, "object"],
  [2, "executable"],
  [3, "library"],
  [4, "core"],
]);
const LOADABLE = 1;
const DYNAMIC = 2;
const LOADER = 3;
const tags = { needed: 1, strings: 5, rpath: 15, runpath: 29, flags: 0x6ffffffb };
/** DF_1_PIE: an executable, although it can lie anywhere like a library. */
const IS_PROGRAM = 0x08000000n;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly bytes: number;
}

/** A file whose tables don't fit together. */
class ElfFault extends Error {}

/**
 * Reads the header of an ELF file and what the loader would be told, at most some 100 KiB of it; nothing is run.
 * Of a file for other than 64-bit little-endian machines only the header is read.
 * @returns undefined for a file that is no ELF file
 * @throws when its tables don't fit together, or it can't be read
 * @see elf(5)
 */
export async function readElf(path: string): Promise<ElfFile | undefined> {
  const handle = await open(path, "r");
  try {
    return await readFrom(handle);
  } finally {
    await handle.close();
  }
}

async function readFrom(handle: FileHandle): Promise<ElfFile | undefined> {
  const head = Buffer.alloc(HEADER_BYTES);
  const { bytesRead } = await handle.read(head, 0, HEADER_BYTES, 0);
  if (bytesRead < 4 || head.readUInt32BE(0) !== 0x7f454c46) return undefined;
  if (bytesRead < HEADER_BYTES) throw new ElfFault("its header is cut off");
  const bits = head[4] === 1 ? 32 : 64;
  const isLittle = head[5] === 1;
  const kind = kinds.get(isLittle ? head.readUInt16LE(16) : head.readUInt16BE(16));
  if (kind === undefined) throw new ElfFault("its header is damaged");
  const arch = architectures.get(isLittle ? head.readUInt16LE(18) : head.readUInt16BE(18));
  const bare = { arch, bits, kind, loader: undefined, needed: [], rpath: [], runpath: [] } as const;
  if (bits !== 64 || !isLittle || kind === "object" || kind === "core") return bare;
  const segments = await readSegments(handle, head);
  const asked = segments.find(({ type }) => type === LOADER);
  const loader = asked === undefined ? undefined : await readText(handle, asked.offset, asked.bytes);
  const links = await readLinks(handle, segments);
  // A library that has an entry and no loader is a static program that can lie anywhere.
  const isProgram = loader !== undefined || links.isProgram;
  return {
    ...bare,
    kind: isProgram ? "executable" : kind,
    loader,
    needed: links.needed,
    rpath: links.rpath,
    runpath: links.runpath,
  };
}

async function readSegments(handle: FileHandle, head: Buffer): Promise<Segment[]> {
  const count = head.readUInt16LE(56);
  if (count > MAX_SEGMENTS || (count > 0 && head.readUInt16LE(54) !== SEGMENT_BYTES)) {
    throw new ElfFault("its table of segments is damaged");
  }
  const table = await readExactly(handle, asNumber(head.readBigUInt64LE(32)), count * SEGMENT_BYTES);
  return Array.from({ length: count }, (_, index) => {
    const at = index * SEGMENT_BYTES;
    return {
      type: table.readUInt32LE(at),
      offset: asNumber(table.readBigUInt64LE(at + 8)),
      address: asNumber(table.readBigUInt64LE(at + 16)),
      bytes: asNumber(table.readBigUInt64LE(at + 32)),
    };
  });
}

async function readLinks(handle: FileHandle, segments: readonly Segment[]) {
  const dynamic = segments.find(({ type }) => type === DYNAMIC);
  if (dynamic === undefined) return { needed: [], rpath: [], runpath: [], isProgram: false };
  if (dynamic.bytes > MAX_DYNAMIC_BYTES) throw new ElfFault("its table of links is too long");
  const table = await readExactly(handle, dynamic.offset, dynamic.bytes);
  const values = (wanted: number): bigint[] => {
    const found: bigint[] = [];
    for (let at = 0; at + 16 <= table.length; at += 16) {
      const tag = table.readBigUInt64LE(at);
      if (tag === 0n) break;
      if (tag === BigInt(wanted)) found.push(table.readBigUInt64LE(at + 8));
    }
    return found;
  };
  const names = values(tags.needed);
  if (names.length > MAX_NEEDED) throw new ElfFault(`it needs more than ${MAX_NEEDED} libraries`);
  const [strings] = values(tags.strings);
  const textAt = (place: bigint) => {
    if (strings === undefined) throw new ElfFault("its names are missing");
    return readText(handle, offsetOf(segments, asNumber(strings + place)), MAX_STRING_BYTES);
  };
  const foldersAt = async (tag: number) => {
    const [place] = values(tag);
    return place === undefined ? [] : (await textAt(place)).split(":").filter((folder) => folder !== "");
  };
  const needed: string[] = [];
  for (const name of names) needed.push(await textAt(name));
  const runpath = await foldersAt(tags.runpath);
  return {
    needed,
    runpath,
    rpath: runpath.length > 0 ? [] : await foldersAt(tags.rpath),
    isProgram: values(tags.flags).some((flags) => (flags & IS_PROGRAM) !== 0n),
  };
}

/** Where in the file an address of the running program comes from. */
function offsetOf(segments: readonly Segment[], address: number): number {
  const holder = segments.find(
    (each) => each.type === LOADABLE && address >= each.address && address < each.address + each.bytes,
  );
  if (holder === undefined) throw new ElfFault("it names an address that it doesn't hold");
  return address - holder.address + holder.offset;
}

async function readText(handle: FileHandle, offset: number, bytes: number): Promise<string> {
  const buffer = Buffer.alloc(Math.min(bytes, MAX_STRING_BYTES));
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
  const end = buffer.subarray(0, bytesRead).indexOf(0);
  if (end <= 0) throw new ElfFault("a name in it has no end");
  return buffer.toString("utf8", 0, end);
}

async function readExactly(handle: FileHandle, offset: number, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  const { bytesRead } = bytes === 0 ? { bytesRead: 0 } : await handle.read(buffer, 0, bytes, offset);
  if (bytesRead !== bytes) throw new ElfFault("it is cut off");
  return buffer;
}

function asNumber(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new ElfFault("it names a place beyond its end");
  return Number(value);
}
