#!/usr/bin/env python3
"""Validates a regtest chain without any of the code that made it: the standard library only.

Reads raw blocks as hex, one a line, from height 1 on (a file, or standard input), and checks each: header hash and
proof of work, linkage, time, merkle root, witness commitment, BIP34 height, subsidy and fees, that outputs exist and
are spent once, maturity of coinbases, and the signatures of every EVERY-th spent input (P2WPKH and P2TR key path).
Prints one JSON object about the chain, or the first fault on standard error with exit status 1.

usage: check_blocks.py [--signatures EVERY] [FILE]     EVERY 0 checks no signature; the default is 1, all of them
"""

import hashlib
import json
import struct
import sys

GENESIS = "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"
GENESIS_TIME = 1296688602
BITS = 0x207FFFFF
TARGET = 0x7FFFFF << (8 * (0x20 - 3))
HALVING = 150
MATURITY = 100

P = 2**256 - 2**32 - 977
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)


class Fault(Exception):
    """A rule that the chain breaks."""


def demand(holds, text):
    if not holds:
        raise Fault(text)


def sha256(data):
    return hashlib.sha256(data).digest()


def sha256d(data):
    return sha256(sha256(data))


# --- RIPEMD-160, which many builds of OpenSSL no longer offer -------------------------------------------------------

RMD_R = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [7, 4, 13, 1, 10, 6, 15, 3, 12, 0, 9, 5, 2, 14, 11, 8],
    [3, 10, 14, 4, 9, 15, 8, 1, 2, 7, 0, 6, 13, 11, 5, 12],
    [1, 9, 11, 10, 0, 8, 12, 4, 13, 3, 7, 15, 14, 5, 6, 2],
    [4, 0, 5, 9, 7, 12, 2, 10, 14, 1, 3, 8, 11, 6, 15, 13],
]
RMD_RR = [
    [5, 14, 7, 0, 9, 2, 11, 4, 13, 6, 15, 8, 1, 10, 3, 12],
    [6, 11, 3, 7, 0, 13, 5, 10, 14, 15, 8, 12, 4, 9, 1, 2],
    [15, 5, 1, 3, 7, 14, 6, 9, 11, 8, 12, 2, 10, 0, 4, 13],
    [8, 6, 4, 1, 3, 11, 15, 0, 5, 12, 2, 13, 9, 7, 10, 14],
    [12, 15, 10, 4, 1, 5, 8, 7, 6, 2, 13, 14, 0, 3, 9, 11],
]
RMD_S = [
    [11, 14, 15, 12, 5, 8, 7, 9, 11, 13, 14, 15, 6, 7, 9, 8],
    [7, 6, 8, 13, 11, 9, 7, 15, 7, 12, 15, 9, 11, 7, 13, 12],
    [11, 13, 6, 7, 14, 9, 13, 15, 14, 8, 13, 6, 5, 12, 7, 5],
    [11, 12, 14, 15, 14, 15, 9, 8, 9, 14, 5, 6, 8, 6, 5, 12],
    [9, 15, 5, 11, 6, 8, 13, 12, 5, 12, 13, 14, 11, 8, 5, 6],
]
RMD_SS = [
    [8, 9, 9, 11, 13, 15, 15, 5, 7, 7, 8, 11, 14, 14, 12, 6],
    [9, 13, 15, 7, 12, 8, 9, 11, 7, 7, 12, 7, 6, 15, 13, 11],
    [9, 7, 15, 11, 8, 6, 6, 14, 12, 13, 5, 14, 13, 13, 7, 5],
    [15, 5, 8, 11, 14, 14, 6, 14, 6, 9, 12, 9, 12, 5, 15, 8],
    [8, 5, 12, 9, 12, 5, 14, 6, 8, 13, 6, 5, 15, 13, 11, 11],
]
RMD_K = [0x00000000, 0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xA953FD4E]
RMD_KK = [0x50A28BE6, 0x5C4DD124, 0x6D703EF3, 0x7A6D76E9, 0x00000000]
WORD = 0xFFFFFFFF


