import { moduleRow, strangerRow } from "./byte-fault.js";
import { callRows } from "./hostile-calls.js";
import { doorRows } from "./hostile-doors.js";
import { eventRows } from "./hostile-events.js";
import { floodRows } from "./hostile-floods.js";
import { handshakeFaults } from "./hostile-handshakes.js";
import { messageFaults } from "./hostile-messages.js";
import { permissionRows } from "./hostile-permissions.js";
import { processRows } from "./hostile-processes.js";
import { requestFaults } from "./hostile-requests.js";
import type { HostileRow } from "./hostile-row.js";
import { timeRows } from "./hostile-time.js";

/** Every hostile input, in the order of the list. */
export const hostileRows: readonly HostileRow[] = [
  ...handshakeFaults.map(strangerRow),
  ...messageFaults.map(moduleRow),
  ...requestFaults.map(moduleRow),
  ...callRows,
  ...doorRows,
  ...permissionRows,
  ...floodRows,
  ...timeRows,
  ...eventRows,
  ...processRows,
].toSorted((one, other) => one.id.localeCompare(other.id));
