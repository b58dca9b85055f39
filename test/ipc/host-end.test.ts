import { describe, expect, it } from "vitest";
import { frameOf } from "../../src/ipc/frame-slab.js";
import { ipcErrors } from "../../src/ipc/index.js";
import { concat, frame, hex, pack } from "../kit/ipc-bytes.js";
import { MEMORY_ACK, MEMORY_HANDSHAKE, startMemoryHostEnd } from "../kit/ipc-memory-host-end.js";
import { expectThreeParts } from "../kit/ipc-three-parts.js";

const halfFrame = frame(pack([0, 2, "GetChainTip", {}])).subarray(0, 6);

function startGreeted(...options: Parameters<typeof startMemoryHostEnd>) {
  const host = startMemoryHostEnd(...options);
  host.shakeHands();
  return host;
}

describe("HostEnd before the handshake", () => {
  it("answers a valid handshake with the limits of the connection", () => {
    const { peer, end } = startGreeted();
    expect(peer.sent()).toEqual([[1, 1, true, MEMORY_ACK]]);
    expect(end.isClosed).toBe(false);
  });

  it("gives a client of the path two seconds from accept", () => {
    const { clock, end, codes, turnedAway } = startMemoryHostEnd();
    clock.advanceMs(1999);
    expect(end.isClosed).toBe(false);
    clock.advanceMs(1);
    expect(codes()).toEqual(["HANDSHAKE_TIMEOUT"]);
    expect(turnedAway[0]?.error).toMatchObject({ code: "HANDSHAKE_TIMEOUT", details: { timeoutMs: 2000 } });
    expectThreeParts(turnedAway[0]?.text ?? "");
  });

  it("gives the descriptor two seconds from its first byte and silence as long as it likes", () => {
    const { clock, end, peer, codes } = startMemoryHostEnd({}, { door: "fd" });
    clock.advanceMs(60_000);
    expect(end.isClosed).toBe(false);
    peer.receive(halfFrame.subarray(0, 1));
    clock.advanceMs(1999);
    peer.receive(halfFrame.subarray(1, 2));
    expect(end.isClosed).toBe(false);
    clock.advanceMs(1);
    expect(codes()).toEqual(["HANDSHAKE_TIMEOUT"]);
  });

  it("stops the clock at the handshake", () => {
    const { clock, end } = startGreeted({ heartbeat_ms: 60_000 });
    clock.advanceMs(30_000);
    expect(end.isClosed).toBe(false);
  });

  it("reads a handshake that came while this process was blocked", () => {
    const { clock, end, peer, endTurn } = startMemoryHostEnd();
    clock.blockMs(10_000);
    expect(end.isClosed).toBe(false);
    peer.receiveMessage(0, 1, "Handshake", MEMORY_HANDSHAKE);
    endTurn();
    clock.advanceMs(1000);
    expect(peer.sent()[0]?.slice(0, 3)).toEqual([1, 1, true]);
    expect(end.isClosed).toBe(false);
  });

  it("sends the door's refusal under the handshake's id, then ends", () => {
    const refusal = ipcErrors.BAD_TOKEN({ found: "no token" });
    const { peer, shakeHands, turnedAway, closed } = startMemoryHostEnd({}, { verdict: refusal });
    shakeHands();
    expect(peer.sent()).toMatchObject([[1, 1, false, { code: "BAD_TOKEN" }]]);
    expect(peer.isEnded).toBe(true);
    expect([turnedAway.length, closed.length]).toEqual([1, 0]);
  });

  it("repeats nothing of what it could not read", () => {
    const { peer } = startMemoryHostEnd();
    peer.receive(frame(concat(hex("c1"), Buffer.from("top secret bytes"))));
    expect(JSON.stringify(peer.sent())).not.toContain("secret");
  });

  it("reads nothing behind a handshake that was refused", () => {
    const refusal = ipcErrors.BAD_TOKEN({ found: "no token" });
    const { peer, requests, codes } = startMemoryHostEnd({}, { verdict: refusal });
    const request = frame(pack([0, 2, "GetChainTip", {}]));
    peer.receive(concat(frame(pack([0, 1, "Handshake", MEMORY_HANDSHAKE])), request, request));
    expect(requests).toEqual([]);
    expect(codes()).toEqual(["BAD_TOKEN"]);
  });

  it("serves a request that came in one chunk with the handshake, after its answer", () => {
    const { peer, requests, endTurn } = startMemoryHostEnd();
    peer.receive(
      concat(frame(pack([0, 1, "Handshake", MEMORY_HANDSHAKE])), frame(pack([0, 2, "GetChainTip", {}]))),
    );
    requests[0]?.answer("tip");
    endTurn();
    expect(peer.sent().map(([, id]) => id)).toEqual([1, 2]);
  });
});

