import { quietDevnet } from "../../kit/start-devnet.js";
import { describeChainSource } from "../chain-source.conformance.js";

const lively = {
  activity: true,
  block_interval_s: 0.05,
  transactions_per_second: 40,
  reorg_probability: 0.4,
  misbehaviour_per_minute: 300,
  replace_share: 0.2,
  child_share: 0.2,
};

describeChainSource({
  name: "devnet",
  blocks: 6,
  create: () => quietDevnet({ ...lively, seed: "conformance" }),
});
