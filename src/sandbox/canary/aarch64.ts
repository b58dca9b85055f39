import { MAX_OPERANDS, type MachineCall, type MachineCode, type Operand } from "./machine-code.js";

/** Holds addresses; the kernel looks at x0 to x5 and x8. @see syscall(2) */
const ADDRESS_REGISTER = 9;
const NUMBER_REGISTER = 8;

export const aarch64: MachineCode = {
  elfMachine: 183,
  encode({ number, operands, resultAt, childEndsBy }: MachineCall): Buffer {
    if (operands.length > MAX_OPERANDS) throw new RangeError(`a call has at most ${MAX_OPERANDS} operands`);
    return toBytes([
      ...operands.flatMap((operand, register) => fill(register, operand)),
      ...move(NUMBER_REGISTER, BigInt(number)),
      SUPERVISOR_CALL,
      ...(childEndsBy === undefined ? [] : endChild(childEndsBy)),
      ...move(ADDRESS_REGISTER, BigInt(resultAt)),
      // str x0, [x9]
      0xf9000000 | (ADDRESS_REGISTER << 5),
    ]);
  },
};

const SUPERVISOR_CALL = 0xd4000001;

function fill(register: number, operand: Operand): number[] {
  if ("constant" in operand) return move(register, operand.constant);
  // ldr register, [x9]
  return [
    ...move(ADDRESS_REGISTER, BigInt(operand.loadFrom)),
    0xf9400000 | (ADDRESS_REGISTER << 5) | register,
  ];
}

/** `movz` and three times `movk`: 16 bits each, the lowest first. */
function move(register: number, constant: bigint): number[] {
  const bits = BigInt.asUintN(64, constant);
  return [0, 1, 2, 3].map((place) => {
    const part = Number((bits >> BigInt(16 * place)) & 0xffffn);
    return (place === 0 ? 0xd2800000 : 0xf2800000) | (place << 21) | (part << 5) | register;
  });
}

/** `cbnz x0, over`, then the end of the child. */
function endChild(exitNumber: number): number[] {
  const end = [...move(0, 0n), ...move(NUMBER_REGISTER, BigInt(exitNumber)), SUPERVISOR_CALL];
  return [0xb5000000 | ((end.length + 1) << 5), ...end];
}

function toBytes(instructions: readonly number[]): Buffer {
  const bytes = Buffer.alloc(instructions.length * 4);
  instructions.forEach((instruction, place) => {
    bytes.writeUInt32LE(instruction >>> 0, place * 4);
  });
  return bytes;
}
