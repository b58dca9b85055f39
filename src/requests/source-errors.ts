/** Codes of every request that is answered by the chain source. */
export const sourceErrors = ["NOT_AVAILABLE", "SOURCE_FAILED", "BAD_SOURCE_ANSWER"] as const;
