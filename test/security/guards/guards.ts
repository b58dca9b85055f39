import type { Guard } from "./guard.js";

type Place = readonly [row: string, input: string, place: string, instead: string];

function at(file: string, places: readonly Place[]): Guard[] {
  return places.map(([row, input, place, instead]) => ({ row, input, file, place, instead }));
}

const STRANGER = ", in place of a handshake";
const TOO_LARGE = "if (⟦bodyBytes > this.#maxFrameBytes⟧)";
const TOO_DEEP = "if (⟦depth >= this.#limits.maxDepth⟧)";
const FORBIDDEN = "⟦FORBIDDEN_KEYS.has(latin1(this.#body, start, this.#at))⟧";
const LATE = "if (⟦!wasExtended && scheduler.now() - dueMs > LATE_MS⟧)";

const frames: readonly Guard[] = [
  ...at("ipc/frame-decoder.ts", [
    ["H01", "a length prefix of 0", "if (⟦bodyBytes === 0⟧)", "false"],
    [
      "H02",
      "a length prefix of 2^32 - 1",
      TOO_LARGE,
      "bodyBytes > this.#maxFrameBytes && bodyBytes < 2 ** 31",
    ],
    ["H03", "a length prefix one above the limit", TOO_LARGE, "bodyBytes > this.#maxFrameBytes + 1"],
    ["H03", "a request of exactly the limit", TOO_LARGE, "bodyBytes >= this.#maxFrameBytes"],
  ]),
  ...at("ipc/body-scanner.ts", [
    ["H29", "a declared length of 2^32 - 1 after byte 0xdd", "if (⟦elements > left⟧)", "false"],
    ["H29", "a declared length of 2^32 - 1 after byte 0xc6", "if (⟦length > left⟧)", "false"],
    ["H30", "9 KB of lists within lists", TOO_DEEP, "false"],
    ["H30", "100,001 elements", "if (⟦this.#elements > this.#limits.maxElements⟧)", "false"],
    ["H31", "a million lists within one another", TOO_DEEP, "false"],
    ["H32", "the key __proto__", FORBIDDEN, "false"],
    ["H32", "the key constructor", FORBIDDEN, "false"],
    ["H32", "the key prototype", FORBIDDEN, "false"],
    ["H33", "the same key twice", "if (⟦same === length⟧)", "false"],
    ["H33", "the same key twice among forty", "if (⟦seen.has(key)⟧)", "false"],
    ["H33", "a byte behind the message", "if (⟦this.#at !== end⟧)", "false"],
    ["H33", "text that is not UTF-8", "if (⟦!isUtf8(this.#body.subarray(start, this.#at))⟧)", "false"],
    [
      "H33",
      "an extension type",
      "switch (⟦byte⟧) { case 0xc0:",
      'byte === 0xd4 ? (this.#skip(2, "extension"), 0xc0) : byte',
    ],
  ]),
  ...at("ipc/messages.ts", [
    ["H34", "a request id that is no integer", "⟦Number.isSafeInteger(value)⟧ && value >= 0", "true"],
    ["H34", "an acknowledgement of -1", "Number.isSafeInteger(value) && ⟦value >= 0⟧", "true"],
  ]),
];

const connections: readonly Guard[] = [
  ...at("ipc/host-end.ts", [
    ["H05", "half a frame, then silence", "if (⟦partialBytes === 0⟧ || this.#frameTimer", "true"],
    [
      "H06",
      "a frame that comes byte by byte and never ends",
      "|| ⟦this.#frameTimer !== undefined⟧ ||",
      "(this.#frameTimer?.unsubscribe(), false)",
    ],
    [
      "H07",
      `a frame of random bytes${STRANGER}`,
      "if (⟦this.#handlers === undefined⟧) this.#greet(item);",
      "this.#handlers === undefined && !(item instanceof EngineError)",
    ],
    ["H08", "a body of random bytes", "else if (⟦item instanceof EngineError⟧) this.#noteBodyFault", "false"],
    ["H08", "three bodies of random bytes", "if (⟦this.#bodyFaults >= MAX_BODY_FAULTS⟧)", "false"],
    ["H09", `silence${STRANGER}`, "if (⟦this.#handshakeTimer !== undefined⟧ || this.#isClosed)", "true"],
    ["H10", "a second Handshake", 'if (⟦message.type === "Handshake"⟧)', "false"],
    ["H11", `another request${STRANGER}`, 'if (⟦item.type !== "Handshake"⟧)', "false"],
    [
      "H17",
      "requests whose answers are never read",
      "if (⟦this.#unreadRefusalBytes > MAX_UNREAD_ANSWER_BYTES⟧)",
      "false",
    ],
    [
      "H19",
      "an event from a module",
      `⟦this.#noteProtocolFault(\`a message of kind \${message.kind} from a module\`)⟧`,
      "undefined",
    ],
    [
      "H19",
      "the result of a call that was never made from a module",
      "if (⟦!this.#calls.settle(message.id, message.outcome)⟧)",
      "false",
    ],
    [
      "H19",
      "a hundred messages in the wrong direction",
      "if (⟦this.#protocolFaults >= MAX_PROTOCOL_FAULTS⟧)",
      "false",
    ],
    [
      "H19",
      "an acknowledgement of what was never sent",
      "if (⟦!handlers.onAck(message.seq, message.timings)⟧)",
      "false",
    ],
  ]),
  ...at("ipc/incoming-requests.ts", [
    [
      "H17",
      "requests without end before the first answer",
      "if (⟦this.#open.size >= this.#limits.open_requests⟧)",
      "false",
    ],
    ["H18", "one request id five times at once", "if (⟦this.#open.has(id)⟧)", "false"],
  ]),
  ...at("ipc/rate-limiter.ts", [["H25", "a storm of publishes", "if (⟦waitMs > 0⟧)", "false"]]),
  ...at("ipc/liveness.ts", [
    ["H83", "pongs that lie unread while the host is blocked", "⟦!isLate⟧ &&", "true"],
  ]),
  ...at("clock.ts", [
    ["H83", "a handshake that lies unread while the host is blocked", LATE, "false"],
    ["H83", "the rest of a frame that lies unread while the host is blocked", LATE, "false"],
  ]),
];