def rotate(value, bits):
    value &= WORD
    return ((value << bits) | (value >> (32 - bits))) & WORD


def mix(row, x, y, z):
    if row == 0:
        return x ^ y ^ z
    if row == 1:
        return (x & y) | (~x & z)
    if row == 2:
        return (x | ~y) ^ z
    if row == 3:
        return (x & z) | (y & ~z)
    return x ^ (y | ~z)


def ripemd160(data):
    state = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0]
    padded = data + b"\x80" + b"\x00" * ((55 - len(data)) % 64) + struct.pack("<Q", 8 * len(data))
    for start in range(0, len(padded), 64):
        words = struct.unpack("<16I", padded[start : start + 64])
        sides = []
        for order, shifts, constants, flip in ((RMD_R, RMD_S, RMD_K, False), (RMD_RR, RMD_SS, RMD_KK, True)):
            a, b, c, d, e = state
            for row in range(5):
                kind = 4 - row if flip else row
                for column in range(16):
                    step = (a + mix(kind, b, c, d) + words[order[row][column]] + constants[row]) & WORD
                    a, e, d, c, b = e, d, rotate(c, 10), b, (rotate(step, shifts[row][column]) + e) & WORD
            sides.append((a, b, c, d, e))
        left, right = sides
        mixed = [(state[(i + 1) % 5] + left[(i + 2) % 5] + right[(i + 3) % 5]) & WORD for i in range(5)]
        state = mixed
    return struct.pack("<5I", *state)


def hash160(data):
    return ripemd160(sha256(data))


# --- secp256k1 ------------------------------------------------------------------------------------------------------


def double(point):
    x, y, z = point
    if y == 0 or z == 0:
        return (0, 1, 0)
    yy = y * y % P
    s = 4 * x * yy % P
    m = 3 * x * x % P
    nx = (m * m - 2 * s) % P
    return (nx, (m * (s - nx) - 8 * yy * yy) % P, 2 * y * z % P)


def add(one, two):
    if one[2] == 0:
        return two
    if two[2] == 0:
        return one
    z1, z2 = one[2] * one[2] % P, two[2] * two[2] % P
    u1, u2 = one[0] * z2 % P, two[0] * z1 % P
    s1, s2 = one[1] * z2 * two[2] % P, two[1] * z1 * one[2] % P
    if u1 == u2:
        return double(one) if s1 == s2 else (0, 1, 0)
    h, r = (u2 - u1) % P, (s2 - s1) % P
    hh = h * h % P
    hhh = h * hh % P
    v = u1 * hh % P
    x = (r * r - hhh - 2 * v) % P
    return (x, (r * (v - x) - s1 * hhh) % P, h * one[2] * two[2] % P)


def combine(a, b, point):
    """a times the generator plus b times a point, both bits of a step at once; None for infinity."""
    g, q = (*G, 1), (*point, 1)
    both = add(g, q)
    sum_ = (0, 1, 0)
    for bit in range(255, -1, -1):
        sum_ = double(sum_)
        which = (a >> bit & 1, b >> bit & 1)
        if which != (0, 0):
            sum_ = add(sum_, {(1, 0): g, (0, 1): q, (1, 1): both}[which])
    if sum_[2] == 0:
        return None
    inverse = pow(sum_[2], -1, P)
    return (sum_[0] * inverse * inverse % P, sum_[1] * inverse * inverse * inverse % P)