describe("HostEnd and unfinished frames", () => {
  it("allows ten seconds from a frame's first byte to its last", () => {
    const { clock, end, peer, codes, closed } = startGreeted();
    peer.receive(halfFrame);
    clock.advanceMs(9999);
    expect(end.isClosed).toBe(false);
    clock.advanceMs(1);
    expect(codes()).toEqual(["SLOW_FRAME"]);
    expect(closed[0]?.error).toMatchObject({
      code: "SLOW_FRAME",
      details: { receivedBytes: 6, timeoutMs: 10_000 },
    });
  });

  it("counts from the first byte, however many follow one by one, and says how many came", () => {
    const { clock, end, peer, closed } = startGreeted();
    const slow = frame(new Uint8Array(100));
    for (let second = 0; second < 10; second++) {
      peer.receive(slow.subarray(second, second + 1));
      clock.advanceMs(1000);
    }
    expect(end.isClosed).toBe(true);
    expect(closed[0]?.error).toMatchObject({ code: "SLOW_FRAME", details: { receivedBytes: 10 } });
  });

  it("starts a new clock for the next frame when one is complete", () => {
    const { clock, end, peer } = startGreeted();
    const whole = frame(pack([9, 1]));
    peer.receive(whole.subarray(0, 3));
    for (let n = 0; n < 5; n++) {
      clock.advanceMs(9000);
      peer.receive(concat(whole.subarray(3), whole.subarray(0, 3)));
    }
    expect(end.isClosed).toBe(false);
    clock.advanceMs(10_000);
    expect(end.isClosed).toBe(true);
  });

  it("doesn't count while the peer's process is stopped", () => {
    const host = startGreeted();
    host.peer.receive(halfFrame);
    host.isPeerStopped = true;
    host.clock.advanceMs(3_600_000);
    expect(host.end.isClosed).toBe(false);
    host.isPeerStopped = false;
    host.clock.advanceMs(10_000);
    expect(host.codes()).toEqual(["SLOW_FRAME"]);
  });

  it("reads what came while this process was blocked before it blames the peer", () => {
    const { clock, end, peer, requests } = startGreeted();
    const whole = frame(pack([0, 2, "GetChainTip", {}]));
    peer.receive(whole.subarray(0, 6));
    clock.blockMs(20_000);
    expect(end.isClosed).toBe(false);
    peer.receive(whole.subarray(6));
    clock.advanceMs(4000);
    expect(requests).toHaveLength(1);
    expect(end.isClosed).toBe(false);
  });

  it("drops a half frame when the stream ends and tells its bytes", () => {
    const { peer, requests, closed } = startGreeted();
    peer.receive(halfFrame);
    peer.receiveEnd();
    expect(requests).toEqual([]);
    expect(closed).toEqual([{ text: "the peer closed the connection", partialBytes: halfFrame.length }]);
  });
});

