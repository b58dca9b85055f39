import type { OwnPackage } from "./package-root.js";

/** What surrounds the program of a new module: manifest, configuration, package, by path. */
export function moduleFiles(name: string, own: OwnPackage): Readonly<Record<string, string>> {
  return {
    "module.toml": manifest(name),
    "config.toml": config,
    "package.json": packageJson(name, own),
    "tsconfig.json": tsconfig,
    ".gitignore": "node_modules/\ndist/\n",
    "README.md": readme(name, own),
  };
}

const manifest = (name: string) => `# What the node has to know of this module before it runs it.
# "blvm-streams modules check ." names everything that is wrong here.

# 1 to 64 of a-z, 0-9 and -.
name = "${name}"
version = "0.1.0"
description = "Logs blocks and how far each is behind the tip."
author = ""

# The file that runs, in this directory. "npm run build" makes it of src/main.ts.
entry_point = "dist/main.js"

# Everything that the module may do; what is not listed is refused.
capabilities = ["read_chain_state", "subscribe_events"]

# Modules that have to be loaded before this one, and their versions; "blvm-node" is the node itself.
[dependencies]
# "other-module" = ">=1.0.0, <2.0.0"

# Modules that it works with if they are there.
[optional_dependencies]

# What each key of the configuration means, for people; src/config.ts checks the values.
[config_schema]
every_blocks = "log every n-th block"
`;

const config = `# The module's own defaults; what the node says in [modules.<name>] comes before them.
every_blocks = 1
`;

function packageJson(name: string, { root, version, isPublished, testedVersions }: OwnPackage): string {
  const tested = (library: string) => testedVersions[library] ?? "*";
  const content = {
    // A prefix, so that no module is called like one of its own libraries.
    name: `blvm-module-${name}`,
    version: "0.1.0",
    private: true,
    type: "module",
    engines: { node: ">=20.19" },
    scripts: {
      build: "tsc && blvm-streams modules bundle .",
      typecheck: "tsc",
      test: "vitest run",
      start: "blvm-streams modules run . --watch",
    },
    dependencies: {
      "blvm-streams": isPublished ? `^${version}` : `file:${root}`,
      zod: tested("zod"),
    },
    devDependencies: {
      "@types/node": tested("@types/node"),
      typescript: tested("typescript"),
      vitest: tested("vitest"),
    },
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

const tsconfig = `{
  "compilerOptions": {
    "target": "es2023",
    "lib": ["es2023", "esnext.disposable"],
    "types": ["node"],
    "module": "nodenext",
    "moduleResolution": "nodenext",
    "strict": true,
    "noUncheckedIndexedAccess": true,
    "exactOptionalPropertyTypes": true,
    "verbatimModuleSyntax": true,
    "skipLibCheck": true,
    "noEmit": true
  },
  "include": ["src", "test"]
}
`;

const readme = (name: string, { root, isPublished }: OwnPackage) => `# ${name}

A module for a blvm-streams node: it logs blocks and how far each is behind the tip.

\`\`\`
npm install
npm start          # runs it in a node of its own, on real blocks, and again at every save
npm test           # against a test host in the test's process, and drawn as marbles
npm run build      # type check, then one self-contained file: dist/main.js
\`\`\`

${isPublished ? "" : `blvm-streams itself comes from \`${root}\`: package.json links to it.\n\n`}| file | holds |
|---|---|
| \`module.toml\` | what the node has to know: name, version, entry point, capabilities |
| \`config.toml\` | the default configuration |
| \`src/config.ts\` | the configuration's schema |
| \`src/watch-blocks.ts\` | what the module does |
| \`src/main.ts\` | the program |
| \`test/watch-blocks.test.ts\` | the module against a test host |
| \`test/order.marbles.test.ts\` | what the node promises it, as marbles |

To install it, put this directory (or \`module.toml\`, \`config.toml\`, \`package.json\` and \`dist\` of it) into the node's
\`modules_dir\`. \`blvm-streams modules sign\` signs it.
`;
