import { existsSync } from "node:fs";
import { mkdir, readdir, stat } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { PathDoor } from "../../src/ipc/path-door.js";
import { withDeadline } from "../kit/ipc-deadline.js";
import { Recorder } from "../kit/ipc-recorder.js";
import { expectThreeParts } from "../kit/ipc-three-parts.js";
import { tempDir } from "../kit/process-temp-dir.js";

/** Resolves with "connected", or with the code of what prevented it. */
function tryConnect(path: string): Promise<{ socket: Socket; outcome: string }> {
  const socket = connect(path);
  const outcome = new Promise<string>((resolve) => {
    socket.once("connect", () => resolve("connected"));
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
  return withDeadline(outcome, "a connection attempt").then((found) => ({ socket, outcome: found }));
}

describe("PathDoor", () => {
  it("lies in a folder of its own that only its owner may enter", async () => {
    await using dir = await tempDir();
    const door = await PathDoor.create(dir.path);
    expect(door.path).toMatch(/\/[0-9a-f]{12}\/node\.sock$/);
    expect((await stat(dirname(door.path))).mode & 0o777).toBe(0o700);
    expect(existsSync(door.path)).toBe(false);
    await door.close();
  });

  it("makes the folder as private when it has to make the folders above it", async () => {
    await using dir = await tempDir();
    const above = join(dir.path, "a", "b");
    const door = await PathDoor.create(above);
    for (const folder of [above, dirname(door.path)]) expect((await stat(folder)).mode & 0o777).toBe(0o700);
    await door.close();
  });

  it("lets in one client, then is closed and unlinked", async () => {
    await using dir = await tempDir();
    const door = await PathDoor.create(dir.path);
    const guests = new Recorder<Socket>("guest");
    await door.open(guests.push);
    const first = await tryConnect(door.path);
    expect(first.outcome).toBe("connected");
    await guests.nth(1);
    expect(existsSync(door.path)).toBe(false);
    expect((await tryConnect(door.path)).outcome).toBe("ENOENT");
    expect(guests.items).toHaveLength(1);
    first.socket.destroy();
    await door.close();
  });

  it("lets in one of many that come at once, and hangs up on the others", async () => {
    await using dir = await tempDir();
    const door = await PathDoor.create(dir.path);
    const guests = new Recorder<Socket>("guest");
    await door.open(guests.push);
    const ends = new Recorder<string>("end of a connection attempt");
    const clients = Array.from({ length: 200 }, () => {
      const client = connect(door.path);
      client.resume();
      client.once("error", () => {}).once("close", () => ends.push("closed"));
      return client;
    });
    await guests.nth(1);
    await ends.nth(199);
    expect(guests.items).toHaveLength(1);
    for (const client of clients) client.destroy();
    await door.close();
  });

  it("can be opened again at the same path after it let somebody in", async () => {
    await using dir = await tempDir();
    const door = await PathDoor.create(dir.path);
    const guests = new Recorder<Socket>("guest");
    for (let n = 1; n <= 3; n++) {
      await door.open(guests.push);
      const { socket, outcome } = await tryConnect(door.path);
      expect(outcome).toBe("connected");
      await guests.nth(n);
      socket.destroy();
    }
    await door.close();
  });

  it("lets nobody in once it was shut", async () => {
    await using dir = await tempDir();
    const door = await PathDoor.create(dir.path);
    await door.open(() => {});
    door.shut();
    door.shut();
    expect((await tryConnect(door.path)).outcome).toBe("ENOENT");
    await door.close();
  });

  it("leaves nothing behind, however often it is closed", async () => {
    await using dir = await tempDir();
    const open = await PathDoor.create(dir.path);
    const never = await PathDoor.create(dir.path);
    await open.open(() => {});
    await Promise.all([open.close(), never.close()]);
    await open.close();
    expect(await readdir(dir.path)).toEqual([]);
  });

  it("refuses a path that the kernel can't take before it makes any folder", async () => {
    await using dir = await tempDir();
    const room = 107 - "/0123456789ab/node.sock".length - dir.path.length - 1;
    const fits = await PathDoor.create(join(dir.path, "f".repeat(room)));
    expect(Buffer.byteLength(fits.path)).toBe(107);
    await fits.open(() => {});
    await fits.close();
    const long = join(dir.path, "l".repeat(room + 1));
    const error = await PathDoor.create(long).catch((cause) => cause);
    expect(error).toMatchObject({ code: "SOCKET_PATH_TOO_LONG", details: { bytes: 108, limitBytes: 107 } });
    expectThreeParts(error.message);
    expect(existsSync(long)).toBe(false);
  });

  it("counts the path's bytes, not its characters", async () => {
    await using dir = await tempDir();
    const wide = join(dir.path, "é".repeat(40));
    await mkdir(wide);
    await expect(PathDoor.create(wide)).rejects.toMatchObject({ code: "SOCKET_PATH_TOO_LONG" });
  });
});
