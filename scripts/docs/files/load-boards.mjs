import { join } from "node:path";
import { build } from "esbuild";
import { root } from "./refresh-file.mjs";

const SOURCE = `
export { annotations } from "./annotations.js";
export { boards } from "./boards.js";
export { buildBoard } from "./build-board.js";
`;

let loaded;

/** What scripts/grafana exports: Node can't read TypeScript, so that it is bundled in memory first. */
export function loadBoards() {
  loaded ??= bundleBoards();
  return loaded;
}

async function bundleBoards() {
  const { outputFiles } = await build({
    stdin: { contents: SOURCE, resolveDir: join(root, "scripts/grafana"), loader: "ts" },
    bundle: true,
    format: "esm",
    platform: "node",
    logLevel: "error",
    write: false,
  });
  return await import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`
  );
}
