"use strict";
const childProcess = require("node:child_process");
const fs = require("node:fs");
const { syncBuiltinESMExports } = require("node:module");
const os = require("node:os");
const { getSystemErrorMap } = require("node:util");

/**
 * Makes one call of the host to the system fail, in a process of its own. Every call of node:fs, node:fs/promises and
 * of file handles that the engine's built files make is counted, and so is what sockets, servers and child processes
 * ask of libuv. A call's key is its kind, the function that makes it, and how often that function made it before:
 * `promises.rename writeHostFile (control/host-file.js) #1`.
 *
 * File calls fail as Node.js reports them. Socket and spawn calls fail below Node.js, with libuv's own error number,
 * so that everything Node.js makes of it (thrown, called back, emitted) is its own.
 */
const ENGINE_FRAME = /at (?:async )?(?:(.+?) \()?(?:file:\/\/)?\/.*?\/dist\/([^:)]+):\d+:\d+\)?$/;
/** What these do is done although they report a failure. */
const DONE_ALL_THE_SAME = new Set(["closeSync", "close"]);

/** Errors that the system may answer with, by the last part of a call's kind. */
const PLAUSIBLE = {
  access: ["EACCES", "EIO"],
  accept: ["EMFILE", "ECONNABORTED"],
  bind: ["EACCES", "EADDRINUSE"],
  chmod: ["EPERM", "EROFS"],
  close: ["EIO"],
  connect: ["ECONNREFUSED"],
  link: ["EPERM", "EMLINK", "ENOSPC"],
  listen: ["EADDRINUSE", "EMFILE"],
  lstat: ["EIO", "EACCES"],
  mkdir: ["ENOSPC", "EACCES", "EROFS"],
  open: ["EMFILE", "EACCES", "ENOSPC"],
  read: ["EIO"],
  readdir: ["EMFILE", "EACCES", "EIO"],
  readFile: ["EMFILE", "EIO", "EACCES"],
  readStart: ["ECONNRESET"],
  realpath: ["EIO", "ENOENT"],
  rename: ["EIO", "ENOSPC", "EACCES"],
  rm: ["EACCES", "EIO"],
  rmdir: ["ENOTEMPTY", "EACCES"],
  shutdown: ["ENOTCONN"],
  spawn: ["EMFILE", "EAGAIN", "ENOMEM", "ENOENT"],
  stat: ["EIO", "ENOENT"],
  sync: ["EIO", "ENOSPC"],
  unlink: ["EACCES", "EBUSY"],
  watch: ["ENOSPC", "EMFILE"],
  write: ["EPIPE", "ECONNRESET"],
  writeFile: ["ENOSPC", "EIO"],
  writeSync: ["ENOSPC", "EIO"],
};

const childPids = new Set();
let isArmed = false;
let plan;
let counts = new Map();
let calls = [];
let isHit = false;

/** The function of the engine that made this call, undefined when none did. */
function engineSite() {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 40;
  const { stack } = new Error("where");
  Error.stackTraceLimit = limit;
  for (const line of stack.split("\n")) {
    const [, name = "a function", file] = ENGINE_FRAME.exec(line.trim()) ?? [];
    // The helpers by which the compiler closes `await using`.
    if (file !== undefined && !name.startsWith("__") && name !== "next") {
      return `${name.replace(/^(async|new) /, "").replace(/.*\[as (.+)\]/, "$1")} (${file})`;
    }
  }
  return undefined;
}

/** Counts a call; answers the error's code when this is the one that fails. */
function failureOf(kind, site = isArmed ? engineSite() : undefined) {
  if (!isArmed || site === undefined) return undefined;
  const base = `${kind} ${site}`;
  const n = (counts.get(base) ?? 0) + 1;
  counts.set(base, n);
  const key = `${base} #${n}`;
  calls.push(key);
  if (plan?.key !== key) return undefined;
  isHit = true;
  return plan.code;
}

function systemError(code, syscall, path) {
  const errno = -os.constants.errno[code];
  const [, text] = getSystemErrorMap().get(errno) ?? ["", "failed"];
  const where = typeof path === "string" ? ` '${path}'` : "";
  return Object.assign(new Error(`${code}: ${text}, ${syscall}${where}`), { code, errno, syscall, path });
}

/** A call that throws its error: those that end in Sync, and `watch`. */
function wrapSync(name) {
  const original = fs[name];
  const syscall = name.replace(/Sync$/, "");
  fs[name] = function (...args) {
    const code = failureOf(`fs.${name}`);
    if (code === undefined) return Reflect.apply(original, this, args);
    if (name === "existsSync") return false;
    if (DONE_ALL_THE_SAME.has(name)) Reflect.apply(original, this, args);
    throw systemError(code, syscall, args[0]);
  };
  Object.assign(fs[name], original);
}

