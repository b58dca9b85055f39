import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

/** The folder with everything that is handed to Prometheus and Grafana. */
export const grafanaDir = fileURLToPath(new URL("../../grafana", import.meta.url));

/** Runs promtool in the folder of {@link grafanaDir}; what it says on both outputs, and its exit code. */
export async function promtool(
  args: readonly string[],
  stdin = "",
): Promise<{ code: number | null; output: string }> {
  const child = spawn("promtool", [...args], { cwd: grafanaDir, stdio: "pipe", timeout: 60_000 });
  child.stdin.end(stdin);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close") as Promise<[number | null]>,
  ]);
  return { code, output: stdout + stderr };
}