def point_of(x, odd):
    if x >= P:
        return None
    square = (pow(x, 3, P) + 7) % P
    y = pow(square, (P + 1) // 4, P)
    if y * y % P != square:
        return None
    return (x, y if y % 2 == odd else P - y)


def ecdsa_holds(r, s, digest, key):
    demand(len(key) == 33 and key[0] in (2, 3), "a key that isn't compressed")
    point = point_of(int.from_bytes(key[1:], "big"), key[0] % 2)
    if point is None or not (0 < r < N and 0 < s < N):
        return False
    w = pow(s, -1, N)
    found = combine(int.from_bytes(digest, "big") * w % N, r * w % N, point)
    return found is not None and found[0] % N == r


def tagged(tag, data):
    name = sha256(tag.encode())
    return sha256(name + name + data)


def schnorr_holds(signature, message, key):
    point = point_of(int.from_bytes(key, "big"), 0)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if point is None or r >= P or s >= N:
        return False
    e = int.from_bytes(tagged("BIP0340/challenge", signature[:32] + key + message), "big") % N
    found = combine(s, (N - e) % N, point)
    return found is not None and found[1] % 2 == 0 and found[0] == r


# --- serialization --------------------------------------------------------------------------------------------------


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        demand(self.at + count <= len(self.data), f"the block ends at byte {len(self.data)}, inside a field")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, count):
        return int.from_bytes(self.take(count), "little")

    def size(self):
        first = self.number(1)
        return first if first < 253 else self.number({253: 2, 254: 4, 255: 8}[first])

    def sized(self):
        return self.take(self.size())


def compact(number):
    if number < 253:
        return bytes([number])
    return b"\xfd" + struct.pack("<H", number) if number <= 0xFFFF else b"\xfe" + struct.pack("<I", number)


class Transaction:
    def __init__(self, reader):
        start = reader.at
        self.version = reader.take(4)
        witness = reader.data[reader.at : reader.at + 2] == b"\x00\x01"
        if witness:
            reader.take(2)
        body = reader.at
        self.inputs = []
        for _ in range(reader.size()):
            outpoint, script, sequence = reader.take(36), reader.sized(), reader.take(4)
            self.inputs.append({"outpoint": outpoint, "script": script, "sequence": sequence, "witness": []})
        self.outputs = [(reader.number(8), reader.sized()) for _ in range(reader.size())]
        stripped = reader.data[body : reader.at]
        if witness:
            for spent in self.inputs:
                spent["witness"] = [reader.sized() for _ in range(reader.size())]
        self.locktime = reader.take(4)
        self.txid = sha256d(self.version + stripped + self.locktime)
        self.wtxid = sha256d(reader.data[start : reader.at])


def output_bytes(output):
    return struct.pack("<Q", output[0]) + compact(len(output[1])) + output[1]


def merkle(row):
    while len(row) > 1:
        if len(row) % 2:
            row = [*row, row[-1]]
        row = [sha256d(row[i] + row[i + 1]) for i in range(0, len(row), 2)]
    return row[0]


# --- signatures -----------------------------------------------------------------------------------------------------


def digest_v0(tx, index, value, code, kind):
    base, anyone = kind & 31, kind & 128
    spent = tx.inputs[index]
    zero = bytes(32)
    prevouts = zero if anyone else sha256d(b"".join(i["outpoint"] for i in tx.inputs))
    sequences = zero if anyone or base in (2, 3) else sha256d(b"".join(i["sequence"] for i in tx.inputs))
    outputs = zero
    if base not in (2, 3):
        outputs = sha256d(b"".join(map(output_bytes, tx.outputs)))
    elif base == 3 and index < len(tx.outputs):
        outputs = sha256d(output_bytes(tx.outputs[index]))
    parts = [tx.version, prevouts, sequences, spent["outpoint"], compact(len(code)), code, struct.pack("<Q", value)]
    return sha256d(b"".join([*parts, spent["sequence"], outputs, tx.locktime, struct.pack("<I", kind)]))


