import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { errorCode } from "../../errors.js";
import type { Logger } from "../../log.js";
import type { Answer } from "../answer.js";

/** The page runs its own files and talks to its own host, and to nobody else. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const files = {
  "/": ["index.html", "text/html; charset=utf-8"],
  "/page/app.js": ["app.js", "text/javascript; charset=utf-8"],
  "/page/app.css": ["app.css", "text/css; charset=utf-8"],
  "/page/icon.svg": ["icon.svg", "image/svg+xml"],
} as const;

export type AssetPath = keyof typeof files;

interface Asset {
  readonly contentType: string;
  readonly body: Uint8Array;
  readonly zipped: Uint8Array;
  readonly etag: string;
}

/** The page's files, read once: a build that replaces them changes nothing for a host that runs. */
export class PageAssets {
  /** Differs when any of the files does. */
  readonly id: string;
  readonly #assets: ReadonlyMap<AssetPath, Asset>;

  private constructor(assets: ReadonlyMap<AssetPath, Asset>) {
    this.#assets = assets;
    this.id = hashOf([...assets.values()].map(({ etag }) => etag).join());
  }

  /**
   * Undefined where the folder has no page, as beside sources that weren't built, and, with a warning, where it can't be
   * read: no host stays down for want of its page.
   */
  static read(dir: string, log: Logger): PageAssets | undefined {
    try {
      const paths = Object.keys(files) as AssetPath[];
      return new PageAssets(new Map(paths.map((path) => [path, readAsset(dir, path)])));
    } catch (error) {
      if (errorCode(error) !== "ENOENT")
        log.warn({ err: error }, "the live page can't be read: the host runs without it");
      return undefined;
    }
  }

  /** The file, or that the browser has it already. */
  answer(
    path: AssetPath,
    { "if-none-match": known, "accept-encoding": encodings }: IncomingHttpHeaders,
  ): Answer {
    const asset = this.#assets.get(path);
    if (asset === undefined) throw new TypeError(`${path} is no file of the page`);
    const { contentType, body, zipped, etag } = asset;
    const headers = {
      "Cache-Control": "no-cache",
      "Content-Security-Policy": CONTENT_SECURITY_POLICY,
      ETag: etag,
      Vary: path === "/" ? "Accept, Accept-Encoding" : "Accept-Encoding",
    };
    if (known !== undefined && hasTag(known, etag))
      return { status: 304, contentType: undefined, body: "", headers };
    if (encodings === undefined || !/\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(encodings))
      return { status: 200, contentType, body, headers };
    return { status: 200, contentType, body: zipped, headers: { ...headers, "Content-Encoding": "gzip" } };
  }
}

function readAsset(dir: string, path: AssetPath): Asset {
  const [name, contentType] = files[path];
  const body = readFileSync(join(dir, name));
  // Weak: the same page, compressed or not.
  return { contentType, body, zipped: gzipSync(body, { level: 9 }), etag: `W/"${hashOf(body)}"` };
}

/** Whether If-None-Match names the tag, weak or not: a proxy may have made it strong. */
function hasTag(known: string, etag: string): boolean {
  const strong = etag.slice("W/".length);
  return known.split(",").some((each) => ["*", etag, strong].includes(each.trim()));
}

function hashOf(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("base64url").slice(0, 22);
}
