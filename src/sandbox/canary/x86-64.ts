import { MAX_OPERANDS, type MachineCall, type MachineCode, type Operand } from "./machine-code.js";

/** rdi, rsi, rdx, r10, r8, r9: where the kernel looks for the parameters. @see syscall(2) */
const parameterRegisters = [7, 6, 2, 10, 8, 9] as const;
const RAX = 0;
const RDI = 7;

export const x86_64: MachineCode = {
  elfMachine: 62,
  encode({ number, operands, resultAt, childEndsBy }: MachineCall): Buffer {
    if (operands.length > MAX_OPERANDS) throw new RangeError(`a call has at most ${MAX_OPERANDS} operands`);
    const filled = operands.map((operand, place) => fill(parameterRegisters[place] ?? RAX, operand));
    const child = childEndsBy === undefined ? [] : [endChild(childEndsBy)];
    return Buffer.concat([...filled, move(RAX, BigInt(number)), systemCall, ...child, store(resultAt)]);
  },
};

const systemCall = Buffer.from([0x0f, 0x05]);

function fill(register: number, operand: Operand): Buffer {
  return "constant" in operand ? move(register, operand.constant) : load(register, operand.loadFrom);
}

/** `mov register, imm64` */
function move(register: number, constant: bigint): Buffer {
  const code = Buffer.alloc(10);
  code[0] = 0x48 | (register >> 3);
  code[1] = 0xb8 | (register & 7);
  code.writeBigUInt64LE(BigInt.asUintN(64, constant), 2);
  return code;
}

/** `mov register, [address]`, by a 32-bit address without a base. */
function load(register: number, address: number): Buffer {
  return Buffer.concat([
    Buffer.from([0x48 | ((register >> 3) << 2), 0x8b, ((register & 7) << 3) | 4, 0x25]),
    displacement(address),
  ]);
}

/** `mov [address], rax` */
function store(address: number): Buffer {
  return Buffer.concat([Buffer.from([0x48, 0x89, 0x04, 0x25]), displacement(address)]);
}

function displacement(address: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(address);
  return bytes;
}

/** `test rax, rax; jnz over`, then the end of the child. */
function endChild(exitNumber: number): Buffer {
  const end = Buffer.concat([move(RDI, 0n), move(RAX, BigInt(exitNumber)), systemCall]);
  return Buffer.concat([Buffer.from([0x48, 0x85, 0xc0, 0x75, end.length]), end]);
}
