import type { StepDefinition } from "../step.js";
import { batchStep } from "./batch.js";
import { catchStep } from "./catch.js";
import { confirmationsStep } from "./confirmations.js";
import { debounceStep } from "./debounce.js";
import { dedupeStep } from "./dedupe.js";
import { delayStep } from "./delay.js";
import { distinctStep } from "./distinct.js";
import { enrichStep } from "./enrich.js";
import { filterStep } from "./filter.js";
import { flatMapStep } from "./flat-map.js";
import { mapStep } from "./map.js";
import { mergeStep } from "./merge.js";
import { rateStep } from "./rate.js";
import { sampleStep } from "./sample.js";
import { scanStep } from "./scan.js";
import { throttleStep } from "./throttle.js";
import { timeoutStep } from "./timeout.js";
import { windowStep } from "./window.js";

/** Every kind of step, in the order of the reference page. */
export const stepDefinitions: readonly StepDefinition[] = [
  filterStep,
  mapStep,
  flatMapStep,
  mergeStep,
  windowStep,
  batchStep,
  throttleStep,
  debounceStep,
  sampleStep,
  delayStep,
  dedupeStep,
  distinctStep,
  scanStep,
  timeoutStep,
  rateStep,
  confirmationsStep,
  enrichStep,
  catchStep,
];
