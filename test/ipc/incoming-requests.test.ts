import { describe, expect, it } from "vitest";
import { defineErrors } from "../../src/errors.js";
import {
  type IncomingRequest,
  IncomingRequests,
  type RequestLimits,
} from "../../src/ipc/incoming-requests.js";
import type { Outcome } from "../../src/ipc/messages.js";

const errors = defineErrors({
  NO: (d: { why: string }) => `no, because of ${d.why}, allowed is yes; say yes`,
});

function startRequests(limits: Partial<RequestLimits> = {}) {
  const served: IncomingRequest[] = [];
  const sent: { id: number; outcome: Outcome }[] = [];
  const refused: string[] = [];
  const failures: unknown[] = [];
  let hasRoom = true;
  let serve = (request: IncomingRequest): void => {
    served.push(request);
  };
  const requests = new IncomingRequests(
    { requests_per_second: 0, open_requests: 3, ...limits },
    (request) => serve(request),
    (id, outcome) => sent.push({ id, outcome }),
    {
      onRefused: (type, code) => refused.push(`${type} ${code}`),
      onFailure: (_type, cause) => failures.push(cause),
      hasRoom: () => hasRoom,
    },
  );
  return {
    requests,
    served,
    sent,
    refused,
    failures,
    setRoom(isThere: boolean) {
      hasRoom = isThere;
    },
    serveBy(replacement: (request: IncomingRequest) => void) {
      serve = replacement;
    },
    codes: () => sent.map(({ outcome }) => (outcome.ok ? "ok" : outcome.error.code)),
  };
}