def digest_v1(tx, index, coins, kind, annex):
    base, anyone = kind & 3, kind & 128
    spent = tx.inputs[index]
    parts = [b"\x00", bytes([kind]), tx.version, tx.locktime]
    if not anyone:
        parts.append(sha256(b"".join(i["outpoint"] for i in tx.inputs)))
        parts.append(sha256(b"".join(struct.pack("<Q", c["value"]) for c in coins)))
        parts.append(sha256(b"".join(compact(len(c["script"])) + c["script"] for c in coins)))
        parts.append(sha256(b"".join(i["sequence"] for i in tx.inputs)))
    if base not in (2, 3):
        parts.append(sha256(b"".join(map(output_bytes, tx.outputs))))
    parts.append(b"\x00" if annex is None else b"\x01")
    if anyone:
        coin = coins[index]
        parts += [spent["outpoint"], output_bytes((coin["value"], coin["script"])), spent["sequence"]]
    else:
        parts.append(struct.pack("<I", index))
    if annex is not None:
        parts.append(sha256(compact(len(annex)) + annex))
    if base == 3:
        demand(index < len(tx.outputs), "a signature for one output where there is none")
        parts.append(sha256(output_bytes(tx.outputs[index])))
    return tagged("TapSighash", b"".join(parts))


def check_signature(tx, index, coins):
    script, stack = coins[index]["script"], list(tx.inputs[index]["witness"])
    demand(not tx.inputs[index]["script"], "a script signature on a witness program")
    if script[:2] == b"\x00\x14" and len(script) == 22:
        demand(len(stack) == 2 and hash160(stack[1]) == script[2:], "a witness that isn't of the output's key")
        signature, kind = stack[0][:-1], stack[0][-1]
        reader = Reader(signature)
        demand(reader.take(1) == b"\x30" and reader.number(1) == len(signature) - 2, "a signature that isn't DER")
        numbers = []
        for _ in range(2):
            demand(reader.take(1) == b"\x02", "a signature that isn't DER")
            numbers.append(int.from_bytes(reader.sized(), "big"))
        code = b"\x76\xa9\x14" + script[2:] + b"\x88\xac"
        digest = digest_v0(tx, index, coins[index]["value"], code, kind)
        demand(ecdsa_holds(*numbers, digest, stack[1]), "an ECDSA signature that doesn't hold")
    elif script[:2] == b"\x51\x20" and len(script) == 34:
        annex = stack.pop() if len(stack) > 1 and stack[-1][:1] == b"\x50" else None
        demand(len(stack) == 1 and len(stack[0]) in (64, 65), "a taproot spend that isn't by its key")
        kind = stack[0][64] if len(stack[0]) == 65 else 0
        digest = digest_v1(tx, index, coins, kind, annex)
        demand(schnorr_holds(stack[0][:64], digest, script[2:]), "a Schnorr signature that doesn't hold")
    else:
        raise Fault(f"a spent script that isn't P2WPKH or P2TR: {script.hex()}")


# --- the chain ------------------------------------------------------------------------------------------------------


