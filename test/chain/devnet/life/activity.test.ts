import { VirtualTimeScheduler } from "rxjs";
import { describe, expect, it } from "vitest";
import { startActivity } from "../../../../src/chain/devnet/life/activity.js";
import { type DevnetOptionsInput, devnetOptions } from "../../../../src/chain/devnet/options.js";
import { silentLogger } from "../../../../src/log.js";
import { type PretendDevnet, pretendDevnet } from "../../../kit/pretend-devnet.js";
import { recordLog } from "../../log-recorder.js";

const HOUR_S = 3600;

/** A pretended devnet with the activity on, on virtual time. */
function living(input: DevnetOptionsInput = {}, log = silentLogger) {
  const scheduler = new VirtualTimeScheduler();
  const devnet = pretendDevnet(() => scheduler.frame / 1000);
  const deps = { actions: devnet, peers: devnet.book, scheduler, log };
  const activity = startActivity(deps, devnetOptions.parse(input));
  const runS = (untilS: number) => {
    scheduler.maxFrames = untilS * 1000;
    scheduler.flush();
  };
  return { devnet, activity, scheduler, runS };
}

const count = ({ done }: PretendDevnet, what: string) => done.filter((one) => one.what === what).length;
const payments = ({ done }: PretendDevnet) =>
  done.flatMap(({ what, given }) =>
    what === "pay" ? [given[0] as { feeRateSatPerVb: number; parent?: string }] : [],
  );

