import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exampleEvent } from "../../src/events/index.js";
import type { Host } from "../../src/host.js";
import { startBrowser } from "../kit/browser.js";
import { until } from "../kit/host-until.js";
import { type HostFolder, hostFolder, publishMany, statsOf } from "../kit/host-whole.js";
import { timeLimitMs } from "../kit/time-limit.js";
import { isMissing } from "../kit/tool.js";
import { firstSpot, focused, framesInASecond, type Looks, looks, picture } from "./in-page.js";

/** Where pictures of the page are kept for whoever looks; none are made without it. */
const shotsDir = process.env.PAGE_SHOTS_DIR;

describe.skipIf(isMissing("chromium", "chromium"))("the live page in a browser", () => {
  let browser: Browser;
  let folder: HostFolder;
  let host: Host;

  beforeAll(async () => {
    folder = await hostFolder();
    await folder.install("quick", "recorder");
    await folder.install("slow", "recorder", { config: "delay_ms = 20\n" });
    host = folder.host({ delivery: { capacity: 20, window: 4 } });
    [browser] = await Promise.all([startBrowser(), host.start()]);
  });
  afterAll(async () => {
    await browser?.close();
    await folder?.[Symbol.asyncDispose]();
  });

  /** A page that has found its host. What it complains of in the console fails the test that looks. */
  async function open(options: BrowserContextOptions = {}, url = host.httpUrl ?? "") {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    // Shorter than a test may take: then what was waited for is told.
    context.setDefaultTimeout(timeLimitMs(8_000));
    const page = await context.newPage();
    const complaints: string[] = [];
    const strangers: string[] = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => {
      if (!request.url().startsWith(url)) strangers.push(request.url());
    });
    await page.goto(url);
    await page.getByText("Live.").waitFor();
    await moduleRow(page, "slow").waitFor();
    return { page, complaints, strangers, [Symbol.asyncDispose]: () => context.close() };
  }

  const moduleRow = (page: Page, name: string) =>
    page.getByRole("region", { name: "Table of modules" }).getByRole("row", { name: new RegExp(`^${name}`) });

  async function shoot(page: Page, name: string): Promise<void> {
    if (shotsDir === undefined) return;
    await mkdir(shotsDir, { recursive: true });
    await page.screenshot({ path: join(shotsDir, `${name}.png`), fullPage: true });
  }

  const statusOf = async (page: Page) => (await page.locator("header [role=status]").textContent()) ?? "";
  const number = async (page: Page, name: string) =>
    Number(await page.locator(`[data-${name}]`).getAttribute(`data-${name}`));

  it("shows modules, losses, chain and the diagram, and asks nobody but its host", async () => {
    await using shown = await open({ colorScheme: "light" });
    const { page, complaints, strangers } = shown;
    publishMany(host, "MempoolTransactionAdded", 300);
    await page.getByRole("region", { name: "Table of losses" }).getByRole("row", { name: /slow/ }).waitFor();
    await until("slow is done", () => statsOf(host, "slow").waiting === 0);
    const { dropped_full } = statsOf(host, "slow");
    expect(dropped_full).toBeGreaterThan(100);
    const cell = moduleRow(page, "slow").locator("td").nth(5);
    await until(
      "the table tells all drops",
      async () => (await cell.textContent())?.replaceAll(",", "").startsWith(String(dropped_full)) === true,
    );
    expect(await page.locator("#chain").textContent()).toMatch(/Sourcereplay/);
    expect(await page.locator("#streams").textContent()).toContain("runs no streams");
    expect(await page.getByText(/Sampled: \d+ of \d+ events/).count()).toBe(1);
    await shoot(page, "light");
    expect(complaints).toEqual([]);
    expect(strangers).toEqual([]);
  });

  it("answers why a module did not get an event, and what is wrong with a question", async () => {
    await using shown = await open();
    const { page } = shown;
    const seqs = publishMany(host, "MempoolTransactionAdded", 200);
    const last = seqs.at(-1) ?? 0;
    await page.getByLabel("Module", { exact: true }).selectOption("slow");
    await page.getByLabel("Event", { exact: true }).fill(String(last));
    await page.getByLabel("Event", { exact: true }).press("Enter");
    const answer = page.locator("#why .answer");
    await answer.getByText(/slow: dropped/).waitFor();
    expect(await answer.textContent()).toContain(host.delivery.explain("slow", last).text);
    await page.getByLabel("Event", { exact: true }).fill("99999999999999999");
    await page.getByRole("button", { name: "Ask" }).click();
    await answer.getByText("which is no seq").waitFor();
    // A text that is no number isn't sent at all.
    await page.getByLabel("Event", { exact: true }).fill("abc");
    await page.getByRole("button", { name: "Ask" }).click();
    expect(await page.locator("input:invalid").count()).toBe(1);
  });

  it("is used by keyboard alone, and says what was chosen", async () => {
    await using shown = await open();
    const { page } = shown;
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
    const canvas = page.getByRole("application");
    await canvas.focus();
    await page.keyboard.press("End");
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

  it("stands still when it is paused, and an event is inspected by a click", async () => {
    await using shown = await open();
    const { page } = shown;
    publishMany(host, "MempoolTransactionAdded", 3);
    await page.getByText(/All 3 events|Sampled/).waitFor();
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    const before = await page.evaluate(picture);
    publishMany(host, "MempoolTransactionAdded", 7);
    await page.getByText("7 events were published since the pause").waitFor();
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

  it("fits from 360 to 1600 pixels, light and dark, with text that can be read", async () => {
    for (const [name, width, colorScheme] of [
      ["narrow-light", 360, "light"],
      ["narrow-dark", 360, "dark"],
      ["wide-dark", 1600, "dark"],
    ] as const) {
      await using shown = await open({ viewport: { width, height: 800 }, colorScheme });
      const { page } = shown;
      publishMany(host, "MempoolTransactionAdded", 60);
      await page.getByText(/All 60 events|Sampled/).waitFor();
      const seen = await page.evaluate<Looks>(looks);
      expect(seen.width).toBe(width);
      expect(seen.least).toBeGreaterThan(4.5);
      expect(seen.ground < 0.2).toBe(colorScheme === "dark");
      await shoot(page, name);
    }
  });

  it("keeps up with 10,000 events a second", async () => {
    await using shown = await open();
    const { page } = shown;
    const payload = exampleEvent("MempoolTransactionAdded");
    const startMs = performance.now();
    let published = 0;
    const publishing = setInterval(() => {
      for (const due = (performance.now() - startMs) * 10; published < due; published++)
        host.publish("MempoolTransactionAdded", payload);
    }, 5);
    try {
      await until("five seconds of it were seen", async () => (await number(page, "published")) > 40_000);
      const frames = await page.evaluate<number>(framesInASecond);
      expect(Date.now() - (await number(page, "newest-ms"))).toBeLessThan(3_000);
      expect(await number(page, "shown")).toBeLessThanOrEqual(12 * 26);
      // Two cores, no graphics card, and a host that works in the same process.
      expect(frames).toBeGreaterThan(5);
      await shoot(page, "busy");
    } finally {
      clearInterval(publishing);
    }
  });

  it("says that its host is gone, and finds the next one by itself", async () => {
    await using other = await hostFolder();
    await other.install("slow", "recorder");
    const first = other.host();
    await first.start();
    const url = first.httpUrl ?? "";
    await using shown = await open({}, url);
    const { page } = shown;
    await first.close();
    await until("it says so", async () => (await statusOf(page)).startsWith("No answer from the host."));
    const second = other.host({ http: { port: Number(new URL(url).port) } });
    await second.start();
    await until("it is back", async () => /^Live\. The host was restarted/.test(await statusOf(page)));
    second.publish("MempoolTransactionAdded", exampleEvent("MempoolTransactionAdded"));
    await page.getByText(/All \d+ events|Sampled/).waitFor();
    await shoot(page, "restarted");
  });
});