describe("HostEnd and its heartbeat", () => {
  it("pings at each heartbeat and reports five silent ones", () => {
    const { clock, peer, told, endTurn } = startGreeted();
    for (let n = 0; n < 5; n++) {
      clock.advanceMs(1000);
      endTurn();
    }
    expect(peer.sent().filter(([kind]) => kind === 8)).toEqual([1, 2, 3, 4, 5].map((nonce) => [8, nonce]));
    expect(told.filter((what) => what.endsWith("responsive"))).toEqual(["unresponsive"]);
    peer.receiveMessage(9, 5);
    expect(told.filter((what) => what.endsWith("responsive"))).toEqual(["unresponsive", "responsive"]);
  });

  it("sends no more pings to a peer that doesn't read", () => {
    const { end, clock, peer, endTurn } = startGreeted();
    peer.isPeerReading = false;
    end.sendEvent(frameOf(pack([2, 1, 1, "NewBlock", { filler: "x".repeat(70_000) }, "node"])), 1);
    endTurn();
    clock.advanceMs(600_000);
    endTurn();
    expect(peer.sent().filter(([kind]) => kind === 8)).toEqual([]);
    peer.isPeerReading = true;
    clock.advanceMs(1000);
    endTurn();
    expect(peer.sent().filter(([kind]) => kind === 8)).toHaveLength(1);
  });

  it("lets at most one ping wait for a peer that stopped reading, however long", () => {
    const { clock, peer, endTurn } = startGreeted();
    peer.isPeerReading = false;
    for (let beat = 0; beat < 10_000; beat++) {
      clock.advanceMs(1000);
      endTurn();
    }
    expect(peer.sent().filter(([kind]) => kind === 8)).toHaveLength(1);
  });

  it("answers a module's ping with its nonce", () => {
    const { peer, endTurn } = startGreeted();
    peer.receiveMessage(8, 77);
    endTurn();
    expect(peer.sent().at(-1)).toEqual([9, 77]);
  });
});