const doors: readonly Guard[] = [
  ...at("ipc/module-endpoint.ts", [
    ["H12", `another module's id${STRANGER}`, "if (⟦handshake.module_id !== identity.moduleId⟧)", "false"],
    [
      "H12",
      `another module's name${STRANGER}`,
      "if (⟦handshake.module_name !== identity.moduleName⟧)",
      "false",
    ],
    [
      "H12",
      `another version than the manifest's${STRANGER}`,
      "if (⟦handshake.version !== identity.version⟧)",
      "false",
    ],
    ["H14", "a foreign process that takes the path first", 'if (⟦door === "path"⟧) { const problem', "false"],
    [
      "H14",
      "a foreign process that takes the only door",
      "if (⟦given.length === expected.length && timingSafeEqual(given, expected)⟧)",
      "true",
    ],
    ["H15", "a token that was used", "this.#token = ⟦newToken()⟧", "this.#token"],
    ["H15", "a resume token that was used", "this.#token = ⟦newToken()⟧", "this.#token"],
  ]),
  ...at("ipc/handshake.ts", [
    [
      "H16",
      `protocol versions that are too new${STRANGER}`,
      "return ⟦highest >= Math.max(theirs.min, PROTOCOL.min)⟧",
      "true",
    ],
    [
      "H16",
      `a protocol version that is too old${STRANGER}`,
      "return ⟦highest >= Math.max(theirs.min, PROTOCOL.min)⟧",
      "true",
    ],
  ]),
];

