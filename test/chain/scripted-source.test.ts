import { ScriptedSource } from "../kit/scripted-source.js";
import { describeChainSource } from "./chain-source.conformance.js";

describeChainSource({ name: "scripted", blocks: 4, create: () => new ScriptedSource() });
