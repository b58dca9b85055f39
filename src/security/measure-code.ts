import { basename } from "node:path";
import { errorCode } from "../errors.js";
import { badBinary, openProblem } from "./bad-binary.js";
import { CodeBudget, type CodeLimits, codeLimits } from "./code-budget.js";
import { indexNames, readCodeTree } from "./code-tree.js";
import { entryFileProblem } from "./entry-file.js";
import { type CodePlace, partsBelow } from "./entry-in-place.js";
import { securityErrors } from "./errors.js";
import type { MeasuredCode, ModuleType } from "./measured-code.js";
import { moduleTypeIn } from "./module-type.js";
import { openBeneath } from "./open-beneath.js";
import type { PrivateCopy } from "./private-copy.js";
import { readCodeFile } from "./read-code-file.js";

export interface MeasureOptions {
  /** Takes a copy of exactly the bytes that are measured. */
  readonly copy?: PrivateCopy;
  readonly limits?: CodeLimits;
}

/** The measure of a module's code, and the file of it that is run. */
export interface CodeWithEntry extends MeasuredCode {
  /** Of the copy where there is one, else the original. */
  readonly runPath: string;
}

/** Where the copy of the code lies in the folder of a copy; above it is the package.json that says what `.js` is. */
const codeFolder = "code";

/**
 * Reads all of a module's code once and tells its hash and size. A directory is run by its `index.js`,
 * `index.mjs` or `index.cjs`. No link is followed below the module's directory. Closes all it opens.
 * @throws BAD_BINARY, CODE_TOO_LARGE, CODE_COPY_FAILED
 */
export async function measureCode(place: CodePlace, options: MeasureOptions = {}): Promise<CodeWithEntry> {
  try {
    return await readCode(place, options);
  } catch (error) {
    if (Object.hasOwn(securityErrors, errorCode(error) ?? "")) throw error;
    // What the system says of files that can't be read, or that change while they are.
    const { module, entryPath } = place;
    throw badBinary(module, `${entryPath}, ${openProblem(error)}`, "replace it by the file itself", error);
  }
}

async function readCode(
  place: CodePlace,
  { copy, limits = codeLimits }: MeasureOptions,
): Promise<CodeWithEntry> {
  const { module, directory, entryPath } = place;
  const parts = partsBelow(place);
  const budget = new CodeBudget(module, limits);
  await using opened = await openBeneath(directory, parts);
  const stats = await opened.handle.stat();
  const copyPath = `${codeFolder}/${basename(entryPath)}`;
  const runRoot = copy === undefined ? entryPath : `${copy.directory}/${copyPath}`;
  await copy?.addFolder(codeFolder);

  if (stats.isFile()) {
    const { sha256, sizeBytes, ...read } = await readCodeFile(opened, stats, budget, copy, copyPath);
    const problem = entryFileProblem(entryPath, read);
    if (problem !== undefined) throw badBinary(module, problem.found, problem.remedy);
    const moduleType = entryPath.endsWith(".js")
      ? await moduleTypeIn(module, directory, parts.slice(0, -1))
      : "unspecified";
    await writeModuleType(copy, moduleType);
    return { kind: "file", hash: sha256, sizeBytes, moduleType, runPath: runRoot };
  }
  if (!stats.isDirectory()) throw badBinary(module, `${entryPath}, which is no regular file`, "replace it");

  const { hash, sizeBytes, files } = await readCodeTree(opened, module, budget, copy, copyPath);
  const index = indexNames.find((name) => files.has(name));
  if (index === undefined) {
    throw badBinary(module, `${entryPath}, a directory without index.js`, "add one, or name the file to run");
  }
  const moduleType = await moduleTypeIn(module, directory, parts.slice(0, -1));
  await writeModuleType(copy, moduleType);
  return { kind: "directory", hash, sizeBytes, moduleType, runPath: `${runRoot}/${index}` };
}

/** Ends the search for a package.json at the copy: none above it may say what its `.js` files are. */
async function writeModuleType(copy: PrivateCopy | undefined, type: ModuleType): Promise<void> {
  await copy?.addText("package.json", `${JSON.stringify(type === "unspecified" ? {} : { type })}\n`);
}
