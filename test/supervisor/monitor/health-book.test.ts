import { describe, expect, it } from "vitest";
import { HealthBook } from "../../../src/supervisor/monitor/health-book.js";
import { monitorStage } from "./monitor-stage.js";

/**
 * What happens, in time: `W` watched, `s` falls silent, `a` answers again, `p` comes near a limit, `o` is clear of it,
 * `l` loses events, `u` keeps up again, `X` crashes, `F` is forgotten. What is published below: the new word's
 * first letter, `h`ealthy, `d`egraded or `u`nhealthy.
 */
const rows = [
  { name: "says nothing of a module that stays well", happens: "W-a-a-o-u--", publishes: "-----------" },
  { name: "tells of silence and of its end, once each", happens: "W-s-s-a-a--", publishes: "--u---h----" },
  { name: "is degraded while a limit is near", happens: "W-p-p-o-o--", publishes: "--d---h----" },
  { name: "is degraded while events are lost", happens: "W-l-l-u-u--", publishes: "--d---h----" },
  {
    name: "stays degraded until the last complaint is gone",
    happens: "W-p-l-o-u--",
    publishes: "--d-----h--",
  },
  { name: "puts silence above a near limit", happens: "W-p-s-a-o--", publishes: "--d-u-d-h--" },
  {
    name: "forgets a limit that was left while it was silent",
    happens: "W-p-s-o-a--",
    publishes: "--d-u---h--",
  },
  { name: "hears of a limit while it is silent", happens: "W-s-p-a----", publishes: "--u---d----" },
  { name: "goes from healthy to crashed in one step", happens: "W-X--------", publishes: "--u--------" },
  {
    name: "does not repeat unhealthy when a silent module crashes",
    happens: "W-s-X------",
    publishes: "--u--------",
  },
  { name: "takes a crash as final", happens: "W-X-a-p-s-X", publishes: "--u--------" },
  { name: "is healthy again when it is watched anew", happens: "W-X---W-s--", publishes: "--u---h-u--" },
  {
    name: "begins without its past when it is watched anew",
    happens: "W-p-W-o-s-a",
    publishes: "--d-h---u-h",
  },
  { name: "forgets without an event", happens: "W-X-F-W-s--", publishes: "--u-----u--" },
  { name: "ignores a module that nobody watches", happens: "s-a-p-X-F-W", publishes: "-----------" },
] as const;

function setUp(onUnresponsive: "report" | "kill" = "report") {
  const stage = monitorStage();
  const killed: string[] = [];
  const book = new HealthBook({
    ...stage,
    kill: (name, reason) => killed.push(`${stage.events.length} ${name}: ${reason}`),
  });
  const happen = (mark: string) => {
    if (mark === "W") book.watch("probe", onUnresponsive);
    if (mark === "s") book.noteLiveness("probe", false, 5000);
    if (mark === "a") book.noteLiveness("probe", true, 0);
    if (mark === "p") book.noteComplaint("probe", "limits", "near its memory limit");
    if (mark === "o") book.noteComplaint("probe", "limits", undefined);
    if (mark === "l") book.noteComplaint("probe", "slow", "slow");
    if (mark === "u") book.noteComplaint("probe", "slow", undefined);
    if (mark === "X") book.noteCrash("probe", "exited with code 1");
    if (mark === "F") book.forget("probe");
  };
  return { ...stage, book, killed, happen };
}

describe("HealthBook", () => {
  it.each(rows)("$name", ({ happens, publishes }) => {
    const { events, happen } = setUp();
    let published = "";
    let health = "healthy";
    for (const mark of happens) {
      const before = events.length;
      if (mark === "F") health = "healthy";
      happen(mark);
      const news = events.slice(before);
      expect(news.length).toBeLessThanOrEqual(1);
      for (const { type, payload } of news) {
        expect(type).toBe("ModuleHealthChanged");
        expect(payload).toMatchObject({ module_name: "probe", old_health: health });
        expect(payload.new_health).not.toBe(health);
        health = String(payload.new_health);
      }
      published += news.length === 0 ? "-" : health[0];
    }
    expect(published).toBe(publishes);
  });

  it("reports a silent module and leaves it alone", () => {
    const { happen, killed, log } = setUp("report");
    for (const mark of "Ws") happen(mark);
    expect(killed).toEqual([]);
    expect(log.messages()).toEqual(["module probe is unresponsive: silent for 5.0 s"]);
  });

  it("kills a silent module once per silence, after the event, where that is asked for", () => {
    const { happen, killed } = setUp("kill");
    for (const mark of "WpssoslasX") happen(mark);
    expect(killed).toEqual([
      "2 probe: unresponsive: silent for 5.0 s",
      "4 probe: unresponsive: silent for 5.0 s",
    ]);
  });

  it("does not kill what has crashed", () => {
    const { happen, killed } = setUp("kill");
    for (const mark of "WXs") happen(mark);
    expect(killed).toEqual([]);
  });

  it("keeps the reason for what it says", () => {
    const { book, happen } = setUp();
    const health = () => book.healthOf("probe");
    expect(health()).toBeUndefined();
    happen("W");
    expect(health()).toEqual({ state: "healthy" });
    happen("p");
    happen("l");
    expect(health()).toEqual({ state: "degraded", reason: "near its memory limit, slow" });
    happen("s");
    expect(health()).toEqual({ state: "unresponsive", reason: "silent for 5.0 s" });
    happen("X");
    expect(health()).toEqual({ state: "crashed", reason: "exited with code 1" });
  });

  it("has its books in order when a subscriber comes back from inside the event", () => {
    const { book, events, ...stage } = setUp();
    const states: unknown[] = [];
    const inner = new HealthBook({
      log: stage.log,
      kill: () => {},
      publish: (type, payload) => {
        states.push(inner.healthOf("probe")?.state);
        inner.noteCrash("probe", "killed by its own event");
        return stage.publish(type, payload);
      },
    });
    inner.watch("probe", "report");
    inner.noteLiveness("probe", false, 5000);
    expect(states).toEqual(["unresponsive"]);
    expect(inner.healthOf("probe")?.state).toBe("crashed");
    expect(events).toHaveLength(1);
  });
});
