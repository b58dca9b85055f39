import { config } from "rxjs";
import { beforeAll } from "vitest";

// The first host or module of a process takes the reports of rxjs: each file of a shared process begins with none.
beforeAll(() => {
  config.onUnhandledError = null;
});