describe("the devnet's activity", () => {
  it("mines at the mean interval, at times that are spread as those of a real chain", () => {
    const { devnet, runS } = living({ block_interval_s: 5, transactions_per_second: 0 });
    runS(4 * HOUR_S);
    const times = devnet.done.filter(({ what }) => what === "mine").map(({ atS }) => atS);
    // 2880 are expected, with a standard deviation of 54.
    expect(Math.abs(times.length - 2880)).toBeLessThan(4 * 54);
    const gaps = times.slice(1).map((atS, n) => atS - (times[n] ?? 0));
    // Of exponential intervals, 1 - 1/e are below the mean, and one in 20 is above three times the mean.
    const below = gaps.filter((gap) => gap < 5).length / gaps.length;
    expect(below).toBeGreaterThan(0.6);
    expect(below).toBeLessThan(0.665);
    const long = gaps.filter((gap) => gap > 15).length / gaps.length;
    expect(long).toBeGreaterThan(0.035);
    expect(long).toBeLessThan(0.065);
  });

  it("keeps the mean rate of transactions with bursts, and the shares of replacements and children", () => {
    const { devnet, runS } = living({
      ...{ transactions_per_second: 2, replace_share: 0.1, child_share: 0.2 },
      ...{ block_interval_s: 2, reorg_probability: 0, peers: 0, misbehaviour_per_minute: 0 },
    });
    runS(4 * HOUR_S);
    const children = payments(devnet).filter(({ parent }) => parent !== undefined).length;
    const all = payments(devnet).length + count(devnet, "bump");
    // 1,200 phases of mean 12 s make the spread: about 3 in 100.
    expect(all / (4 * HOUR_S * 2)).toBeGreaterThan(0.88);
    expect(all / (4 * HOUR_S * 2)).toBeLessThan(1.12);
    // Some find nothing that waits and become payments.
    expect(count(devnet, "bump") / all).toBeGreaterThan(0.05);
    expect(count(devnet, "bump") / all).toBeLessThan(0.105);
    expect(children / all).toBeGreaterThan(0.1);
    expect(children / all).toBeLessThan(0.21);
    const perMinute = Array<number>(240).fill(0);
    for (const { what, atS } of devnet.done) {
      const minute = Math.floor(atS / 60);
      if (what === "pay") perMinute[minute] = (perMinute[minute] ?? 0) + 1;
    }
    // An even stream of 108 a minute would hardly leave 75 to 141.
    expect(Math.max(...perMinute)).toBeGreaterThan(180);
    expect(Math.min(...perMinute)).toBeLessThan(80);
  });

  it("pays the median fee rate in half of all cases and six times as much in one of twenty", () => {
    const { devnet, runS } = living({
      ...{ transactions_per_second: 10, replace_share: 0, median_fee_rate: 20, peers: 0 },
    });
    runS(HOUR_S);
    const rates = payments(devnet).map(({ feeRateSatPerVb }) => feeRateSatPerVb);
    const share = (above: number) => rates.filter((rate) => rate > above).length / rates.length;
    expect(share(20)).toBeGreaterThan(0.48);
    expect(share(20)).toBeLessThan(0.52);
    expect(share(120)).toBeGreaterThan(0.04);
    expect(share(120)).toBeLessThan(0.06);
    expect(Math.min(...rates)).toBeGreaterThanOrEqual(1);
  });

  it("reorganises with the probability asked for, each deeper one half as often", () => {
    const { devnet, runS } = living({
      ...{ reorg_probability: 0.25, reorg_max_depth: 3, block_interval_s: 1, transactions_per_second: 0 },
    });
    runS(HOUR_S);
    const depths = devnet.done.flatMap(({ what, given }) => (what === "reorganize" ? [given[0]] : []));
    const blocks = count(devnet, "mine");
    expect(depths.length / blocks).toBeGreaterThan(0.22);
    expect(depths.length / blocks).toBeLessThan(0.28);
    const share = (depth: number) => depths.filter((one) => one === depth).length / depths.length;
    expect(share(1)).toBeCloseTo(0.5, 1);
    expect(share(2)).toBeCloseTo(0.25, 1);
    expect(share(3)).toBeCloseTo(0.25, 1);
    const reconnected = devnet.events.filter(({ type }) => type === "NetworkReconnected").length;
    expect(reconnected).toBeGreaterThan(depths.length / 4);
  });

  it("keeps peers around their number, and lifts the bans whose time is over", () => {
    const { devnet, runS } = living({
      ...{ peers: 8, misbehaviour_per_minute: 2, block_interval_s: 60, transactions_per_second: 0 },
    });
    const counts: number[] = [];
    for (let minute = 1; minute <= 240; minute += 1) {
      runS(minute * 60);
      counts.push(devnet.peers().length);
    }
    const mean = counts.slice(1).reduce((sum, one) => sum + one, 0) / (counts.length - 1);
    expect(mean).toBeGreaterThan(6.5);
    expect(mean).toBeLessThan(9.5);
    const types = new Set(devnet.events.map(({ type }) => type));
    for (const type of [
      "PeerUnbanned",
      "DoSAttackDetected",
      "RateLimitExceeded",
      "AddressExpired",
    ] as const) {
      expect(types).toContain(type);
    }
    expect(devnet.book.bans().length).toBeLessThanOrEqual(51);
    expect(
      devnet.events.some(
        ({ type, payload }) => type === "PeerBanned" && !("ban_duration_seconds" in payload),
      ),
    ).toBe(true);
  });

  it("does the same again under the same seed, and something else under another", () => {
    const listOf = (seed: string) => {
      const { devnet, runS } = living({ seed });
      runS(600);
      return devnet.done;
    };
    const list = listOf("one");
    expect(list.length).toBeGreaterThan(600);
    expect(listOf("one")).toEqual(list);
    expect(listOf("two")).not.toEqual(list);
  });

  it("mines at the same times whatever the rate of transactions", () => {
    const minesAt = (transactions_per_second: number) => {
      const { devnet, runS } = living({ transactions_per_second });
      runS(600);
      return devnet.done.filter(({ what }) => what === "mine" || what === "reorganize").map(({ atS }) => atS);
    };
    expect(minesAt(0.1)).toEqual(minesAt(7));
  });

  it("goes on after what fails, and tells each cause once a minute", () => {
    const log = recordLog();
    const { devnet, runS } = living({ transactions_per_second: 10 }, { ...silentLogger, ...log });
    devnet.fail("pay", "DEVNET_FUNDS_LOW");
    runS(150);
    expect(count(devnet, "pay")).toBeGreaterThan(500);
    expect(count(devnet, "mine")).toBeGreaterThan(10);
    const lines = log.lines.filter(({ fields }) => "code" in fields && fields.code === "DEVNET_FUNDS_LOW");
    expect(lines).toHaveLength(3);
    expect(lines[1]?.fields).toMatchObject({ what: "a payment", untold: expect.any(Number) });
  });

  it("ends with one line when nothing can be kept any more", () => {
    const log = recordLog();
    const { devnet, scheduler, runS } = living({}, { ...silentLogger, ...log });
    devnet.fail("mine", "DEVNET_STORE_FULL");
    runS(HOUR_S);
    expect(count(devnet, "mine")).toBe(1);
    expect(log.lines.filter(({ level }) => level === "error")).toHaveLength(1);
    expect(scheduler.actions.filter((action) => !action.closed)).toEqual([]);
  });

  it("leaves no timer behind when it is closed, and does nothing more", () => {
    const { devnet, activity, scheduler, runS } = living({ reorg_probability: 1 });
    runS(60);
    activity.close();
    activity.close();
    const before = devnet.done.length;
    expect(scheduler.actions.filter((action) => !action.closed)).toEqual([]);
    runS(600);
    expect(devnet.done).toHaveLength(before);
  });

  it("makes up for a quarter of a second after a suspension, not for an hour", () => {
    const { devnet, scheduler, runS } = living({ transactions_per_second: 100, block_interval_s: 5 });
    runS(10);
    const before = devnet.done.length;
    // The machine slept: the clock has jumped when the timers that were due come.
    const slept = scheduler.frame + HOUR_S * 1000;
    scheduler.now = () => Math.max(slept, scheduler.frame);
    runS(10.05);
    const burst = devnet.done.slice(before);
    expect(burst.length).toBeGreaterThan(0);
    expect(burst.length).toBeLessThan(100);
    expect(burst.filter(({ what }) => what === "mine").length).toBeLessThanOrEqual(1);
  });

  it("does nothing of what is switched off", () => {
    const off = { peers: 0, misbehaviour_per_minute: 0, transactions_per_second: 0, reorg_probability: 0 };
    const { devnet, runS } = living(off);
    runS(HOUR_S);
    expect(new Set(devnet.done.map(({ what }) => what))).toEqual(new Set(["mine", "expire"]));
    expect(devnet.events).toEqual([]);
  });

  it("waits out means that no timer of the platform holds", () => {
    const { devnet, scheduler, runS } = living({ transactions_per_second: 1e-9, block_interval_s: 86_400 });
    runS(HOUR_S);
    expect(count(devnet, "pay")).toBe(0);
    expect(Math.max(...scheduler.actions.map((action) => action.delay))).toBeLessThan(2 ** 31);
  });
});