def height_push(height):
    if height <= 16:
        return bytes([0x50 + height])
    digits = height.to_bytes((height.bit_length() + 8) // 8, "little")
    return bytes([len(digits)]) + digits


class Chain:
    def __init__(self, every):
        self.every = every
        self.height, self.tip, self.times = 0, bytes.fromhex(GENESIS)[::-1], [GENESIS_TIME]
        self.coins = {}
        self.transactions = self.inputs = self.signatures = self.subsidies = 0

    def connect(self, raw):
        height = self.height + 1
        reader = Reader(raw)
        header = reader.take(80)
        version, previous, root, time, bits, _ = struct.unpack("<i32s32sIII", header)
        digest = sha256d(header)
        demand(bits == BITS, "bits that aren't regtest's")
        demand(int.from_bytes(digest, "little") <= TARGET, "a hash above the target")
        demand(previous == self.tip, "a parent that isn't the block before")
        demand(time > sorted(self.times[-11:])[len(self.times[-11:]) // 2], "a time not above the median")
        demand(version >= 4, "a version below 4")
        txs = [Transaction(reader) for _ in range(reader.size())]
        demand(reader.at == len(raw), "bytes behind the last transaction")
        demand(merkle([tx.txid for tx in txs]) == root, "a merkle root of other transactions")
        self.check_coinbase(txs, height)
        fees = sum(self.spend(tx, height) for tx in txs[1:])
        subsidy = 50 * 100_000_000 >> (height // HALVING) if height // HALVING < 64 else 0
        demand(sum(value for value, _ in txs[0].outputs) <= subsidy + fees, "a coinbase above subsidy and fees")
        self.create(txs[0], height, True)
        self.subsidies += subsidy
        self.transactions += len(txs)
        self.height, self.tip = height, digest
        self.times.append(time)

    def check_coinbase(self, txs, height):
        first = txs[0]
        null = bytes(32) + b"\xff" * 4
        demand([i["outpoint"] for i in first.inputs] == [null], "a first transaction that is no coinbase")
        demand(all(i["outpoint"] != null for tx in txs[1:] for i in tx.inputs), "a second coinbase")
        script = first.inputs[0]["script"]
        demand(2 <= len(script) <= 100, "a coinbase script of a wrong length")
        demand(script.startswith(height_push(height)), "a coinbase that doesn't tell the height")
        claims = [s[6:38] for _, s in first.outputs if s[:6] == bytes.fromhex("6a24aa21a9ed") and len(s) >= 38]
        if not claims:
            demand(not any(i["witness"] for tx in txs for i in tx.inputs), "witnesses without a commitment")
            return
        stack = first.inputs[0]["witness"]
        demand(len(stack) == 1 and len(stack[0]) == 32, "no reserved value of 32 bytes")
        wanted = sha256d(merkle([bytes(32), *[tx.wtxid for tx in txs[1:]]]) + stack[0])
        demand(claims[-1] == wanted, "a witness commitment to other witnesses")

    def spend(self, tx, height):
        coins = []
        for spent in tx.inputs:
            coin = self.coins.pop(spent["outpoint"], None)
            demand(coin is not None, f"{tx.txid[::-1].hex()} spends what isn't there or was spent")
            demand(not coin["coinbase"] or height - coin["height"] >= MATURITY, "an immature coinbase spent")
            coins.append(coin)
        for index in range(len(tx.inputs)):
            self.inputs += 1
            if self.every and self.inputs % self.every == 0:
                check_signature(tx, index, coins)
                self.signatures += 1
        fee = sum(c["value"] for c in coins) - sum(value for value, _ in tx.outputs)
        demand(fee >= 0, f"{tx.txid[::-1].hex()} pays out more than it spends")
        self.create(tx, height, False)
        return fee

    def create(self, tx, height, coinbase):
        for index, (value, script) in enumerate(tx.outputs):
            if script[:1] == b"\x6a" or len(script) > 10_000:
                continue
            coin = {"value": value, "script": script, "height": height, "coinbase": coinbase}
            self.coins[tx.txid + struct.pack("<I", index)] = coin

    def summary(self):
        unspent = sum(coin["value"] for coin in self.coins.values())
        demand(unspent <= self.subsidies, "more coins than were ever created")
        return {
            "height": self.height,
            "tip": self.tip[::-1].hex(),
            "transactions": self.transactions,
            "inputs": self.inputs,
            "signatures": self.signatures,
            "coins": len(self.coins),
            "coinsSat": unspent,
        }


def main(arguments):
    every = 1
    if arguments[:1] == ["--signatures"]:
        every, arguments = int(arguments[1]), arguments[2:]
    chain = Chain(every)
    with open(arguments[0], encoding="ascii") if arguments else sys.stdin as lines:
        for line in lines:
            if not line.strip():
                continue
            try:
                chain.connect(bytes.fromhex(line.strip()))
            except (Fault, ValueError) as fault:
                print(f"block {chain.height + 1}: {fault}", file=sys.stderr)
                return 1
    print(json.dumps(chain.summary()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