describe("HostEnd and requests", () => {
  it("serves nothing further while more than 4 MiB of answers wait, and goes on when they were read", () => {
    const { end, peer, requests, endTurn } = startGreeted({ requests_per_second: 0 });
    peer.isPeerReading = false;
    const mebibyte = "x".repeat(1024 * 1024);
    for (let id = 2; id < 6; id++) {
      peer.receiveMessage(0, id, "Probe", {});
      requests.at(-1)?.answer(mebibyte);
      endTurn();
    }
    // Four answers of a little more than 1 MiB wait.
    for (let id = 6; id < 9; id++) peer.receiveMessage(0, id, "Probe", {});
    expect(requests).toHaveLength(4);
    expect(end.isClosed).toBe(false);
    peer.isPeerReading = true;
    endTurn();
    expect(requests).toHaveLength(7);
    requests.at(-1)?.answer("tiny");
    endTurn();
    expect(peer.sent().at(-1)).toEqual([1, 8, true, "tiny"]);
  });

  it("refuses answers beyond 164 MiB that a module leaves unread, whoever made them", () => {
    const { end, requests, peer, codes, endTurn } = startGreeted({ requests_per_second: 0 });
    peer.isPeerReading = false;
    for (let id = 2; id <= 8; id++) peer.receiveMessage(0, id, "Probe", {});
    const data = new Uint8Array(39 * 1024 * 1024);
    for (const request of requests) {
      request.answer(data);
      endTurn();
    }
    expect(requests).toHaveLength(7);
    expect(codes()).toEqual(["LIMIT", "LIMIT"]);
    expect(end.isClosed).toBe(false);
  });

  it("holds 64 MiB of open requests at most, however few they are", () => {
    const { requests, peer, codes, endTurn } = startGreeted({ requests_per_second: 0 });
    const data = new Uint8Array(8 * 1024 * 1024 - 100);
    for (let id = 2; id <= 12; id++) peer.receiveMessage(0, id, "Probe", { data });
    endTurn();
    expect(requests).toHaveLength(8);
    expect(codes()).toEqual(["TOO_MANY_REQUESTS", "TOO_MANY_REQUESTS", "TOO_MANY_REQUESTS"]);
    for (const request of requests) request.answer(null);
    peer.receiveMessage(0, 13, "Probe", { data });
    expect(requests).toHaveLength(9);
  });

  it("closes over a module that reads nothing and asks on beyond its open requests", () => {
    const { end, peer, requests, closed, endTurn } = startGreeted({ requests_per_second: 0 });
    peer.isPeerReading = false;
    peer.receiveMessage(0, 2, "Probe", {});
    requests[0]?.answer("x".repeat(4 * 1024 * 1024));
    endTurn();
    let asked = 0;
    for (; !end.isClosed && asked < 100_000; asked++) {
      peer.receiveMessage(0, 3 + asked, "Probe", {});
      if (asked % 1000 === 0) endTurn();
    }
    expect(requests).toHaveLength(1);
    expect(asked).toBeGreaterThan(10_000);
    expect(closed[0]?.error).toMatchObject({
      code: "UNREAD_ANSWERS",
      details: { limitBytes: 4 * 1024 * 1024 },
    });
    expect(peer.sent().at(-1)).toMatchObject([1, 0, false, { code: "UNREAD_ANSWERS" }]);
    expect(peer.isEnded).toBe(true);
  });

  it("closes over a module that pings a message at a time and reads nothing, before that costs 9 MiB", () => {
    const { end, peer, closed, endTurn } = startGreeted();
    peer.isPeerReading = false;
    let pings = 0;
    for (; !end.isClosed && pings < 100_000; pings++) {
      peer.receiveMessage(8, pings);
      endTurn();
    }
    expect(closed[0]?.error).toMatchObject({ code: "UNREAD_ANSWERS" });
    expect(pings * 512).toBeLessThan(9 * 1024 * 1024);
  });

  it("refuses invocations of a module that reads nothing before their writes cost more than 16 MiB", async () => {
    const { end, peer, endTurn } = startGreeted();
    peer.isPeerReading = false;
    const outcomes: Promise<unknown>[] = [];
    const payload = new Uint8Array(1024);
    for (let n = 0; n < 11_000; n++) {
      outcomes.push(end.invoke("timer", { payload }, 1000).catch((error: unknown) => error));
      endTurn();
    }
    expect(peer.writes.length * (512 + payload.length)).toBeLessThan(16 * 1024 * 1024);
    expect(await outcomes.at(-1)).toMatchObject({ code: "LIMIT" });
    expect(end.isClosed).toBe(false);
  });

  it("doesn't count events as unread answers", () => {
    const { end, peer, requests, endTurn } = startGreeted();
    peer.isPeerReading = false;
    for (let seq = 1; seq <= 8; seq++) {
      end.sendEvent(frameOf(pack([2, seq, 1, "NewBlock", { filler: "x".repeat(1024 * 1024) }, "node"])), seq);
      endTurn();
    }
    peer.receiveMessage(0, 2, "Probe", {});
    requests[0]?.answer("fine");
    endTurn();
    expect(end.isClosed).toBe(false);
  });

  it("answers ANSWER_TOO_LARGE for what fits no frame", () => {
    const { peer, requests, codes, end, endTurn } = startGreeted();
    peer.receiveMessage(0, 2, "Probe", {});
    requests[0]?.answer("x".repeat(41 * 1024 * 1024));
    endTurn();
    expect(codes()).toEqual(["ANSWER_TOO_LARGE"]);
    expect(end.isClosed).toBe(false);
  });

  it("answers INTERNAL_ERROR for what can't be encoded and logs why", () => {
    const { peer, requests, codes, log, endTurn } = startGreeted();
    peer.receiveMessage(0, 2, "Probe", {});
    requests[0]?.answer({ services: 1n << 64n });
    endTurn();
    expect(codes()).toEqual(["INTERNAL_ERROR"]);
    expect(log.lines.map(({ level }) => level)).toEqual(["error"]);
  });

  it("answers nil for an answer without a value", () => {
    const { peer, requests, endTurn } = startGreeted();
    peer.receiveMessage(0, 2, "Probe", {});
    requests[0]?.answer(undefined);
    endTurn();
    expect(peer.sent().at(-1)).toEqual([1, 2, true, null]);
  });

  it("tells its handlers what the connection itself refused", () => {
    const { peer, told, codes, endTurn } = startGreeted({ open_requests: 1, requests_per_second: 3 });
    for (const id of [2, 2, 3, 4]) peer.receiveMessage(0, id, "Probe", {});
    endTurn();
    expect(codes()).toEqual(["DUPLICATE_ID", "TOO_MANY_REQUESTS", "RATE_LIMITED"]);
    expect(told).toContain("refused Probe RATE_LIMITED");
  });

  it("aborts open requests when the connection ends, and answers none of them", () => {
    const { peer, requests, endTurn } = startGreeted();
    peer.receiveMessage(0, 2, "Probe", {});
    peer.receiveEnd();
    expect(requests[0]?.signal.aborted).toBe(true);
    requests[0]?.answer("too late");
    endTurn();
    expect(peer.sent()).toHaveLength(1);
  });
});

