import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { exampleEvent } from "../../src/events/index.js";
import type { Host } from "../../src/host.js";
import { reading } from "../http/page/fake-page.js";
import { startBrowser } from "../kit/browser.js";
import { until } from "../kit/host-until.js";
import { type HostFolder, hostFolder, publishMany, statsOf } from "../kit/host-whole.js";
import { timeLimitMs } from "../kit/time-limit.js";
import { isMissing } from "../kit/tool.js";
import {
  beyondTheEdge,
  firstSpot,
  focused,
  framesEachSecond,
  type Looks,
  listen,
  looks,
  nameless,
  picture,
  pictures,
  setHidden,
  wrongClock,
} from "./in-page.js";
import { moduleOf, type PretendHost, pretendHost, streamOf } from "./pretend-host.js";

/** Where pictures of the page are kept for whoever looks; none are made without it. */
const shotsDir = process.env.PAGE_SHOTS_DIR;

let browser: Browser;
/** Of all pages of a test: what they complained of in the console, and whom else they asked. */
let complaints: string[] = [];
let strangers: string[] = [];

/** A page without anything in it yet. */
async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  // Shorter than a test may take: then what was waited for is told.
  context.setDefaultTimeout(timeLimitMs(8_000));
  const page = await context.newPage();
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("dialog", (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  page.on("request", (request) => {
    if (!request.url().startsWith("http://127.0.0.1:")) strangers.push(request.url());
  });
  return page;
}

async function shoot(page: Page, name: string): Promise<void> {
  if (shotsDir === undefined) return;
  await mkdir(shotsDir, { recursive: true });
  await page.screenshot({ path: join(shotsDir, `${name}.png`), fullPage: true });
}

const modulesTable = (page: Page) => page.getByRole("region", { name: "Table of modules" });
const moduleRow = (page: Page, name: string) =>
  modulesTable(page).getByRole("row", { name: new RegExp(`^${name}`) });
const cellOf = (page: Page, name: string, column: string) =>
  moduleRow(page, name).locator(`[data-name="${column}"]`);
const statusOf = async (page: Page) => (await page.locator("header [role=status]").textContent()) ?? "";
const number = async (page: Page, name: string) =>
  Number(await page.locator(`[data-${name}]`).getAttribute(`data-${name}`));

describe.skipIf(isMissing("chromium", "chromium"))("the live page in a browser", () => {
  let folder: HostFolder;
  let host: Host;
  let pretended: PretendHost;

  beforeAll(async () => {
    [browser, folder, pretended] = await Promise.all([startBrowser(), hostFolder(), pretendHost()]);
    await folder.install("quick", "recorder");
    await folder.install("slow", "recorder", { config: "delay_ms = 20\n" });
    host = folder.host({ delivery: { capacity: 20, window: 4 } });
    await host.start();
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([folder?.[Symbol.asyncDispose](), pretended?.[Symbol.asyncDispose]()]);
  });
  beforeEach(() => {
    complaints = [];
    strangers = [];
  });
  /** The policy of the page holds: what it refuses is complained of. */
  afterEach(() => {
    expect(complaints).toEqual([]);
    expect(strangers).toEqual([]);
  });

  describe("of a host", () => {
    let page: Page;

    beforeAll(async () => {
      page = await openPage({ colorScheme: "light" });
    });
    afterAll(() => page?.context().close());
    /** The page as it is opened anew. */
    beforeEach(async () => {
      await page.goto(host.httpUrl ?? "");
      await page.getByText("Live.").waitFor();
      await moduleRow(page, "slow").waitFor();
    });

    it("shows modules, losses, chain and the diagram", async () => {
      publishMany(host, "MempoolTransactionAdded", 300);
      await page
        .getByRole("region", { name: "Table of losses" })
        .getByRole("row", { name: /^slow/ })
        .waitFor();
      await until("slow is done", () => statsOf(host, "slow").waiting === 0);
      const { dropped_full } = statsOf(host, "slow");
      expect(dropped_full).toBeGreaterThan(100);
      const cell = cellOf(page, "slow", "Dropped");
      await until(
        "the table tells all drops",
        async () => (await cell.textContent())?.replaceAll(",", "") === String(dropped_full),
      );
      expect(await page.locator("#chain").textContent()).toMatch(/Sourcereplay/);
      expect(await page.locator("#streams").textContent()).toContain("runs no streams");
      expect(await page.getByText(/Sampled: \d+ of \d+ events/).count()).toBe(1);
      expect(await page.locator("#chain ~ section").textContent()).toMatch(
        /Published [\d.,]+\/sDelivered [\d.,]+\/sLost [\d.,]+\/s/,
      );
      await shoot(page, "light");
    });

    it("answers why a module did not get an event, and what is wrong with a question", async () => {
      const seqs = publishMany(host, "MempoolTransactionAdded", 200);
      const last = seqs.at(-1) ?? 0;
      await page.getByLabel("Module", { exact: true }).selectOption("slow");
      await page.getByLabel("Event", { exact: true }).fill(String(last));
      await page.getByLabel("Event", { exact: true }).press("Enter");
      const answer = page.locator("#why .answer");
      await answer.getByText(/slow: dropped/).waitFor();
      expect(await answer.textContent()).toContain(host.delivery.explain("slow", last).text);
      // A text that is no number isn't sent at all.
      await page.getByLabel("Event", { exact: true }).fill("abc");
      await page.getByRole("button", { name: "Ask" }).click();
      expect(await page.locator("input:invalid").count()).toBe(1);
    });

    it("is used by keyboard alone, and says what was chosen", async () => {
      publishMany(host, "MempoolTransactionAdded", 5);
      await page.getByText(/All 5 events|Sampled/).waitFor();
      const order: string[] = [];
      for (let n = 0; n < 11; n++) {
        await page.keyboard.press("Tab");
        order.push(await page.evaluate<string>(focused));
      }
      expect(order).toEqual([
        ...Array<string>(6).fill("a seen"),
        "button seen",
        "canvas seen",
        "select seen",
        "input seen",
        "button seen",
      ]);
      await page.getByRole("application").focus();
      const chosen = page.locator(".chosen");
      await until("an event is chosen", async () => {
        await page.keyboard.press("End");
        return /, event \d+, MempoolTransactionAdded \(Mempool\): delivered/.test(
          (await chosen.textContent()) ?? "",
        );
      });
      const first = await chosen.textContent();
      await page.keyboard.press("ArrowLeft");
      expect(await chosen.textContent()).not.toBe(first);
      await page.keyboard.press("ArrowRight");
      expect(await chosen.textContent()).toBe(first);
      // The browser's own: they would lead to another page.
      for (const keys of ["Control+ArrowLeft", "Control+Home"]) {
        await page.keyboard.press(keys);
        expect(await chosen.textContent()).toBe(first);
      }
      await page.keyboard.press("ArrowDown");
      expect(await chosen.textContent()).toMatch(/^slow, /);
      await page.keyboard.press("Enter");
      await page
        .locator("#why .answer")
        .getByText(/slow: delivered/)
        .waitFor();
      await shoot(page, "chosen");
      expect(await page.getByRole("button", { name: "Paused" }).getAttribute("aria-pressed")).toBe("true");
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Pause", exact: true }).waitFor();
    });

    it("stands still when it is paused, where losses are told all the same, and a click inspects", async () => {
      publishMany(host, "MempoolTransactionAdded", 3);
      await page.getByText(/All 3 events|Sampled/).waitFor();
      expect(await page.getByText(/No module has lost an event since \d\d:\d\d:\d\d/).count()).toBe(1);
      await page.getByRole("button", { name: "Pause", exact: true }).click();
      const before = await page.evaluate(picture);
      publishMany(host, "MempoolTransactionAdded", 70);
      await page.getByText("70 events were published since the pause").waitFor();
      await page
        .getByRole("region", { name: "Table of losses" })
        .getByRole("row", { name: /^slow/ })
        .waitFor();
      expect(await page.evaluate(picture)).toBe(before);
      // Where a marble is: the first coloured spot of the first lane.
      const x = await page.evaluate<number>(firstSpot);
      expect(x).toBeGreaterThan(0);
      await page.getByRole("application").click({ position: { x: x + 3, y: 34 } });
      await page
        .locator("#why .answer")
        .getByText(/quick: delivered/)
        .waitFor();
    });

    it("keeps up with 10,000 events a second", async () => {
      const payload = exampleEvent("MempoolTransactionAdded");
      const startMs = performance.now();
      let published = 0;
      const publishing = setInterval(() => {
        for (const due = (performance.now() - startMs) * 10; published < due; published++)
          host.publish("MempoolTransactionAdded", payload);
      }, 5);
      try {
        await until("two seconds of it were seen", async () => (await number(page, "published")) > 15_000);
        const frames = await page.evaluate<number>(framesEachSecond);
        expect(Date.now() - (await number(page, "newest-ms"))).toBeLessThan(3_000);
        expect(await number(page, "shown")).toBeLessThanOrEqual(12 * 26);
        // Two cores, no graphics card, and a host that works in the same process.
        expect(frames).toBeGreaterThan(5);
        await shoot(page, "busy");
      } finally {
        clearInterval(publishing);
      }
    });
  });

  describe("of whatever host", () => {
    let page: Page;
    let host: PretendHost;

    beforeAll(async () => {
      host = pretended;
      page = await openPage();
      await page.addInitScript(wrongClock);
    });
    afterAll(() => page?.context().close());

    async function show(state: Partial<PretendHost["state"]>): Promise<void> {
      host.state = { ...host.state, ...state };
      await page.goto(host.server.url);
      await page.getByText("Live.").waitFor();
      await modulesTable(page).waitFor();
    }

    it("shows texts of any kind and length as they are, within 320 pixels, light, dark and forced", async () => {
      const html = `<img src=x onerror="alert(1)"></script>{{7*7}}`;
      const long = `${html}\u202E${"w".repeat(600)}`;
      const part = { kind: "filter", role: "step" as const, in: 1, out: 1, dropped: 3, errors: 0, held: 0 };
      const name = "m".repeat(64);
      await show({
        modules: [
          moduleOf(name, {
            version: `1.0.0-${"v".repeat(200)}`,
            health: { state: "degraded", reason: long },
          }),
          moduleOf("ill", { state: "Error", is_slow: true, health: { state: "crashed", reason: html } }),
        ],
        streams: [
          streamOf(long, { has_problem: true, state: "broken", parts: [] }),
          streamOf("graph", { parts: [{ id: "p".repeat(300), ...part }] }),
        ],
        chain: { ...host.state.chain, source: long },
      });
      host.answer = { module: "", seq: 0, fate: html, text: long, event_type: long };
      await page.getByLabel("Module", { exact: true }).selectOption("ill");
      await page.getByLabel("Event", { exact: true }).fill("7");
      await page.getByRole("button", { name: "Ask" }).click();
      await page.locator("#why .answer").getByText("w".repeat(600)).first().waitFor();
      expect(await page.locator("main img").count()).toBe(0);
      expect(await moduleRow(page, "ill").textContent()).toContain(html);
      expect(await page.locator("#streams h3").first().textContent()).toBe(long);
      for (const [width, colorScheme, forcedColors] of [
        [320, "light", "none"],
        [760, "dark", "none"],
        [900, "light", "active"],
        [1600, "dark", "none"],
      ] as const) {
        await page.setViewportSize({ width, height: 800 });
        await page.emulateMedia({ colorScheme, forcedColors });
        const seen = await page.evaluate<Looks>(looks);
        expect(await page.evaluate(beyondTheEdge)).toEqual([]);
        expect(seen.width).toBe(width);
        expect(seen.least).toBeGreaterThan(4.5);
        if (forcedColors === "none") expect(seen.ground < 0.2).toBe(colorScheme === "dark");
        // Every number has a name beside it, whether in the head of the table or in the row.
        const rows = modulesTable(page).getByRole("row");
        expect(await rows.count()).toBe(3);
        expect(await rows.nth(2).getByRole("cell").count()).toBe(14);
        await shoot(page, `texts-${width}-${colorScheme}`);
      }
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.emulateMedia({ colorScheme: "light", forcedColors: "none" });
    });

    it("takes 64 modules and 40 streams, shows the lane that is chosen, and speaks of nothing else", async () => {
      const names = Array.from({ length: 64 }, (_, n) => `module-${String(n).padStart(2, "0")}`);
      await show({
        modules: names.map((name) => moduleOf(name)),
        streams: names.slice(0, 40).map((name) => streamOf(name)),
      });
      host.page.readings = names.map((name) => reading(name));
      await page.evaluate(listen);
      await until("a tick has come", async () => (await number(page, "newest-ms")) > 0);
      expect(await page.evaluate(nameless)).toEqual([]);
      const ticking = setInterval(() => {
        host.page.lastSeq += 2;
        host.page.readings = names.map((name) =>
          reading(name, { delivered: host.page.lastSeq, dropped: host.page.lastSeq }),
        );
      }, 20);
      try {
        await until("a second of it was seen", async () => (await number(page, "published")) > 50);
        expect(await page.evaluate<number>(framesEachSecond)).toBeGreaterThan(3);
      } finally {
        clearInterval(ticking);
      }
      const canvas = page.getByRole("application", { name: /^Events of 64 modules\./ });
      await canvas.focus();
      // To a lane that is below the window's edge: it is brought into sight.
      for (let n = 0; n < 21; n++) await page.keyboard.press("ArrowDown");
      expect(await page.locator(".chosen").textContent()).toMatch(/^module-20, event/);
      expect(await page.evaluate<number>(`scrollY`)).toBeGreaterThan(300);
      await page.keyboard.press("Escape");
      // Ten times a second something changes, and nothing of it is spoken but what was chosen.
      const spoken = await page.evaluate<string[]>(`spoken`);
      expect(spoken.filter((text) => !/^module-\d+, event|^Click an event/.test(text))).toEqual([]);
      host.state = { ...host.state, modules: names.slice(1).map((name) => moduleOf(name)), streams: [] };
      await until("its row is gone", async () => (await moduleRow(page, "module-00").count()) === 0);
      // Its lane stays as long as its events do.
      expect(await canvas.count()).toBe(1);
    });

    it("moves step by step for who wants no motion, and asks nothing while nobody sees it", async () => {
      await show({ modules: [moduleOf("one")], streams: [] });
      const ticking = setInterval(() => {
        host.page.lastSeq++;
        host.page.readings = [reading("one", { delivered: host.page.lastSeq })];
      }, 30);
      try {
        await until("something moves", async () => (await number(page, "shown")) > 5);
        expect(await page.evaluate<number>(pictures(300))).toBeGreaterThan(3);
        await page.emulateMedia({ reducedMotion: "reduce" });
        // What was on its way to the screen.
        await page.evaluate(pictures(100));
        expect(await page.evaluate<number>(pictures(900))).toBeLessThan(5);
        await page.emulateMedia({ reducedMotion: "no-preference" });
        await page.evaluate(setHidden(true));
        let before = -1;
        await until("nothing is asked", async () => {
          const still = before === host.page.asked + host.page.states;
          before = host.page.asked + host.page.states;
          await new Promise((resolve) => setTimeout(resolve, 300));
          return still;
        });
        await page.evaluate(setHidden(false));
        await until("it looks again", () => Promise.resolve(host.page.asked > before));
        expect(await statusOf(page)).toBe("Live.");
      } finally {
        clearInterval(ticking);
      }
    });

    it("says that its host is gone, and shows nothing of it as the next one's", async () => {
      await show({ modules: [moduleOf("old"), moduleOf("both")] });
      host.page.readings = [reading("old")];
      await until("a tick has come", async () => (await number(page, "newest-ms")) > 0);
      host.page.lastSeq += 5;
      host.page.readings = [reading("old", { dropped: 5 })];
      await page
        .getByRole("region", { name: "Table of losses" })
        .getByRole("row", { name: /^old/ })
        .waitFor();
      host.answer = { module: "", seq: 0, fate: "dropped", text: "It was full." };
      await page.getByLabel("Event", { exact: true }).fill("3");
      await page.getByRole("button", { name: "Ask" }).click();
      await page.getByText("It was full.").waitFor();
      await page.getByRole("button", { name: "Pause", exact: true }).click();
      host.page.readings = [];
      host.state = { ...host.state, modules: [moduleOf("both"), moduleOf("new")] };
      await page.evaluate(`window.isSamePage = true`);
      const { server } = host;
      await server.close();
      await until("it says so", async () => (await statusOf(page)).startsWith("No answer from the host."));
      await page.getByRole("button", { name: "Ask" }).click();
      await page.getByText("The host does not answer.").waitFor();
      await host.restart();
      await until("it is back", async () => /^Live\. The host was restarted/.test(await statusOf(page)));
      // By the clock of the host: the browser's is an hour off.
      const [hours = 0, minutes = 0] = (/at (\d+):(\d+)/.exec(await statusOf(page)) ?? [])
        .slice(1)
        .map(Number);
      const now = new Date();
      expect(Math.abs(60 * (hours - now.getHours()) + minutes - now.getMinutes()) % (24 * 60)).toBeLessThan(
        5,
      );
      await moduleRow(page, "new").waitFor();
      expect(await page.locator("main").textContent()).not.toMatch(/\bold\b|It was full|does not answer/);
      expect(await page.locator(".marbles").getAttribute("aria-label")).toMatch(/^Events of 2 modules\./);
      await page.getByRole("button", { name: "Pause", exact: true }).waitFor();
      expect(await page.evaluate(`window.isSamePage`)).toBe(true);
      await shoot(page, "restarted");
      // One that brings another page is shown by that page.
      const hello = {
        at_ms: 0,
        host_id: "third",
        page_id: "another",
        tick_ms: 200,
        max_events: 12,
        categories: {},
      };
      const body = `event: hello\ndata: ${JSON.stringify(hello)}\n\n`;
      await page.route("**/page/feed", (route) => route.fulfill({ contentType: "text/event-stream", body }), {
        times: 1,
      });
      await page.evaluate(setHidden(true));
      await page.evaluate(setHidden(false));
      await until("it is the new page", () =>
        page.evaluate<boolean>(`window.isSamePage === undefined`).catch(() => false),
      );
      await page.getByText("Live.").waitFor();
      // Requests to a host that is gone fail, and the browser says so.
      expect(
        complaints.filter((text) => !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED/.test(text)),
      ).toEqual([]);
      complaints = [];
    });
  });
});
