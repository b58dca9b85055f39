import { configReference } from "../../dist/config.js";
import { code, table } from "./markdown/table.mjs";

export const page = {
  path: "docs/config.md",
  source: "src/*/options.ts",
  render() {
    return ["# Configuration", INTRODUCTION, ...configReference().map(renderSection), MODULE_TABLES].join(
      "\n\n",
    );
  },
};

const INTRODUCTION = `\
\`blvm-streams.toml\`, one table per section. Every key has a default. An unknown key is an error that names the nearest.
Paths start from the file's folder. The variable in the last column overrides the file; a flag overrides both.`;

const MODULE_TABLES = `\
## [modules.NAME]

One table per module. \`[modules.NAME.delivery]\` takes the keys of \`[delivery]\` for that module alone; \`limits\`,
\`restart\` and \`sandbox\` are kept for the host. Every other key is the module's own configuration: it is laid over the
\`config.toml\` in the module's folder and reaches the module as \`MODULE_CONFIG_<KEY>\`, nested keys dotted, arrays joined
by commas.`;

function renderSection({ section, keys }) {
  const rows = keys.map(({ key, allowed, defaultValue, description, variable }) => [
    code(key),
    allowed,
    defaultValue === undefined ? "" : code(JSON.stringify(defaultValue)),
    description,
    code(variable),
  ]);
  return `## [${section}]\n\n${table(["key", "value", "default", "meaning", "variable"], rows)}`;
}