describe("HostEnd and invocations", () => {
  it("resolves with the module's result, whichever comes first", async () => {
    const { end, peer, endTurn } = startGreeted();
    const first = end.invoke("cli", { n: 1 }, 1000);
    const second = end.invoke("rpc", { n: 2 }, 1000);
    endTurn();
    expect(peer.sent().slice(1)).toEqual([
      [4, 1, "cli", { n: 1 }],
      [4, 2, "rpc", { n: 2 }],
    ]);
    peer.receiveMessage(5, 2, true, "two");
    peer.receiveMessage(5, 1, false, { code: "NO", message: "no", retryable: false });
    expect(await second).toBe("two");
    await expect(first).rejects.toMatchObject({ code: "NO" });
  });

  it("drops a result that comes after the deadline and blames nobody", async () => {
    const { end, clock, peer, codes, endTurn } = startGreeted({ heartbeat_ms: 60_000 });
    const late = end.invoke("health", {}, 5000).catch((error) => error.code);
    endTurn();
    clock.advanceMs(5000);
    expect(await late).toBe("DEADLINE");
    peer.receiveMessage(5, 1, true, null);
    endTurn();
    expect(codes()).toEqual([]);
  });

  it("counts a second result of the same call as a fault", async () => {
    const { end, peer, codes, endTurn } = startGreeted();
    const open = end.invoke("health", {}, 5000);
    endTurn();
    for (let n = 0; n < 2; n++) peer.receiveMessage(5, 1, true, null);
    endTurn();
    expect(await open).toBeNull();
    expect(codes()).toEqual(["PROTOCOL_ERROR"]);
  });

  it("fails open calls at once when the connection closes, and later ones too", async () => {
    const { end, peer } = startGreeted();
    const open = end.invoke("stop", {}, 60_000).catch((error) => error.code);
    peer.receiveEnd();
    expect(await open).toBe("CONNECTION_CLOSED");
    await expect(end.invoke("stop", {}, 1000)).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
  });
});

describe("HostEnd and its end", () => {
  it("puts the closing error behind everything else and nothing behind it", () => {
    const host = startGreeted();
    host.beforeFlush = () => {
      host.end.sendGap({ fromSeq: 1, toSeq: 2, count: 2, reason: "channel_full" });
      host.beforeFlush = () => {};
    };
    host.peer.receiveMessage(0, 9, "Handshake", MEMORY_HANDSHAKE);
    expect(host.peer.sent().at(-1)).toMatchObject([1, 9, false, { code: "PROTOCOL_ERROR" }]);
    expect(host.peer.isEnded).toBe(true);
  });

  it("is told once, at once, and reads nothing more", () => {
    const { end, peer, closed, told } = startGreeted();
    peer.receiveMessage(7, 1000);
    peer.receiveMessage(7, 5);
    end.close("again");
    peer.receiveEnd();
    expect(closed.map(({ error }) => error?.code)).toEqual(["PROTOCOL_ERROR"]);
    expect(told.filter((what) => what.startsWith("ack"))).toEqual(["ack 1000"]);
  });

  it("writes what was appended before it ends from this side", () => {
    const { end, peer, closed } = startGreeted();
    end.sendEvent(frameOf(pack([2, 1, 1, "NewBlock", {}, "node"])), 1);
    end.close("the host is done");
    expect(peer.sent().at(-1)?.slice(0, 2)).toEqual([2, 1]);
    expect(peer.isEnded).toBe(true);
    expect(closed).toEqual([{ text: "the host is done" }]);
  });

  it("passes on acknowledgements, timings and logs as they come", () => {
    const { peer, told } = startGreeted();
    peer.receiveMessage(7, 3);
    peer.receiveMessage(7, 4, { NewBlock: [1, 20, 20] });
    peer.receiveMessage(3, "warn", "app", "careful", 1700);
    expect(told.filter((what) => !what.startsWith("written"))).toEqual([
      "ack 3",
      'ack 4 {"NewBlock":[1,20,20]}',
      "log warn app careful",
    ]);
  });
});