const requests: readonly Guard[] = [
  ...at("node-api/node-api.ts", [
    ["H20", "a request that doesn't exist", "if (⟦!isRequestName(name)⟧)", "false"],
    ["H21", "every request that needs a permission, without any", "if (⟦denied !== undefined⟧)", "false"],
  ]),
  ...at("security/permission.ts", [
    ["H22", "a permission that the request itself claims", "if (⟦declared.has(needed)⟧)", "true"],
    ["H22", "a handshake that claims permissions", "if (⟦declared.has(needed)⟧)", "true"],
  ]),
  ...at("node-api/event-methods.ts", [
    ["H23", "a subscription to an unknown event", "if (⟦isEventType(name)⟧)", "true"],
    ["H23", "a subscription to 10,000 events", "if (⟦names.length > MAX_NAMES⟧)", "false"],
    ["H24", "the node's own NewBlock", 'if (⟦eventDefinition(type).owner !== "module"⟧)', "false"],
    ["H24", "the node's own ModuleLoaded", 'if (⟦eventDefinition(type).owner !== "module"⟧)', "false"],
  ]),
  ...at("node-api/modules/module-calls.ts", [
    ["H26", "two modules that call each other for ever", "if (⟦depth > MAX_DEPTH⟧)", "false"],
    [
      "H27",
      "calls of a dead, a stopping, a missing module and of itself",
      "if (⟦module === caller.moduleName⟧)",
      "false",
    ],
    [
      "H28",
      "a callee whose answer is no bytes",
      "if (⟦answer instanceof Uint8Array⟧) return answer;",
      "true",
    ],
  ]),
  ...at("node-api/modules/open-calls.ts", [
    ["H28", "more calls than a callee may have open, none of them answered", "if (⟦open >= limit⟧)", "false"],
  ]),
  ...at("node-api/rpc/claims.ts", [
    [
      "H36",
      "taking back a method that it never registered",
      "if (⟦holder?.moduleId !== caller.moduleId⟧)",
      "false",
    ],
  ]),
  ...at("node-api/timers/module-timers.ts", [["H37", "a 101st timer", "if (⟦found > MAX_TIMERS⟧)", "false"]]),
  ...at("node-api/metrics/reported-metrics.ts", [
    ["H38", "a metric of the node", "if (⟦taken !== undefined⟧) throw", "false"],
  ]),
  ...at("node-api/metrics/module-report.ts", [
    ["H38", "a 1001st label value", "if (⟦this.#lines + lines > MAX_LINES⟧)", "false"],
  ]),
  ...at("bus/subscription-set.ts", [
    ["H23", "the same subscription three times", "if (⟦this.#subscriptions.has(type)⟧)", "false"],
  ]),
  ...at("bus/pipeline-losses.ts", [
    [
      "H84",
      "an event that holds 20 MB of text",
      "if (isEncoded && ⟦record.frameBytes <= maxEventBytes⟧)",
      "true",
    ],
  ]),
  ...at("events/parse-payload.ts", [["H34", "NaN in an integer field", "if (⟦exact.success⟧)", "true"]]),
  ...at("events/event-field.ts", [
    ["H34", "-0 in an integer field", ".refine((value) => ⟦!Object.is(value, -0)⟧)", "true"],
  ]),
  ...at("events/payload-problem.ts", [
    [
      "H34",
      "2^53 in an integer field",
      "const code = ⟦isNumber(found) && numberLimits(field) !== undefined⟧",
      "false",
    ],
  ]),
  ...at("bus/event-record.ts", [
    ["H84", "an event that holds a cycle", "⟦onFailure(this, cause)⟧;", "undefined"],
  ]),
  ...at("ipc/body-writer.ts", [
    [
      "H84",
      "an event that holds an object of a class",
      "if (⟦prototype !== Object.prototype && prototype !== null⟧)",
      "false",
    ],
  ]),
];

const processes: readonly Guard[] = [
  ...at("ipc/host-end.ts", [
    ["H04", "half a frame, then SIGKILL", "const told = ⟦this.#partialBytes === 0⟧", "true"],
  ]),
  ...at("ipc/path-door.ts", [
    ["H13", "a storm of connections", "⟦server.close()⟧; onConnection(socket)", "undefined"],
  ]),
  ...at("supervisor/module-instance.ts", [
    [
      "H14",
      "a stranger on the path of a process that starts",
      "if (⟦!this.#isStopAsked⟧) this.#log.warn({ door, code",
      "false",
    ],
    [
      "H14",
      "a stranger on the path of a process that knows no other",
      "if (⟦reason.error !== undefined⟧) this.#lastFault",
      "false",
    ],
    [
      "H79",
      "a module that closes descriptor 3 and runs on",
      "⟦child.kill()⟧; }); } async #finish",
      "undefined",
    ],
  ]),
  ...at("supervisor/exit-report.ts", [
    [
      "H70",
      "an end before the handshake, by exit and by every signal",
      "if (⟦signal !== null⟧) return `killed",
      "false",
    ],
    [
      "H70",
      "an end in the middle of the handshake, by exit and by every signal",
      ': ⟦"exited with code 0 though nobody asked it to stop"⟧;',
      '"exited with code 1"',
    ],
  ]),
  ...at("supervisor/module-session.ts", [
    ["H04", "half a frame, then SIGKILL", "partialFrameBytes += ⟦reason.partialBytes ?? 0⟧;", "0"],
    [
      "H70",
      "an end at an event, by exit and by every signal",
      "⟦bus.closePipeline(pipeline, reason.text)⟧;",
      "undefined",
    ],
  ]),
  ...at("ipc/liveness.ts", [
    [
      "H71",
      "SIGSTOP, and SIGCONT much later",
      "⟦silentMs >= SILENT_HEARTBEATS * this.#heartbeatMs⟧",
      "false",
    ],
  ]),
  ...at("bus/bounded-channel.ts", [
    ["H71", "SIGSTOP, and SIGCONT much later", "if (⟦last instanceof GapMark⟧) last.add", "false"],
  ]),
  ...at("supervisor/stop-ladder.ts", [
    ["H78", "a module that ignores stop and SIGTERM", "⟦child.kill()⟧; const afterKill", "undefined"],
  ]),
];

/** Every guard that is taken out once. */
export const guards: readonly Guard[] = [
  ...frames,
  ...connections,
  ...doors,
  ...requests,
  ...processes.map((guard) => ({ ...guard, patienceMs: 3000 })),
].toSorted((one, other) => one.row.localeCompare(other.row));
