import { describe, expect, it } from "vitest";
import { keepState, percentile, rateOver } from "../../page/rates.js";
import { boundText, bytesText, clockText, manyText, rateText } from "../../page/texts.js";
import type { PageState } from "../../src/http/page/page-messages.js";
import { pageState } from "../http/page/fake-page.js";

/** A host that is up for so many seconds, as its own clock has it, which may be wrong. */
function stateAt(upSeconds: number, last_seq: number, at_ms = 0): PageState {
  return { ...pageState, at_ms, host: { ...pageState.host, up_ms: 1000 * upSeconds, last_seq } };
}

const published = ({ host }: PageState) => host.last_seq;

describe("rates", () => {
  it("are told from the second state on, as a mean over the last five", () => {
    let states: readonly PageState[] = [];
    const rates = [0, 10, 20, 30, 40, 140].map((seq, second) => {
      states = keepState(states, stateAt(1 + second, seq));
      return rateOver(states, published);
    });
    expect(rates).toEqual([undefined, 10, 10, 10, 10, 32.5]);
  });

  it("do not follow the host's clock when that is set", () => {
    const hourMs = 3_600_000;
    const states = [stateAt(1, 0, 9 * hourMs), stateAt(2, 50, 8 * hourMs), stateAt(3, 100, 20 * hourMs)];
    expect(rateOver(states, published)).toBe(50);
  });

  it("begin anew with another run of the host, and are never below nothing", () => {
    const states = keepState([stateAt(100, 9_000), stateAt(101, 9_100)], stateAt(1, 5));
    expect(states).toHaveLength(1);
    expect(rateOver([stateAt(1, 70), stateAt(2, 20)], published)).toBe(0);
  });
});

describe("percentile", () => {
  const bounds_seconds = [0.001, 0.01, 2];
  const histogram = (...counts: number[]) => ({ bounds_seconds, counts });

  it("is the end of the bucket that holds the share, of what came since", () => {
    expect(percentile(histogram(90, 0, 0, 0), histogram(90, 99, 1, 0), 0.99)).toEqual({
      isAtMost: true,
      ms: 10,
    });
    expect(percentile(undefined, histogram(1, 0, 9, 0), 0.5)).toEqual({ isAtMost: true, ms: 2_000 });
    expect(percentile(histogram(4, 0, 0, 0), histogram(4, 0, 0, 0), 0.5)).toBeUndefined();
  });

  it("is more than the last bound in the bucket without an end", () => {
    const most = percentile(undefined, histogram(0, 0, 0, 3), 0.99);
    expect(most).toEqual({ isAtMost: false, ms: 2_000 });
    expect([boundText(most), boundText({ isAtMost: true, ms: 1.25 }), boundText(undefined)]).toEqual([
      "> 2 s",
      "≤ 1.3 ms",
      "–",
    ]);
  });
});

describe("texts", () => {
  it("carry their units", () => {
    expect([rateText(0), rateText(0.25), rateText(12_345.6), rateText(undefined)]).toEqual([
      "0/s",
      "0.3/s",
      "12,346/s",
      "–",
    ]);
    expect([
      bytesText(1_023),
      bytesText(50 * 1024 ** 2),
      bytesText(1.5 * 1024 ** 3),
      bytesText(null),
    ]).toEqual(["1,023 B", "50 MiB", "1.5 GiB", "–"]);
    expect([manyText(1, "restart"), manyText(1_000, "restart")]).toEqual(["1 restart", "1,000 restarts"]);
  });

  it("tell the day of what is not of today", () => {
    const atMs = new Date(2026, 10, 21, 9, 14, 5).getTime();
    expect(clockText(atMs)).toBe("09:14:05");
    expect(clockText(atMs, atMs + 3_600_000)).toBe("09:14:05");
    expect(clockText(atMs, atMs + 24 * 3_600_000)).toBe("21 Nov 09:14:05");
  });
});
