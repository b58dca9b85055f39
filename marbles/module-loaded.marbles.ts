import { type MarbleEvent, marbleTable } from "blvm-streams/testing";

const loaded = (name: string): MarbleEvent => ({ type: "ModuleLoaded", payload: { module_name: name } });

export default marbleTable("ModuleLoaded tells each module of every other, once", [
  {
    name: "tells modules that start together of all of them in load order",
    events: { A: loaded("alpha"), B: loaded("beta"), C: loaded("gamma") },
    source: "--------------------",
    modules: {
      alpha: { does: "-S------------------", receives: "-(!ABC)-------------" },
      beta: { does: "-S------------------", receives: "-(!ABC)-------------" },
      gamma: { does: "-S------------------", receives: "-(!ABC)-------------" },
    },
  },
  {
    name: "tells a module that is loaded later of the others, then of itself to all",
    events: { A: loaded("alpha"), B: loaded("beta"), C: loaded("gamma") },
    source: "-------------------------",
    modules: {
      alpha: { does: "-S-----------------------", receives: "-(!A)------B-------C-----" },
      beta: { does: "-----------S-------------", receives: "-----------(!AB)---C-----" },
      gamma: { does: "-------------------S-----", receives: "-------------------(!ABC)" },
    },
  },
  {
    name: "needs nobody's note of a module: its own subscription announces it",
    events: { A: loaded("alpha"), B: loaded("beta") },
    source: "-------------------",
    loaded: "-A-------B---------",
    modules: {
      alpha: {
        does: "-S-----------------",
        receives: "-(!A)----B---------",
        books: "matched 2 = delivered 2",
      },
      beta: {
        does: "---------S---------",
        receives: "---------(!AB)-----",
        books: "matched 2 = delivered 2",
      },
    },
  },
  {
    name: "announces a module at its first subscription, between other events",
    events: { A: loaded("alpha"), B: loaded("beta") },
    source: "-x--------y-------",
    modules: {
      alpha: { does: "-S----------------", receives: "-(!A)-----(yB)----" },
      beta: { does: "----------S-------", receives: "----------(!AB)---" },
    },
  },
  {
    name: "loads a module that asks for no type, and tells the others",
    events: { A: loaded("alpha"), B: loaded("beta") },
    source: "-------------",
    modules: {
      alpha: { does: "-S-----------", receives: "-(!A)-B------" },
      beta: { types: [], does: "------S------", receives: "------!------" },
    },
  },
  {
    name: "repeats nothing when the type was subscribed to before",
    events: { A: loaded("alpha"), B: loaded("beta") },
    source: "---------------------",
    modules: {
      alpha: { does: "-S-------------------", receives: "-(!A)-B--------------" },
      beta: { does: "------S------S-------", receives: "------(!AB)--!-------" },
    },
  },
  {
    name: "tells of loaded modules when the type is added later",
    events: { A: loaded("alpha"), B: loaded("beta") },
    source: "---------------------",
    modules: {
      alpha: { does: "-S-------------------", receives: "-(!A)-B--------------" },
      beta: {
        types: ["NewBlock"],
        moreTypes: ["ModuleLoaded"],
        does: "------S------T-------",
        receives: "------!------(!A)----",
      },
    },
  },
  {
    name: "can't lose what it tells of loaded modules to a full channel",
    delivery: { capacity: 1, window: 1 },
    events: { A: loaded("alpha"), B: loaded("beta"), C: loaded("gamma") },
    source: "-----------------------------",
    modules: {
      alpha: { does: "-S---------------------------", receives: "-(!A)-B------C---------------" },
      beta: { does: "------S----------------------", receives: "------(!AB)--C---------------" },
      gamma: {
        handlerMs: 5,
        does: "-------------S---------------",
        receives: "-------------(!A)-(B1)-------",
        dropped: "-------------C---------------",
        gaps: ["C channel_full"],
        books: "matched 3 = delivered 2 + dropped_full 1",
      },
    },
  },
]);
