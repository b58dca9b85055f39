import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import {
  eventDefinition,
  eventTypes,
  isEventType,
  publishedWhen,
  publisherNames,
} from "../../src/events/index.js";

const src = fileURLToPath(new URL("../../src", import.meta.url));
const sources = publisherNames.filter((name) => name !== "host");
const publishedTypes = eventTypes.filter((type) => eventDefinition(type).aliasOf === undefined);

/** The types that code of the host names where it publishes, outside of the chain sources. */
function typesThatTheHostPublishes(): readonly string[] {
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter(
    (file) =>
      file.endsWith(".ts") &&
      !/^(chain|events|sdk|modules|testing|scaffold)\//.test(file.replaceAll("\\", "/")),
  );
  const calls = files.flatMap((file) => [
    ...withoutComments(readFileSync(`${src}/${file}`, "utf8")).matchAll(
      /\b(?:publish|tell)\(\s*"([A-Z]\w+)"/g,
    ),
  ]);
  return [...new Set(calls.map(([, type = ""]) => type))].filter(isEventType).toSorted();
}

function withoutComments(code: string): string {
  return code.replaceAll(/\/\*[\s\S]*?\*\//g, "");
}

describe("who publishes what", () => {
  it("is told of events of the node only: what belongs to modules has no other publisher", () => {
    const foreign = eventTypes.filter(
      (type) =>
        (eventDefinition(type).owner === "module" || eventDefinition(type).aliasOf !== undefined) &&
        publisherNames.some((name) => publishedWhen(name, type) !== undefined),
    );
    expect(foreign).toEqual([]);
  });

  it("has one owner: the host or the chain sources, never both", () => {
    const both = publishedTypes.filter(
      (type) =>
        publishedWhen("host", type) !== undefined &&
        sources.some((name) => publishedWhen(name, type) !== undefined),
    );
    expect(both).toEqual([]);
  });

  it("is told in one sentence each", () => {
    const said = publisherNames.flatMap((name) => publishedTypes.map((type) => publishedWhen(name, type)));
    expect(said.filter((text) => text !== undefined && !/^[A-Za-z][^.]*\.$/.test(text))).toEqual([]);
  });

  it("names exactly the types that the host's code publishes", () => {
    const declared = publishedTypes.filter((type) => publishedWhen("host", type) !== undefined);
    expect(typesThatTheHostPublishes()).toEqual(declared.toSorted());
  });

  it("covers with devnet every event of the node's in the six categories that a chain is about", () => {
    const categories = ["Core Blockchain", "Mempool", "Mining", "Network", "Consensus", "Sync"];
    const missing = publishedTypes.filter((type) => {
      const { owner, category } = eventDefinition(type);
      return owner === "node" && categories.includes(category) && publishedWhen("devnet", type) === undefined;
    });
    expect(missing).toEqual([]);
  });
});
