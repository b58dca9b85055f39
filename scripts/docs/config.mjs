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
Paths start from the file's folder. The variable in the last column overrides the file; a flag overrides both.

The file is watched while the host runs. A change publishes \`ConfigLoaded\` with the sections that differ and the
configuration as JSON without its secrets. What \`[modules.NAME]\` says holds from the module's next load on; a module that
subscribes to \`ConfigLoaded\` takes over its own keys at once. Every other section is in force at the host's next start.
A file that can't be read, or breaks a rule, changes nothing: the log says where and why (\`CONFIG_INVALID\`).`;

const MODULE_TABLES = `\
\`[modules.NAME.sandbox]\` can only add to \`[sandbox]\`: a mode laxer than \`sandbox.mode\` is an error, and so is any where that
is \`off\`. What it allows counts for what the manifest asks for (see sandbox.md).

Every other key of \`[modules.NAME]\` is the module's own configuration. It is laid over the \`config.toml\` in the
module's folder, and \`BLVM_STREAMS_MODULES_NAME__KEY\` over both: the module's name in capitals with \`_\` for \`-\`,
two underscores before each key. \`MAX_FEE\` is the key \`max_fee\`, or the one of these that a file has: \`Max_Fee\`, \`max-fee\`. The outcome reaches the module as \`MODULE_CONFIG_<KEY>\`, nested
keys dotted, arrays joined by commas, and typed by the schema that it gives to \`defineModule\`.`;

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