function wrapPromise(owner, label, name, ofOpen) {
  const original = owner[name];
  owner[name] = async function (...args) {
    const code = failureOf(`${label}.${name}`);
    if (code === undefined) {
      const result = await Reflect.apply(original, this, args);
      if (ofOpen !== undefined) ofOpen(result);
      return result;
    }
    if (DONE_ALL_THE_SAME.has(name)) await Reflect.apply(original, this, args);
    throw systemError(code, name, label === "promises" ? args[0] : undefined);
  };
}

function wrapFileHandle(handle) {
  for (const name of ["read", "write", "readFile", "writeFile", "stat", "sync", "close"]) {
    wrapPromise(handle, "handle", name);
  }
}

/** Notes the pid of every child, which the owner of the process reads and clears. */
function noteChildren(prototype) {
  const { spawn } = prototype;
  prototype.spawn = function (...args) {
    const status = Reflect.apply(spawn, this, args);
    if (status === 0) childPids.add(this.pid);
    return status;
  };
}

/**
 * Wraps a method of libuv's handles, which answers 0 or a negative error number. `elsewhere` is the site of a call that
 * no function of the engine is seen to make; without it such a call doesn't count.
 */
function wrapHandle(prototype, kind, name, elsewhere) {
  const original = prototype[name];
  if (typeof original !== "function") return;
  prototype[name] = function (...args) {
    const code = failureOf(kind, isArmed ? (engineSite() ?? elsewhere) : undefined);
    return code === undefined ? Reflect.apply(original, this, args) : -os.constants.errno[code];
  };
}

/** Servers accept outside every function of the engine, so their site is the server itself. */
const SERVER = "a server (node:net)";

/** What a server does with a connection stands on its handle when it begins to listen. */
function wrapAccept(prototype, label) {
  const { listen } = prototype;
  prototype.listen = function (...args) {
    const { onconnection } = this;
    this.onconnection = function (error, client) {
      const code = error ? undefined : failureOf(`${label}.accept`, isArmed ? SERVER : undefined);
      if (code === undefined) return Reflect.apply(onconnection, this, [error, client]);
      client.close();
      return Reflect.apply(onconnection, this, [-os.constants.errno[code], undefined]);
    };
    return Reflect.apply(listen, this, args);
  };
}

function install() {
  for (const [name, value] of Object.entries(fs)) {
    if (typeof value === "function" && name.endsWith("Sync")) wrapSync(name);
  }
  wrapSync("watch");
  for (const [name, value] of Object.entries(fs.promises)) {
    if (typeof value === "function")
      wrapPromise(fs.promises, "promises", name, name === "open" ? wrapFileHandle : undefined);
  }
  const child = new childProcess.ChildProcess();
  noteChildren(Object.getPrototypeOf(child._handle));
  wrapHandle(Object.getPrototypeOf(child._handle), "child.spawn", "spawn");
  for (const [label, { prototype }] of [
    ["pipe", process.binding("pipe_wrap").Pipe],
    ["tcp", process.binding("tcp_wrap").TCP],
  ]) {
    wrapAccept(prototype, label);
    // A server of a TCP port binds it when the address was looked up: nobody's function is on the stack then.
    for (const name of ["bind", "bind6"]) wrapHandle(prototype, `${label}.bind`, name, SERVER);
    wrapHandle(prototype, `${label}.listen`, "listen", SERVER);
    for (const name of ["connect", "readStart", "shutdown"]) wrapHandle(prototype, `${label}.${name}`, name);
    for (const name of [
      "writeBuffer",
      "writev",
      "writeUtf8String",
      "writeLatin1String",
      "writeAsciiString",
    ]) {
      wrapHandle(prototype, `${label}.write`, name);
    }
  }
  syncBuiltinESMExports();
}

install();

module.exports = {
  /** Children that were started and not yet taken out by whoever found them gone. */
  childPids,
  /** Counts from now on, and fails the call of `fault.key` with `fault.code`. */
  arm(fault) {
    plan = fault;
    counts = new Map();
    calls = [];
    isHit = false;
    isArmed = true;
  },
  disarm() {
    isArmed = false;
    return { calls, isHit };
  },
  /** Plausible error codes of a call. */
  codesOf(key) {
    const kind = key.split(" ", 1)[0].split(".").at(-1);
    return PLAUSIBLE[kind] ?? PLAUSIBLE[kind.replace(/Sync$/, "")] ?? ["EIO"];
  },
};

const preset = process.env.BLVM_TEST_FAULT;
if (preset !== undefined) module.exports.arm(JSON.parse(preset));
