import { mkdir, rm } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import type { PageState } from "../../../src/http/index.js";
import { virtualClock } from "../../kit/ipc-virtual-clock.js";
import { openFeed } from "../read-feed.js";
import { ask, startServer } from "../start-server.js";
import { type FakePage, fakePage, pageState } from "./fake-page.js";

const browser = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
const serve = (page: FakePage) => startServer({}, undefined, undefined, page);

describe("page", () => {
  it("is shown to browsers at the root, where programs get the list", async () => {
    await using page = await fakePage();
    await using server = await serve(page);
    const shown = await ask(server.url, { headers: browser });
    expect([shown.status, shown.headers["content-type"], shown.text]).toEqual([
      200,
      "text/html; charset=utf-8",
      "<!doctype html><title>page</title>",
    ]);
    expect(shown.headers.vary).toContain("Accept");
    const listed = await ask(server.url, { headers: { accept: "*/*" } });
    expect(listed.headers["content-type"]).toBe("text/plain; charset=utf-8");
    expect(listed.text).toContain("/metrics");
    expect(listed.text).not.toContain("/page/");
  });

  it("is the list as before where it was not built", async () => {
    await using page = await fakePage();
    await using server = await startServer({}, undefined, undefined, { ...page, assetsDir: "/nowhere" });
    expect((await ask(server.url, { headers: browser })).headers["content-type"]).toBe(
      "text/plain; charset=utf-8",
    );
    expect((await ask(`${server.url}/page/state`)).status).toBe(404);
  });

  it("may load its own files and call its own host, and nothing else", async () => {
    await using page = await fakePage();
    await using server = await serve(page);
    for (const path of ["/", "/page/app.js", "/page/app.css", "/page/icon.svg"]) {
      const { status, headers } = await ask(`${server.url}${path}`, { headers: browser });
      expect([path, status]).toEqual([path, 200]);
      expect(headers).toMatchObject({
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "cache-control": "no-cache",
      });
      const directives = (headers["content-security-policy"] as string).split("; ");
      expect(directives.toSorted()).toEqual(
        [
          "default-src 'none'",
          "script-src 'self'",
          "style-src 'self'",
          "connect-src 'self'",
          "img-src 'self'",
          "base-uri 'none'",
          "form-action 'none'",
          "frame-ancestors 'none'",
        ].toSorted(),
      );
      expect(headers["access-control-allow-origin"]).toBeUndefined();
    }
  });

  it("sends a file once, compressed where that is understood, and then says that it is the same", async () => {
    await using page = await fakePage();
    await using server = await serve(page);
    const url = `${server.url}/page/app.js`;
    const { etag } = (await ask(url)).headers;
    const again = await ask(url, { headers: { "if-none-match": `"other", ${etag}` } });
    expect([again.status, again.text, again.headers.etag]).toEqual([304, "", etag]);
    for (const known of ["*", (etag ?? "").replace("W/", "")])
      expect((await ask(url, { headers: { "if-none-match": known } })).status).toBe(304);
    for (const unknown of ['"other"', "", "W/", '""', etag?.slice(0, -2) ?? "", "x".repeat(4_000)])
      expect((await ask(url, { headers: { "if-none-match": unknown } })).status).toBe(200);
    const { body: zipped } = await raw(server.url, "/page/app.js", { "accept-encoding": "br, gzip" });
    expect(zipped.length).toBeLessThan(200);
    expect(gunzipSync(zipped).length).toBe(5_002);
    const plain = await raw(server.url, "/page/app.js", { "accept-encoding": "gzip;q=0, br" });
    expect(plain.body.length).toBe(5_002);
  });

  it("leaves the host without a page, and says why, where the page can't be read", async () => {
    await using page = await fakePage();
    await rm(join(page.assetsDir, "app.js"));
    await mkdir(join(page.assetsDir, "app.js"));
    await using server = await serve(page);
    expect((await ask(`${server.url}/page/app.js`)).status).toBe(404);
    expect((await ask(`${server.url}/healthz`)).status).toBe(200);
    expect(server.log.lines).toEqual([
      expect.objectContaining({
        level: "warn",
        message: "the live page can't be read: the host runs without it",
      }),
    ]);
  });

  it("answers what is asked often at most twice a second", async () => {
    await using page = await fakePage();
    await using server = await serve(page);
    const replies = await Promise.all(Array.from({ length: 10 }, () => ask(`${server.url}/page/state`)));
    expect(replies.map(({ text }) => JSON.parse(text))).toEqual(replies.map(() => pageState));
    expect(replies[0]?.headers["cache-control"]).toBe("no-store");
    expect(page.states).toBe(1);
  });

  it("makes one answer at a time, however long it takes and however many ask", async () => {
    await using page = await fakePage();
    const asked: (() => void)[] = [];
    const state = () => new Promise<PageState>((resolve) => asked.push(() => resolve(pageState)));
    const clock = virtualClock();
    await using server = await startServer({}, clock.scheduler, undefined, { ...page, state });
    const replies = Array.from({ length: 5 }, () => ask(`${server.url}/page/state`));
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    // Longer than an answer keeps.
    clock.advanceMs(700);
    replies.push(ask(`${server.url}/page/state`));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(asked).toHaveLength(1);
    asked[0]?.();
    expect((await Promise.all(replies)).map(({ status }) => status)).toEqual(replies.map(() => 200));
    await ask(`${server.url}/page/state`);
    expect(asked).toHaveLength(1);
  });

  it("makes the next answer when one failed", async () => {
    await using page = await fakePage();
    let calls = 0;
    const state = async () => {
      if (++calls === 1) throw new Error("the folder of modules is gone");
      return pageState;
    };
    await using server = await serve({ ...page, state });
    const replies = [await ask(`${server.url}/page/state`), await ask(`${server.url}/page/state`)];
    expect(replies.map(({ status }) => status)).toEqual([500, 200]);
    expect(replies[0]?.text).not.toContain("folder of modules");
  });

  it("explains an event of an installed module, and names what is wrong with the question", async () => {
    await using page = await fakePage();
    await using server = await serve(page);
    const explain = async (query: string) => {
      const { status, text } = await ask(`${server.url}/page/explain${query}`);
      return [status, JSON.parse(text)];
    };
    expect(await explain("?event=7&module=watcher")).toEqual([
      200,
      { module: "watcher", seq: 7, fate: "delivered", text: "Delivered." },
    ]);
    const [status, { error }] = await explain("?event=7&module=nobody");
    expect([status, error.code]).toEqual([404, "HTTP_UNKNOWN_MODULE"]);
    for (const query of [
      "",
      "?event=7",
      "?module=watcher",
      "?event=0&module=watcher",
      "?event=-1&module=watcher",
      "?event=1e3&module=watcher",
      "?event=99999999999999999&module=watcher",
      "?event=7&event=8&module=watcher",
      "?event=7&module=",
      `?event=7&module=${"m".repeat(300)}`,
      "?event=7&module=watcher&why=yes",
    ]) {
      const [refused, body] = await explain(query);
      expect([query, refused, body.error.code]).toEqual([query, 400, "HTTP_BAD_REQUEST"]);
    }
  });

  it("answers only reading requests, of its own page and under its own name", async () => {
    await using page = await fakePage();
    await using server = await serve(page);
    for (const path of ["/page/state", "/page/feed", "/page/explain?event=1&module=watcher"]) {
      const url = `${server.url}${path}`;
      expect((await ask(url, { method: "POST" })).status).toBe(405);
      expect((await ask(url, { headers: { host: "evil.example" } })).status).toBe(403);
      const foreign = await ask(url, { headers: { origin: "https://evil.example" } });
      expect([foreign.status, JSON.parse(foreign.text).error.code]).toEqual([403, "HTTP_ORIGIN_REFUSED"]);
      expect(foreign.headers["access-control-allow-origin"]).toBeUndefined();
    }
    expect(page.asked + page.states).toBe(0);
    expect((await ask(`${server.url}/page/state`, { headers: { origin: server.url } })).status).toBe(200);
  });

  it("gives no answer and no place to what a browser asks for another site without an origin", async () => {
    await using page = await fakePage();
    await using server = await serve(page);
    for (const path of ["/page/state", "/page/feed", "/page/explain?event=1&module=watcher"]) {
      const url = `${server.url}${path}`;
      for (const site of ["cross-site", "same-site"]) {
        const { status, text } = await ask(url, { headers: { "sec-fetch-site": site } });
        expect([status, JSON.parse(text).error.code]).toEqual([403, "HTTP_ORIGIN_REFUSED"]);
        expect(text).toContain(`Sec-Fetch-Site header \\"${site}\\"`);
      }
      for (const site of ["same-origin", "none"])
        expect((await ask(url, { method: "HEAD", headers: { "sec-fetch-site": site } })).status).toBe(200);
    }
  });

  it("serves its own paths as they are written, whole, and by no other way", async () => {
    await using page = await fakePage();
    await using server = await serve(page);
    for (const path of [
      "/page/../page/state",
      "/page/./app.js",
      "/page//app.js",
      "/page/",
      "/page",
      "/page/app.js/",
      "/page/%61pp.js",
      "/page/..%2findex.html",
      "/page/index.html",
      "/page/app.js%00",
      "/page/../../../../etc/passwd",
      "/page/constructor",
      "//page/app.js",
    ]) {
      const { status, text } = await raw(server.url, path, {});
      expect([path, status, JSON.parse(text).error.code]).toEqual([path, 404, "HTTP_NOT_FOUND"]);
    }
    const whole = await raw(server.url, "/page/app.js", { range: "bytes=0-9" });
    expect([whole.status, whole.text.length]).toEqual([200, 5_002]);
    const head = await ask(`${server.url}/page/app.js`, { method: "HEAD" });
    expect([head.status, head.text, head.headers["content-length"]]).toEqual([200, "", "5002"]);
    expect((await raw(server.url, `/page/explain?event=1&module=${"m".repeat(10_000)}`, {})).status).toBe(
      431,
    );
  });

  it("lets eight look at a time, and another one when one has left", async () => {
    await using page = await fakePage();
    await using server = await serve(page);
    const feeds = await Promise.all(Array.from({ length: 8 }, () => openFeed(`${server.url}/page/feed`)));
    try {
      expect(feeds.map(({ status }) => status)).toEqual(feeds.map(() => 200));
      const ninth = await ask(`${server.url}/page/feed`);
      expect([ninth.status, JSON.parse(ninth.text).error.code]).toEqual([503, "HTTP_TOO_MANY_FEEDS"]);
      feeds[0]?.[Symbol.dispose]();
      await vi.waitFor(async () => {
        using next = await openFeed(`${server.url}/page/feed`);
        expect(next.status).toBe(200);
      });
    } finally {
      for (const feed of feeds) feed[Symbol.dispose]();
    }
  });
});

/** A request for exactly this path: a URL would have it tidied up first. */
async function raw(url: string, path: string, headers: Record<string, string>) {
  const { hostname, port } = new URL(url);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ hostname, port, path, headers, agent: false }, resolve).on("error", reject).end();
  });
  const body = await buffer(response);
  return { status: response.statusCode, body, text: body.toString() };
}
