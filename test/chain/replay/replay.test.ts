import { chainOptions, createReplaySource } from "../../../src/chain/index.js";
import { describeChainSource } from "../chain-source.conformance.js";
import { recordLog } from "../log-recorder.js";
import { realBlockFile } from "../real-blocks.js";

const files = [482683, 898352, 928848, 928849].map(realBlockFile);

describeChainSource({
  name: "replay",
  blocks: 9,
  create: () =>
    createReplaySource(
      { log: recordLog() },
      chainOptions.parse({ files, events_per_second: 0, loop: true, reorg: { every_blocks: 2, depth: 2 } }),
    ),
});
