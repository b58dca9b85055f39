export { createIn, inheritOwner, makeFolderIn, removeIn, renameIn, statIn } from "./change-beneath.js";
export { type DirectorySize, type MeasuredDirectory, measureDirectory } from "./directory-size.js";
export { entryInPlace } from "./entry-in-place.js";
export { securityErrors } from "./errors.js";
export { type CodeSearch, findCode } from "./find-code.js";
export { handOver } from "./hand-over.js";
export { judgeSignatures, type SignatureReport, type SignerReport } from "./judge-signatures.js";
export { measureModule } from "./measure-module.js";
export type { MeasuredCode } from "./measured-code.js";
export {
  byteNamesIn,
  folderIn,
  hasDescriptorPaths,
  type Opened,
  openFolder,
  openIn,
} from "./open-beneath.js";
export { permissionProblem } from "./permission.js";
export { unsealManifest } from "./seal-manifest.js";
export { showText } from "./show-text.js";
export { type SignedManifest, type SignRequest, signManifest } from "./sign-manifest.js";
export { newSigningKey, type SigningKey } from "./signing-key.js";
export { readSigningKey, writeSigningKey } from "./signing-key-file.js";
export type { TrustList } from "./trust.js";
export { binaryProblem, type VerifiedModule, type VerifyOptions, verifyModule } from "./verify-module.js";
