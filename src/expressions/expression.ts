import type { ItemShape } from "./item-shape.js";

/**
 * What the author of a step asks of an expression's result; `any` takes everything that JSON could hold. It is held
 * against the type that the checker found: a result of type `dyn` may be anything, and whoever evaluates looks.
 */
export type WantedResult = "bool" | "number" | "string" | "any";

/** What an expression may name: the item itself by its shape, and what its step adds. */
export interface ExpressionScope {
  readonly item: ItemShape;
  /** Variables beside the item, by name, with their CEL types: `{ acc: "dyn" }`. */
  readonly extra?: Readonly<Record<string, string>>;
}

/** Steps that one evaluation may take by default: some 10 ms. */
export const DEFAULT_LIMIT_STEPS = 100_000;

export interface ExpressionLimits {
  /** Steps of one evaluation, about one for each node that is looked at; {@link DEFAULT_LIMIT_STEPS} by default. */
  readonly steps?: number;
}

/**
 * An expression that was parsed, checked against the events that can reach it, and may be evaluated any number of times.
 * Synchronous, without side effects; its cost is bounded, and where the bound is passed it throws EXPRESSION_TOO_COSTLY.
 */
export interface Expression {
  readonly source: string;
  /** The CEL type that the checker found: `bool`, `double`, `list<string>`, `dyn`. */
  readonly resultType: string;
  /**
   * Plain data: numbers, text, booleans, null, Uint8Array, arrays and objects of them; no bigint but
   * beyond 2^53, nothing that JSON or MessagePack can't hold.
   * An event or a part of it may be the very object that was given: nobody changes it.
   * @param item what stands under the name that the shape gives it: an envelope, a list, data
   * @throws EXPRESSION_FAILED when it can't be evaluated on this item, EXPRESSION_TOO_COSTLY
   */
  evaluate(item: unknown, extra?: Readonly<Record<string, unknown>>): unknown;
}
