/** What was promised did not come, or something else did: tells what a failed assertion tells. */
export class UnkeptPromise extends Error {
  override readonly name = "UnkeptPromise";
}
