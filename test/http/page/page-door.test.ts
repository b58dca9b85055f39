import { request } from "node:http";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
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
    expect((await ask(url, { headers: { "if-none-match": '"other"' } })).status).toBe(200);
    const zipped = await raw(url, { "accept-encoding": "br, gzip" });
    expect(zipped.length).toBeLessThan(200);
    expect(gunzipSync(zipped).length).toBe(5_002);
    expect((await raw(url, { "accept-encoding": "gzip;q=0, br" })).length).toBe(5_002);
  });

  it("answers what is asked often at most twice a second", async () => {
    await using page = await fakePage();
    await using server = await serve(page);
    const replies = await Promise.all(Array.from({ length: 10 }, () => ask(`${server.url}/page/state`)));
    expect(replies.map(({ text }) => JSON.parse(text))).toEqual(replies.map(() => pageState));
    expect(replies[0]?.headers["cache-control"]).toBe("no-store");
    expect(page.states).toBe(1);
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

async function raw(url: string, headers: Record<string, string>): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    request(url, { headers, agent: false }, (response) => buffer(response).then(resolve, reject))
      .on("error", reject)
      .end();
  });
}