describe("IncomingRequests", () => {
  it("serves requests at once and sends answers in the order in which they finish", () => {
    const { requests, served, sent } = startRequests();
    for (const id of [7, 8, 9]) requests.take(id, "Probe", { id }, 0);
    expect(served.map(({ payload }) => payload)).toEqual([{ id: 7 }, { id: 8 }, { id: 9 }]);
    for (const n of [1, 2, 0]) served[n]?.answer(n);
    expect(sent.map(({ id }) => id)).toEqual([8, 9, 7]);
  });

  it("lets requests wait in their order, as open ones, while there is no room for answers", () => {
    const { requests, served, codes, setRoom } = startRequests();
    setRoom(false);
    for (const id of [1, 2, 3, 4]) requests.take(id, "Probe", { id }, 0);
    expect(served).toEqual([]);
    expect(codes()).toEqual(["TOO_MANY_REQUESTS"]);
    setRoom(true);
    requests.resume();
    expect(served.map(({ payload }) => payload)).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
  });

  it("serves no newer request before one that waits, and none after the close", () => {
    const { requests, served, setRoom } = startRequests();
    setRoom(false);
    requests.take(1, "Probe", { id: 1 }, 0);
    setRoom(true);
    requests.take(2, "Probe", { id: 2 }, 0);
    expect(served).toEqual([]);
    requests.resume();
    expect(served.map(({ payload }) => payload)).toEqual([{ id: 1 }, { id: 2 }]);
    setRoom(false);
    requests.take(3, "Probe", {}, 0);
    requests.close();
    setRoom(true);
    requests.resume();
    expect(served).toHaveLength(2);
  });

  it("lets at most four large answers be made at a time, and holds up no small one behind them", () => {
    const { requests, served, serveBy } = startRequests({ open_requests: 10 });
    const begun: IncomingRequest[] = [];
    serveBy((request) => {
      if (request.type === "Small") served.push(request);
      else request.whenRoom(() => begun.push(request));
    });
    for (let id = 1; id <= 6; id++) requests.take(id, "Large", {}, 0);
    requests.take(7, "Small", {}, 0);
    expect([begun.length, served.length]).toEqual([4, 1]);
    begun[2]?.answer("done");
    expect(begun).toHaveLength(5);
    for (const request of [...begun]) request.answer("done");
    expect(begun).toHaveLength(6);
  });

  it("begins no large answer while others wait unread, and none after the close", () => {
    const { requests, serveBy, setRoom } = startRequests({ open_requests: 10 });
    let begun = 0;
    serveBy((request) => {
      setRoom(false);
      request.whenRoom(() => {
        begun++;
        request.answer("done");
      });
    });
    requests.take(1, "Large", {}, 0);
    expect(begun).toBe(0);
    setRoom(true);
    requests.resume();
    expect(begun).toBe(1);
    requests.take(2, "Large", {}, 0);
    requests.close();
    setRoom(true);
    requests.resume();
    expect(begun).toBe(1);
  });

  it("takes a request without a payload as one with an empty map", () => {
    const { requests, served } = startRequests();
    requests.take(1, "Probe", undefined, 0);
    requests.take(2, "Probe", null, 0);
    expect(served.map(({ payload }) => payload)).toEqual([{}, {}]);
  });

  it("sends one answer per request, whatever its server says later", () => {
    const { requests, served, codes } = startRequests();
    requests.take(1, "Probe", {}, 0);
    served[0]?.refuse(errors.NO({ why: "a whim" }));
    served[0]?.answer("yes after all");
    served[0]?.refuse(errors.NO({ why: "another whim" }));
    expect(codes()).toEqual(["NO"]);
  });

  it("refuses what would make open requests hold more than 64 MiB, until one is answered", () => {
    const { requests, served, codes } = startRequests({ open_requests: 64 });
    const mib = 1024 * 1024;
    for (const id of [1, 2]) requests.take(id, "Write", {}, 0, 32 * mib);
    requests.take(3, "Write", {}, 0, 1);
    expect(codes()).toEqual(["TOO_MANY_REQUESTS"]);
    served[0]?.answer(null);
    requests.take(4, "Write", {}, 0, 32 * mib);
    requests.take(5, "Write", {}, 0, 1);
    expect(served).toHaveLength(3);
    expect(codes()).toEqual(["TOO_MANY_REQUESTS", "ok", "TOO_MANY_REQUESTS"]);
  });

  it("serves one request alone whatever it brings", () => {
    const { requests, served } = startRequests();
    requests.take(1, "Write", {}, 0, 2 ** 30);
    expect(served).toHaveLength(1);
  });

  it("refuses what exceeds the number of open requests until one is answered", () => {
    const { requests, served, sent, refused } = startRequests({ open_requests: 2 });
    for (const id of [1, 2, 3]) requests.take(id, "Probe", {}, 0);
    expect(served).toHaveLength(2);
    expect(sent[0]).toMatchObject({
      id: 3,
      outcome: {
        ok: false,
        error: { code: "TOO_MANY_REQUESTS", details: { open: 2, limit: 2 }, retryable: true },
      },
    });
    expect(refused).toEqual(["Probe TOO_MANY_REQUESTS"]);
    served[0]?.answer(null);
    requests.take(3, "Probe", {}, 0);
    expect(served).toHaveLength(3);
  });

  it("refuses an id that is open and leaves its first request alone", () => {
    const { requests, served, sent } = startRequests();
    requests.take(5, "Probe", "first", 0);
    requests.take(5, "Probe", "second", 0);
    expect(served).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      id: 5,
      outcome: { ok: false, error: { code: "DUPLICATE_ID", details: { id: 5 } } },
    });
    served[0]?.answer("first is done");
    expect(sent[1]).toEqual({ id: 5, outcome: { ok: true, payload: "first is done" } });
    requests.take(5, "Probe", "third", 0);
    expect(served).toHaveLength(2);
  });

  it("refuses beyond the rate before anything else and tells when to come back", () => {
    const { requests, served, sent, refused } = startRequests({ requests_per_second: 2, open_requests: 1 });
    requests.take(1, "Probe", {}, 0);
    requests.take(2, "Probe", {}, 100.4);
    requests.take(3, "Probe", {}, 200.5);
    expect(served).toHaveLength(1);
    expect(refused).toEqual(["Probe TOO_MANY_REQUESTS", "Probe RATE_LIMITED"]);
    expect(sent[1]).toMatchObject({
      outcome: {
        ok: false,
        error: { code: "RATE_LIMITED", details: { limit: 2, retry_after_ms: 800 }, retryable: true },
      },
    });
    served[0]?.answer(null);
    requests.take(4, "Probe", {}, 1000);
    expect(served).toHaveLength(2);
  });

  it("answers with the error that its server throws", () => {
    const { requests, serveBy, codes, failures } = startRequests();
    serveBy(() => {
      throw errors.NO({ why: "a rule" });
    });
    requests.take(1, "Probe", {}, 0);
    expect(codes()).toEqual(["NO"]);
    expect(failures).toEqual([]);
  });

  it("answers INTERNAL_ERROR for a failure of its own and tells the host what it was", () => {
    const { requests, serveBy, sent, failures } = startRequests();
    const cause = new TypeError("secret detail");
    serveBy(() => {
      throw cause;
    });
    requests.take(1, "Probe", {}, 0);
    expect(sent[0]).toMatchObject({ id: 1, outcome: { ok: false, error: { code: "INTERNAL_ERROR" } } });
    expect(JSON.stringify(sent)).not.toContain("secret detail");
    expect(failures).toEqual([cause]);
  });

  it("aborts what is open at the close and sends nothing after it", () => {
    const { requests, served, sent } = startRequests();
    requests.take(1, "Probe", {}, 0);
    expect(served[0]?.signal.aborted).toBe(false);
    requests.close();
    expect(served[0]?.signal.aborted).toBe(true);
    served[0]?.answer("too late");
    expect(sent).toEqual([]);
  });
});
