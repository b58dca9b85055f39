/** A script that connects to a socket path so many times as fast as it can, and ends when every attempt has ended. */
export const STORM_SCRIPT = `
  const { connect } = require("node:net");
  const [, path, count] = process.argv;
  let started = 0;
  let ended = 0;
  const burst = () => {
    for (let n = 0; n < 250 && started < Number(count); n++) {
      started++;
      const socket = connect(path).on("error", () => {}).resume();
      socket.once("connect", () => socket.write("\\0\\0\\0\\1\\0"));
      socket.once("close", () => ++ended === Number(count) && process.exit(0));
    }
    if (started < Number(count)) setImmediate(burst);
  };
  burst();
`;
